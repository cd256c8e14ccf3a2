"""Values that lost a merge: the user may leave it so, take the lost value after all, or keep both.

Contact type, detail and consent are no synced fields: no conflict is ever about them, and none is touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmsync.core.fields import as_json
from crmsync.core.journal import Change, Conflict, JournalEntry
from crmsync.core.model import Contact, R, Stored
from crmsync.core.pair import picking
from crmsync.core.pair.canon import Canon
from crmsync.core.scope import Scope
from crmsync.core.text.titles import NO_NAME, title_of
from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync
from crmsync.engine.run.attempts import attempts
from crmsync.store.ports import AddJournal, Conflicted, DropConflict, Kind, PutRecord, StoreUnavailable

Pick = Literal["crm", "google", "both"]

ATTEMPTS = 6
LONGEST_TEXT = 65_536
"""As long as notes may be in the CRM, in characters."""


class UnknownConflict(LookupError):
    """The user has no such conflict (any more)."""


class NotPossible(ValueError):
    """The record cannot take what was chosen; the message is for a person."""


class Moved(Exception):
    """The record no longer has the value that was to be replaced; `asked` is how the conflict stands now."""

    def __init__(self, asked: "Asked") -> None:
        super().__init__("the record has changed")
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Asked:
    """A conflict as the user is asked about it.

    stored: its record as it is now; None when it is gone. current: the record's value where the conflict was.
    digest: of what is asked; "" without a record. both: whether both values can be kept.
    """

    conflict: Conflict
    stored: Stored[Any] | None
    current: Any = None
    digest: str = ""
    both: bool = False


def asked(deps: Deps, scope: Scope, found: Sequence[Conflict]) -> list[Asked]:
    """These conflicts, with their records as they are now."""
    canon = _canon(deps, scope)
    records: dict[Kind, Mapping[str, Stored[Any]]] = {}
    for kind in ("contacts", "appointments"):
        ids = sorted({conflict.crm for conflict in found if _kind(conflict) == kind})
        records[kind] = deps.store.records(scope, kind, ids) if ids else {}
    return [_asked(canon, conflict, records[_kind(conflict)].get(conflict.crm)) for conflict in found]


def choose(deps: Deps, scope: Scope, conflict_id: str, choice: Pick, digest: str | None = None) -> None:
    """Settles a conflict and asks for the sync that brings it to Google.

    The side whose value was kept: the conflict is dropped. The other side: its value is written into the
    record, if the record still has what it replaces. Both: it is added to what the record has.
    digest: of what the user was shown; without one the record must still have the value that won.
    Raises UnknownConflict, Moved, NotPossible.
    """
    canon = _canon(deps, scope)
    for _ in attempts(ATTEMPTS):
        conflict = deps.store.conflict(scope, conflict_id)
        if conflict is None:
            raise UnknownConflict(conflict_id)
        stored = deps.store.records(scope, _kind(conflict), [conflict.crm]).get(conflict.crm)
        if choice not in ("both", conflict.lost_side):
            _leave(deps, scope, conflict)
            return
        now = _asked(canon, conflict, stored)
        if stored is None or stored.archived_at is not None:
            raise Moved(now)
        value = _chosen(canon, now, stored.value, choice, digest)
        try:
            _write(deps, scope, conflict, stored, value)
        except Conflicted:
            continue
        request_sync(deps, scope, "manual", frozenset((conflict.resource,)))
        return
    raise StoreUnavailable(f"the record kept changing ({ATTEMPTS} attempts)")


def _chosen(canon: Canon, now: Asked, record: R, choice: Pick, digest: str | None) -> R:
    """The record with what was chosen. Raises Moved, NotPossible."""
    if choice == "both":
        return _with_both(canon, now, record)
    if picking.says(canon, record, now.conflict, now.conflict.lost):
        return record
    as_shown = (
        digest == now.digest if digest else picking.says(canon, record, now.conflict, now.conflict.kept)
    )
    if not as_shown:
        raise Moved(now)
    value = picking.with_lost(canon, record, now.conflict)
    if isinstance(value, Contact) and title_of(value) == NO_NAME:
        raise NotPossible("Nobody would recognise the contact: it needs a name, an e-mail or a phone.")
    return value


def _with_both(canon: Canon, now: Asked, record: R) -> R:
    if not now.both:
        raise NotPossible("This field has one value: pick one of the two.")
    value = picking.with_both(canon, record, now.conflict)
    if any(len(getattr(value, name, "")) > LONGEST_TEXT for name in picking.TEXTS):
        raise NotPossible("Together the two texts are too long.")
    return value


def _write(deps: Deps, scope: Scope, conflict: Conflict, stored: Stored[R], value: R) -> None:
    """The record under its version, the conflict gone, and what changed in the journal: one commit."""
    before, after = as_json(stored.value, (conflict.field,)), as_json(value, (conflict.field,))
    change = Change("crm", "pick", conflict.crm, None, "you picked the other value", before, after)
    record = PutRecord(_kind(conflict), stored.id, value, stored.version)
    deps.store.commit(scope, [record, DropConflict(conflict.id), _journal(deps, conflict, change)])


def _leave(deps: Deps, scope: Scope, conflict: Conflict) -> None:
    """The value that won stays. The journal keeps the other one for as long as it keeps anything."""
    before, after = {conflict.field: conflict.lost}, {conflict.field: conflict.kept}
    change = Change("crm", "leave", conflict.crm, None, "you left the value as it was", before, after)
    deps.store.commit(scope, [DropConflict(conflict.id), _journal(deps, conflict, change)])


def _journal(deps: Deps, conflict: Conflict, change: Change) -> AddJournal:
    return AddJournal(JournalEntry(deps.new_id(), conflict.resource, "conflict", deps.clock.now(), (change,)))


def _asked(canon: Canon, conflict: Conflict, stored: Stored[Any] | None) -> Asked:
    if stored is None:
        return Asked(conflict, None)
    return Asked(
        conflict,
        stored,
        picking.standing(canon, stored.value, conflict),
        picking.digest(canon, stored.value, conflict),
        picking.may_be_both(stored.value, conflict.field),
    )


def _canon(deps: Deps, scope: Scope) -> Canon:
    user = deps.store.user(scope)
    return deps.canon(user.settings.region if user else "CA")


def _kind(conflict: Conflict) -> Kind:
    return "contacts" if conflict.resource == "contacts" else "appointments"
