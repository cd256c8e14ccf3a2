"""The labels of one account: Google's own groups and the user's."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from local.google.clock import Clock
from local.google.errors import people_error

SYSTEM_GROUPS = {
    "starred": "Starred",
    "friends": "Friends",
    "family": "Family",
    "coworkers": "Coworkers",
    "myContacts": "My Contacts",
    "chatBuddies": "Chat contacts",
    "all": "All Contacts",
    "blocked": "Blocked",
}
"""Id -> formatted name, in the order of Google's list."""

ASSIGNABLE_SYSTEM_GROUPS = frozenset({"myContacts", "starred"})
"""The only system groups that a client may add a contact to."""


@dataclass(frozen=True, slots=True)
class Group:
    """One label; `seq` is that of its last change, `data` its client data."""

    id: str
    name: str
    seq: int
    updated: datetime | None
    system: bool = False
    deleted: bool = False
    data: tuple[tuple[str, str], ...] = field(default=())

    @property
    def resource_name(self) -> str:
        """`contactGroups/<id>`."""
        return f"contactGroups/{self.id}"

    @property
    def formatted_name(self) -> str:
        """The name in the account's language."""
        return SYSTEM_GROUPS[self.id] if self.system else self.name

    @property
    def etag(self) -> str:
        """Changes with every change of the label."""
        return base64.b64encode(
            hashlib.blake2b(f"{self.id}/{self.seq}".encode(), digest_size=8).digest()
        ).decode()


class GroupShelf:
    """All labels; knows nothing of the contacts under them."""

    def __init__(self, clock: Clock, owner: str) -> None:
        self._clock = clock
        self._owner = owner
        self._groups = {id_: Group(id_, id_, 0, None, system=True) for id_ in SYSTEM_GROUPS}
        self.seq = 0

    def all(self) -> list[Group]:
        """The user's labels, then Google's; without the deleted ones."""
        living = [group for group in self._groups.values() if not group.deleted]
        return sorted(living, key=lambda group: group.system)

    def since(self, seq: int) -> list[Group]:
        """Labels that changed after `seq`, the deleted ones included."""
        return sorted((g for g in self._groups.values() if g.seq > seq), key=lambda group: group.seq)

    def find(self, resource_name: str) -> Group | None:
        """The label behind a resource name (or a bare id); None when unknown or deleted."""
        group = self._groups.get(resource_name.removeprefix("contactGroups/"))
        return None if group is None or group.deleted else group

    def get(self, resource_name: str) -> Group:
        """Like `find`, but 404 when there is no such label."""
        group = self.find(resource_name)
        if group is None:
            raise people_error(404, "Requested entity was not found.")
        return group

    def named(self, name: str) -> Group | None:
        """The user's label or Google's group of that name, letter case aside."""
        wanted = name.strip().casefold()
        for group in self.all():
            if wanted in (group.name.casefold(), group.formatted_name.casefold()):
                return group
        return None

    def create(self, name: str, data: tuple[tuple[str, str], ...] = ()) -> Group:
        """A new label; 400 without a name, 409 when the name is taken."""
        self._check_name(name)
        digest = hashlib.sha256(f"{self._owner}/group/{self.seq + 1}".encode()).hexdigest()
        return self._put(Group(digest[:16], name.strip(), 0, None, data=data))

    def rename(self, group: Group, name: str) -> Group:
        """Give a label another name."""
        if name.strip() != group.name:
            self._check_name(name, besides=group.id)
        return self._put(replace(group, name=name.strip()))

    def set_data(self, group: Group, data: tuple[tuple[str, str], ...]) -> Group:
        """Replace a label's client data."""
        return self._put(replace(group, data=data))

    def delete(self, group: Group) -> None:
        """Remove a label; its tombstone stays for deltas."""
        self._put(replace(group, deleted=True))

    def _check_name(self, name: str, besides: str = "") -> None:
        if not name.strip():
            raise people_error(400, "Contact group name is required.")
        taken = self.named(name)
        if taken is not None and taken.id != besides:
            raise people_error(409, "Contact group name already exists.")

    def _put(self, group: Group) -> Group:
        if group.system:
            raise people_error(400, "System contact groups cannot be changed.")
        self.seq += 1
        group = replace(group, seq=self.seq, updated=self._clock.now())
        self._groups[group.id] = group
        return group
