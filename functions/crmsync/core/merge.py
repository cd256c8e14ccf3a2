"""The three-way merge: what a pair becomes when either side changed, field by field and element by element.

A pure function of (base, CRM record, Google record, owners): no clock, so a crash between two runs replays to
the same result. It compares digests only; values are touched where a side has to be written.

Digests of one field are grouped by identity: a scalar is one group, a list has one group for each canonical
identity (an e-mail address, say). Each group is settled alone, by `_settle`. The base holds two digests a
group because Google normalises what it is sent: a pair of different digests that were recorded together
counts as equal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as parts_of
from typing import Any, Generic, Literal

from crmsync.core.canon import Canon
from crmsync.core.fields import Field, fields_of, get, value_as_json, with_fields
from crmsync.core.model import R
from crmsync.core.plan import Lost, Rules, Seen
from crmsync.core.state import Base, FieldDigest, Projection

Owner = Literal["crm", "google"]
Group = str | tuple[str, ...]
"""One scalar's digest, or the digests of the elements that share an identity; falsy when blank or absent."""

IDENTITY_DIGITS = 16
"""How many digits of an element's digest stand for its identity."""


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


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How one group is settled.

    base: the group for base.local. contested: both sides had a value of their own.
    """

    winner: Owner
    to_local: bool
    to_remote: bool
    base: Group
    contested: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How one field is settled. value: only when the CRM record has to change."""

    to_local: bool
    to_remote: bool
    base: FieldDigest
    lost: tuple[Lost, ...] = ()
    value: Any = None


def merge(base: Base | None, local: R, remote: R, canon: Canon, rules: Rules) -> Merged[R]:
    """Merges a pair. base None means that the two meet for the first time: blanks are filled both ways."""
    return merge_seen(
        base, Seen(local, canon.project(local)), Seen(remote, canon.project(remote)), canon, rules
    )


def merge_seen(base: Base | None, local: Seen[R], remote: Seen[R], canon: Canon, rules: Rules) -> Merged[R]:
    """The same with projections at hand. Raises ValueError when a side is deleted."""
    if local.value is None or remote.value is None:
        raise ValueError("a deleted record cannot be merged")
    merger = _Merger(base, local.value, remote.value, local.projection, remote.projection, canon, rules)
    values: dict[str, Any] = {}
    to_local, to_remote = [], []
    base_local: dict[str, FieldDigest] = {}
    lost: list[Lost] = []
    for field in fields_of(local.value):
        outcome = merger.field(field)
        base_local[field.name] = outcome.base
        lost.extend(outcome.lost)
        if outcome.to_local:
            to_local.append(field.name)
            values[field.name] = outcome.value
        if outcome.to_remote:
            to_remote.append(field.name)
    return Merged(
        value=with_fields(local.value, values),
        local_fields=frozenset(to_local),
        remote_fields=frozenset(to_remote),
        lost=tuple(lost),
        base=Base(base_local, dict(remote.projection)),
    )


def same(a: FieldDigest | None, b: FieldDigest | None) -> bool:
    """Whether two digests of a field say the same; all blanks are one, a field the base lacks included."""
    return a == b or (not a and not b)


def changed_fields(before: Projection, now: Projection) -> frozenset[str]:
    """The fields whose digests differ."""
    if before == now:
        return frozenset()
    return frozenset(f for f in {*before, *now} if not same(before.get(f), now.get(f)))


def _settle(
    local: Group, remote: Group, base: tuple[Group, Group] | None, owner: Owner, scalar: bool
) -> _Verdict:
    """Settles one group. base: its (local, remote) digests when they last agreed; None at a first meeting."""
    if local == remote or (not local and not remote):
        return _Verdict("crm", False, False, remote)
    if base is None:
        if not local:
            return _Verdict("google", True, False, remote)
        if not remote:
            return _Verdict("crm", False, True, remote)
        return _contest(remote, owner)
    base_local, base_remote = base
    local_changed = local != base_local and bool(local or base_local)
    remote_changed = remote != base_remote and bool(remote or base_remote)
    if not remote_changed:
        return _Verdict("crm", False, local_changed, base_local)
    if not local_changed:
        return _Verdict("google", True, False, remote)
    # An element removed on one side and edited on the other stays. A scalar that was cleared was edited.
    if not scalar and not local:
        return _Verdict("google", True, False, remote)
    if not scalar and not remote:
        return _Verdict("crm", False, True, remote)
    return _contest(remote, owner)


def _contest(remote: Group, owner: Owner) -> _Verdict:
    return _Verdict(owner, owner == "google", owner == "crm", remote, contested=True)


class _Merger:
    """One merge at work: settles a field at a time."""

    def __init__(
        self,
        base: Base | None,
        local: Any,
        remote: Any,
        local_digests: Projection,
        remote_digests: Projection,
        canon: Canon,
        rules: Rules,
    ) -> None:
        self._base = base
        self._local, self._remote = local, remote
        self._local_digests, self._remote_digests = local_digests, remote_digests
        self._canon = canon
        self._owners = rules.owners

    def field(self, field: Field) -> _Outcome:
        """Settles one field; cheap when nothing changed."""
        name = field.name
        local, remote = self._local_digests.get(name), self._remote_digests.get(name)
        if same(local, remote):
            return _Outcome(False, False, remote or blank_digest(field))
        if self._base is not None:
            base_local = self._base.local.get(name)
            if same(local, base_local) and same(remote, self._base.remote.get(name)):
                return _Outcome(False, False, base_local or blank_digest(field))
        return self._list(field) if field.kind == "list" else self._scalar(field)

    def _scalar(self, field: Field) -> _Outcome:
        name = field.name
        base = None
        if self._base is not None:
            base = (self._base.local.get(name) or "", self._base.remote.get(name) or "")
        verdict = _settle(
            self._local_digests.get(name) or "",
            self._remote_digests.get(name) or "",
            base,
            self._owner(name),
            scalar=True,
        )
        theirs = get(self._remote, name)
        lost: tuple[Lost, ...] = ()
        if verdict.contested:
            lost = (self._lost(name, verdict.winner, get(self._local, name), theirs),)
        return _Outcome(
            verdict.to_local,
            verdict.to_remote,
            verdict.base,
            lost,
            theirs if verdict.to_local else None,
        )

    def _list(self, field: Field) -> _Outcome:
        name = field.name
        ours, theirs = get(self._local, name), get(self._remote, name)
        local, remote = _groups(self._local_digests.get(name)), _groups(self._remote_digests.get(name))
        base_local: Mapping[str, Group] = {}
        base_remote: Mapping[str, Group] = {}
        alias: Mapping[str, str] = {}
        if self._base is not None:
            base_local, base_remote = (
                _groups(self._base.local.get(name)),
                _groups(self._base.remote.get(name)),
            )
            alias = _alias(base_local, base_remote)
            remote, base_remote = _renamed(remote, alias), _renamed(base_remote, alias)
        verdicts = {
            identity: _settle(
                local.get(identity, ()),
                remote.get(identity, ()),
                None if self._base is None else (base_local.get(identity, ()), base_remote.get(identity, ())),
                self._owner(name),
                scalar=False,
            )
            for identity in dict.fromkeys((*local, *remote, *base_local))
        }
        our_groups = self._elements(name, ours, {})
        their_groups = self._elements(name, theirs, alias)
        if self._base is None:
            verdicts = {
                identity: self._filled(name, verdict, our_groups[identity], their_groups[identity])
                if verdict.contested
                else verdict
                for identity, verdict in verdicts.items()
            }
        return _Outcome(
            to_local=any(verdict.to_local for verdict in verdicts.values()),
            to_remote=any(verdict.to_remote for verdict in verdicts.values()),
            base=_flat(verdict.base for verdict in verdicts.values()),
            lost=tuple(
                self._lost(name, verdict.winner, our_groups[identity], their_groups[identity])
                for identity, verdict in verdicts.items()
                if verdict.contested
            ),
            value=_compose(verdicts, our_groups, their_groups),
        )

    def _filled(self, name: str, verdict: _Verdict, ours: list[Any], theirs: list[Any]) -> _Verdict:
        """At a first meeting an element that says all that the other says, and more, is no conflict."""
        if len(ours) != 1 or len(theirs) != 1:
            return verdict
        if self._covers(name, theirs[0], ours[0]):
            return _Verdict("google", True, False, verdict.base)
        if self._covers(name, ours[0], theirs[0]):
            return _Verdict("crm", False, True, verdict.base)
        return verdict

    def _covers(self, name: str, fuller: Any, other: Any) -> bool:
        blanks = {part.name: getattr(fuller, part.name) for part in parts_of(other)}
        filled = replace(other, **{part: text for part, text in blanks.items() if not getattr(other, part)})
        return self._canon.element_digest(name, filled) == self._canon.element_digest(name, fuller)

    def _elements(self, name: str, items: Sequence[Any], alias: Mapping[str, str]) -> dict[str, list[Any]]:
        """A list's elements by the identity digits of their group, in the list's order."""
        groups: dict[str, list[Any]] = {}
        for item in items:
            identity = self._canon.element_digest(name, item)[:IDENTITY_DIGITS]
            groups.setdefault(alias.get(identity, identity), []).append(item)
        return groups

    def _owner(self, name: str) -> Owner:
        return self._owners.get(name, "crm")

    def _lost(self, name: str, winner: Owner, ours: Any, theirs: Any) -> Lost:
        crm, google = (value_as_json(self._local, name, value) for value in (ours, theirs))
        if winner == "crm":
            return Lost(name, kept=crm, lost=google, lost_side="google")
        return Lost(name, kept=google, lost=crm, lost_side="crm")


def blank_digest(field: Field) -> FieldDigest:
    """The digest of a blank field."""
    return () if field.kind == "list" else ""


def _groups(digests: FieldDigest | None) -> dict[str, Group]:
    """Element digests by identity."""
    groups: dict[str, tuple[str, ...]] = {}
    for digest in sorted(digests or ()):
        identity = digest[:IDENTITY_DIGITS]
        groups[identity] = (*groups.get(identity, ()), digest)
    return dict(groups)


def _flat(groups: Iterable[Group]) -> tuple[str, ...]:
    return tuple(sorted(digest for group in groups for digest in group))


def _alias(base_local: Mapping[str, Group], base_remote: Mapping[str, Group]) -> dict[str, str]:
    """Google's identity -> ours, where Google turned one element into another when it took our value.

    Only a single leftover on both sides can be told to be the same element; more are left as they are.
    """
    ours = [identity for identity in base_local if identity not in base_remote]
    theirs = [identity for identity in base_remote if identity not in base_local]
    return {theirs[0]: ours[0]} if len(ours) == len(theirs) == 1 else {}


def _renamed(groups: Mapping[str, Group], alias: Mapping[str, str]) -> dict[str, Group]:
    renamed: dict[str, Group] = {}
    for identity, group in groups.items():
        key = alias.get(identity, identity)
        renamed[key] = _flat([renamed.get(key, ()), group])
    return renamed


def _compose(
    verdicts: Mapping[str, _Verdict], ours: Mapping[str, list[Any]], theirs: Mapping[str, list[Any]]
) -> tuple[Any, ...]:
    """The merged list: our order, what Google won in the place of ours, what Google added at the end."""
    elements: list[Any] = []
    for identity in dict.fromkeys((*ours, *theirs)):
        winner = verdicts[identity].winner
        elements.extend((ours if winner == "crm" else theirs).get(identity, ()))
    return tuple(elements)
