"""GET /api/export?format=zip: an archive of files that other programs read."""

import csv
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from werkzeug.test import TestResponse

from crmsync.api.export.archive import archive
from crmsync.api.export.files import files
from crmsync.api.export.source import Source
from crmsync.api.export.tables import record_cells
from crmsync.core.journal import Change, Conflict, JournalEntry
from crmsync.core.model import AllDay, Appointment, Contact, Email, Phone, R
from crmsync.core.state import Choice
from crmsync.store.ports import AddJournal, CreateRecord, PutCandidate, PutConflict, PutRecord
from tests.api.export.filled import everything
from tests.api.service import EXPRESS, Service, candidate, said
from tests.contracts.samples import FULL_APPOINTMENT, FULL_CONTACT, HOSTILE, NOW
from tests.field_samples import CASES, Case
from tests.scopes import ANN

NAMES = [
    "README.txt",
    "contacts.vcf",
    "calendar.ics",
    "contacts.csv",
    "appointments.csv",
    "consents.csv",
    "import-sheet.csv",
    "activity.csv",
    "conflicts.csv",
    "everything.json",
]


SECRETS = ("Grant.token", "OAuthState.verifier", "PushChannel.token", "Link.match_keys", "Base ~")


def opened(answer: TestResponse) -> dict[str, str]:
    """The files of an archive."""
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as whole:
        assert whole.testzip() is None
        return {name: whole.read(name).decode("utf-8-sig") for name in whole.namelist()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_it_holds_every_file(service: Service) -> None:
    service.connect()
    service.store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)])
    service.store.commit(ANN, [CreateRecord("appointments", "a1", replace(FULL_APPOINTMENT, series_id=None))])
    answer = service.call("GET", "/api/export?format=zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="google-sync-2026-03-02.zip"'
    found = opened(answer)
    assert list(found) == NAMES
    assert json.loads(found["everything.json"]) == said(service.call("GET", "/api/export"))
    assert "FN:Dr Zoé A. Müller III" in found["contacts.vcf"]
    assert "SUMMARY:Showing" in found["calendar.ics"]
    [contact] = rows(found["contacts.csv"])
    assert (contact["id"], contact["given_name"]) == ("c1", "Zoé")
    assert (contact["emails_1_value"], contact["emails_2_value"], contact["emails_3_value"]) == (
        "Zoe.Mueller@Example.ca",
        "z@x.ca",
        "",
    )
    assert [contact[f"birthday_{part}"] for part in ("year", "month", "day")] == ["", "2", "29"]
    assert contact["consent_expires_on"] == "2026-07-31"
    [appointment] = rows(found["appointments.csv"])
    assert (appointment["start"], appointment["start_time_zone"]) == (
        "2026-07-01 09:00:00",
        "America/Toronto",
    )
    assert appointment["attendees"] == "email: a@x.ca, name: A, response: accepted\nemail: b@x.ca"


def test_a_user_of_whom_nothing_is_kept_gets_empty_files(service: Service) -> None:
    found = opened(service.call("GET", "/api/export?format=zip", user="nobody"))
    assert list(found) == NAMES
    assert found["contacts.vcf"] == ""
    assert rows(found["contacts.csv"]) == []
    assert found["calendar.ics"].startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert found["calendar.ics"].endswith("END:VCALENDAR\r\n")


def test_all_that_there_can_be_is_written_and_no_secret_is(service: Service) -> None:
    everything(service.store, service.meter)
    found = opened(service.call("GET", "/api/export?format=zip", described=False))
    for text in found.values():
        assert not any(secret in text for secret in SECRETS)
    assert len(rows(found["import-sheet.csv"])) == 2, "of both accounts"
    assert len(rows(found["conflicts.csv"])) == 2
    assert "Contact.notes ~" in found["contacts.vcf"]
    assert "Appointment.title ~" in found["appointments.csv"]


@pytest.mark.parametrize(
    ("query", "asked", "title"),
    [
        ("", None, "Your data"),
        ("", "fr-CA,fr;q=0.9,en;q=0.1", "Vos données"),
        ("", "de", "Your data"),
        ("&language=fr", "en", "Vos données"),
        ("&language=en", "fr", "Your data"),
    ],
)
def test_what_a_person_reads_is_in_their_language(
    service: Service, query: str, asked: str | None, title: str
) -> None:
    service.store.commit(ANN, [CreateRecord("contacts", "c1", FULL_CONTACT)])
    headers = {"Accept-Language": asked} if asked else {}
    found = opened(service.call("GET", f"/api/export?format=zip{query}", headers=headers))
    assert found["README.txt"].startswith(title)
    assert all(name in found["README.txt"] for name in NAMES[1:])
    french = title == "Vos données"
    assert f"CATEGORIES:{'Client potentiel' if french else 'Lead'}\r\n" in found["contacts.vcf"]


def test_archived_records_stand_in_the_tables_only(service: Service) -> None:
    day = AllDay(service.clock.now().date())
    contact, appointment = (
        Contact(given_name="Zed"),
        Appointment("Zenith", day, AllDay(day.date.replace(day=9))),
    )
    service.store.commit(
        ANN, [CreateRecord("contacts", "c1", contact), CreateRecord("appointments", "a1", appointment)]
    )
    service.store.commit(
        ANN,
        [
            PutRecord("contacts", "c1", contact, None, archived=True),
            PutRecord("appointments", "a1", appointment, None, archived=True),
        ],
    )
    found = opened(service.call("GET", "/api/export?format=zip"))
    for name in ("contacts.csv", "appointments.csv"):
        [row] = rows(found[name])
        assert row["archived_at"]
    assert "Zed" not in found["contacts.vcf"]
    assert "Zenith" not in found["calendar.ics"]


FORMULAS = ("=1+1", "+15145550100", "-2", "@x", "＝1", " \t=1", "\n=1")


def test_no_cell_of_any_table_is_taken_for_a_formula(service: Service) -> None:
    store = service.store
    contact = Contact(
        *FORMULAS,
        notes=HOSTILE,
        emails=tuple(Email(text, text) for text in FORMULAS),
        phones=(Phone("+1 514 555 0100", "=1"),),
        detail={"=a": "=b"},
    )
    day = AllDay(service.clock.now().date())
    change = Change(
        "google", "=update", "=c1", "g1", "", {"notes": "=old"}, {"notes": "+new", "=emails": ["=a"]}
    )
    store.commit(
        ANN,
        [
            CreateRecord("contacts", "=c1", contact),
            CreateRecord("appointments", "=a1", Appointment("=A1", day, day, location="+", description="@")),
            PutCandidate(
                replace(candidate("=g1", name="=g"), choice=Choice(contact_type="=x"), labels=("=l",))
            ),
            PutConflict(Conflict("x", "contacts", "=c1", "=notes", "=kept", ["=lost"], "crm", NOW)),
            AddJournal(JournalEntry("=r1", "contacts", "=manual", NOW, (change,))),
        ],
    )
    service.call("PATCH", "/api/contacts/%3Dc1", {"consent": {**EXPRESS, "source": "=s", "note": "\t=n"}})
    found = opened(service.call("GET", "/api/export?format=zip", described=False))
    tables = {name: text for name, text in found.items() if name.endswith(".csv")}
    assert len(tables) == 6
    for name, text in tables.items():
        lines = rows(text)
        assert lines, name
        for row in lines:
            for cell in row.values():
                assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), (name, cell)
    assert "'=1+1" in found["contacts.csv"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_field_stands_in_the_table_of_its_kind(case: Case[R]) -> None:
    written = [record_cells(record) for record in case.records]
    assert len({tuple(row.values()) for row in written}) == len(written), (
        f"{case.row} api/export/tables.py does not write it"
    )
    assert len({tuple(row) for row in written}) == 1, "the columns are the same for every record"


def test_values_beyond_the_columns_stand_together() -> None:
    contact = Contact(emails=tuple(Email(f"{n}@x.ca", "home") for n in range(5)))
    assert record_cells(contact)["emails_more"] == "value: 3@x.ca, type: home\nvalue: 4@x.ca, type: home"


# --- the archive


AT = datetime(2026, 3, 2, 12, 30, 8, tzinfo=UTC)
NOISE = Random(7).randbytes(64 * 1024)
"""What no compression makes smaller."""


def test_a_file_is_sent_while_it_is_read() -> None:
    read: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(9):
            read.append(number)
            yield NOISE

    whole = archive([("a.txt", pieces()), ("b.txt", [b"end"])], AT)
    first = next(whole)
    assert first.startswith(b"PK")
    assert len(read) < 3
    data = first + b"".join(whole)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert [(it.filename, it.file_size, it.date_time) for it in opened.infolist()] == [
            ("a.txt", 9 * len(NOISE), (2026, 3, 2, 12, 30, 8)),
            ("b.txt", 3, (2026, 3, 2, 12, 30, 8)),
        ]


def test_the_size_of_a_file_costs_no_memory() -> None:
    tracemalloc.start()
    try:
        sent = sum(map(len, archive([("big.bin", (NOISE for _ in range(60)))], AT)))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > 3_900_000
    assert most < 1_000_000


def test_an_archive_that_breaks_off_is_none() -> None:
    def broken() -> Iterator[bytes]:
        yield NOISE
        yield NOISE
        raise OSError("away")

    sent: list[bytes] = []
    with pytest.raises(OSError, match="away"):
        sent.extend(archive([("a.txt", [b"whole"]), ("b.txt", broken())], AT))
    assert len(b"".join(sent)) > len(NOISE)
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(sent)))


def test_collections_are_read_page_by_page(service: Service) -> None:
    for start in range(0, 1200, 300):
        contacts = [
            CreateRecord("contacts", f"c{n}", Contact(given_name="Ann", notes=Random(n).randbytes(450).hex()))
            for n in range(start, start + 300)
        ]
        service.store.commit(ANN, contacts)
    source = Source.of(service.deps, ANN)
    service.meter.reset()
    whole = archive(files(source, "en"), AT)
    next(whole)
    assert service.meter.used().reads <= 600
