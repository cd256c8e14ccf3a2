"""The sides of a pair as the tables want them."""

from crmsync.core.model import Appointment, Attendee, Timed
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.settle import changed_fields
from crmsync.core.pair.sides import google_side, shown_side
from crmsync.core.state import Base, Observation
from tests.core.records import NOON, link

CANON = Canon(bytes(32), "CA")


def meeting(*emails: str, title: str = "Viewing") -> Appointment:
    at = Timed(NOON, "UTC")
    return Appointment(title, at, at, attendees=tuple(map(Attendee, emails)))


def seen(value: Appointment, *unseen: str) -> Observation[Appointment]:
    return Observation("k", "primary", "k", "e", NOON, False, value, unseen=frozenset(unseen))


def test_a_list_of_which_google_keeps_a_part_is_as_it_was_agreed() -> None:
    whole = meeting("a@x.example", "b@x.example")
    cut = meeting("a@x.example", title="Other")
    agreed = CANON.project(whole)
    pair = link(Base(agreed, agreed), resource="calendar")
    side = shown_side(CANON, pair, seen(cut, "attendees"), cut)
    assert changed_fields(agreed, side.projection) == {"title"}
    assert side.value == cut
    assert shown_side(CANON, pair, seen(cut), cut) == google_side(CANON, cut)


def test_a_list_that_was_never_seen_whole_counts_as_blank() -> None:
    cut = meeting("a@x.example")
    side = shown_side(CANON, link(Base(), resource="calendar"), seen(cut, "attendees"), cut)
    assert side.projection["attendees"] == ()
