"""Reading ticked contacts by a listing of everything, when most are ticked: 1,000 a call instead of 200."""

from collections.abc import Iterator, Mapping, Sequence

from crmsync.core.account import ImportRounds
from crmsync.core.errors import CursorExpired
from crmsync.core.model import Contact
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Observation
from crmsync.engine.deps import Deps
from crmsync.engine.ports import Remote
from crmsync.store.ports import CandidateQuery

READ_SIZE = 200
LIST_SIZE = 1000
"""How many contacts Google answers to one direct read, and on one page of a listing."""
SHOWN = 100
"""Of longer lists of addresses and numbers a listing shows only so many."""
ROWS_PAGE = 1000

Listed = tuple[Sequence[Candidate], Mapping[str, Observation[Contact]]]


def is_listing_cheaper(deps: Deps, scope: Scope) -> bool:
    """Whether listing all of the user's contacts takes fewer calls than reading those that are ticked."""
    ticked = deps.store.count_selected(scope)
    if ticked <= READ_SIZE:
        return False
    # Every contact at Google is linked or has a row.
    every = ImportRounds(closed=-1)
    rows = deps.store.count_candidates(scope, CandidateQuery("open"), every)
    contacts = rows + deps.store.count_links(scope, "contacts")
    return -(-contacts // LIST_SIZE) < -(-ticked // READ_SIZE)


def listed(deps: Deps, scope: Scope, remote: Remote[Contact], size: int) -> Iterator[Listed]:
    """Ticked rows that a listing shows whole, at most `size` at a time, with Google's contacts by the rows'
    resource names.

    The rows are held meanwhile, at most as many as Google keeps contacts. The listing is one of its own: the
    sync's cursor stays as it is.
    """
    rows: dict[str, Candidate] = {}
    after: str | None = None
    while page := deps.store.candidates_selected(scope, after, ROWS_PAGE):
        rows |= {row.key: row for row in page}
        after = page[-1].key
    token: str | None = None
    while rows:
        try:
            answer = remote.list_page(None, token)
        except CursorExpired:
            return
        seen = [item for item in answer.items if item.key in rows and _is_whole(item)]
        for start in range(0, len(seen), size):
            some = {item.key: item for item in seen[start : start + size]}
            taken = [rows.pop(key) for key in some]
            yield taken, {row.remote_id: some[row.key] for row in taken}
        token = answer.next_page_token
        if token is None:
            return


def _is_whole(item: Observation[Contact]) -> bool:
    return item.value is not None and len(item.value.emails) < SHOWN and len(item.value.phones) < SHOWN
