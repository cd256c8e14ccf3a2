from datetime import timedelta

from crmsync.core.journal import Side
from crmsync.core.loops import LIMIT, WINDOW, WriteTime, is_looping, with_write
from tests.core.records import NOON


def written(count: int, side: Side, minutes: int = 1) -> list[WriteTime]:
    """Writes to a side, the newest at noon."""
    return [WriteTime(side, NOON - timedelta(minutes=minutes * i)) for i in range(count)]


def test_more_than_five_writes_to_either_side_within_an_hour_are_a_loop() -> None:
    assert is_looping(written(LIMIT + 1, "crm") + written(LIMIT + 1, "google"), NOON)


def test_a_person_who_edits_one_side_often_makes_no_loop() -> None:
    assert not is_looping(written(50, "google"), NOON)
    assert not is_looping(written(50, "crm") + written(LIMIT, "google"), NOON)


def test_slow_writes_are_no_loop() -> None:
    slow = written(LIMIT + 1, "crm", minutes=13) + written(LIMIT + 1, "google", minutes=13)
    assert not is_looping(slow, NOON)


def test_only_what_can_matter_is_remembered() -> None:
    writes: tuple[WriteTime, ...] = ()
    for minute in range(40):
        now = NOON + timedelta(minutes=minute)
        writes = with_write(with_write(writes, "crm", now), "google", now)
    assert len(writes) == 2 * (LIMIT + 1)
    assert is_looping(writes, NOON + timedelta(minutes=40))
    assert with_write(writes, "crm", NOON + WINDOW + timedelta(hours=2)) == (
        WriteTime("crm", NOON + WINDOW + timedelta(hours=2)),
    )
