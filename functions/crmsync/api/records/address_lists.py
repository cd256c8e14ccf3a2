"""Lists of addresses that are no longer to be written to, as mail programs export them: tables in many forms.

Nobody's form is asked for: the addresses are in the column that has most of them, and the day is in one whose
name says that it is about leaving.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from crmsync.api.http.errors import InvalidRequest
from crmsync.api.schemas.common import is_email
from crmsync.core.text.forms import email, without_accents

_DELIMITERS = ",;\t"
_LEAVING = ("unsub", "withdrawn", "opt-out", "optout", "opt out", "desabonn", "desinscri", "retir", "retrait")
"""Parts of the names of columns that say when somebody left, without accents."""
_FIRST_MAIL = 1971
"""Nobody has left before there was mail."""
_NAMED = re.compile(r"<([^<>]+)>")
_MADE_TEXT = re.compile(r"'(?=\s*[=+\-@＝＋－＠])")
"""What tables put before a cell that would be a formula (`crmsync.api.http.tables`)."""


@dataclass(frozen=True, slots=True)
class AddressList:
    """What a list says. withdrawn: addresses in canonical form, with the time where the list tells it.
    skipped: how many of its lines have no address.
    """

    withdrawn: Mapping[str, datetime | None]
    skipped: int


def read_list(text: str) -> AddressList:
    """Reads a table, with or without a header. Of an address that comes twice the later time counts, and none
    before any. Raises InvalidRequest.
    """
    lines = text.removeprefix("\ufeff")
    first = lines.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error:
        raise InvalidRequest("This is not a table that can be read.", field="csv") from None
    has_header = bool(rows) and not any(map(_address, rows[0]))
    header, body = (rows[0], rows[1:]) if has_header else ((), rows)
    places = Counter(place for row in body for place, cell in enumerate(row) if _address(cell))
    if not places:
        return AddressList({}, len(body))
    where = min(places, key=lambda place: (-places[place], place))
    when = next((place for place, name in enumerate(header) if _is_of_leaving(name)), None)
    withdrawn: dict[str, datetime | None] = {}
    skipped = 0
    for row in body:
        address = _address(row[where]) if where < len(row) else ""
        if not address:
            skipped += 1
            continue
        at = _moment(row, when)
        known = withdrawn.get(address, at)
        withdrawn[address] = None if at is None or known is None else max(at, known)
    return AddressList(withdrawn, skipped)


def _address(cell: str) -> str:
    """The address in a cell, in canonical form; "" when there is none."""
    named = _NAMED.search(cell)
    text = _MADE_TEXT.sub("", named[1] if named else cell).strip()
    return email(text) if is_email(text) else ""


def _is_of_leaving(name: str) -> bool:
    return any(part in without_accents(name) for part in _LEAVING)


def _moment(row: Sequence[str], place: int | None) -> datetime | None:
    """When somebody left: an ISO date, or date and time (UTC unless it says). None when that is not said, or
    cannot be.
    """
    cell = row[place].strip() if place is not None and place < len(row) else ""
    try:
        if len(cell) == len("YYYY-MM-DD"):
            # At noon, it is that day nearly everywhere.
            at = datetime.combine(date.fromisoformat(cell), time(12), UTC)
        else:
            at = datetime.fromisoformat(cell)
    except ValueError:
        return None
    if at.year < _FIRST_MAIL:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
