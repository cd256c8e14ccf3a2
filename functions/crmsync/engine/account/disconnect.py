"""The clean-up after a disconnect: what the sync itself made may be taken back, then the grant is revoked.

Repeatable.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crmsync.core.account import User
from crmsync.core.calendar.occurrences import series_key
from crmsync.core.chunks import chunks
from crmsync.core.due import done_of
from crmsync.core.errors import Closed, GrantDead, ScopeMissing, SyncError
from crmsync.core.model import R, Resource
from crmsync.core.scope import Scope
from crmsync.core.state import Link
from crmsync.engine.account import channels, grants
from crmsync.engine.deps import Deps
from crmsync.engine.ports import GoogleSession, Remote
from crmsync.engine.run import parts
from crmsync.engine.run.generation import refuse_outdated
from crmsync.engine.run.lease import refuse_late
from crmsync.engine.run.pending import Pending
from crmsync.engine.sessions import account_key, session_of
from crmsync.engine.users import change_user
from crmsync.store.ports import DropLink, Kind, PutRecord, TooLarge

PAGE = 200
KINDS: Mapping[Resource, Kind] = {"contacts": "contacts", "calendar": "appointments"}


def perform(
    deps: Deps, user: User, google_copies: Literal["keep", "delete"], crm_copies: Literal["keep", "archive"]
) -> None:
    """Deletes at Google what the sync created there, archives what it created in the CRM (each only when
    asked), closes channels, revokes.

    Does nothing when the user has connected again meanwhile, and raises Outdated when they do so while it is
    at work. A dead grant, or a part that is not allowed or open any more, ends that part at Google; other
    failures raise, and the job comes back.
    """
    if user.connection is not None:
        return
    scope, grant = user.scope, deps.store.grant(user.scope)
    check = _Check(deps, user, deps.clock.now())
    if grant is not None:
        # A dead grant leaves nothing to do at Google.
        with suppress(GrantDead):
            session = session_of(deps, grant)
            if session is not None:
                channels.close_all(deps, scope, session)
                if google_copies == "delete":
                    _at_google(check, session)
    channels.close_all(deps, scope, None)
    if crm_copies == "archive":
        for resource, kind in KINDS.items():
            _in_crm(check, resource, kind)
    if grant is not None:
        check()
        deps.store.let_go(grant)
        grants.revoke(deps, grant)
        deps.store.drop_grant(grant)
        deps.google.forget(account_key(scope, grant.sub))
    change_user(deps, scope, lambda current: done_of(current, user, "disconnect"))


@dataclass(frozen=True, slots=True)
class _Check:
    """Asked before each effect whether there is time for it, and the user is still gone."""

    deps: Deps
    user: User
    started: datetime

    def __call__(self) -> None:
        """Raises Yield or Outdated."""
        refuse_late(self.started, self.deps.clock.now())
        refuse_outdated(self.deps.store.user(self.user.scope), self.user.generation)


def _at_google(check: _Check, session: GoogleSession) -> None:
    # The links are still those of a calendar that was left and is not yet wound up.
    calendar = check.user.calendar.leaving or check.user.calendar
    with suppress(ScopeMissing, Closed):
        _delete_all(check, "contacts", session.contacts())
    with suppress(ScopeMissing, Closed):
        _delete_all(check, "calendar", session.calendar(calendar.calendar_id))


def _delete_all(check: _Check, resource: Resource, remote: Remote[R]) -> None:
    deps, scope = check.deps, check.user.scope
    gone: set[str] = set()
    for links in _pages(deps, scope, resource):
        gone |= _delete(check, remote, [link for link in links if link.made_here and link.remote_id])
        # Exceptions come behind their series, in the order of keys, and are gone with it.
        covered = [DropLink(link.key) for link in links if series_key(link.key) in gone - {link.key}]
        if covered:
            deps.store.commit(scope, covered)


def _delete(check: _Check, remote: Remote[R], made: Sequence[Link]) -> set[str]:
    """Deletes what the sync made; answers the keys of what is gone."""
    keys: set[str] = set()
    for chunk in chunks(made, remote.delete_size):
        check()
        outcomes = remote.delete(chunk)
        gone = [link for link in chunk if not isinstance(outcomes.get(link.key), SyncError)]
        check.deps.store.commit(check.user.scope, [DropLink(link.key) for link in gone])
        keys.update(link.key for link in gone)
    return keys


def _in_crm(check: _Check, resource: Resource, kind: Kind) -> None:
    """Archives the records that the sync made, of events born at Google as of imported contacts."""
    deps, scope = check.deps, check.user.scope
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
        check()
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
