"""connections.list: pages, sync tokens, deltas, expiry."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.google.errors import GoogleError, error_info, people_error
from local.google.json import JsonObject, number, text
from local.google.people.book import PeopleBook
from local.google.people.derived import derived
from local.google.people.record import Version

TOKEN_LIFE = timedelta(days=7)
"""Counted from the full sync; deltas do not renew it."""

MAX_LISTINGS = 256
_SORT_PARTS = {
    "FIRST_NAME_ASCENDING": ("givenName", "familyName"),
    "LAST_NAME_ASCENDING": ("familyName", "givenName"),
}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The parameters of one list call; `size` is between 1 and 1000."""

    mask: frozenset[str]
    size: int
    order: str
    sources: tuple[str, ...]
    want_token: bool
    page_token: str
    sync_token: str

    @property
    def fingerprint(self) -> str:
        """What must not differ between the first call, its pages and the later deltas."""
        parts = [sorted(self.mask), self.size, self.order, sorted(self.sources)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the people on it, and the tokens and totals that its answer carries (None: absent)."""

    people: list[Version]
    delta: bool
    next_page: str | None
    next_sync: str | None
    total: int | None


@dataclass(frozen=True, slots=True)
class _Listing:
    """A listing under way: fixed at its first page, so that paging neither skips nor repeats."""

    numbers: list[int]
    delta: bool
    fingerprint: str
    sync_token: str
    want_token: bool
    seq: int
    full_at: datetime


class ConnectionLister:
    """Answers connections.list for one book, remembering the newest listings for their further pages."""

    def __init__(self, book: PeopleBook) -> None:
        self._book = book
        self._listings: dict[str, _Listing] = {}
        self._made = 0

    def page(self, query: ListQuery) -> Page:
        """The page asked for.

        Raises GoogleError for tokens that are malformed, foreign, mixed up or expired.
        """
        if query.page_token:
            key, offset = self._read_page_token(query.page_token)
            listing = self._listings[key]
            if (listing.fingerprint, listing.sync_token) != (query.fingerprint, query.sync_token):
                raise invalid()
        else:
            key, offset = self._open(query)
            listing = self._listings[key]
        end = offset + query.size
        numbers = listing.numbers[offset:end]
        more = end < len(listing.numbers)
        index = self._book.index
        found = [index.live.get(n) or (index.dead.get(n) if listing.delta else None) for n in numbers]
        people = [version for version in found if version is not None]
        total = len(listing.numbers) if listing.numbers or not listing.delta else None
        next_page = encode({"k": "page", "o": self._book.owner, "l": key, "n": end}) if more else None
        next_sync = self._sync_token(listing) if listing.want_token and not more else None
        return Page(people, listing.delta, next_page, next_sync, total)

    def _open(self, query: ListQuery) -> tuple[str, int]:
        index = self._book.index
        if query.sync_token:
            since, full_at = self._read_sync_token(query)
            numbers = [version.number for version in index.since(since)]
        else:
            full_at = self._book.clock.now()
            numbers = _ordered(list(index.live.values()), query.order)
        if query.sources and "READ_SOURCE_TYPE_CONTACT" not in query.sources:
            numbers = []
        self._made += 1
        key = str(self._made)
        want_token = query.want_token or bool(query.sync_token)
        self._listings[key] = _Listing(
            numbers,
            bool(query.sync_token),
            query.fingerprint,
            query.sync_token,
            want_token,
            index.seq,
            full_at,
        )
        while len(self._listings) > MAX_LISTINGS:
            del self._listings[next(iter(self._listings))]
        return key, 0

    def _read_page_token(self, page_token: str) -> tuple[str, int]:
        token = decode(page_token)
        if token.get("k") != "page" or token.get("o") != self._book.owner:
            raise invalid()
        key = text(token, "l")
        if key not in self._listings:
            raise invalid()
        return key, number(token, "n")

    def _read_sync_token(self, query: ListQuery) -> tuple[int, datetime]:
        token = decode(query.sync_token)
        if token.get("k") != "sync" or token.get("o") != self._book.owner:
            raise invalid()
        full_at = datetime.fromisoformat(text(token, "f"))
        if token["e"] != self._book.token_epoch or self._book.clock.now() - full_at > TOKEN_LIFE:
            raise expired()
        if token["p"] != query.fingerprint:
            raise invalid()
        return number(token, "s"), full_at

    def _sync_token(self, listing: _Listing) -> str:
        return encode(
            {
                "k": "sync",
                "o": self._book.owner,
                "s": listing.seq,
                "f": listing.full_at.isoformat(),
                "p": listing.fingerprint,
                "e": self._book.token_epoch,
            }
        )


def _ordered(people: list[Version], order: str) -> list[int]:
    """Numbers in the order asked for; `people` comes by last change, oldest first."""
    if order == "LAST_MODIFIED_DESCENDING":
        people.reverse()
    elif order in _SORT_PARTS:
        first, second = _SORT_PARTS[order]
        people.sort(key=lambda version: _name_key(version, first, second))
    return [version.number for version in people]


def _name_key(version: Version, first: str, second: str) -> tuple[str, str]:
    names = version.fields.get("names")
    name = derived("names", names[0]) if names else {}
    return str(name.get(first, "")).casefold(), str(name.get(second, "")).casefold()


def encode(token: JsonObject) -> str:
    """An opaque text for `token`, with a check sum."""
    plain = json.dumps(token, separators=(",", ":"))
    check = hashlib.sha256(plain.encode()).hexdigest()[:8]
    return base64.urlsafe_b64encode((check + plain).encode()).decode().rstrip("=")


def decode(opaque: str) -> JsonObject:
    """The token behind a text of `encode`; 400 INVALID_ARGUMENT for any other text."""
    try:
        plain = base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4)).decode()
    except ValueError as error:
        raise invalid() from error
    check, body = plain[:8], plain[8:]
    if hashlib.sha256(body.encode()).hexdigest()[:8] != check:
        raise invalid()
    token: JsonObject = json.loads(body)
    return token


def invalid() -> GoogleError:
    """The refusal of a malformed or foreign token: no details."""
    return people_error(400, "Request contains an invalid argument.")


def expired() -> GoogleError:
    """The refusal of an expired sync token: HTTP 400 with an ErrorInfo, not 410."""
    message = "Sync token is expired. Clear local cache and retry call without the sync token."
    detail = error_info("EXPIRED_SYNC_TOKEN", domain="people.googleapis.com")
    return people_error(400, message, rpc_status="FAILED_PRECONDITION", details=[detail])
