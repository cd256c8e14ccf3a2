import re
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.model import AllDay, Timed
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.ids import calendar_link_key, conflict_id, event_id, exception_id, imported_contact_id
from tests.core.records import CANON, quick

parts = st.text(max_size=5)


@quick
@given(parts, parts, parts, st.integers(0, 50))
def test_an_event_id_is_one_that_google_takes_and_follows_from_its_parts(
    uid: str, calendar: str, crm: str, generation: int
) -> None:
    id = event_id(CANON, uid, calendar, crm, generation)
    assert re.fullmatch("[0-9a-v]{5,1024}", id)
    assert id == event_id(Canon(b"k" * 32, "GB"), uid, calendar, crm, generation)
    others = {
        event_id(CANON, uid, calendar, crm, generation + 1),
        event_id(CANON, uid, calendar + "x", crm, generation),
        event_id(CANON, uid + "x", calendar, crm, generation),
        event_id(Canon(b"other", "CA"), uid, calendar, crm, generation),
    }
    assert len(others | {id}) == 5


def test_importing_one_google_contact_twice_gives_one_id_per_user() -> None:
    assert imported_contact_id(CANON, "ann", "1f") == imported_contact_id(CANON, "ann", "1f")
    assert imported_contact_id(CANON, "ann", "1f") != imported_contact_id(CANON, "bob", "1f")
    assert imported_contact_id(CANON, "ann", "1f") != imported_contact_id(CANON, "ann1", "f")


def test_one_occurrence_of_a_series_has_one_exception_whatever_zone_names_it() -> None:
    toronto = Timed(datetime.fromisoformat("2026-05-04T09:30:00-04:00"), "America/Toronto")
    berlin = Timed(datetime.fromisoformat("2026-05-04T15:30:00+02:00"), "Europe/Berlin")
    assert exception_id(CANON, "s1", toronto) == exception_id(CANON, "s1", berlin)
    later = Timed(toronto.at + timedelta(minutes=1), "America/Toronto")
    day = AllDay(toronto.at.date())
    assert len({exception_id(CANON, "s1", moment) for moment in (toronto, later, day)}) == 3
    assert exception_id(CANON, "s1", day) != exception_id(CANON, "s2", day)


def test_the_same_loss_seen_again_is_the_same_conflict() -> None:
    first = conflict_id(CANON, "c1", "birthday", {"month": 1, "day": 2})
    assert first == conflict_id(CANON, "c1", "birthday", {"day": 2, "month": 1})
    assert first != conflict_id(CANON, "c1", "birthday", {"month": 2, "day": 1})
    assert first != conflict_id(CANON, "c2", "birthday", {"month": 1, "day": 2})


def test_events_of_two_calendars_have_two_link_keys_and_show_no_address() -> None:
    key = calendar_link_key(CANON, "ann@example.com", "ev1")
    assert key.endswith("-ev1")
    assert "ann" not in key
    assert key != calendar_link_key(CANON, "team@example.com", "ev1")
