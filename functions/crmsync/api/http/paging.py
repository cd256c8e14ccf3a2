"""Pages of a list: sizes and opaque tokens.

A token carries the store's own position, tied to the caller, the list and the filters it was made for: used
with others it is refused instead of answering a page from the middle of something else.
"""

from dataclasses import dataclass

import flask

from crmsync.api.http.context import Call
from crmsync.api.http.errors import InvalidRequest
from crmsync.api.http.page_tokens import PageTokens

DEFAULT_SIZE = 100
LARGEST_SIZE = 500
PARAMETERS = ("page_size", "page_token")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for. after: the store's position, None for the first page."""

    limit: int
    after: str | None
    list: tuple[str, ...]
    tokens: PageTokens

    def token(self, after: str | None) -> str | None:
        """The token of the page that follows, or None when there is none."""
        return None if after is None else self.tokens.seal(after, self.list)


def paging(call: Call, *list: str, default: int = DEFAULT_SIZE, largest: int = LARGEST_SIZE) -> Paging:
    """The page that `page_size` and `page_token` in the address ask for.

    list: its name and the filters that make it. Raises InvalidRequest or InvalidPageToken.
    """
    return page_of(
        call, *list, size=_size(call.request, default, largest), token=call.request.args.get("page_token")
    )


def page_of(call: Call, *list: str, size: int, token: str | None) -> Paging:
    """The page that is asked for in a body. Raises InvalidPageToken."""
    scope, tokens = call.scope, call.here.page_tokens
    whole = (scope.tenant, scope.uid, scope.account, *list)
    return Paging(size, None if token is None else tokens.open(token, whole), whole, tokens)


def _size(request: flask.Request, default: int, largest: int) -> int:
    given = request.args.get("page_size", str(default))
    if not (given.isascii() and given.isdigit() and len(given) <= 4 and 1 <= int(given) <= largest):
        raise InvalidRequest(f"Ask for 1 to {largest} items.", field="page_size")
    return int(given)
