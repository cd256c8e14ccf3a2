"""What is kept about a user as tables: a row for each record, change or decision, for a spreadsheet."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from crmsync.api.export.source import PAGE, Source
from crmsync.api.http import times
from crmsync.api.http.tables import table
from crmsync.api.records import consents
from crmsync.core.consent.validity import expires_on
from crmsync.core.encoding import consent_as_json
from crmsync.core.fields import record_to_data
from crmsync.core.journal import JournalEntry
from crmsync.core.json_types import Json
from crmsync.core.model import AllDay, Appointment, Contact, Moment, Record
from crmsync.core.state import Candidate
from crmsync.core.text.titles import title_of
from crmsync.store.ports import AnyStored, Kind

_COLUMNS: Mapping[str, tuple[int, Sequence[str]]] = {
    "emails": (3, ("value", "type")),
    "phones": (3, ("value", "type")),
    "urls": (2, ("value", "type")),
    "addresses": (2, ("street", "extended", "city", "region", "postal_code", "country", "type")),
}
"""Lists whose elements have columns of their own, for how many of them, and the columns of each. What is
beyond stands together in one more.
"""
_DAY = ("year", "month", "day")
_TIMES = ("created_at", "updated_at", "archived_at")

Row = dict[str, str]
"""Column -> cell, in the order of the columns."""


def contacts(source: Source) -> Iterator[bytes]:
    """All contacts, archived ones too."""
    return _records(source, "contacts", Contact())


def appointments(source: Source) -> Iterator[bytes]:
    """All appointments, series and exceptions, archived ones too."""
    day = AllDay(source.at.date())
    return _records(source, "appointments", Appointment("", day, day))


def _records(source: Source, kind: Kind, blank: Record) -> Iterator[bytes]:
    rows = (
        [kept.id, *record_cells(kept.record.value).values(), *_times(kept.record)]
        for kept in source.records(kind)
        if kept.record is not None
    )
    return table(("id", *record_cells(blank), *_TIMES), rows)


def _times(stored: AnyStored) -> list[str]:
    return [times.instant(getattr(stored, name)) or "" for name in _TIMES]


def record_cells(record: Record) -> Row:
    """The cells of a record. The columns are the same for every record of its kind."""
    row: Row = {}
    for name, value in record_to_data(record).items():
        if name in _COLUMNS and isinstance(value, list):
            row |= _several(name, value)
        elif name in ("start", "end"):
            row |= _when(name, getattr(record, name))
        elif name == "birthday" and isinstance(record, Contact):
            # In one cell, a spreadsheet would make a day of this year of one without a year.
            row |= {f"{name}_{part}": cell(getattr(record.birthday, part, None)) for part in _DAY}
        elif name == "consent" and isinstance(record, Contact):
            expiry = expires_on(record.consent)
            known = consent_as_json(record.consent)
            if expiry is not None:
                known["expires_on"] = expiry.isoformat()
            row |= {f"{name}_{part}": cell(known.get(part)) for part in consents.PARTS}
        else:
            row[name] = cell(value)
    return row


def _several(name: str, items: Sequence[Json]) -> Row:
    most, parts = _COLUMNS[name]
    row: Row = {}
    for number in range(most):
        item = items[number] if number < len(items) else {}
        assert isinstance(item, Mapping)
        row |= {f"{name}_{number + 1}_{part}": cell(item.get(part)) for part in parts}
    row[f"{name}_more"] = cell(items[most:])
    return row


def _when(name: str, moment: Moment) -> Row:
    if isinstance(moment, AllDay):
        return {name: moment.date.isoformat(), f"{name}_time_zone": ""}
    local = moment.at.replace(tzinfo=None, microsecond=0)
    return {name: local.isoformat(sep=" "), f"{name}_time_zone": moment.time_zone}


def cell(value: Json) -> str:
    """A value as the text of a cell: elements of a list on lines of their own, parts with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {cell(each)}" for name, each in value.items() if each not in (None, ""))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(map(cell, value))
    return str(value)


def consent_ledger(source: Source) -> Iterator[bytes]:
    """Every change of consent of every contact."""

    def rows() -> Iterator[list[str]]:
        entries = source.consents()
        while page := list(islice(entries, PAGE)):
            known = source.deps.store.records(source.scope, "contacts", [made.contact for made in page])
            for made in page:
                contact = known.get(made.contact)
                yield consents.cells(made, title_of(contact.value) if contact else "")

    return table(consents.COLUMNS, rows())


def activity(source: Source) -> Iterator[bytes]:
    """What the sync changed: a row for each field of a record."""
    header = ("at", "run", "resource", "reason", "side", "action", "record_id", "field", "before", "after")
    return table(header, (row for entry in source.journal() for row in _changes(entry)))


def _changes(entry: JournalEntry) -> Iterator[list[str]]:
    at = times.instant(entry.at) or ""
    for change in entry.changes:
        about = [at, entry.run, entry.resource, entry.reason, change.side, change.action, change.crm or ""]
        before, after = change.before or {}, change.after or {}
        for field in {**before, **after} or ("",):
            yield [*about, field, cell(before.get(field)), cell(after.get(field))]


def conflicts(source: Source) -> Iterator[bytes]:
    """Values that lost a merge and have not been decided about."""
    header = ("at", "resource", "record_id", "field", "lost_side", "lost", "kept")
    rows = (
        [
            times.instant(it.at) or "",
            it.resource,
            it.crm,
            it.field,
            it.lost_side,
            cell(it.lost),
            cell(it.kept),
        ]
        for scope in source.scopes
        for it in source.conflicts(scope)
    )
    return table(header, rows)


def import_sheet(source: Source) -> Iterator[bytes]:
    """The Google contacts of the import sheet, with what was picked for each."""
    rows = (sheet_cells(it) for scope in source.scopes for it in source.candidates(scope))
    header = ("id", "name", "emails", "phones", "organization", "labels", "status", "contact_id", "selected")
    choice = ("contact_type", "detail", "consent", "same_person")
    return table((*header, *choice), rows)


def sheet_cells(candidate: Candidate) -> list[str]:
    """A row of the import sheet."""
    choice = candidate.choice
    told: list[Json] = [
        candidate.key,
        candidate.name,
        candidate.emails,
        candidate.phones,
        candidate.organization,
        candidate.labels,
        candidate.status,
        candidate.crm,
        choice.selected,
        choice.contact_type,
        choice.detail,
        choice.consent,
        candidate.answer,
    ]
    return [cell(value) for value in told]
