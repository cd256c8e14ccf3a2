"""Letting CRM contacts go that a claim held back from the push.

A contact that claims a candidate is not created at Google, for it may be there already. When the candidate
goes to somebody else, or is gone, nothing would ever look at the contact again: so it is touched, in the same
commit or in one before it.
"""

from collections.abc import Iterable

from crmsync.core.scope import Scope
from crmsync.core.state import Candidate
from crmsync.engine.run.pending import Pending
from crmsync.store.ports import CreateRecord, PutRecord, Store, Write


def let_go(store: Store, scope: Scope, candidates: Iterable[Candidate], pending: Pending) -> None:
    """Puts before what is pending a touch of each living claimant of these candidates that it does not write
    already.
    """
    pending.put_first(*touches(store, scope, candidates, pending.writes))


def touches(
    store: Store, scope: Scope, candidates: Iterable[Candidate], writes: Iterable[Write]
) -> list[PutRecord]:
    """A touch of each living claimant of these candidates that `writes` do not write already."""
    claimants = {claim.crm for candidate in candidates for claim in candidate.claims}
    claimants -= {write.id for write in writes if isinstance(write, CreateRecord | PutRecord)}
    if not claimants:
        return []
    records = store.records(scope, "contacts", sorted(claimants))
    return [
        PutRecord("contacts", stored.id, stored.value, stored.version)
        for stored in records.values()
        if stored.archived_at is None
    ]
