"""What a commit is counted as in the line at the end of a job."""

import pytest

from crmsync import tally
from crmsync.core.journal import Change, Conflict, Hold, JournalEntry, Side
from crmsync.core.model import Contact
from crmsync.store.counts import counts_of
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.ports import (
    AddJournal,
    Conflicted,
    CreateRecord,
    DropLink,
    PutCandidate,
    PutConflict,
    PutHold,
    PutLink,
    PutRecord,
    Write,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.conftest import FixedClock
from tests.contracts.samples import NOW, candidate, link
from tests.scopes import ANN

BOB = Contact("Bob")


def journal(*told: tuple[Side, str, object]) -> AddJournal:
    changes = tuple(
        Change(side, action, "c1", "k1", "", None, {"given_name": "x"} if after else None)
        for side, action, after in told
    )
    return AddJournal(JournalEntry("run-1", "contacts", "manual", NOW, changes))


HOLD = Hold("h1", "contacts", "crm", "many", "d", (("k1", "A"), ("k2", "B")), NOW)
CONFLICT = Conflict("x1", "contacts", "c1", "notes", "a", "b", "crm", NOW)


@pytest.mark.parametrize(
    ("write", "counts"),
    [
        (CreateRecord("contacts", "c1", BOB), {"crm_created": 1}),
        (PutRecord("contacts", "c1", BOB, None, archived=True), {"crm_archived": 1}),
        (PutRecord("contacts", "c1", BOB, None, archived=False), {"crm_restored": 1}),
        (PutRecord("contacts", "c1", BOB, None), {}),
        (PutLink(link()), {"linked": 1}),
        (PutLink(link(version="v")), {}),
        (PutLink(link(version="v", state="quarantined")), {"quarantined": 1}),
        (DropLink("k1"), {"unlinked": 1}),
        (PutCandidate(candidate()), {"offered": 1}),
        (PutCandidate(candidate(version="v", status="gone")), {}),
        (PutConflict(CONFLICT), {"conflicts": 1}),
        (PutHold(HOLD), {"held": 2}),
        (
            journal(("google", "create_remote", 1), ("google", "create_remote", 0)),
            {"google_created": 2},
        ),
        (
            journal(("google", "update_remote", 1), ("google", "delete_remote", 0), ("google", "detach", 0)),
            {"google_updated": 1, "google_deleted": 1},
        ),
        (
            journal(("crm", "update_local", 1), ("crm", "link", 1), ("crm", "link", 0), ("crm", "adopt", 0)),
            {"crm_updated": 2},
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_each_write_is_counted_by_what_it_does(write: Write, counts: dict[str, int]) -> None:
    assert {kind: count for kind, count in counts_of([write]).items() if count} == counts


def test_only_what_was_committed_counts() -> None:
    store = DocumentStore(MemoryDocuments(FixedClock()))
    with tally.opened() as did:
        store.commit(ANN, [CreateRecord("contacts", "c1", BOB), PutLink(link())])
        with pytest.raises(Conflicted):
            store.commit(ANN, [CreateRecord("contacts", "c2", BOB), PutLink(link())])
    assert did.counts == {"crm_created": 1, "linked": 1}
