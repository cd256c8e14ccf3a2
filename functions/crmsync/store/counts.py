"""What a commit has done, by kind, for the tally of the job that made it.

Records are counted by the writes themselves; what else happened to them, and what was done at Google, is told
by the journal that the same commit writes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from crmsync.core.journal import Change
from crmsync.store.writes import (
    AddJournal,
    CreateRecord,
    DropLink,
    PutCandidate,
    PutConflict,
    PutHold,
    PutLink,
    PutRecord,
    Write,
)

_AT_GOOGLE: Mapping[str, str] = {
    "create_remote": "google_created",
    "update_remote": "google_updated",
    "delete_remote": "google_deleted",
}
_IN_THE_CRM = frozenset(("update_local", "update_both", "link", "part", "pick"))
"""Changes that give an existing record other values, when they tell which."""


def counts_of(writes: Sequence[Write]) -> Mapping[str, int]:
    """What these writes do, by kind.

    google_created, google_updated, google_deleted; crm_created, crm_updated, crm_archived, crm_restored;
    linked, unlinked: pairs. quarantined: pairs set aside. offered: new rows of the import sheet. conflicts:
    values that lost a merge. held: records that wait for a yes.
    """
    counts: Counter[str] = Counter()
    for write in writes:
        match write:
            case CreateRecord():
                counts["crm_created"] += 1
            case PutRecord(archived=True):
                counts["crm_archived"] += 1
            case PutRecord(archived=False):
                counts["crm_restored"] += 1
            case PutLink(link):
                counts["linked"] += link.version is None
                counts["unlinked"] += link.state == "gone"
                counts["quarantined"] += link.state == "quarantined"
            case DropLink():
                counts["unlinked"] += 1
            case PutCandidate(candidate):
                counts["offered"] += candidate.version is None
            case PutConflict():
                counts["conflicts"] += 1
            case PutHold(hold):
                counts["held"] += len(hold.items)
            case AddJournal(entry):
                counts.update(kind for change in entry.changes if (kind := _kind(change)) is not None)
    return counts


def _kind(change: Change) -> str | None:
    if change.side == "google":
        return _AT_GOOGLE.get(change.action)
    return "crm_updated" if change.action in _IN_THE_CRM and change.after is not None else None
