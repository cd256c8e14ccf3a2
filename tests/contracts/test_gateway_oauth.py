"""Authorization and tokens, from the address to the revocation, against the simulated Google."""

import base64
import io
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from crmsync.core.errors import GrantDead, Misconfigured, Refused, SyncError, Unavailable
from crmsync.gateway.google import GoogleGateway
from local.google.faults import Fault
from local.google.oauth import keys
from local.google.server import GoogleServer
from local.google.world import World
from tests.gateway.simulated import BOTH, CLIENT_ID, SECRET, User, consent, settings_at

VERIFIER = "v" * 64


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    with GoogleServer(World()) as running:
        yield running


@pytest.fixture
def user(server: GoogleServer) -> User:
    return User(server, "ann@gmail.example")


@pytest.fixture
def stranger(server: GoogleServer) -> GoogleGateway:
    """The gateway for accounts that have granted nothing yet."""
    server.world.register_client(CLIENT_ID, SECRET, ["http://127.0.0.1:1/oauth/callback"])
    server.world.add_account("new@gmail.example", "New")
    return GoogleGateway(settings_at(server.origin), server.world.clock)


def address(google: GoogleGateway, *, force: bool = False, hint: str | None = None) -> str:
    return google.authorization_url(
        state="s-1", verifier=VERIFIER, scopes=BOTH, login_hint=hint, force_consent=force
    )


def test_the_address_asks_for_what_we_need_and_nothing_more(stranger: GoogleGateway) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(address(stranger)).query).items()}
    assert query["scope"].split() == [
        "openid",
        "https://www.googleapis.com/auth/userinfo.email",
        "https://www.googleapis.com/auth/contacts",
        "https://www.googleapis.com/auth/calendar.events",
    ]
    assert (query["access_type"], query["include_granted_scopes"]) == ("offline", "true")
    assert (query["state"], query["code_challenge_method"], query["prompt"]) == (
        "s-1",
        "S256",
        "select_account",
    )
    assert VERIFIER not in address(stranger)
    forced = parse_qs(urlsplit(address(stranger, force=True, hint="new@gmail.example")).query)
    assert (forced["prompt"], forced["login_hint"]) == (["consent"], ["new@gmail.example"])


def test_a_code_is_exchanged_for_the_account_and_its_grant(
    stranger: GoogleGateway, server: GoogleServer
) -> None:
    back = consent(address(stranger), "new@gmail.example", allow=BOTH)
    assert back["state"] == "s-1"
    access = stranger.exchange(back["code"], VERIFIER)
    assert access.sub == server.world.account("new@gmail.example").sub
    assert (access.email, access.scopes) == ("new@gmail.example", BOTH)
    assert access.refresh_token is not None
    session = stranger.session("new", stranger.vault.seal(access.refresh_token))
    assert session is not None
    assert session.contacts().list_page(None, None).items == ()


def test_a_subset_of_the_permissions_is_a_normal_answer(stranger: GoogleGateway) -> None:
    back = consent(address(stranger), "new@gmail.example", allow=["calendar"])
    access = stranger.exchange(back["code"], VERIFIER)
    assert access.scopes == {"calendar"}
    assert access.refresh_token is not None


def test_earlier_grants_are_included_and_a_silent_consent_brings_no_refresh_token(user: User) -> None:
    again = consent(address(user.google), user.account.email, allow=BOTH)
    access = user.google.exchange(again["code"], VERIFIER)
    assert (access.scopes, access.refresh_token) == (BOTH, None)
    forced = consent(address(user.google, force=True), user.account.email, allow=BOTH)
    assert user.google.exchange(forced["code"], VERIFIER).refresh_token is not None


def test_a_refusal_brings_no_code(stranger: GoogleGateway) -> None:
    back = consent(address(stranger), "new@gmail.example", allow=None)
    assert back == {"state": "s-1", "error": "access_denied"}


def test_a_code_works_once_and_only_with_its_verifier(stranger: GoogleGateway) -> None:
    code = consent(address(stranger), "new@gmail.example", allow=BOTH)["code"]
    with pytest.raises(GrantDead):
        stranger.exchange(code, "w" * 64)
    other = consent(address(stranger, force=True), "new@gmail.example", allow=BOTH)["code"]
    assert stranger.exchange(other, VERIFIER).sub
    with pytest.raises(GrantDead):
        stranger.exchange(other, VERIFIER)
    with pytest.raises(GrantDead):
        stranger.exchange("4/made-up", VERIFIER)


def test_a_wrong_client_secret_is_the_vendor_s_fault(server: GoogleServer, stranger: GoogleGateway) -> None:
    wrong = GoogleGateway(settings_at(server.origin, GOOGLE_CLIENT_SECRET="wrong"), server.world.clock)
    code = consent(address(stranger), "new@gmail.example", allow=BOTH)["code"]
    with pytest.raises(Misconfigured) as caught:
        wrong.exchange(code, VERIFIER)
    assert caught.value.reason == "invalid_client"


def token_with(monkeypatch: pytest.MonkeyPatch, **claims: object) -> None:
    """Lets Google say this in its ID tokens; None leaves a claim out. `iat`, `exp`: seconds from now."""
    sign = keys.SigningKey.sign

    def signed(key: keys.SigningKey, usual: Mapping[str, object]) -> str:
        told = jwt.decode(sign(key, usual), options={"verify_signature": False})
        now = int(time.time())
        moved = {name: now + claims[name] if name in ("iat", "exp") else claims[name] for name in claims}  # type: ignore[operator]
        full = {name: value for name, value in (told | moved).items() if value is not None}
        return jwt.encode(full, key._key, algorithm="RS256", headers={"kid": key.key_id})

    monkeypatch.setattr(keys.SigningKey, "sign", signed)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"iss": "https://accounts.example"},
        {"iss": None},
        {"azp": "another-client"},
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"nonce": 7},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "1" * 256},
        {"exp": -61},
        {"iat": 3600},
    ],
    ids=str,
)
def test_an_id_token_that_is_not_google_s_word_to_us_is_refused(
    stranger: GoogleGateway, monkeypatch: pytest.MonkeyPatch, claims: dict[str, object]
) -> None:
    code = consent(address(stranger), "new@gmail.example", allow=BOTH)["code"]
    token_with(monkeypatch, **claims)
    with pytest.raises(Refused) as caught:
        stranger.exchange(code, VERIFIER)
    assert caught.value.reason == "id_token_invalid"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "accounts.google.com"},
        {"azp": None},
        {"exp": -50},
        {"iat": 50},
    ],
    ids=str,
)
def test_clock_ahead(
    stranger: GoogleGateway, monkeypatch: pytest.MonkeyPatch, claims: dict[str, object]
) -> None:
    code = consent(address(stranger), "new@gmail.example", allow=BOTH)["code"]
    token_with(monkeypatch, **claims)
    assert stranger.exchange(code, VERIFIER).email == "new@gmail.example"


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_confirmed_is_not_shown(
    stranger: GoogleGateway, monkeypatch: pytest.MonkeyPatch, verified: object
) -> None:
    code = consent(address(stranger), "new@gmail.example", allow=BOTH)["code"]
    token_with(monkeypatch, email_verified=verified)
    assert stranger.exchange(code, VERIFIER).email == ""


ODD = [
    b"",
    b"<html>",
    b"[]",
    b"null",
    b"7",
    b'"access_token"',
    b"{}",
    b'{"access_token": null}',
    b'{"access_token": 7, "token_type": "Bearer"}',
    b'{"access_token": {"a": 1}, "token_type": 7, "expires_in": 3599}',
    b'{"access_token": "a", "token_type": "Bearer", "expires_in": "soon"}',
    b'{"access_token": "a", "token_type": "Bearer", "expires_in": {}}',
    b'{"access_token": "a", "token_type": "Bearer", "scope": {"a": 1}}',
    b'{"access_token": "a", "token_type": "Bearer", "id_token": ["a"]}',
    b'{"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"}',
    b'{"access_token": "a", "token_type": "Bearer", "id_token": "e30.e30.e30"}',
    b'{"error": {"code": 7}}',
    b'{"error": ["invalid_grant"]}',
    b"\xff\xfe",
]


def answers(monkeypatch: pytest.MonkeyPatch, server: GoogleServer, status: int, body: bytes) -> None:
    """Lets the token endpoint answer this, whatever it is asked."""

    def answered(*_: object, **__: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.raw, answer.url = status, io.BytesIO(body), f"{server.origin}/token"
        answer.request = requests.Request("POST", answer.url).prepare()
        answer.headers["Content-Type"] = "application/json"
        return answer

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", answered)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("body", ODD, ids=str)
def test_an_answer_of_an_odd_shape_is_a_clear_failure(
    stranger: GoogleGateway, server: GoogleServer, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes
) -> None:
    answers(monkeypatch, server, status, body)
    with pytest.raises(SyncError) as exchanging:
        stranger.exchange("4/code", VERIFIER)
    assert not isinstance(exchanging.value, GrantDead)
    with pytest.raises(SyncError) as refreshing:
        stranger.session("new", stranger.vault.seal("refresh"))
    assert not isinstance(refreshing.value, GrantDead)


@pytest.mark.parametrize(
    "more", [{}, {"error_subtype": "invalid_rapt"}, {"error_description": "Bad Request"}]
)
def test_reauthentication_wanted(
    stranger: GoogleGateway, server: GoogleServer, monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    """Whatever Google says besides, an invalid grant is a dead one: the user reconnects."""
    answers(monkeypatch, server, 400, json.dumps({"error": "invalid_grant", **more}).encode())
    with pytest.raises(GrantDead):
        stranger.session("new", stranger.vault.seal("refresh"))


def test_an_account_whose_address_google_does_not_tell_is_known_by_its_id(
    stranger: GoogleGateway, server: GoogleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = stranger._oauth._verified

    def without_address(token: str, nonce: str) -> dict[str, object]:
        return {name: claim for name, claim in verified(token, nonce).items() if name != "email"}

    monkeypatch.setattr(stranger._oauth, "_verified", without_address)
    back = consent(address(stranger), "new@gmail.example", allow=BOTH)
    access = stranger.exchange(back["code"], VERIFIER)
    assert (access.sub, access.email) == (server.world.account("new@gmail.example").sub, "")


def test_an_outage_at_the_exchange_is_no_dead_grant(stranger: GoogleGateway, server: GoogleServer) -> None:
    code = consent(address(stranger), "new@gmail.example", allow=BOTH)["code"]
    server.world.controls.plan(Fault("oauth.token", status=503))
    with pytest.raises(Unavailable):
        stranger.exchange(code, VERIFIER)


def test_one_token_serves_many_sessions_until_shortly_before_its_end(user: User) -> None:
    assert user.google.session("uid", None) is None
    first = user.session()
    assert first.contacts().list_page(None, None).items == ()
    assert user.google.session("uid", None) is not None
    user.session()
    assert user.world.controls.count("oauth.token") == 1
    user.world.clock.advance(timedelta(minutes=57))
    assert user.google.session("uid", None) is None
    assert user.google.session("other", None) is None


def test_a_forgotten_user_needs_the_grant_again(user: User) -> None:
    user.session()
    user.google.forget("uid")
    assert user.google.session("uid", None) is None


def test_a_token_that_google_drops_midway_is_renewed_once_without_a_word(user: User) -> None:
    contacts = user.session().contacts()
    contacts.list_page(None, None)
    user.world.grants.expire_access_tokens(user.account.sub)
    assert contacts.list_page(None, None).items == ()
    assert [status for _, _, status in user.calls] == [200, 401, 200]


def test_without_a_grant_a_dropped_token_ends_the_job_and_the_next_one_reads_the_grant(user: User) -> None:
    user.session()
    cached = user.google.session("uid", None)
    assert cached is not None
    user.world.grants.expire_access_tokens(user.account.sub)
    with pytest.raises(Unavailable) as caught:
        cached.contacts().list_page(None, None)
    assert caught.value.reason == "token_rejected"
    assert user.google.session("uid", None) is None


def test_a_revoked_grant_is_dead_before_any_work_begins(user: User) -> None:
    user.world.grants.revoke(user.account.sub)
    with pytest.raises(GrantDead):
        user.session()


def test_an_outage_at_the_refresh_is_no_dead_grant(user: User) -> None:
    user.world.controls.plan(Fault("oauth.token", status=500, times=None))
    with pytest.raises(Unavailable):
        user.session()
    user.world.controls.clear_faults()
    user.session()


def test_revoking_ends_the_grant_and_can_be_repeated(user: User) -> None:
    user.google.revoke(user.sealed)
    user.google.revoke(user.sealed)
    user.google.revoke(user.google.vault.seal("1//made-up"))
    user.google.revoke("sealed with a key that was dropped")
    with pytest.raises(GrantDead):
        user.session()


def test_an_account_is_known_again_by_a_digest_that_only_this_installation_can_make(
    server: GoogleServer, stranger: GoogleGateway
) -> None:
    key = base64.urlsafe_b64encode(bytes(range(1, 33))).decode()
    another = GoogleGateway(settings_at(server.origin, DIGEST_KEY=key), server.world.clock)
    again = GoogleGateway(settings_at(server.origin), server.world.clock)
    assert stranger.holder("1234") == again.holder("1234") != stranger.holder("1235")
    assert another.holder("1234") != stranger.holder("1234")
    assert "1234" not in stranger.holder("1234")


def test_a_tampered_id_token_is_refused(stranger: GoogleGateway, server: GoogleServer) -> None:
    oauth = stranger._oauth
    with pytest.raises(Refused) as caught:
        oauth._verified("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "nonce")
    assert caught.value.reason == "id_token_invalid"
    with pytest.raises(Refused) as missing:
        oauth._verified("", "nonce")
    assert missing.value.reason == "id_token_missing"
    oauth._endpoints = replace(oauth._endpoints, certs=f"{server.origin}/nowhere")
    with pytest.raises(Unavailable):
        oauth._verified("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "nonce")


def test_threads_that_need_a_token_at_once_share_one_refresh(user: User) -> None:
    user.world.controls.latency = 0.05
    sealed = user.sealed
    threads = [threading.Thread(target=user.google.session, args=("uid", sealed)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert user.world.controls.count("oauth.token") == 1
