"""The reckoning of how far a pass has come, on its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from crmsync.core.account import LocalCursor
from crmsync.core.model import Contact, Stored
from crmsync.engine.push.changes import Changed
from crmsync.engine.push.watermark import OVERLAP, SETTLED, TIDY, WORTH_A_WRITE, Watermark, position, since
from crmsync.store.ports import LONGEST_COMMIT

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def at(age: timedelta, id: str = "a") -> Stored[Contact]:
    """A record that was written so long before now."""
    return Stored(id, Contact(), "v", NOW - HOUR, NOW - age)


def old(*ids: str) -> list[Stored[Contact]]:
    """Records that were written an hour ago, a second after each other."""
    return [at(HOUR - n * SECOND, id) for n, id in enumerate(ids)]


def seen(mark: Watermark, records: Sequence[Stored[Contact]], *waiting: str, last: bool = True) -> Watermark:
    """The mark after a page was read and dealt with, except those that wait."""
    mark.read(Changed(records, last, NOW))
    mark.move_past(records, waiting)
    if last:
        mark.end()
    return mark


def test_a_pass_that_saw_everything_moves_to_what_had_settled_when_it_looked() -> None:
    mark = seen(Watermark(), old("a", "b"))
    assert mark.cursor == LocalCursor(NOW - SETTLED, "", settled=True)


def test_in_the_midst_of_a_pass_the_mark_is_at_the_last_record_dealt_with() -> None:
    first, second = old("a", "b")
    mark = seen(Watermark(), [first, second], last=False)
    assert mark.cursor == LocalCursor(second.updated_at, "b", settled=True)


@pytest.mark.parametrize("last", [False, True])
def test_the_mark_never_passes_a_record_that_had_to_wait(last: bool) -> None:
    mark = seen(Watermark(), old("a", "b", "c"), "b", last=last)
    assert mark.cursor == LocalCursor(NOW - HOUR, "a", settled=True)
    assert mark.passed == 1
    seen(mark, old("d"))
    assert mark.cursor == LocalCursor(NOW - HOUR, "a", settled=True), "nor on a later page"
    assert mark.passed == 1


def test_when_the_first_record_waits_the_mark_stays_where_it_was() -> None:
    before = LocalCursor(NOW - 2 * HOUR, "z")
    assert seen(Watermark(before), old("a", "b"), "a").cursor == before
    assert seen(Watermark(), old("a", "b"), "a").cursor is None


def test_a_later_look_of_the_same_pass_does_not_move_beyond_the_first_look_at_recent_changes() -> None:
    """While Google was at work on the first page something may have come behind the pass's back."""
    mark = seen(Watermark(), [at(5 * SECOND)])
    assert mark.cursor == LocalCursor(NOW - 5 * SECOND, "a")
    later = NOW + timedelta(minutes=3)
    again = Stored("b", Contact(), "v", NOW, later - SECOND)
    mark.read(Changed([again], True, later))
    mark.move_past([again], ())
    mark.end()
    assert mark.cursor == LocalCursor(NOW - 5 * SECOND, "a")
    assert mark.position == (again.updated_at, "b"), "though the pass itself goes on from there"


def test_pages_of_old_changes_are_no_look_at_recent_ones() -> None:
    mark = Watermark()
    mark.read(Changed(old("a"), False, NOW))
    assert (mark.looked_at, mark.horizon) == (None, None)
    mark.read(Changed([at(SETTLED - SECOND, "b")], False, NOW))
    assert mark.looked_at == NOW
    assert mark.horizon == LocalCursor(NOW - SETTLED + SECOND, "b")


def test_a_page_is_recent_by_when_it_was_read_and_exactly_a_minute_is_settled() -> None:
    mark = Watermark()
    mark.read(Changed([at(SETTLED)], False, NOW))
    assert mark.looked_at is None


def test_an_empty_page_ends_the_pass_where_it_was() -> None:
    mark = seen(Watermark(), old("a"), last=False)
    seen(mark, [])
    assert mark.position == (NOW - HOUR, "a")
    assert mark.cursor == LocalCursor(NOW - SETTLED, "", settled=True)


def test_after_the_deletions_the_cursor_passes_the_records_that_asked_for_them() -> None:
    mark = seen(Watermark(), [at(9 * SECOND, "gone")], "gone")
    assert mark.cursor is None
    assert mark.final_cursor(waits=False) == LocalCursor(NOW - 9 * SECOND, "gone")


def test_after_the_deletions_it_still_stays_before_whatever_else_waits() -> None:
    mark = seen(
        Watermark(), [at(9 * SECOND, "a"), at(8 * SECOND, "waits"), at(SECOND, "gone")], "waits", "gone"
    )
    assert mark.final_cursor(waits=True) == LocalCursor(NOW - 9 * SECOND, "a")


def test_the_look_back_is_longer_than_a_commit_can_take_and_a_change_settles_later_still() -> None:
    assert LONGEST_COMMIT < OVERLAP < SETTLED
    assert since(LocalCursor(NOW, "a")) == NOW - OVERLAP
    assert position(LocalCursor(NOW, "a")) is None
    assert (since(None), position(None)) == (None, None)


def test_nothing_is_looked_at_again_before_a_cursor_that_is_settled() -> None:
    assert since(LocalCursor(NOW, "a", settled=True)) == NOW
    assert position(LocalCursor(NOW, "a", settled=True)) == (NOW, "a")
    assert since(LocalCursor(NOW, "", settled=True)) == NOW
    assert position(LocalCursor(NOW, "", settled=True)) is None


def test_a_cursor_is_settled_at_a_record_that_was_old_when_recent_changes_were_looked_at() -> None:
    mark = Watermark()
    first = at(SETTLED + SECOND, "a")
    mark.read(Changed([first], False, NOW))
    second = at(timedelta(0), "b")
    mark.read(Changed([second], False, NOW))
    mark.move_past([first], ())
    assert mark.cursor == LocalCursor(NOW - SETTLED - SECOND, "a", settled=True)
    mark.read(Changed([], True, NOW + HOUR))
    mark.move_past([second], ())
    assert mark.cursor == LocalCursor(NOW, "b"), "however long the calls to Google have taken since"


@pytest.mark.parametrize(
    ("looked", "fresh", "quiet", "worth"),
    [
        (1, True, timedelta(0), False),
        (WORTH_A_WRITE, True, timedelta(0), False),
        (WORTH_A_WRITE + 1, False, timedelta(0), True),
        (1, True, TIDY, False),
        (1, True, TIDY + SECOND, True),
        (1, False, TIDY + SECOND, False),
    ],
)
def test_a_moved_cursor_is_saved_alone_only_when_that_saves_more(
    looked: int, fresh: bool, quiet: timedelta, worth: bool
) -> None:
    saved = LocalCursor(NOW - 2 * HOUR, "z")
    mark = Watermark(saved)
    mark.look(looked, fresh=fresh)
    assert not mark.is_worth_saving(saved, timedelta.max), "it has not moved"
    seen(mark, old("a"))
    assert mark.is_worth_saving(saved, quiet) is worth
    assert mark.is_worth_saving(None, timedelta(0)), "the first cursor always is"


def test_progress_is_shown_of_long_passes_only_and_never_beyond_the_whole() -> None:
    assert seen(Watermark(), old("a")).progress == {}
    mark = seen(Watermark(passed=7, total=9), old("a"))
    assert mark.progress == {"phase": "pushing", "done": 8, "total": 9}
    seen(mark, old("b", "c"))
    assert mark.progress["done"] == 9
