"""The transport sends each request once, as one user, and keeps nothing of one user for another."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from crmsync.core.errors import Unavailable
from crmsync.gateway import transport
from crmsync.gateway.client import Client, service
from crmsync.gateway.errors import Attempt
from crmsync.gateway.quota import UNLIMITED, Quota
from crmsync.gateway.transport import Transport
from tests.fakes import FixedClock


class Peer:
    """A server that does what a list of behaviours says, request by request, and notes what it got."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.answers: list[Any] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                peer.seen.append((self.command, self.path, headers))
                answer = peer.answers.pop(0)
                if answer == "drop":
                    self.close_connection = True
                    return
                status, body, extra = answer
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = handle_one

            def log_message(self, format: str, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    running = Peer()
    yield running
    transport.session().close()
    running.stop()


def client(tokens: Any = lambda refused: "token-1" if refused is None else None) -> Client:
    return Client("uid", Transport(tokens), Quota(FixedClock(), UNLIMITED))


Answer = tuple[int, bytes, dict[str, str]]


def ok(body: bytes = b"{}", cookie: str = "") -> Answer:
    return 200, body, {"Content-Type": "application/json"} | ({"Set-Cookie": cookie} if cookie else {})


@pytest.mark.parametrize("first", ["drop", (500, b"", {}), (503, b"<html>", {})])
def test_a_mutation_is_sent_once_whatever_happens_to_its_answer(peer: Peer, first: Any) -> None:
    peer.answers = [ok(), first, ok()]
    api = service("people.v1", f"{peer.origin}/")
    caller = client()
    caller.call(api.people().get(resourceName="people/me", personFields="names"), Attempt(), {})
    with pytest.raises(Unavailable) as caught:
        caller.call(api.people().createContact(body={}), Attempt(mutates=True), {})
    assert caught.value.ambiguous
    assert [method for method, _, _ in peer.seen] == ["GET", "POST"]


def test_a_server_that_is_not_there_leaves_no_doubt(peer: Peer) -> None:
    peer.server.shutdown()
    peer.server.server_close()
    api = service("people.v1", f"{peer.origin}/")
    with pytest.raises(Unavailable) as caught:
        client().call(api.people().createContact(body={}), Attempt(mutates=True), {})
    assert (caught.value.reason, caught.value.ambiguous) == ("connection_lost", False)


def test_a_successful_answer_that_is_no_json_leaves_a_mutation_in_doubt(peer: Peer) -> None:
    peer.answers = [ok(b"<html>"), ok(b"<html>"), ok(b"<html>")]
    api = service("people.v1", f"{peer.origin}/")
    with pytest.raises(Unavailable) as written:
        client().call(api.people().createContact(body={}), Attempt(mutates=True), {})
    with pytest.raises(Unavailable) as read:
        client().call(api.people().get(resourceName="people/me", personFields="names"), Attempt(), {})
    assert (written.value.reason, written.value.ambiguous) == ("malformed_answer", True)
    assert (read.value.reason, read.value.ambiguous) == ("malformed_answer", False)


def test_a_batch_answer_without_its_parts_leaves_everything_in_doubt(peer: Peer) -> None:
    peer.answers = [ok()]
    api = service("calendar.v3", f"{peer.origin}/")
    parts = {name: api.events().insert(calendarId="primary", body={}) for name in "ab"}
    with pytest.raises(Unavailable) as caught:
        client().batch(api, parts, Attempt(mutates=True), {})
    assert (caught.value.reason, caught.value.ambiguous) == ("malformed_answer", True)


def test_a_redirect_is_not_followed_with_the_token(peer: Peer) -> None:
    peer.answers = [(302, b"", {"Location": f"{peer.origin}/elsewhere"})]
    api = service("people.v1", f"{peer.origin}/")
    with pytest.raises(Unavailable) as caught:
        client().call(api.people().createContact(body={}), Attempt(mutates=True), {})
    assert caught.value.reason == "not_understood"
    assert len(peer.seen) == 1


def test_nothing_of_one_user_s_answer_goes_into_the_next_call(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    peer.answers = [ok(cookie="who=ann; Path=/"), ok()]
    api = service("people.v1", f"{peer.origin}/")
    for token in ("ann's", "ben's"):
        request = api.people().get(resourceName="people/me", personFields="names")
        client(lambda refused, token=token: token).call(request, Attempt(), {})
    assert [headers["authorization"] for _, _, headers in peer.seen] == ["Bearer ann's", "Bearer ben's"]
    assert all("cookie" not in headers for _, _, headers in peer.seen)
    assert all("gzip" in headers["accept-encoding"] for _, _, headers in peer.seen)


def test_a_refused_token_is_replaced_once_and_then_given_up(peer: Peer) -> None:
    refusal: Answer = (401, b'{"error": {"code": 401, "status": "UNAUTHENTICATED"}}', {})
    api = service("people.v1", f"{peer.origin}/")
    tokens = {None: "old", "old": "new"}
    peer.answers = [refusal, ok()]
    client(tokens.get).call(api.people().createContact(body={}), Attempt(mutates=True), {})
    assert [headers["authorization"] for _, _, headers in peer.seen] == ["Bearer old", "Bearer new"]
    peer.answers = [refusal, refusal]
    with pytest.raises(Unavailable) as caught:
        client(tokens.get).call(api.people().createContact(body={}), Attempt(mutates=True), {})
    assert (caught.value.reason, caught.value.ambiguous) == ("token_rejected", False)


def test_each_thread_has_connections_of_its_own() -> None:
    found: list[requests.Session] = []
    threads = [threading.Thread(target=lambda: found.append(transport.session())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is not found[1]
    assert transport.session() is transport.session()


def test_no_call_to_google_is_waited_for_longer_than_twenty_seconds() -> None:
    connecting, answering = transport.TIMEOUT
    assert (connecting <= answering, answering) == (True, 20.0)
