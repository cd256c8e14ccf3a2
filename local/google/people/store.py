"""The contacts of one account: states, the lagging index that lists see, limits, and the change log."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TypedDict, Unpack

from local.google.clock import Clock
from local.google.errors import people_error
from local.google.http import partial
from local.google.people.fields import Fields
from local.google.people.record import Lens, Photo, Version

MAX_CONTACTS = 25_000
"""Contacts of one account, those in the Trash included."""

MAX_CONTACT_BYTES = 128 * 1024
MAX_LENSES = 32
TRASH_LIFE = timedelta(days=30)


class Content(TypedDict, total=False):
    """What a change gives a contact; the rest stays (see Version)."""

    resource_name: str
    fields: Fields
    groups: tuple[str, ...]
    photo: Photo | None
    profile: str
    previous: tuple[str, ...]
    deleted: bool


class View:
    """Contacts and tombstones in the order of their last change."""

    def __init__(self) -> None:
        self.live: dict[int, Version] = {}
        self.dead: dict[int, Version] = {}
        self.seq = 0

    def apply(self, version: Version) -> None:
        """Put a newer state of a contact in place of the older one."""
        self.live.pop(version.number, None)
        self.dead.pop(version.number, None)
        (self.dead if version.deleted else self.live)[version.number] = version
        self.seq = version.seq

    def since(self, seq: int) -> list[Version]:
        """Everything that changed after `seq`, oldest change first."""
        recent = [
            *itertools.takewhile(lambda version: version.seq > seq, reversed(self.live.values())),
            *itertools.takewhile(lambda version: version.seq > seq, reversed(self.dead.values())),
        ]
        return sorted(recent, key=lambda version: version.seq)


class ContactStore:
    """Reads see `current` at once; lists and deltas see `index`, which follows after `propagation_delay`."""

    def __init__(self, clock: Clock, owner: str) -> None:
        self.clock = clock
        self.owner = owner
        self.current = View()
        self.origin = "http://127.0.0.1"
        self.reorder_items = False
        self._index = View()
        self._queue: deque[Version] = deque()
        self._delay = timedelta()
        self._seq = 0
        self._created = 0
        self._aliases: dict[str, int] = {}
        self._trash: dict[int, Version] = {}
        """Deleted contacts as they were, by number."""
        self._lenses: dict[tuple[object, ...], Lens] = {}
        self._lenses_made = 0

    @property
    def propagation_delay(self) -> timedelta:
        """How long lists lag behind writes; Google says up to several minutes."""
        return self._delay

    @propagation_delay.setter
    def propagation_delay(self, delay: timedelta) -> None:
        self._delay = delay
        latest = self.clock.now() + delay
        for version in self._queue:
            version.visible_from = min(version.visible_from, latest)

    @property
    def index(self) -> View:
        """What lists and deltas see now."""
        now = self.clock.now()
        while self._queue and self._queue[0].visible_from <= now:
            self._index.apply(self._queue.popleft())
        return self._index

    def __len__(self) -> int:
        return len(self.current.live)

    def __iter__(self) -> Iterator[Version]:
        return iter(list(self.current.live.values()))

    def find(self, resource_name: str) -> Version | None:
        """The present state behind a resource name or a former one; None when unknown or deleted."""
        number = self._aliases.get(resource_name)
        return None if number is None else self.current.live.get(number)

    def get(self, resource_name: str) -> Version:
        """Like `find`, but 404 when there is no such contact."""
        version = self.find(resource_name)
        if version is None:
            raise people_error(404, "Requested entity was not found.")
        return version

    def add(self, **content: Unpack[Content]) -> Version:
        """A new contact with `fields`, `groups` and `photo`; raises when a limit is passed."""
        self.check_room(1)
        self._created += 1
        digest = hashlib.sha256(f"{self.owner}/contact/{self._created}".encode()).digest()
        number = int.from_bytes(digest[:8], "big") >> 1 | 1 << 61
        now = self.clock.now()
        version = Version(
            number=number,
            seq=0,
            owner=self.owner,
            resource_name=f"people/c{number}",
            updated=now,
            visible_from=now,
        )
        return self._put(version, content)

    def change(self, version: Version, **content: Unpack[Content]) -> Version:
        """The next state of a contact, with `content` in place of what it was."""
        return self._put(version, content)

    def remove(self, version: Version) -> Version:
        """Delete: a tombstone for deltas, and a place in the Trash for 30 days."""
        content: Content = {"deleted": True, "fields": {}, "groups": (), "photo": None, "profile": ""}
        self._trash[version.number] = version
        return self._put(version, content)

    def trash(self) -> list[Version]:
        """The deleted contacts as they were, those that Google still has, newest first."""
        oldest = self.clock.now() - TRASH_LIFE
        dead = self.current.dead
        kept = [it for n, it in self._trash.items() if n in dead and dead[n].updated > oldest]
        return sorted(kept, key=lambda version: -dead[version.number].seq)

    def restore(self, version: Version, resource_name: str | None = None) -> Version:
        """Take a contact out of the Trash as it was, under a new etag, and under another resource name if one
        is given.
        """
        del self._trash[version.number]
        back: Content = {
            "deleted": False,
            "fields": version.fields,
            "groups": version.groups,
            "photo": version.photo,
            "profile": version.profile,
        }
        if resource_name is not None:
            back["resource_name"] = resource_name
        return self._put(self.current.dead[version.number], back)

    def check_room(self, more: int) -> None:
        """400 `MY_CONTACTS_OVERFLOW_COUNT` when `more` contacts do not fit any more."""
        if len(self.current.live) + len(self.current.dead) + more <= MAX_CONTACTS:
            return
        oldest = self.clock.now() - TRASH_LIFE
        for number in [n for n, version in self.current.dead.items() if version.updated <= oldest]:
            del self.current.dead[number]
        if len(self.current.live) + len(self.current.dead) + more > MAX_CONTACTS:
            message = "Contact creation failed: MY_CONTACTS_OVERFLOW_COUNT"
            raise people_error(400, message, rpc_status="FAILED_PRECONDITION")

    def lens(
        self,
        mask: frozenset[str],
        *,
        fields: str = "",
        selection: partial.Selection | None = None,
        listing: bool = False,
        syncing: bool = False,
    ) -> Lens:
        """The way to look at people through `mask`.

        `fields` names the `selection` applied to a cached text.
        """
        key = (mask, fields, listing, syncing, self.reorder_items, self.origin)
        lens = self._lenses.get(key)
        if lens is None:
            if len(self._lenses) >= MAX_LENSES:
                self.forget_lenses()
            self._lenses_made += 1
            lens = Lens(self._lenses_made, mask, self.origin, selection, listing, syncing, self.reorder_items)
            self._lenses[key] = lens
        return lens

    def forget_lenses(self) -> None:
        """Drop every cached rendering."""
        self._lenses.clear()
        for view in (self.current, self._index):
            for version in itertools.chain(view.live.values(), view.dead.values()):
                version.forget_json()

    def rename(self, version: Version, resource_name: str, profile: str) -> Version:
        """Move a contact to another resource name; the old one still leads to it."""
        previous = (*version.previous, version.resource_name)
        return self._put(version, {"resource_name": resource_name, "profile": profile, "previous": previous})

    def _put(self, before: Version, content: Content) -> Version:
        now = self.clock.now()
        self._seq += 1
        version = replace(
            before, seq=self._seq, updated=now, visible_from=now + self._delay, _json={}, _tag="", **content
        )
        if self._queue:
            version.visible_from = max(version.visible_from, self._queue[-1].visible_from)
        self.current.apply(version)
        self._aliases[version.resource_name] = version.number
        if self._queue or self._delay:
            self._queue.append(version)
        else:
            self._index.apply(version)
        return version


def check_size(fields: Fields) -> None:
    """400 when a contact is larger than 128 KB."""
    # The first test is the cheap one: no character takes more than four bytes.
    if len(repr(fields)) * 4 > MAX_CONTACT_BYTES and _json_bytes(fields) > MAX_CONTACT_BYTES:
        raise people_error(400, "Contact exceeds the maximum size of 128 KB.")


def _json_bytes(fields: Fields) -> int:
    return len(json.dumps(fields, ensure_ascii=False).encode())
