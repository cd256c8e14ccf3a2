"""What the Firestore client library raises, in the words of the store."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core import exceptions as api

from crmsync.store.errors import InvalidWrite, StoreError, StoreUnavailable, TooLarge

PASSING = (
    api.ServiceUnavailable,
    api.ResourceExhausted,
    api.InternalServerError,
    api.DeadlineExceeded,
    api.GatewayTimeout,
    api.Cancelled,
    api.Unknown,
    api.Aborted,
    api.RetryError,
)
"""Failures that may be over at the next try."""
_TOO_LARGE = re.compile("maximum|too (big|large)|larger than max")
"""As in "Transaction too big", in "exceeds the maximum allowed size" of a document or a request, and in what
the emulator says of a message above 4 MiB.
"""


@contextmanager
def told(leave: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Tells the client library's errors in the words of the store, but for those to `leave`."""
    try:
        yield
    except leave:
        raise
    except (api.GoogleAPICallError, api.RetryError) as error:
        raise translated(error) from error


def is_too_large(error: Exception) -> bool:
    """Whether the server refuses something for its size: no use to try it again."""
    refusals = (api.InvalidArgument, api.ResourceExhausted)
    return isinstance(error, refusals) and bool(_TOO_LARGE.search(str(error)))


def translated(error: Exception) -> StoreError:
    """The store's error for one of the client library."""
    if is_too_large(error):
        return TooLarge(str(error))
    if isinstance(error, PASSING):
        return StoreUnavailable(str(error))
    if isinstance(error, api.InvalidArgument):
        return InvalidWrite(str(error))
    return StoreError(str(error))


def behind(error: BaseException | None) -> Exception | None:
    """The call's error behind what the library made of it; five aborted tries become a ValueError there."""
    while error is not None:
        if isinstance(error, (api.GoogleAPICallError, api.RetryError)):
            return error
        error = error.__cause__ or error.__context__
    return None
