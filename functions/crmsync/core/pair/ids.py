"""Ids that follow from what they stand for, so that a repeated create meets its first.

All are keyed with the installation's digest key (through `Canon.digest`), so no one outside can compute or
guess them.
"""

import json

from crmsync.core.calendar.occurrences import MARK
from crmsync.core.calendar.recurrence import occurrence_key
from crmsync.core.json_types import Json
from crmsync.core.model import Moment
from crmsync.core.pair.canon import Canon

_BASE32HEX = "0123456789abcdefghijklmnopqrstuv"
_LENGTH = 26
"""128 bits in base32hex."""


def _id(canon: Canon, *parts: str) -> str:
    number = int(canon.digest("id", "high", *parts) + canon.digest("id", "low", *parts), 16)
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 32)
        digits.append(_BASE32HEX[digit])
    return "".join(reversed(digits))


def event_id(canon: Canon, uid: str, calendar_id: str, crm_id: str, generation: int) -> str:
    """The Calendar event id of an appointment: 26 of the characters 0-9 and a-v.

    generation: counts up when Google keeps an id taken by a deleted event, which it does for ever.
    """
    return _id(canon, "event", uid, calendar_id, crm_id, str(generation))


def imported_contact_id(canon: Canon, uid: str, google_key: str, generation: int = 0) -> str:
    """The CRM id of a contact made from a Google contact: importing it twice makes one record.

    generation: counts up when the one before was archived by an undo, or is taken.
    """
    return _id(canon, "import", uid, google_key, *([str(generation)] if generation else []))


def exception_id(canon: Canon, series_id: str, original_start: Moment) -> str:
    """The CRM id of an exception: whichever side makes it, one occurrence has one.

    series_id: the CRM id of the series.
    """
    return _id(canon, "exception", series_id, occurrence_key(original_start))


def born_appointment_id(canon: Canon, uid: str, link_key: str, generation: int = 0) -> str:
    """The CRM id of an appointment made from an event born at Google.

    link_key: of the event. generation: counts up when the one before has become another event's.
    """
    return _id(canon, "born", uid, link_key, *([str(generation)] if generation else []))


def conflict_id(canon: Canon, crm_id: str, field: str, lost: Json) -> str:
    """The id of a value that lost a merge: the same loss, seen again, is the same conflict."""
    return _id(canon, "conflict", crm_id, field, json.dumps(lost, sort_keys=True))


def double_id(canon: Canon, one: str, other: str) -> str:
    """The id of what is remembered of two contacts, whichever comes first."""
    return _id(canon, "double", *sorted((one, other)))


def calendar_link_key(canon: Canon, calendar_id: str, event_id: str) -> str:
    """The link key of an event: unique per user, whatever calendar it is in."""
    return f"{canon.digest('calendar', calendar_id)}-{event_id}"


def exception_link_key(series_key: str, original_start: Moment) -> str:
    """The link key of an exception, given that of its series: ids of occurrences tell nothing."""
    return f"{series_key}{MARK}{occurrence_key(original_start)}"
