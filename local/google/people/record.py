"""One state of one contact, and how it looks through a field mask.

Items with metadata, both etags, cached JSON.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from local.google.clock import rfc3339
from local.google.http import partial
from local.google.json import Json, JsonObject, Resource
from local.google.people.derived import derived
from local.google.people.fields import READ_FIELDS, Fields

LIST_CUT = 100
"""List answers hold at most this many e-mail addresses and phone numbers of a person."""

_FIELD_NUMBERS = {name: number for number, name in enumerate(sorted(READ_FIELDS), start=1)}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_CUT_FIELDS = frozenset({"emailAddresses", "phoneNumbers"})


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that a client uploaded (`content`), or one that is drawn on demand from `pattern`."""

    version: int
    content: bytes = b""
    pattern: int = 0


@dataclass(frozen=True, slots=True)
class Lens:
    """How an answer shows people: the field mask, the `fields` selection, list or not, sync token or not.

    `number` tells lenses of one book apart in the cache of rendered JSON.
    """

    number: int
    mask: frozenset[str]
    origin: str
    selection: partial.Selection | None = None
    listing: bool = False
    syncing: bool = False
    reordering: bool = False


@dataclass(slots=True)
class Version:
    """One state of one contact; a change makes a new version with a higher `seq`.

    `fields` holds the normalised values, `groups` the ids of its contact groups, `previous` its former
    resource names, `profile` the id of a linked Google profile. A `deleted` version is a tombstone.
    """

    number: int
    seq: int
    owner: str
    resource_name: str
    updated: datetime
    visible_from: datetime
    fields: Fields = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    photo: Photo | None = None
    profile: str = ""
    previous: tuple[str, ...] = ()
    deleted: bool = False
    _json: dict[int, str] = field(default_factory=dict)
    _tag: str = ""

    @property
    def source_id(self) -> str:
        """The CONTACT source id: the number of the resource name in hex."""
        return f"{self.number:x}"

    @property
    def source_tag(self) -> str:
        """Twelve characters that change with every change of the contact."""
        if not self._tag:
            digest = hashlib.blake2b(
                f"{self.owner}/{self.number}/{self.seq}".encode(), digest_size=8
            ).digest()
            self._tag = base64.b64encode(digest).decode()
        return self._tag

    @property
    def source_etag(self) -> str:
        """The etag of `metadata.sources[]`; it starts with a hash sign."""
        return "#" + self.source_tag

    def etag(self, mask: frozenset[str]) -> str:
        """The etag of the person.

        It tells the mask as well, so it differs by mask for one and the same state.
        """
        return "%" + base64.b64encode(_etag_prefix(mask) + self.source_tag.encode()).decode()

    def json(self, lens: Lens) -> str:
        """The rendered JSON text, with the lens's selection applied; cached."""
        text = self._json.get(lens.number)
        if text is None:
            person = partial.select(self.render(lens), lens.selection)
            text = _encode(person)
            self._json[lens.number] = text
        return text

    def forget_json(self) -> None:
        """Drop the cached texts, because something outside the contact changed."""
        self._json.clear()

    def render(self, lens: Lens) -> Resource:
        """The person as a value, without the lens's selection."""
        source: JsonObject = {"type": "CONTACT", "id": self.source_id}
        person: Resource = {"resourceName": self.resource_name, "etag": self.etag(lens.mask)}
        if "metadata" in lens.mask:
            person["metadata"] = self._metadata(lens)
        if "photos" in lens.mask:
            person["photos"] = [self._photo(lens, source)]
        if self.deleted:
            return person
        for name, values in self.fields.items():
            if name in lens.mask:
                person[name] = _items(name, values, source, lens, self.seq)
        if "memberships" in lens.mask:
            metadata = {"source": source}
            person["memberships"] = [
                {"metadata": metadata, "contactGroupMembership": _membership(group)} for group in self.groups
            ]
        return person

    def _metadata(self, lens: Lens) -> JsonObject:
        updated = "1970-01-01T00:00:00Z" if self.deleted else rfc3339(self.updated, 6)
        source: JsonObject = {"type": "CONTACT", "id": self.source_id}
        source |= {"etag": self.source_etag, "updateTime": updated}
        sources: list[Json] = [source]
        if self.profile:
            profile: JsonObject = {"objectType": "PERSON", "userTypes": ["GOOGLE_USER"]}
            sources.append({"type": "PROFILE", "id": self.profile, "etag": "#", "profileMetadata": profile})
        metadata: JsonObject = {"sources": sources}
        if self.deleted:
            metadata["deleted"] = True
        if lens.syncing and self.previous and not self.deleted:
            metadata["previousResourceNames"] = list(self.previous)
        return metadata | {"objectType": "PERSON"}

    def _photo(self, lens: Lens, source: JsonObject) -> JsonObject:
        metadata: JsonObject = {"primary": True, "source": source}
        if self.photo is None or self.deleted:
            url = f"{lens.origin}/photos/default/{ord(self.monogram):x}=s100"
            return {"metadata": metadata, "url": url, "default": True}
        url = f"{lens.origin}/photos/{self.owner}/{self.source_id}-{self.photo.version}=s100"
        return {"metadata": metadata, "url": url}

    @property
    def display_name(self) -> str:
        """The name a person would look for.

        The display name, else organisation, e-mail or number, else nothing.
        """
        for name in self.fields.get("names", ()):
            shown = derived("names", name).get("displayName")
            if shown:
                return str(shown)
        for field_name, part in (
            ("organizations", "name"),
            ("emailAddresses", "value"),
            ("phoneNumbers", "value"),
        ):
            for item in self.fields.get(field_name, ()):
                if item.get(part):
                    return str(item[part])
        return ""

    @property
    def monogram(self) -> str:
        """A letter or digit in place of a photo; a middle dot when the name offers none."""
        first = self.display_name[:1]
        return first.upper()[:1] if first.isalnum() else "·"


def tag_of(etag: str) -> str | None:
    """The source tag inside a person's or a source's etag; None when the text is no etag of ours."""
    if etag.startswith("#"):
        return etag[1:]
    if not etag.startswith("%"):
        return None
    try:
        return base64.b64decode(etag[1:], validate=True)[-12:].decode("ascii")
    except ValueError:
        return None


@functools.lru_cache(maxsize=256)
def _etag_prefix(mask: frozenset[str]) -> bytes:
    """The part of a person's etag that is the same for every contact: the mask and the kinds of sources."""
    numbers = bytes(sorted(_FIELD_NUMBERS[name] for name in mask))
    return b"\x12" + bytes([len(numbers)]) + numbers + b"\x1a\x04\x01\x02\x05\x07\x22\x0c"


def _items(name: str, values: list[JsonObject], source: JsonObject, lens: Lens, seq: int) -> list[JsonObject]:
    plain: JsonObject = {"source": source}
    primary: JsonObject = {"primary": True, "source": source}
    if name == "names":
        primary["sourcePrimary"] = True
    items: list[JsonObject] = [
        {"metadata": plain if index else primary, **derived(name, value)}
        for index, value in enumerate(values)
    ]
    if lens.listing and name in _CUT_FIELDS:
        items = items[:LIST_CUT]
    if lens.reordering and seq % 2:
        items.reverse()
    return items


@functools.lru_cache(maxsize=1024)
def _membership(group: str) -> dict[str, str]:
    return {"contactGroupId": group, "contactGroupResourceName": f"contactGroups/{group}"}
