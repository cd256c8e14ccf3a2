"""Reading ticked contacts by a listing of everything, when most are ticked: 1,000 a call instead of 200."""

from collections.abc import Iterator, Mapping, Sequence

from crmsync.core.account import ImportRounds
from crmsync.core.chunks import chunks
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
    """Ticked rows that a listing shows, at most `size` at a time, with Google's contacts by resource name.

    The rows are held meanwhile, at most as many as Google keeps contacts. The listing is one of its own: the
    sync's cursor stays as it is, and Google is asked for none.
    """
    rows = _ticked(deps, scope)
    for items in _pages(remote):
        seen = [item for item in items if item.key in rows and item.value is not None]
        for some in chunks(seen, size):
            taken = [rows.pop(item.key) for item in some]
            yield taken, {row.remote_id: item for row, item in zip(taken, some, strict=True)}
        if not rows:
            return


def _ticked(deps: Deps, scope: Scope) -> dict[str, Candidate]:
    rows: dict[str, Candidate] = {}
    after: str | None = None
    while page := deps.store.candidates_selected(scope, after, ROWS_PAGE):
        rows |= {row.key: row for row in page}
        after = page[-1].key
    return rows


def _pages(remote: Remote[Contact]) -> Iterator[Sequence[Observation[Contact]]]:
    """All of Google's contacts; they end early when the listing loses its place: the rest is read."""
    token: str | None = None
    while True:
        try:
            answer = remote.list_page(None, token, resumes=False)
        except CursorExpired:
            return
        yield answer.items
        token = answer.next_page_token
        if token is None:
            return
