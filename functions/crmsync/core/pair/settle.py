"""Settling digests: which side wins one group, given what the two last agreed on.

Digests of one field are grouped by identity: a scalar is one group, a list has one group for each canonical
identity (an e-mail address, say), and fields that belong together are one group too. Each group is settled
alone. The base holds two digests a group because Google normalises what it is sent: a pair of different
digests that were recorded together counts as equal.
"""

from collections.abc import Iterable, Mapping
from typing import Generic, Literal, NamedTuple, TypeVar

from crmsync.core.state import FieldDigest, Projection

Owner = Literal["crm", "google"]
Elements = tuple[str, ...]
"""The digests of a list's elements that share an identity."""
Group = TypeVar("Group", FieldDigest, Elements, tuple[FieldDigest, ...])
"""One scalar's digest, those of an identity's elements, or those of a unit's fields; falsy when blank."""

IDENTITY_DIGITS = 16
"""How many digits of an element's digest stand for its identity."""


class Verdict(NamedTuple, Generic[Group]):
    """How one group is settled.

    base: the group for base.local. contested: both sides had a value of their own.
    """

    winner: Owner
    to_local: bool
    to_remote: bool
    base: Group
    contested: bool = False


def same(a: FieldDigest | None, b: FieldDigest | None) -> bool:
    """Whether two digests of a field say the same; all blanks are one, a field the base lacks included."""
    return a == b or (not a and not b)


def changed_fields(before: Projection, now: Projection) -> frozenset[str]:
    """The fields whose digests differ."""
    if before == now:
        return frozenset()
    found = [f for f, digest in now.items() if digest != before.get(f) and (digest or before.get(f))]
    gone = [f for f, digest in before.items() if digest and f not in now]
    return frozenset([*found, *gone])


def settle(
    local: Group, remote: Group, base: tuple[Group, Group] | None, owner: Owner, scalar: bool
) -> Verdict[Group]:
    """Settles one group. base: its (local, remote) digests when they last agreed; None at a first meeting."""
    if local == remote or (not local and not remote):
        return Verdict("crm", False, False, remote)
    if base is None:
        return _either(local, remote, owner)
    base_local, base_remote = base
    local_changed = local != base_local and bool(local or base_local)
    remote_changed = remote != base_remote and bool(remote or base_remote)
    if not remote_changed:
        return Verdict("crm", False, local_changed, base_local)
    if not local_changed:
        return won("google", remote)
    # An element removed on one side and edited on the other stays. A scalar that was cleared was edited.
    return won(owner, remote, contested=True) if scalar else _either(local, remote, owner)


def _either(local: Group, remote: Group, owner: Owner) -> Verdict[Group]:
    """The side that says something wins; when both do, the owner of the field."""
    if not local:
        return won("google", remote)
    if not remote:
        return won("crm", remote)
    return won(owner, remote, contested=True)


def won(winner: Owner, base: Group, *, contested: bool = False) -> Verdict[Group]:
    """The verdict that writes one side's group to the other."""
    return Verdict(winner, winner == "google", winner == "crm", base, contested)


def groups_of(digests: FieldDigest | None) -> dict[str, Elements]:
    """Element digests by identity."""
    groups: dict[str, Elements] = {}
    for digest in digests or ():
        identity = digest[:IDENTITY_DIGITS]
        groups[identity] = (*groups[identity], digest) if identity in groups else (digest,)
    return groups


def flat(groups: Iterable[Elements]) -> Elements:
    """The digests of a list field out of its groups."""
    return tuple(sorted(digest for group in groups for digest in group))


def alias_of(base_local: Mapping[str, Elements], base_remote: Mapping[str, Elements]) -> dict[str, str]:
    """Google's identity -> ours, where Google turned one element into another when it took our value.

    Only a single leftover on both sides can be told to be the same element; more are left as they are.
    """
    ours = [identity for identity in base_local if identity not in base_remote]
    theirs = [identity for identity in base_remote if identity not in base_local]
    return {theirs[0]: ours[0]} if len(ours) == len(theirs) == 1 else {}


def renamed(groups: Mapping[str, Elements], alias: Mapping[str, str]) -> dict[str, Elements]:
    """Google's groups under our identities."""
    ours: dict[str, Elements] = {}
    for identity, group in groups.items():
        key = alias.get(identity, identity)
        ours[key] = flat([ours.get(key, ()), group])
    return ours
