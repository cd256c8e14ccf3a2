"""Pages of a list: sizes and opaque tokens.

A token carries the store's own position, tied to the list and filters it was made for: used with others it is
refused instead of answering a page from the middle of something else.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

import flask

from crmsync.api.http.errors import InvalidRequest

DEFAULT_SIZE = 100
LARGEST_SIZE = 500
PARAMETERS = ("page_size", "page_token")
_LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for. after: the store's position, None for the first page."""

    limit: int
    after: str | None
    list: str

    def token(self, after: str | None) -> str | None:
        """The token of the page that follows, or None when there is none."""
        if after is None:
            return None
        text = json.dumps([self.list, after], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def paging(
    request: flask.Request,
    *identity: str,
    token: str | None = None,
    default: int = DEFAULT_SIZE,
    largest: int = LARGEST_SIZE,
) -> Paging:
    """What `page_size` and `page_token` ask for. identity: the list and its filters. Raises InvalidRequest.

    token: a page token that came another way than in the query.
    """
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    given = request.args.get("page_token") if token is None else token
    return Paging(_size(request, default, largest), _position(given, digest), digest)


def _size(request: flask.Request, default: int, largest: int) -> int:
    given = request.args.get("page_size", str(default))
    if not (given.isascii() and given.isdigit() and len(given) <= 4 and 1 <= int(given) <= largest):
        raise InvalidRequest(f"Ask for 1 to {largest} items.", field="page_size")
    return int(given)


def _position(token: str | None, list: str) -> str | None:
    if token is None:
        return None
    try:
        if len(token) > _LONGEST_TOKEN:
            raise ValueError
        padded = token + "=" * (-len(token) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        made_for, after = json.loads(text)
        if made_for != list or not isinstance(after, str):
            raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidRequest("This page token does not belong to this list.", field="page_token") from None
    return after
