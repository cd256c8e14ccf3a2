"""What a link says of the series behind it."""

from datetime import UTC, datetime

import pytest

from crmsync.core.calendar.occurrences import links_series
from crmsync.core.state import Base, FieldDigest, Link

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def link(local: FieldDigest, remote: FieldDigest) -> Link:
    return Link(
        key="c-1",
        resource="calendar",
        crm="1",
        name="primary",
        remote_id="e1",
        etag="x",
        rtime=NOW,
        base=Base({"title": "t", "recurrence": local}, {"title": "t", "recurrence": remote}),
    )


@pytest.mark.parametrize(
    ("local", "remote", "series"),
    [("weekly", "weekly", True), ("weekly", "", True), ("", "weekly", True), ("", "", False)],
)
def test_a_pair_is_of_a_series_when_either_side_was_one(
    local: FieldDigest, remote: FieldDigest, series: bool
) -> None:
    assert links_series(link(local, remote)) is series
