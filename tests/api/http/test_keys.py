import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
import pytest

from crmsync.api.http.errors import Unavailable
from crmsync.api.http.identity import Verifier
from crmsync.api.http.keys import (
    LIFETIME,
    REFETCH_PAUSE,
    RETRY_PAUSE,
    Keys,
    KeysUnavailable,
    UnknownKey,
    fetch,
)
from tests.api.service import SIGNERS, USERS

KEY = jwt.PyJWK(SIGNERS[0].jwk())


class Issuer:
    """Publishes keys; counts how often it is asked; may be down. Time is its own."""

    def __init__(self) -> None:
        self.published: dict[str, jwt.PyJWK] = {"k1": KEY}
        self.asked = 0
        self.down = False
        self.time = 1000.0

    def fetch(self, url: str) -> Mapping[str, jwt.PyJWK]:
        self.asked += 1
        if self.down:
            raise OSError("down")
        return dict(self.published)

    def keys(self) -> Keys:
        return Keys("https://issuer.example/jwks", self.fetch, lambda: self.time)


def test_keys_are_fetched_once() -> None:
    issuer = Issuer()
    keys = issuer.keys()
    assert [keys.get("k1") for _ in range(3)] == [KEY] * 3
    assert issuer.asked == 1


def test_a_rotated_key_is_fetched_when_it_is_met() -> None:
    issuer = Issuer()
    keys = issuer.keys()
    keys.get("k1")
    issuer.published = {"k2": KEY}
    issuer.time += REFETCH_PAUSE
    assert keys.get("k2") is KEY
    assert issuer.asked == 2


def test_unknown_key_ids_do_not_hammer_the_issuer() -> None:
    issuer = Issuer()
    keys = issuer.keys()
    for number in range(50):
        with pytest.raises(UnknownKey):
            keys.get(f"forged{number}")
    assert issuer.asked == 1


def test_a_withdrawn_key_stops_counting_after_the_lifetime() -> None:
    issuer = Issuer()
    keys = issuer.keys()
    keys.get("k1")
    issuer.published = {"k2": KEY}
    issuer.time += LIFETIME
    with pytest.raises(UnknownKey):
        keys.get("k1")


def test_known_keys_go_on_serving_while_the_issuer_is_down() -> None:
    issuer = Issuer()
    keys = issuer.keys()
    keys.get("k1")
    issuer.down = True
    issuer.time += LIFETIME
    assert keys.get("k1") is KEY


def test_without_any_key_the_service_is_unavailable_and_asks_again_after_a_pause() -> None:
    issuer = Issuer()
    issuer.down = True
    keys = issuer.keys()
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            keys.get("k1")
    assert issuer.asked == 1
    issuer.down = False
    issuer.time += RETRY_PAUSE
    assert keys.get("k1") is KEY


class Slow(Issuer):
    """An issuer that answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.met, self.let = threading.Event(), threading.Event()
        self.let.set()

    def fetch(self, url: str) -> Mapping[str, jwt.PyJWK]:
        found = super().fetch(url)
        self.met.set()
        assert self.let.wait(20)
        return found


def test_who_knows_its_key_does_not_wait_for_a_fetch_and_who_does_not_shares_it() -> None:
    issuer = Slow()
    keys = issuer.keys()
    keys.get("k1")
    issuer.published = {"k1": KEY, "k2": KEY}
    issuer.time += REFETCH_PAUSE
    issuer.let.clear()
    issuer.met.clear()
    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(keys.get, "k2") for _ in range(2)]
        assert issuer.met.wait(20)
        assert keys.get("k1") is KEY, "while a fetch hangs"
        issuer.let.set()
        assert [each.result(20) for each in waiting] == [KEY, KEY]
    assert issuer.asked == 2


def test_a_fetch_that_breaks_in_an_unforeseen_way_leaves_the_next_one_free() -> None:
    issuer = Issuer()
    keys = issuer.keys()
    plain, keys._fetch = keys._fetch, lambda _: 1 / 0  # type: ignore[assignment,return-value]
    with pytest.raises(ZeroDivisionError):
        keys.get("k1")
    keys._fetch = plain
    issuer.time += RETRY_PAUSE
    assert keys.get("k1") is KEY


def test_a_caller_is_told_to_come_back_rather_than_that_the_token_is_bad() -> None:
    issuer = Issuer()
    issuer.down = True
    with pytest.raises(Unavailable):
        Verifier(USERS, "crm", issuer.keys()).claims(SIGNERS[0].token("ann"))


@pytest.fixture
def jwks() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A JWKS address on loopback, and what it answers."""
    content = {"body": json.dumps({"keys": [SIGNERS[0].jwk()]}).encode()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content["body"])

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks", content
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_are_read_from_a_jwks_address(jwks: tuple[str, dict[str, bytes]]) -> None:
    address, _ = jwks
    verifier = Verifier(USERS, "crm", Keys(address))
    assert verifier.claims(SIGNERS[0].token("ann"))["sub"] == "ann"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"keys": []}', b'{"keys": [{"kty": "nonsense"}]}'])
def test_whatever_else_the_address_answers_counts_as_no_answer(
    jwks: tuple[str, dict[str, bytes]], body: bytes
) -> None:
    address, content = jwks
    content["body"] = body
    with pytest.raises((jwt.PyJWTError, ValueError)):
        fetch(address)
    with pytest.raises(KeysUnavailable):
        Keys(address).get("u1")
