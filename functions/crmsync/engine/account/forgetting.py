"""After a disconnect: Google contacts that were never imported are deleted, within a day.

A row that says nothing of the user's own goes whole. One that was declined, has a draft, or an answer about
who it is keeps its key and that, and nothing of what Google says: with the same account connected again it is
refreshed by the complete listing that comes first, and is what it was. Who connects before keeps all.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from crmsync.core.account import User
from crmsync.core.due import done, done_of
from crmsync.core.sheet.candidates import reduced
from crmsync.core.state import Candidate
from crmsync.engine.account.departing import Departing
from crmsync.engine.deps import Deps
from crmsync.engine.users import change_user
from crmsync.store.ports import DropCandidate, PutCandidate, Write

WAIT = timedelta(hours=22)
"""So long after the user has left they may come back and find the import sheet as it was."""
PAGE = 200


def perform(deps: Deps, user: User) -> None:
    """Forgets what is kept of contacts that were never imported.

    Repeatable. Does nothing when the user has connected again, and raises Outdated when they do so meanwhile.
    """
    if user.connection is not None:
        change_user(deps, user.scope, lambda current: done_of(current, user, "forget"))
        return
    at = Departing.of(deps, user)
    after: str | None = None
    while rows := deps.store.candidates_not_imported(at.scope, after, PAGE):
        at.check()
        closed = at.user.rounds.closed
        writes = [write for row in rows if (write := _forgotten(row, closed)) is not None]
        if writes:
            at.commit(writes)
        after = rows[-1].key
    at.commit([], lambda current: _ended(current, user))


def _forgotten(row: Candidate, closed: int) -> Write | None:
    """What is written of a row; None when there is nothing left to forget."""
    if not _is_the_users(row, closed):
        return DropCandidate(row.key)
    kept = reduced(row)
    return None if kept == row else PutCandidate(kept)


def _is_the_users(row: Candidate, closed: int) -> bool:
    """Whether the user has decided anything about it: declined or drafted it, said who it is not, or undone
    its import; or it was in the CRM before.
    """
    if row.was is not None:
        return True
    return row.round <= closed or row.choice.decided or bool(row.distinct or row.parted or row.generation)


def _ended(user: User, before: User) -> dict[str, Any]:
    """The next connection lists everything, and looks at all records: which of them may be one of these
    contacts is found out anew.
    """
    contacts = replace(
        user.contacts, sync_token=None, page_token=None, listing_full=False, local=None, label_names={}
    )
    ids = [each.id for each in before.asked if each.kind == "forget"]
    over = next((parts for id in ids if (parts := done(user, "forget", id))), {})
    return {"contacts": contacts, **over}
