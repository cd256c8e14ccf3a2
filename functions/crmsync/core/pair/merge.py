"""The three-way merge: what a pair becomes when either side changed, field by field and element by element.

A pure function of (base, CRM record, Google record, owners): no clock, so a crash between two runs replays to
the same result. Which side wins is settled by digests alone (`crmsync.core.pair.settle`); values are touched
only where a side has to be written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as parts_of
from typing import Generic

from crmsync.core.fields import (
    Field,
    Item,
    Value,
    field_of,
    get,
    items_of,
    unit_of,
    value_as_json,
    with_fields,
    with_part,
)
from crmsync.core.model import Appointment, R
from crmsync.core.pair.canon import Canon, Element
from crmsync.core.pair.plan import Lost, Rules, Seen
from crmsync.core.pair.reports import alike, is_silent
from crmsync.core.pair.settle import (
    Elements,
    Group,
    Owner,
    Verdict,
    alias_of,
    flat,
    groups_of,
    renamed,
    same,
    settle,
    won,
)
from crmsync.core.state import Base, FieldDigest, Projection


@dataclass(frozen=True, slots=True)
class Merged(Generic[R]):
    """What a pair becomes.

    value: the merged record; attributes that stay in the CRM are the local record's. local_fields,
    remote_fields: the fields to be written on that side. lost: values that no side keeps. base: the base once
    `local_fields` are committed: fields still to be sent to Google differ from base.local, and from nothing
    else.
    """

    value: R
    local_fields: frozenset[str]
    remote_fields: frozenset[str]
    lost: tuple[Lost, ...]
    base: Base


def merge(
    base: Base | None,
    local: Seen[R],
    remote: Seen[R],
    canon: Canon,
    rules: Rules,
    unmet: Collection[str] = (),
) -> Merged[R]:
    """Merges a pair. base None means that the two meet for the first time: blanks are filled both ways.
    unmet: fields that do, whatever the base says of them.

    Raises ValueError when a side is deleted.
    """
    if local.value is None or remote.value is None:
        raise ValueError("a deleted record cannot be merged")
    projections = (local.projection, remote.projection)
    if base is not None and unmet:
        base = Base(
            *({n: d for n, d in side.items() if n not in unmet} for side in (base.local, base.remote))
        )
    merger = _Merger(base, local.value, remote.value, projections, canon, rules, frozenset(unmet))
    merger.perform()
    return Merged(
        value=with_fields(local.value, merger.values),
        local_fields=frozenset(merger.values),
        remote_fields=frozenset(merger.to_remote),
        lost=tuple(merger.lost),
        base=Base(merger.base_local, {**remote.projection, **merger.base_remote}),
    )


class _Merger(Generic[R]):
    """One merge at work.

    values: field -> merged value, of the fields to be written in the CRM. to_remote: fields to be written at
    Google. base_local: the CRM's side of the base that follows. base_remote: where Google's side of it is not
    what Google shows, for that does not come in.
    """

    def __init__(
        self,
        base: Base | None,
        local: R,
        remote: R,
        projections: tuple[Projection, Projection],
        canon: Canon,
        rules: Rules,
        unmet: frozenset[str],
    ) -> None:
        self._known = base is not None
        self._unmet = unmet
        self._sharing = rules.sharing
        self._base = base or Base()
        self._local: R = local
        self._remote: R = remote
        self._local_digests, self._remote_digests = projections
        self._canon = canon
        self._owners = rules.owners
        self.values: dict[str, Value] = {}
        self.to_remote: list[str] = []
        self.lost: list[Lost] = []
        self.base_local: dict[str, FieldDigest] = {}
        self.base_remote: dict[str, FieldDigest] = {}

    def perform(self) -> None:
        """Settles all fields; passes quickly over what is equal or untouched, which is nearly all of nearly
        all records.
        """
        ours, theirs = self._local_digests, self._remote_digests
        base_ours, base_theirs = self._base.local, self._base.remote
        differing = [
            name
            for name, local in ours.items()
            if local != theirs[name]
            and not (
                self._met(name) and local == base_ours.get(name) and theirs[name] == base_theirs.get(name)
            )
        ]
        self.base_local.update(ours)
        together: set[str] = set()
        for name in differing:
            unit = unit_of(self._local, name)
            if not self._sharing.comes(name):
                self._one_way(unit[0] if len(unit) == 1 else field_of(self._local, name))
            elif unit[0].kind == "list":
                self._list(unit[0])
            elif len(unit) == 1:
                self._scalar(unit[0])
            elif name not in together:
                together.update(field.name for field in unit)
                self._together(unit)
        self.to_remote = [name for name in self.to_remote if self._sharing.goes(name)]

    def _met(self, name: str) -> bool:
        """Whether the base says what the two sides agreed on in this field."""
        return self._known and name not in self._unmet

    def _one_way(self, field: Field) -> None:
        """A field of which nothing comes in. It goes to Google when it was edited in the CRM, or fills a
        blank there when the two meet; what was typed at Google and is overwritten so is kept for the user.
        """
        name, theirs = field.name, self._remote_digests[field.name]
        blank = type(theirs)()
        before, agreed = self._base.local.get(name) or blank, self._base.remote.get(name) or blank
        met = self._met(name)
        edited = self._local_digests[name] != before if met else not theirs
        if not (edited and self._sharing.goes(name)):
            self.base_local[name] = before if met else self._settled_apart(name, blank)
            self.base_remote[name] = agreed
            return
        self.base_local[name] = before
        self.to_remote.append(name)
        if theirs and theirs != agreed:
            self._overwrite(field)

    def _settled_apart(self, name: str, blank: FieldDigest) -> FieldDigest:
        """The CRM's side of the base when two different values meet and both stay."""
        return self._local_digests[name] if self._sharing.goes(name) else blank

    def _overwrite(self, field: Field) -> None:
        """What Google has in the field is lost, as far as ours does not say the same."""
        if field.kind == "scalar":
            self._lose(field.name, "crm", get(self._local, field.name), get(self._remote, field.name))
            return
        canon = self._canon
        ours = items_of(self._local, field.name)
        said = {canon.element_canon(item) for item in ours}
        lost = [item for item in items_of(self._remote, field.name) if canon.element_canon(item) not in said]
        identities = {canon.element_identity(item) for item in lost}
        kept = [item for item in ours if canon.element_identity(item) in identities]
        if lost:
            self._lose(field.name, "crm", kept, lost)

    def _scalar(self, field: Field) -> None:
        name = field.name
        known = self._base.local.get(name) or "", self._base.remote.get(name) or ""
        base = known if self._met(name) else None
        local, remote = self._local_digests[name], self._remote_digests[name]
        verdict = settle(local, remote, base, self._owner(name), scalar=True)
        self.base_local[name] = verdict.base
        self._write(field, verdict, to_local=verdict.to_local, to_remote=verdict.to_remote)

    def _together(self, unit: tuple[Field, ...]) -> None:
        """Settles scalars whose digests depend on each other: one side wins them all."""

        def digests(projection: Projection) -> tuple[FieldDigest, ...]:
            return tuple(projection.get(field.name) or "" for field in unit)

        local, remote = digests(self._local_digests), digests(self._remote_digests)
        met = all(self._met(field.name) for field in unit)
        base = (digests(self._base.local), digests(self._base.remote)) if met else None
        verdict = settle(local, remote, base, self._owner(unit[0].name), scalar=True)
        if verdict.contested and base is None:
            verdict = self._one_time(verdict)
        for field, ours, theirs, settled in zip(unit, local, remote, verdict.base, strict=True):
            self.base_local[field.name] = settled
            self._write(
                field,
                verdict,
                to_local=verdict.to_local and ours != theirs,
                to_remote=verdict.to_remote and ours != settled,
                differs=ours != theirs,
            )

    def _write(
        self, field: Field, verdict: Verdict[Group], *, to_local: bool, to_remote: bool, differs: bool = True
    ) -> None:
        theirs = get(self._remote, field.name)
        if to_local:
            self.values[field.name] = theirs
        if to_remote:
            self.to_remote.append(field.name)
        if verdict.contested and differs:
            self._lose(field.name, verdict.winner, get(self._local, field.name), theirs)

    def _one_time(self, verdict: Verdict[Group]) -> Verdict[Group]:
        """At a first meeting of a series and a single appointment at the same time, the series says more."""
        ours, theirs = self._local, self._remote
        if not isinstance(ours, Appointment) or not isinstance(theirs, Appointment):
            return verdict
        alone = [self._canon.field_canon(replace(it, recurrence=()), "when") for it in (ours, theirs)]
        if alone[0] == alone[1] and bool(ours.recurrence) != bool(theirs.recurrence):
            return won("google" if theirs.recurrence else "crm", verdict.base)
        return verdict

    def _list(self, field: Field) -> None:
        name = field.name
        if self._met(name) and same(self._remote_digests[name], self._base.remote.get(name)):
            # Google's side is as it was: ours is written as it is.
            self.base_local[name] = self._base.local.get(name) or ()
            if not same(self._local_digests[name], self.base_local[name]):
                self.to_remote.append(name)
            return
        if self._met(name) and self._only_google_changed(name):
            self.base_local[name] = self._remote_digests[name]
            self.values[name] = self._follow(items_of(self._local, name), items_of(self._remote, name))
            return
        self._both_lists(field)

    def _both_lists(self, field: Field) -> None:
        """Settles a list that either side may have changed, one identity after another."""
        name = field.name
        alias, verdicts = self._settle_list(name)
        ours = self._elements(name, items_of(self._local, name), {})
        theirs = self._elements(name, items_of(self._remote, name), alias)
        to_local = to_remote = False
        for identity, verdict in verdicts.items():
            if verdict.contested:
                told = self._told(field, ours[identity], theirs[identity])
                to_local |= told != ours[identity]
                ours[identity] = told
                verdict = verdicts[identity] = self._contest(field, verdict, told, theirs[identity])
            to_local |= verdict.to_local
            to_remote |= verdict.to_remote
        self.base_local[name] = flat([verdict.base for verdict in verdicts.values()])
        if to_local:
            self.values[name] = _compose(verdicts, ours, theirs)
        if to_remote:
            self.to_remote.append(name)

    def _only_google_changed(self, name: str) -> bool:
        """Whether ours is as it was and Google had it just so: what Google shows now is what it becomes."""
        ours = self._base.local.get(name)
        return same(self._local_digests[name], ours) and same(ours, self._base.remote.get(name))

    def _follow(self, ours: Sequence[Item], theirs: Sequence[Item]) -> tuple[Item, ...]:
        """Google's list, in our order and with our text where the two say the same."""
        canon = self._canon.element_canon
        known = [canon(item) for item in ours]
        kept = set(known)
        shown: set[Element] = set()
        new: dict[str, list[Item]] = {}
        for item in theirs:
            form = canon(item)
            shown.add(form)
            if form not in kept:
                new.setdefault(form[0], []).append(item)
        elements: list[Item] = []
        for form, item in zip(known, ours, strict=True):
            elements.extend((item,) if form in shown else new.pop(form[0], ()))
        return (*elements, *(item for items in new.values() for item in items))

    def _settle_list(self, name: str) -> tuple[dict[str, str], dict[str, Verdict[Elements]]]:
        """The verdict of each identity in the list, and Google's names of our identities."""
        local, remote = groups_of(self._local_digests[name]), groups_of(self._remote_digests[name])
        owner = self._owner(name)
        if not self._met(name):
            identities = {**local, **remote}
            return {}, {
                i: settle(local.get(i, ()), remote.get(i, ()), None, owner, False) for i in identities
            }
        base_local, base_remote = (
            groups_of(self._base.local.get(name)),
            groups_of(self._base.remote.get(name)),
        )
        alias = alias_of(base_local, base_remote)
        if alias:
            remote, base_remote = renamed(remote, alias), renamed(base_remote, alias)
        return alias, {
            i: settle(
                local.get(i, ()),
                remote.get(i, ()),
                (base_local.get(i, ()), base_remote.get(i, ())),
                owner,
                False,
            )
            for i in {**local, **remote, **base_local}
        }

    def _contest(
        self, field: Field, verdict: Verdict[Elements], ours: list[Item], theirs: list[Item]
    ) -> Verdict[Elements]:
        """The verdict on elements of which both sides have a version; the one that no side keeps is lost."""
        if field.reported and alike(self._canon, field.name, ours, theirs):
            return won("google", verdict.base)
        if not self._met(field.name):
            verdict = self._filled(field.name, verdict, ours, theirs)
        if verdict.contested:
            self._lose(field.name, verdict.winner, ours, theirs)
        return verdict

    def _filled(
        self, name: str, verdict: Verdict[Elements], ours: list[Item], theirs: list[Item]
    ) -> Verdict[Elements]:
        """At a first meeting an element that says all that the other says, and more, is no conflict."""
        if len(ours) != 1 or len(theirs) != 1:
            return verdict
        if self._covers(name, theirs[0], ours[0]):
            return won("google", verdict.base)
        if self._covers(name, ours[0], theirs[0]):
            return won("crm", verdict.base)
        return verdict

    def _told(self, field: Field, ours: list[Item], theirs: list[Item]) -> list[Item]:
        """Ours, with what others have told Google. What ours said of it instead is lost."""
        if not field.reported or len(ours) != 1 or len(theirs) != 1:
            return ours
        if is_silent(self._canon, field, theirs[0]):
            return ours
        told = [with_part(ours[0], field.reported, getattr(theirs[0], field.reported))]
        if not (is_silent(self._canon, field, ours[0]) or alike(self._canon, field.name, told, ours)):
            self._lose(field.name, "google", ours, theirs)
        return told

    def _covers(self, name: str, fuller: Item, other: Item) -> bool:
        blanks = {part.name: getattr(fuller, part.name) for part in parts_of(other)}
        filled = replace(other, **{part: text for part, text in blanks.items() if not getattr(other, part)})
        return self._canon.element_digest(name, filled) == self._canon.element_digest(name, fuller)

    def _elements(self, name: str, items: Sequence[Item], alias: Mapping[str, str]) -> dict[str, list[Item]]:
        """A list's elements by the identity digits of their group, in the list's order."""
        groups: dict[str, list[Item]] = {}
        for item in items:
            identity = self._canon.identity_digest(name, item)
            groups.setdefault(alias.get(identity, identity), []).append(item)
        return groups

    def _owner(self, name: str) -> Owner:
        return self._owners.get(name, "crm")

    def _lose(
        self, name: str, winner: Owner, ours: Value | Sequence[Item], theirs: Value | Sequence[Item]
    ) -> None:
        crm, google = (value_as_json(self._local, name, value) for value in (ours, theirs))
        if winner == "crm":
            self.lost.append(Lost(name, kept=crm, lost=google, lost_side="google"))
        else:
            self.lost.append(Lost(name, kept=google, lost=crm, lost_side="crm"))


def _compose(
    verdicts: Mapping[str, Verdict[Elements]],
    ours: Mapping[str, list[Item]],
    theirs: Mapping[str, list[Item]],
) -> tuple[Item, ...]:
    """The merged list: our order, what Google won in the place of ours, what Google added at the end."""
    elements: list[Item] = []
    for identity in dict.fromkeys((*ours, *theirs)):
        winner = verdicts[identity].winner
        elements.extend((ours if winner == "crm" else theirs).get(identity, ()))
    return tuple(elements)
