"""The files of the archive, each a stream of its own."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from crmsync.api.export import everything, tables
from crmsync.api.export.calendar_file import CalendarFile
from crmsync.api.export.contact_file import card
from crmsync.api.export.readme import Language, readme
from crmsync.api.export.source import PAGE, Source
from crmsync.core.calendar.occurrences import is_called_off, is_cancelled_occurrence
from crmsync.core.calendar.recurrence import UnusableRule
from crmsync.core.calendar.standard import standard
from crmsync.core.model import Appointment, Moment, Stored
from crmsync.store.ports import SERIES_AT_ONCE


def files(source: Source, language: Language) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The files by name. language: of what a person reads in them."""
    yield "README.txt", [readme(language, source.at)]
    yield "contacts.vcf", contacts(source, language)
    yield "calendar.ics", calendar(source)
    yield "contacts.csv", tables.contacts(source)
    yield "appointments.csv", tables.appointments(source)
    yield "consents.csv", tables.consent_ledger(source)
    yield "import-sheet.csv", tables.import_sheet(source)
    yield "activity.csv", tables.activity(source)
    yield "conflicts.csv", tables.conflicts(source)
    yield "everything.json", everything.document(source)


def contacts(source: Source, language: Language) -> Iterator[bytes]:
    """The contacts as vCards, those that are not archived."""
    names = {each.id: each.label[language] for each in source.deps.types.types}
    for kept in source.records("contacts"):
        if kept.record is not None and kept.record.archived_at is None:
            contact_type = kept.record.value.contact_type
            yield card(kept.record, names.get(contact_type, contact_type))


def calendar(source: Source) -> Iterator[bytes]:
    """The appointments as events: what takes place, and neither is archived nor called off."""
    connection = source.user.connection
    file = CalendarFile("" if connection is None else connection.email)
    yield file.begin()
    series: list[Stored[Appointment]] = []
    for kept in source.records("appointments"):
        stored = kept.record
        if stored is None or stored.archived_at is not None or is_called_off(stored.value):
            continue
        if stored.value.recurrence:
            series.append(stored)
        elif stored.value.series_id is None:
            yield file.single(stored)
        if len(series) == SERIES_AT_ONCE:
            yield from _families(source, file, series)
            series.clear()
    if series:
        yield from _families(source, file, series)
    yield file.end()


def _families(source: Source, file: CalendarFile, series: Sequence[Stored[Appointment]]) -> Iterator[bytes]:
    """Series, and after them their exceptions: which of their occurrences are cancelled is known first."""
    ids = [stored.id for stored in series]
    some = list(islice(_exceptions(source, ids), PAGE))

    def exceptions() -> Iterable[Stored[Appointment]]:
        return some if len(some) < PAGE else _exceptions(source, ids)

    cancelled: dict[str | None, list[Moment]] = {}
    for stored in exceptions():
        if is_cancelled_occurrence(stored.value) and stored.value.original_start is not None:
            cancelled.setdefault(stored.value.series_id, []).append(stored.value.original_start)
    repeating: dict[str | None, Stored[Appointment]] = {}
    for stored in series:
        try:
            rules = standard(stored.value, cancelled.get(stored.id, ()))
        except UnusableRule:
            # Nobody can follow its lines: it takes place once, as in the agenda.
            yield file.single(stored)
            continue
        if rules is not None:
            repeating[stored.id] = stored
            yield file.series(stored, rules)
    for stored in exceptions():
        if not is_cancelled_occurrence(stored.value):
            its = repeating.get(stored.value.series_id)
            yield file.single(stored) if its is None else file.exception(stored, its)


def _exceptions(source: Source, series_ids: Sequence[str]) -> Iterator[Stored[Appointment]]:
    """The exceptions of these series that are not archived."""
    after = None
    while page := source.deps.store.exceptions(source.scope, series_ids, after, PAGE):
        yield from (stored for stored in page if stored.archived_at is None)
        after = page[-1].id
