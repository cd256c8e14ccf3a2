"""What a record is called where people see it in a list."""

from collections.abc import Iterable

from crmsync.core.model import Address, Appointment, Birthday, CalledBy, Contact, Record
from crmsync.core.text.forms import without_accents

NO_NAME = "(No name)"
NO_TITLE = "(No title)"

LINE = 100
"""So many characters of a note or the like are a name."""

SORT_LENGTH = 200
"""Sort keys are indexed, and Firestore indexes no text above 1,500 bytes: 200 characters stay below."""

LAST = "\uffee"
"""Sorts what has no letter or digit to sort by after what has."""


def full_name(contact: Contact) -> str:
    """A contact's personal name in the order it is spoken, titles included; "" when there is none."""
    parts = (contact.prefix, contact.given_name, contact.middle_name, contact.family_name, contact.suffix)
    name = " ".join(part.strip() for part in parts if part.strip())
    return name or contact.nickname.strip()


def called(contact: Contact) -> tuple[CalledBy, str]:
    """What a contact is called in lists, and what of it that is: its name, or else what it holds first.
    Nothing but a contact that holds nothing is without.
    """
    found: tuple[tuple[CalledBy, str], ...] = (
        ("name", full_name(contact)),
        ("organization", _line(contact.organization)),
        ("email", _first(item.value for item in contact.emails)),
        ("phone", _first(item.value for item in contact.phones)),
        ("job_title", _line(contact.job_title)),
        ("address", _first(map(address_line, contact.addresses))),
        ("note", _line(contact.notes)),
        ("url", _first(item.value for item in contact.urls)),
        ("birthday", "" if contact.birthday is None else _day(contact.birthday)),
    )
    return next(((kind, text) for kind, text in found if text), ("nothing", NO_NAME))


def title_of(record: Record) -> str:
    """A record's name in lists; of contacts without one what they hold instead, see `called`."""
    return record.title.strip() or NO_TITLE if isinstance(record, Appointment) else called(record)[1]


def told(title: str) -> str:
    """A title as it is told to pages: these have words of their own, in the person's language, for who has
    none.
    """
    return "" if title == NO_NAME else title


def address_line(address: Address) -> str:
    """A postal address in one line."""
    town = " ".join(filter(None, map(_joined, (address.city, address.region, address.postal_code))))
    return ", ".join(filter(None, (*map(_joined, (address.street, address.extended)), town, address.country)))


def _joined(text: str) -> str:
    """The lines of a text as one."""
    return ", ".join(line for line in map(str.strip, text.splitlines()) if line)


def _line(text: str) -> str:
    """The first line of a text that says anything, cut where it is long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= LINE else f"{line[:LINE].rstrip()}…"


def _first(texts: Iterable[str]) -> str:
    return next((text.strip() for text in texts if text.strip()), "")


def _day(day: Birthday) -> str:
    """A day as other programs write it; two hyphens stand for a year that is not known."""
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}" if day.year else f"--{day.month:02d}-{day.day:02d}"


def sort_key(title: str) -> str:
    """Where a title stands in a list: no case, accents or leading punctuation; the nameless come last."""
    folded = without_accents(title[:SORT_LENGTH])
    start = next((i for i, c in enumerate(folded) if c.isalnum()), None)
    if start is None or title == NO_NAME:
        return LAST
    return folded[start : start + SORT_LENGTH]
