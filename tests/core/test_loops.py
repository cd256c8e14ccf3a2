from datetime import timedelta

from crmsync.core.journal import Side
from crmsync.core.loops import LIMIT, WINDOW, WriteTime, is_looping, recent
from tests.core.records import NOON


def written(count: int, side: Side = "google", minutes: int = 1) -> list[WriteTime]:
    """Writes to a side, the newest at noon."""
    return [WriteTime(side, NOON - timedelta(minutes=minutes * i)) for i in range(count)]


def test_more_than_five_writes_to_one_side_within_an_hour_are_a_loop() -> None:
    assert not is_looping(written(LIMIT), NOON)
    assert is_looping(written(LIMIT + 1), NOON)


def test_writes_to_both_sides_are_counted_apart() -> None:
    assert not is_looping(written(LIMIT) + written(LIMIT, "crm"), NOON)


def test_slow_writes_are_no_loop() -> None:
    assert not is_looping(written(LIMIT + 1, minutes=13), NOON)


def test_writes_that_a_person_caused_do_not_count() -> None:
    assert not is_looping(written(20), NOON, edited_at=NOON - timedelta(minutes=3))
    assert is_looping(written(20), NOON, edited_at=NOON - timedelta(minutes=30))


def test_only_what_can_matter_is_remembered() -> None:
    writes = written(100)
    kept = recent(writes, NOON)
    assert len(kept) == 2 * (LIMIT + 1)
    assert is_looping(kept, NOON)
    assert recent(writes, NOON + WINDOW + timedelta(minutes=100)) == ()
