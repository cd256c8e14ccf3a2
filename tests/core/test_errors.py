"""What an error at Google says of itself."""

import pytest

from crmsync.core.errors import CursorExpired, RateLimited, Refused, SyncError, Unavailable


@pytest.mark.parametrize(
    "error",
    [
        CursorExpired("gone"),
        RateLimited("gone", 2.0),
        Unavailable("gone"),
        Unavailable("gone", ambiguous=True),
        Refused("gone"),
    ],
)
def test_an_error_about_which_google_says_nothing_is_told_by_its_reason(error: SyncError) -> None:
    assert (str(error), error.reason) == ("gone", "gone")


def test_what_google_says_is_told() -> None:
    error = Unavailable("outage", "The service is currently unavailable.")
    assert (str(error), error.reason) == ("The service is currently unavailable.", "outage")
