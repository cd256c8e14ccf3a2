import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from crmsync.core.fields import APPOINTMENT_FIELDS, CONTACT_FIELDS
from crmsync.core.model import (
    Address,
    AllDay,
    Appointment,
    Attendee,
    Birthday,
    Contact,
    Email,
    Phone,
    Reminder,
    Timed,
    Url,
)
from crmsync.core.pair.canon import Canon
from tests.core.records import ANN, CANON, TALK

EST = timezone(timedelta(hours=-5))


def canon_equal(field: str, first: Any, second: Any) -> bool:
    """Whether two records are canonically equal in a field; digests and canonical forms must agree."""
    equal = CANON.field_canon(first, field) == CANON.field_canon(second, field)
    assert (CANON.project(first)[field] == CANON.project(second)[field]) is equal
    return equal


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("given_name", "José", "Jose\u0301"),
        ("given_name", "Ann", " Ann\t"),
        ("notes", "a\r\nb\rc", "a\nb\nc"),
        ("notes", "", "  \n"),
        ("emails", (Email("Ann@Example.com", "Home"),), (Email("ann@example.com ", "home"),)),
        (
            "emails",
            (Email("a@x.example"), Email("b@x.example")),
            (Email("b@x.example"), Email("a@x.example")),
        ),
        ("emails", (Email("a@x.example"), Email("A@x.example")), (Email("a@x.example"),)),
        ("phones", (Phone("(416) 555-0199"),), (Phone("+1 416 555 0199"),)),
        ("phones", (Phone("416.555.0199 x12"),), (Phone("+14165550199;ext=12"),)),
        ("phones", (Phone("٤١٦٥٥٥٠١٩٩"),), (Phone("4165550199"),)),
        ("phones", (Phone("Call  Ann"),), (Phone("call ann"),)),
        ("urls", (Url("HTTPS://Ann.Example/"),), (Url("https://ann.example"),)),
    ],
)
def test_forms_of_one_value_are_equal(field: str, one: Any, other: Any) -> None:
    assert canon_equal(field, Contact(**{field: one}), Contact(**{field: other}))


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("given_name", "Ann", "ann"),
        ("given_name", "Ann Lee", "Ann  Lee"),
        ("notes", "a\n\nb", "a\nb"),
        ("emails", (Email("a@x.example", "home"),), (Email("a@x.example", "work"),)),
        ("emails", (Email("a@x.example"),), ()),
        ("phones", (Phone("416-555-0199"),), (Phone("416-555-0199 x1"),)),
        ("phones", (Phone("1-800-356-9377"),), (Phone("1-800-FLOWERS"),)),
        ("phones", (Phone("+1 416 555 0199"),), (Phone("416 555 0199 or 416 555 0100"),)),
        ("addresses", (Address("1 Main St"),), (Address("", "1 Main St"),)),
        ("addresses", (Address("1 main st"),), (Address("1 Main St"),)),
        ("urls", (Url("https://ann.example/a"),), (Url("https://ann.example/A"),)),
        ("urls", (Url("http://ann.example"),), (Url("https://ann.example"),)),
        ("birthday", Birthday(5, 4), Birthday(5, 4, 1980)),
        ("birthday", None, Birthday(5, 4)),
    ],
)
def test_values_that_say_something_else_differ(field: str, one: Any, other: Any) -> None:
    assert not canon_equal(field, Contact(**{field: one}), Contact(**{field: other}))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": " Viewing "}),
        ("description", {"description": "<p>Bring <b>the&nbsp;keys</b></p>"}),
        ("description", {"description": "Bring the keys<br>"}),
        (
            "when",
            {
                "start": Timed(datetime(2026, 3, 2, 14, 0, tzinfo=UTC), "UTC"),
                "end": Timed(datetime(2026, 3, 2, 15, 0, 0, 999, tzinfo=UTC), "UTC"),
            },
        ),
        ("reminders", {"reminders": (Reminder("popup", 10), Reminder("popup", 10))}),
        ("attendees", {"attendees": (Attendee("ANN@example.com", "Ann", "needsAction"),)}),
    ],
)
def test_forms_of_one_appointment_are_equal(field: str, changes: dict[str, Any]) -> None:
    assert canon_equal(field, TALK, replace(TALK, **changes))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("description", {"description": "Bring the <key>s</key>, please"}),
        ("when", {"end": Timed(datetime(2026, 3, 2, 10, 1, tzinfo=EST), "America/Toronto")}),
        ("reminders", {"reminders": ()}),
        ("reminders", {"reminders": None}),
        ("visibility", {"visibility": "private"}),
        ("busy", {"busy": False}),
        ("status", {"status": "tentative"}),
        ("attendees", {"attendees": (Attendee("ann@example.com", "Ann", "accepted"),)}),
        ("recurrence", {"recurrence": ("RRULE:FREQ=DAILY",)}),
    ],
)
def test_appointments_that_say_something_else_differ(field: str, changes: dict[str, Any]) -> None:
    assert not canon_equal(field, TALK, replace(TALK, **changes))


def test_defaults_are_blank() -> None:
    plain = Appointment("", TALK.start, TALK.end)
    assert {name for name, digest in CANON.project(plain).items() if digest} == {"when"}
    assert not any(CANON.project(Contact()).values())


def test_a_recurring_appointment_follows_its_zone_a_single_one_is_an_instant() -> None:
    start, end = datetime(2026, 3, 2, 14, 0, tzinfo=UTC), datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    at_utc = replace(TALK, start=Timed(start, "UTC"), end=Timed(end, "UTC"))
    assert canon_equal("when", TALK, at_utc)
    weekly = ("RRULE:FREQ=WEEKLY",)
    assert not canon_equal("when", replace(TALK, recurrence=weekly), replace(at_utc, recurrence=weekly))


def test_an_all_day_date_stays_a_date() -> None:
    day = replace(TALK, start=AllDay(date(2026, 3, 2)), end=AllDay(date(2026, 3, 3)))
    assert CANON.field_canon(day, "when") == "2026-03-02/2026-03-03"
    midnight = replace(
        TALK,
        start=Timed(datetime(2026, 3, 2, tzinfo=UTC), "UTC"),
        end=Timed(datetime(2026, 3, 3, tzinfo=UTC), "UTC"),
    )
    assert not canon_equal("when", day, midnight)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (("RRULE:FREQ=WEEKLY;BYDAY=MO",), ("RRULE:BYDAY=MO;FREQ=WEEKLY;INTERVAL=1;WKST=MO",), True),
        (
            ("RRULE:FREQ=WEEKLY", "EXDATE:20260309T140000Z"),
            ("EXDATE:20260309T140000Z", "RRULE:FREQ=WEEKLY"),
            True,
        ),
        (("EXDATE:20260302,20260301",), ("EXDATE:20260301,20260302",), True),
        (("RRULE:FREQ=WEEKLY;BYDAY=MO,WE",), ("rrule:freq=weekly;byday=we,mo",), True),
        (("RRULE:FREQ=WEEKLY;COUNT=05",), ("RRULE:FREQ=WEEKLY;COUNT=5",), True),
        (("DTSTART;TZID=America/Toronto:20260302T090000", "RRULE:FREQ=DAILY"), ("RRULE:FREQ=DAILY",), True),
        (
            ("EXDATE:20260303T140000Z", "EXDATE:20260304T140000Z"),
            ("EXDATE:20260304T140000Z,20260303T140000Z",),
            True,
        ),
        (("EXDATE:20260303T140000Z",), ("EXDATE;TZID=America/Toronto:20260303T090000",), True),
        (("EXDATE:20260303T090000",), ("EXDATE;TZID=Europe/Berlin:20260303T150000",), True),
        (("EXDATE;VALUE=DATE:20260303",), ("EXDATE;TZID=America/Toronto:20260303T090000",), True),
        (("RDATE:20260303T140000Z",), ("EXDATE:20260303T140000Z",), False),
        (("RRULE:FREQ=DAILY;UNTIL=20260304",), ("RRULE:FREQ=DAILY;UNTIL=20260304T140000Z",), True),
        (("RRULE:FREQ=DAILY;UNTIL=20260304",), ("RRULE:FREQ=DAILY;UNTIL=20260305T045959Z",), True),
        (("RRULE:FREQ=DAILY;UNTIL=20260304",), ("RRULE:FREQ=DAILY;UNTIL=20260304T090000",), True),
        (("RRULE:FREQ=DAILY;UNTIL=20260304",), ("RRULE:FREQ=DAILY;UNTIL=20260305T135959Z",), True),
        (("RRULE:FREQ=DAILY;UNTIL=20260304",), ("RRULE:FREQ=DAILY;UNTIL=20260304T135959Z",), False),
        (("RRULE:FREQ=DAILY;UNTIL=20260304",), ("RRULE:FREQ=DAILY;UNTIL=20260305",), False),
        (("RRULE:FREQ=DAILY;UNTIL=20260304",), ("RRULE:FREQ=DAILY",), False),
        (("RRULE:FREQ=WHENEVER",), ("rrule:freq=whenever",), True),
        (("RRULE:FREQ=WHENEVER",), ("RRULE:FREQ=NEVER",), False),
        (("RRULE:FREQ=WEEKLY;BYDAY=MO",), ("RRULE:FREQ=WEEKLY;BYDAY=TU",), False),
        (("RRULE:FREQ=WEEKLY",), ("RRULE:FREQ=WEEKLY", "EXDATE:20260309T140000Z"), False),
    ],
)
def test_recurrence_is_compared_by_meaning(one: Any, other: Any, equal: bool) -> None:
    assert canon_equal("recurrence", replace(TALK, recurrence=one), replace(TALK, recurrence=other)) is equal


def test_a_series_of_whole_days_ends_on_a_day_however_it_is_written() -> None:
    days = replace(TALK, start=AllDay(date(2026, 3, 2)), end=AllDay(date(2026, 3, 3)))
    day, time = (
        replace(days, recurrence=(f"RRULE:FREQ=DAILY;UNTIL={until}", excepted))
        for until, excepted in (
            ("20260304", "EXDATE;VALUE=DATE:20260303"),
            ("20260304T235959Z", "EXDATE:20260303T000000"),
        )
    )
    assert canon_equal("recurrence", day, time)


def test_descriptions_compare_as_a_reader_sees_them() -> None:
    html = "<p>Bring&nbsp;the <b>keys</b> &amp; <a href='https://x.ca'>the plan</a>.</p><br>Ring&#58; twice"
    assert canon_equal(
        "description",
        replace(TALK, description=html),
        replace(TALK, description="Bring the keys & the plan.\n\nRing:  twice\n"),
    )


def test_a_projection_names_every_synced_field_and_nothing_that_stays_in_the_crm() -> None:
    assert list(CANON.project(ANN)) == [field.name for field in CONTACT_FIELDS]
    assert list(CANON.project(TALK)) == [field.name for field in APPOINTMENT_FIELDS]
    assert CANON.project(replace(ANN, contact_type="lead", detail={"temperature": "hot"})) == CANON.project(
        ANN
    )
    assert CANON.project(replace(TALK, notify_guests=True, contact_ids=("c",))) == CANON.project(TALK)


def test_digests_are_of_fixed_length_sorted_and_hold_nothing_personal() -> None:
    projection = CANON.project(ANN)
    assert all(len(d) == 16 for d in projection.values() if isinstance(d, str) and d)
    assert all(len(e) == 32 for name in ("emails", "phones") for e in projection[name])
    assert list(projection["emails"]) == sorted(projection["emails"])
    assert "ann" not in repr(projection["emails"])


def test_equal_text_in_two_fields_has_two_digests() -> None:
    projection = CANON.project(Contact(given_name="Lee", family_name="Lee"))
    assert projection["given_name"] != projection["family_name"]


def test_digests_need_the_key() -> None:
    assert Canon(b"other", "CA").project(ANN) != CANON.project(ANN)
    assert Canon(b"k" * 32, "CA").project(ANN) == CANON.project(ANN)
    for key in (b"", b"k" * 65):
        with pytest.raises(ValueError, match="digest key"):
            Canon(key, "CA")


def test_parts_of_a_digest_cannot_run_into_each_other() -> None:
    assert CANON.digest("ab", "c") != CANON.digest("a", "bc")
    assert CANON.digest("a", "") != CANON.digest("a")
    assert CANON.digest("1:a1:b") != CANON.digest("a", "b")


def test_the_region_decides_on_numbers_without_a_country() -> None:
    number = Phone("020 7946 0958")
    assert Canon(b"k", "GB").element_identity(number) == "+442079460958"
    assert Canon(b"k", "CA").element_identity(number) == "020 7946 0958"


def test_identity_ignores_labels_and_case_of_the_element() -> None:
    assert CANON.element_identity(Email("Ann@Example.com", "work")) == "ann@example.com"
    home, work = Email("a@x.example", "home"), Email("A@x.example", "work")
    one, other = CANON.element_digest("emails", home), CANON.element_digest("emails", work)
    assert one[:16] == other[:16]
    assert one[16:] != other[16:]


@pytest.mark.parametrize(
    "text",
    [
        "9" * 10_000,
        "+" * 10_000,
        "(" * 10_000,
        "1x" * 5_000,
        " " * 10_000 + "1",
        "\u0660" * 10_000,
        "<" * 10_000,
    ],
)
def test_hostile_values_take_no_time(text: str) -> None:
    record = Contact(
        given_name=text,
        emails=(Email(text, text),),
        phones=(Phone(text, text),),
        urls=(Url(text),),
        notes=text,
    )
    started = time.process_time()
    CANON.project(record)
    CANON.project(replace(TALK, title=text, description="<a" * 3_000 + text, recurrence=(text,)))
    assert time.process_time() - started < 2


def test_half_a_surrogate_pair_is_projected_like_other_text() -> None:
    assert (
        CANON.project(Contact(given_name="a\ud800"))["given_name"]
        != CANON.project(Contact(given_name="a"))["given_name"]
    )


def test_content_tells_values_apart() -> None:
    assert CANON.content("a", None, ("b",)) == CANON.content("a", None, ("b",))
    assert CANON.content("a", None) != CANON.content("a", "None")
