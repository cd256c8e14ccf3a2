"""What of a record goes which way between the CRM and Google: the user's choice, field by field.

A field that does not go a way is looked at by nobody in that direction: its edits are no news, its blanks are
no clearing. A field that is let through again has been edited unseen meanwhile, so what the two sides agreed
on before says nothing about it: it is *unmet* until both sides have been seen together.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from crmsync.core.fields import APPOINTMENT_FIELDS, CONTACT_FIELDS, field_of, names, with_fields
from crmsync.core.model import R, Resource
from crmsync.core.pair.settle import changed_fields
from crmsync.core.state import Base, FieldDigest, Link, Projection

Way = Literal["both", "to_crm", "to_google", "never"]

CHOICES: Mapping[Resource, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "contacts": {
            **{name: (name,) for name in ("emails", "phones", "addresses")},
            # Google holds the two in one place, which is written as a whole.
            "organization": ("organization", "job_title"),
            **{name: (name,) for name in ("birthday", "urls", "nickname", "notes")},
        },
        "calendar": {name: (name,) for name in ("location", "description", "attendees", "reminders")},
    }
)
"""What may be kept from one side, and the fields that are. Names, titles and times make a record what it is.
"""
FIRST: Mapping[str, Way] = MappingProxyType({"notes": "to_crm"})
"""What a new connection begins with: what is written for oneself does not leave the CRM unasked."""
FIELDS: Mapping[Resource, frozenset[str]] = MappingProxyType(
    {
        "contacts": frozenset(each.name for each in CONTACT_FIELDS),
        "calendar": frozenset(each.name for each in APPOINTMENT_FIELDS),
    }
)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Which fields go which way.

    kept_in: fields of which nothing goes to Google. kept_out: fields of which nothing comes from there.
    takes: whether anything at all comes from Google by itself. opened: field -> the number of the switch that
    let it through again last. count: of switches so far; links remember with how many their base was made.
    """

    kept_in: frozenset[str] = frozenset()
    kept_out: frozenset[str] = frozenset()
    takes: bool = True
    opened: Mapping[str, int] = field(default_factory=dict)
    count: int = 0

    def goes(self, name: str) -> bool:
        """Whether an edit of the field in the CRM goes to Google."""
        return name not in self.kept_in

    def comes(self, name: str) -> bool:
        """Whether an edit of the field at Google comes in."""
        return self.takes and name not in self.kept_out

    def unmet(self, link: Link) -> frozenset[str]:
        """The fields that were let through again since the link's base was made."""
        if link.met >= self.count:
            return frozenset()
        return frozenset(name for name, number in self.opened.items() if number > link.met)

    def told(self, link: Link, ours: Projection) -> frozenset[str]:
        """The fields that were edited in the CRM since the two sides agreed, and go to Google."""
        changed = changed_fields(link.base.local, ours)
        return changed - self.kept_in - self.unmet(link) if changed else changed

    def heard(self, link: Link, theirs: Projection) -> frozenset[str]:
        """The fields that were edited at Google since the two sides agreed, and come in."""
        changed = changed_fields(link.base.remote, theirs) if self.takes else frozenset[str]()
        return changed - self.kept_out - self.unmet(link) if changed else changed

    def meeting(self, link: Link, *sides: Projection) -> frozenset[str]:
        """The unmet fields of which any of these sides says something, and which go some way."""
        return frozenset(
            name
            for name in self.unmet(link)
            if (self.goes(name) or self.comes(name)) and any(side.get(name) for side in sides)
        )

    def is_news(self, link: Link, theirs: Projection, sent: Collection[str] = ()) -> bool:
        """Whether what Google shows has to be looked at beside the CRM's record. sent: fields that are about
        to be written there, whichever way they go.
        """
        if self.heard(link, theirs) or self.meeting(link, theirs):
            return True
        return bool(sent) and bool(changed_fields(link.base.remote, theirs) & frozenset(sent))

    def unseen(self, sent: Collection[str]) -> frozenset[str]:
        """Those of the fields to be sent of which nobody knows what Google has: it may have been edited."""
        return frozenset(name for name in sent if not self.comes(name))

    def outgoing(self, record: R) -> R:
        """As much of a CRM record as goes to Google."""
        return _without(record, self.kept_in)

    def incoming(self, record: R) -> R:
        """As much of a record at Google as enters the CRM when it is made of it."""
        return _without(record, self.kept_out)

    def made_there(self, sent: Projection, answered: Projection) -> Base:
        """What the sides agree on once Google has made its record of the CRM's. What was kept in is not
        agreed on.
        """
        return Base(_blanked(sent, self.kept_in), answered)

    def made_here(self, taken: Projection, shown: Projection) -> Base:
        """What they agree on once the CRM has made its record of Google's."""
        return Base(taken, _blanked(shown, self.kept_out))


EVERYTHING = Sharing()
"""Every field goes both ways."""


def ways_of(ways: Mapping[str, Way], resource: Resource) -> dict[str, Way]:
    """The way of each field that is not shared both ways, given those of the choices."""
    return {
        name: way
        for choice, fields in CHOICES[resource].items()
        if (way := ways.get(choice, "both")) != "both"
        for name in fields
    }


def sharing_of(
    ways: Mapping[str, Way], resource: Resource, *, takes: bool, opened: Mapping[str, int], count: int
) -> Sharing:
    """The sharing that follows from the user's choices. opened: as `Sharing` has it, of both resources."""
    fields = ways_of(ways, resource)
    return Sharing(
        kept_in=frozenset(name for name, way in fields.items() if way in ("to_crm", "never")),
        kept_out=frozenset(name for name, way in fields.items() if way in ("to_google", "never")),
        takes=takes,
        opened={name: number for name, number in opened.items() if name in FIELDS[resource]},
        count=count,
    )


def widened(before: Sharing, after: Sharing, resource: Resource) -> frozenset[str]:
    """The fields that go a way now that they did not go before."""
    if after.takes and not before.takes:
        return FIELDS[resource]
    return (before.kept_in - after.kept_in) | (before.kept_out - after.kept_out)


def _without(record: R, kept: Iterable[str]) -> R:
    own = frozenset(names(record))
    return with_fields(record, {name: field_of(record, name).blank for name in kept if name in own})


def _blanked(projection: Projection, kept: Collection[str]) -> Projection:
    if not kept:
        return projection
    return {name: _blank(digest) if name in kept else digest for name, digest in projection.items()}


def _blank(digest: FieldDigest) -> FieldDigest:
    return type(digest)()
