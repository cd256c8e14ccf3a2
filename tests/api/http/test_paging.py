"""Tokens of pages: sealed, bound to their caller and list, and readable across a rotation of keys."""

import base64
import binascii
from contextlib import suppress

import pytest
from cryptography.fernet import Fernet

from crmsync.api.http.errors import InvalidPageToken
from crmsync.api.http.page_tokens import PageTokens
from tests.api.records.test_contacts import create
from tests.api.service import Service, candidate, said

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
LIST = ("default", "ann", "", "contacts")
POSITION = "tremblay geneviève c1"


def test_a_token_leads_back_to_its_position_and_shows_nothing_of_it() -> None:
    tokens = PageTokens([NEW])
    token = tokens.seal(POSITION, LIST)
    assert tokens.open(token, LIST) == POSITION
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert not any(part.encode() in raw for part in POSITION.split())


def test_one_position_has_one_token_so_that_a_page_keeps_its_etag() -> None:
    assert PageTokens([NEW]).seal(POSITION, LIST) == PageTokens([NEW]).seal(POSITION, LIST)
    assert PageTokens([NEW]).seal(POSITION, LIST) != PageTokens([NEW]).seal(POSITION, (*LIST, "x"))


def test_what_an_older_key_sealed_opens_and_a_dropped_key_opens_nothing() -> None:
    token = PageTokens([OLD]).seal(POSITION, LIST)
    both = PageTokens([NEW, OLD])
    assert both.open(token, LIST) == POSITION
    assert both.seal(POSITION, LIST) == PageTokens([NEW]).seal(POSITION, LIST)
    with pytest.raises(InvalidPageToken):
        PageTokens([NEW]).open(token, LIST)


@pytest.mark.parametrize(
    "list", [(*LIST, ""), ("default", "bob", "", "contacts"), ("default", "anncontacts"), ()]
)
def test_a_token_opens_for_its_own_list_only(list: tuple[str, ...]) -> None:
    tokens = PageTokens([NEW])
    with pytest.raises(InvalidPageToken):
        tokens.open(tokens.seal(POSITION, LIST), list)


@pytest.mark.parametrize("broken", ["", "x", "é", "!" * 60, "A" * 21, "A" * 22, "A" * 60, "A" * 5000])
def test_what_is_no_token_is_refused(broken: str) -> None:
    with pytest.raises(InvalidPageToken):
        PageTokens([NEW]).open(broken, LIST)


def test_a_token_with_one_bit_turned_is_refused() -> None:
    tokens = PageTokens([NEW])
    token = tokens.seal(POSITION, LIST)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    for at in range(len(raw)):
        raw[at] ^= 1
        with pytest.raises(InvalidPageToken):
            tokens.open(base64.urlsafe_b64encode(raw).decode().rstrip("="), LIST)
        raw[at] ^= 1


def test_no_address_carries_a_name_to_the_next_page(service: Service) -> None:
    for name in ("Gagnon", "Tremblay"):
        create(service, {"family_name": name, "emails": [{"value": f"{name}@mail.example"}]})
    service.offer(candidate("a", name="Gagnon"), candidate("b", name="Tremblay"))
    for path in ("/api/contacts", "/api/import/candidates"):
        token = said(service.call("GET", f"{path}?page_size=1"))["next_page_token"]
        assert said(service.call("GET", f"{path}?page_size=1&page_token={token}"))["next_page_token"] is None
        assert b"gagnon" not in _whatever_it_hides(token).lower()
        assert len(token) < 200


def _whatever_it_hides(token: str) -> bytes:
    """All that base64, over and over, makes of a token."""
    found = raw = token.encode()
    with suppress(binascii.Error):
        while raw:
            raw = base64.b64decode(raw + b"==", altchars=b"-_")
            found += b"\n" + raw
    return found
