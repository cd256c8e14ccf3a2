"""The clean-up after a disconnect: what the sync itself made may be taken back, then the grant is revoked.

Repeatable.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Literal

from crmsync.core.calendar.occurrences import series_key
from crmsync.core.chunks import chunks
from crmsync.core.errors import GrantDead, SyncError
from crmsync.core.model import R, Resource
from crmsync.core.scope import Scope
from crmsync.core.state import Link
from crmsync.engine.account import channels
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GoogleSession, Remote
from crmsync.engine.run import parts
from crmsync.engine.run.pending import Pending
from crmsync.engine.sessions import account_key, session_of
from crmsync.store.ports import DropLink, Kind, PutRecord, TooLarge

PAGE = 200
KINDS: Mapping[Resource, Kind] = {"contacts": "contacts", "calendar": "appointments"}


def perform(
    deps: Deps, scope: Scope, google_copies: Literal["keep", "delete"], crm_copies: Literal["keep", "archive"]
) -> None:
    """Deletes at Google what the sync created there, archives what it created in the CRM (each only when
    asked), closes channels, revokes.

    Does nothing when the user has connected again meanwhile. A dead grant ends the part at Google; other
    failures raise, and the job is delivered again.
    """
    user = deps.store.user(scope)
    if user is None or user.connection is not None:
        return
    grant = deps.store.grant(scope)
    if grant is not None:
        # A dead grant leaves nothing to do at Google.
        with suppress(GrantDead):
            session = session_of(deps, grant)
            if session is not None:
                # The links are still those of a calendar that was left and is not yet wound up.
                calendar = user.calendar.leaving or user.calendar
                _at_google(deps, scope, calendar.calendar_id, session, delete=google_copies == "delete")
    channels.close_all(deps, scope, None)
    if crm_copies == "archive":
        for resource, kind in KINDS.items():
            _in_crm(deps, scope, resource, kind)
    if grant is not None:
        deps.google.revoke(grant.token)
        deps.store.drop_grant(scope)
        deps.google.forget(account_key(scope, grant.sub))


def _at_google(deps: Deps, scope: Scope, calendar_id: str, session: GoogleSession, *, delete: bool) -> None:
    channels.close_all(deps, scope, session)
    if delete:
        _delete_all(deps, scope, "contacts", session.contacts())
        _delete_all(deps, scope, "calendar", session.calendar(calendar_id))


def _delete_all(deps: Deps, scope: Scope, resource: Resource, remote: Remote[R]) -> None:
    gone: set[str] = set()
    for links in _pages(deps, scope, resource):
        gone |= _delete(deps, scope, remote, [link for link in links if link.made_here and link.remote_id])
        # Exceptions come behind their series, in the order of keys, and are gone with it.
        covered = [DropLink(link.key) for link in links if series_key(link.key) in gone - {link.key}]
        if covered:
            deps.store.commit(scope, covered)


def _delete(deps: Deps, scope: Scope, remote: Remote[R], made: Sequence[Link]) -> set[str]:
    """Deletes what the sync made; answers the keys of what is gone."""
    keys: set[str] = set()
    for chunk in chunks(made, remote.delete_size):
        outcomes = remote.delete(chunk)
        gone = [link for link in chunk if not isinstance(outcomes.get(link.key), SyncError)]
        deps.store.commit(scope, [DropLink(link.key) for link in gone])
        keys.update(link.key for link in gone)
    return keys


def _in_crm(deps: Deps, scope: Scope, resource: Resource, kind: Kind) -> None:
    """Archives the records that the sync made, of events born at Google as of imported contacts."""
    for links in _pages(deps, scope, resource):
        made = [link for link in links if link.made_crm]
        records = deps.store.records(scope, kind, [link.crm for link in made])
        pending = Pending()
        for link in made:
            pending.unit()
            stored = records.get(link.crm)
            if stored is not None and stored.archived_at is None:
                pending.put(PutRecord(kind, stored.id, stored.value, stored.version, archived=True))
            pending.put(DropLink(link.key))
        try:
            parts.commit_plain(deps.store, scope, pending)
        except TooLarge as refused:
            # What the host CRM has filled to the brim cannot be written again: it stays as it is.
            deps.store.commit(scope, [DropLink(key) for key in sorted(refused.keys)])


def _pages(deps: Deps, scope: Scope, resource: Resource) -> Iterator[Sequence[Link]]:
    after: str | None = None
    while links := deps.store.links_page(scope, resource, after, PAGE):
        yield links
        after = links[-1].key
