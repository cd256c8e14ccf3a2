"""What a record is called where people see it in a list."""

from crmsync.core.model import Appointment, Contact, Record
from crmsync.core.text.forms import without_accents

NO_NAME = "(No name)"
NO_TITLE = "(No title)"

SORT_LENGTH = 200
"""Sort keys are indexed, and Firestore indexes no text above 1,500 bytes: 200 characters stay below."""

LAST = "\uffee"
"""Sorts what has no letter or digit to sort by after what has."""


def full_name(contact: Contact) -> str:
    """A contact's personal name in the order it is spoken, titles included; "" when there is none."""
    parts = (contact.prefix, contact.given_name, contact.middle_name, contact.family_name, contact.suffix)
    name = " ".join(part.strip() for part in parts if part.strip())
    return name or contact.nickname.strip()


def title_of(record: Record) -> str:
    """A record's name in lists; for contacts without one the organisation, first e-mail or first number."""
    if isinstance(record, Appointment):
        return record.title.strip() or NO_TITLE
    return (
        full_name(record)
        or record.organization.strip()
        or next((e.value.strip() for e in record.emails if e.value.strip()), "")
        or next((p.value.strip() for p in record.phones if p.value.strip()), "")
        or NO_NAME
    )


def sort_key(title: str) -> str:
    """Where a title stands in a list: no case, accents or leading punctuation; the nameless come last."""
    folded = without_accents(title[:SORT_LENGTH])
    start = next((i for i, c in enumerate(folded) if c.isalnum()), None)
    if start is None or title == NO_NAME:
        return LAST
    return folded[start : start + SORT_LENGTH]
