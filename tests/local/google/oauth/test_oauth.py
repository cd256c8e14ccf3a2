"""The authorization pages and the token endpoint, as a browser and a web client meet them."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from local.google.oauth.grants import Consent
from local.google.oauth.keys import signing_key
from tests.local.google.people.stage import (
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    CONTACTS,
    EVENTS,
    Stage,
    authorize,
    exchange,
    flow_of,
    redirected,
    refresh,
)

SIGN_IN = "openid email"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
BOTH = f"{SIGN_IN} {CONTACTS} {EVENTS}"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def tokens(stage: Stage, scopes: str = BOTH, **params: str) -> dict[str, Any]:
    """Authorize, exchange, and return the answer of the token endpoint."""
    response = exchange(stage, redirected(authorize(stage, scopes, **params))["code"])
    assert response.status_code == 200, response.text
    assert response.json is not None
    answer: dict[str, Any] = response.json
    return answer


def error_of(response: object, status: int) -> str:
    assert getattr(response, "status_code", None) == status, getattr(response, "text", "")
    body = getattr(response, "json", None)
    assert set(body or ()) == {"error", "error_description"}
    return str((body or {})["error"])


def test_the_redirect_carries_code_state_and_granted_scopes(stage: Stage) -> None:
    answer = redirected(authorize(stage, BOTH))
    assert answer["state"] == "the state"
    assert set(answer["scope"].split()) >= {CONTACTS, EVENTS, "openid", EMAIL}
    assert answer["code"]


def test_the_answer_of_the_exchange(stage: Stage) -> None:
    answer = tokens(stage)
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
    assert set(answer["scope"].split()) == {CONTACTS, EVENTS, "openid", EMAIL}
    claims = signing_key().verify(answer["id_token"])
    assert (claims["iss"], claims["aud"]) == ("https://accounts.google.com", CLIENT_ID)
    assert (claims["email"], claims["email_verified"]) == ("ann@example.com", True)
    assert claims["sub"] == stage.account.sub
    assert len(claims["sub"]) == 21
    assert claims["sub"].isdigit()


def test_no_id_token_without_a_sign_in_scope(stage: Stage) -> None:
    assert "id_token" not in tokens(stage, CONTACTS)


def test_a_refresh_token_comes_with_the_first_offline_consent_only(stage: Stage) -> None:
    assert "refresh_token" in tokens(stage)
    assert "refresh_token" not in tokens(stage)
    assert "refresh_token" in tokens(stage, prompt="consent")


def test_online_access_never_has_a_refresh_token(stage: Stage) -> None:
    assert "refresh_token" not in tokens(stage, access_type="online")
    assert "refresh_token" not in tokens(stage, access_type="online", prompt="consent")
    assert "refresh_token" in tokens(stage)


def test_a_refresh_returns_no_new_refresh_token(stage: Stage) -> None:
    first = tokens(stage)
    second = refresh(stage, first["refresh_token"]).json
    assert second is not None
    assert "refresh_token" not in second
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == first["scope"]
    assert second["id_token"]


def test_google_asks_once_and_then_comes_straight_back(stage: Stage) -> None:
    tokens(stage)
    page = authorize(stage, BOTH, login_hint="ann@example.com")
    assert redirected(page)["prompt"] == "none"


def test_new_permissions_are_asked_for_again(stage: Stage) -> None:
    tokens(stage, f"{SIGN_IN} {CONTACTS}")
    page = stage.web.get("/o/oauth2/v2/auth", query_string=query(scope=BOTH, login_hint="ann@example.com"))
    assert "wants access" in page.text


def query(**changes: str) -> dict[str, str]:
    wanted = {
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": BOTH,
        "state": "s",
    }
    return {name: value for name, value in (wanted | changes).items() if value != ""}


def test_a_check_box_for_each_permission_but_not_for_signing_in(stage: Stage) -> None:
    page = stage.web.get("/o/oauth2/v2/auth", query_string=query(login_hint="ann@example.com"))
    assert page.text.count('type="checkbox"') == 2
    assert "checked" not in page.text
    assert "Simulated Google" in page.text
    all_ticked = stage.web.post(
        "/signin/consent", data={"flow": flow_of(page), "email": "ann@example.com", "decision": "all"}
    )
    assert all_ticked.text.count(" checked") == 2


def test_a_single_permission_is_not_a_check_box(stage: Stage) -> None:
    page = stage.web.get(
        "/o/oauth2/v2/auth", query_string=query(scope=f"{SIGN_IN} {CONTACTS}", login_hint="ann@example.com")
    )
    assert 'type="checkbox"' not in page.text
    assert CONTACTS in redirected(authorize(stage, f"{SIGN_IN} {CONTACTS}", tick=[]))["scope"]


def test_a_subset_can_be_granted_and_the_exchange_says_which(stage: Stage) -> None:
    answer = redirected(authorize(stage, BOTH, tick=[CONTACTS]))
    assert EVENTS not in answer["scope"]
    body = exchange(stage, answer["code"]).json
    assert body is not None
    assert set(body["scope"].split()) == {CONTACTS, "openid", EMAIL}
    stage.token = body["access_token"]
    stage.call("GET", "/v1/people/me/connections", personFields="names")
    error = stage.refused("GET", "/calendar/v3/calendars/primary/events")
    assert (error["code"], error["status"]) == (403, "PERMISSION_DENIED")
    assert error["errors"][0]["reason"] == "insufficientPermissions"


def test_nothing_ticked_grants_signing_in_alone_or_nothing(stage: Stage) -> None:
    assert set(redirected(authorize(stage, BOTH, tick=[]))["scope"].split()) == {"openid", "email", EMAIL}
    assert redirected(authorize(stage, f"{CONTACTS} {EVENTS}", tick=[]))["error"] == "access_denied"


def test_included_scopes_add_what_was_granted_before(stage: Stage) -> None:
    tokens(stage, f"{SIGN_IN} {CONTACTS}")
    apart = tokens(stage, EVENTS, prompt="consent")
    assert set(apart["scope"].split()) == {EVENTS}
    union = tokens(stage, EVENTS, prompt="consent", include_granted_scopes="true")
    assert set(union["scope"].split()) == {CONTACTS, EVENTS, "openid", EMAIL}


def test_cancel_comes_back_with_access_denied_and_no_code(stage: Stage) -> None:
    page = stage.web.get("/o/oauth2/v2/auth", query_string=query(login_hint="ann@example.com"))
    data = {"flow": flow_of(page), "email": "ann@example.com", "decision": "cancel"}
    answer = redirected(stage.web.post("/signin/consent", data=data))
    assert answer == {"error": "access_denied", "state": "s"}
    assert stage.world.grants.granted(stage.account.sub, "crm-google-sync-local") == frozenset()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"redirect_uri": CALLBACK + "/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": CALLBACK.replace("http:", "https:")}, "redirect_uri_mismatch"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"client_id": "other"}, "invalid_client"),
        ({"client_id": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_request"),
        ({"scope": "https://www.googleapis.com/auth/contcats"}, "invalid_scope"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"access_type": "sometimes"}, "invalid_request"),
        ({"prompt": "none consent"}, "invalid_request"),
    ],
)
def test_a_wrong_request_gets_a_page_of_googles_and_no_redirect(
    stage: Stage, change: dict[str, str], code: str
) -> None:
    page = stage.web.get("/o/oauth2/v2/auth", query_string=query(**change))
    assert page.status_code in (400, 401)
    assert code in page.text
    assert page.location is None


def test_a_redirect_uri_keeps_its_own_query(stage: Stage) -> None:
    page = authorize(stage, CONTACTS, redirect_uri=CALLBACK + "?next=1")
    assert page.location.startswith(CALLBACK + "?next=1&state=the+state&code=")


def test_the_account_is_chosen_or_hinted_or_new(stage: Stage) -> None:
    chooser = stage.web.get("/o/oauth2/v2/auth", query_string=query())
    assert "Choose an account" in chooser.text
    by_sub = stage.web.get("/o/oauth2/v2/auth", query_string=query(login_hint=stage.account.sub))
    assert "wants access" in by_sub.text
    forced = stage.web.get(
        "/o/oauth2/v2/auth", query_string=query(login_hint="ann@example.com", prompt="select_account")
    )
    assert "Choose an account" in forced.text
    page = stage.web.post("/signin/account", data={"flow": flow_of(forced), "email": "new@example.com"})
    assert "new@example.com" in page.text
    assert stage.world.account("new@example.com").sub != stage.account.sub
    bad = stage.web.post("/signin/account", data={"flow": flow_of(forced), "email": "<b>"})
    assert "Enter an e-mail address." in bad.text


def test_an_expired_page_says_so(stage: Stage) -> None:
    page = stage.web.post("/signin/consent", data={"flow": "gone", "decision": "allow"})
    assert page.status_code == 400
    assert "expired" in page.text


def test_prompt_none_answers_without_a_page(stage: Stage) -> None:
    assert redirected(authorize(stage, BOTH, prompt="none"))["error"] == "login_required"
    hinted = {"prompt": "none", "login_hint": "ann@example.com"}
    assert redirected(authorize(stage, BOTH, **hinted))["error"] == "interaction_required"
    tokens(stage)
    assert redirected(authorize(stage, BOTH, **hinted))["code"]


def test_a_code_works_once(stage: Stage) -> None:
    code = redirected(authorize(stage, BOTH))["code"]
    assert exchange(stage, code).status_code == 200
    assert error_of(exchange(stage, code), 400) == "invalid_grant"


def test_a_code_lives_ten_minutes(stage: Stage) -> None:
    code = redirected(authorize(stage, BOTH))["code"]
    stage.advance(minutes=10, seconds=1)
    assert error_of(exchange(stage, code), 400) == "invalid_grant"


def test_a_code_is_bound_to_its_redirect_uri_and_client(stage: Stage) -> None:
    code = redirected(authorize(stage, BOTH))["code"]
    assert error_of(exchange(stage, code, redirect_uri=CALLBACK + "?next=1"), 400) == "redirect_uri_mismatch"
    stage.world.register_client("other", "secret", [CALLBACK])
    code = redirected(authorize(stage, BOTH, prompt="consent"))["code"]
    foreign = exchange(stage, code, client_id="other", client_secret="secret")
    assert error_of(foreign, 400) == "invalid_grant"


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def test_pkce_s256(stage: Stage) -> None:
    asked = {"code_challenge": challenge("v" * 43), "code_challenge_method": "S256", "prompt": "consent"}
    for wrong in ({}, {"code_verifier": "w" * 43}, {"code_verifier": challenge("v" * 43)}):
        code = redirected(authorize(stage, BOTH, **asked))["code"]
        assert error_of(exchange(stage, code, **wrong), 400) == "invalid_grant"
    code = redirected(authorize(stage, BOTH, **asked))["code"]
    assert exchange(stage, code, code_verifier="v" * 43).status_code == 200


def test_pkce_plain_and_a_verifier_nobody_asked_for(stage: Stage) -> None:
    code = redirected(authorize(stage, BOTH, code_challenge="plain"))["code"]
    assert exchange(stage, code, code_verifier="plain").status_code == 200
    code = redirected(authorize(stage, BOTH))["code"]
    assert error_of(exchange(stage, code, code_verifier="plain"), 400) == "invalid_grant"


def test_the_client_may_sign_in_by_http_basic(stage: Stage) -> None:
    code = redirected(authorize(stage, BOTH))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    response = stage.web.post("/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": CLIENT_ID}, 400, "invalid_request"),
        (
            {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": "x"},
            401,
            "invalid_client",
        ),
        (
            {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
            400,
            "invalid_request",
        ),
    ],
)
def test_bad_token_requests(stage: Stage, form: dict[str, str], status: int, error: str) -> None:
    assert error_of(stage.web.post("/token", data=form), status) == error


def test_an_access_token_lives_3599_seconds(stage: Stage) -> None:
    stage.token = tokens(stage)["access_token"]
    stage.clock.advance(timedelta(seconds=3598))
    assert stage.send("GET", "/v1/people/me", personFields="names").status_code == 200
    stage.clock.advance(timedelta(seconds=1))
    assert stage.refused("GET", "/v1/people/me", personFields="names")["status"] == "UNAUTHENTICATED"


def test_a_refresh_may_ask_for_fewer_scopes_but_not_for_more(stage: Stage) -> None:
    token = tokens(stage, f"{SIGN_IN} {CONTACTS}")["refresh_token"]
    fewer = refresh(stage, token, scope=CONTACTS).json
    assert fewer is not None
    assert fewer["scope"] == CONTACTS
    assert error_of(refresh(stage, token, scope=f"{CONTACTS} {EVENTS}"), 400) == "invalid_scope"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_the_grant_of_the_whole_project(stage: Stage, kind: str) -> None:
    stage.world.register_client("sister", "secret", [CALLBACK])
    stage.world.register_client("stranger", "secret", [CALLBACK], project="other")
    first = tokens(stage)
    others = {}
    for client in ("sister", "stranger"):
        code = redirected(authorize(stage, CONTACTS, client_id=client, prompt="consent"))["code"]
        others[client] = exchange(stage, code, client_id=client, client_secret="secret").json or {}

    assert stage.web.post("/revoke", data={"token": first[kind]}).status_code == 200

    def again(client: str) -> TestResponse:
        return refresh(stage, others[client]["refresh_token"], client_id=client, client_secret="secret")

    assert error_of(refresh(stage, first["refresh_token"]), 400) == "invalid_grant"
    assert error_of(again("sister"), 400) == "invalid_grant"
    assert again("stranger").status_code == 200
    for token in (first, others["sister"]):
        stage.token = token["access_token"]
        assert stage.refused("GET", "/v1/people/me", personFields="names")["code"] == 401
    assert stage.world.grants.granted(stage.account.sub, "crm-google-sync-local") == frozenset()


def test_after_a_revocation_consent_and_refresh_token_come_anew(stage: Stage) -> None:
    first = tokens(stage)
    stage.web.post("/revoke", data={"token": first["refresh_token"]})
    assert "refresh_token" in tokens(stage)


def test_revoking_an_unknown_token_is_400_invalid_token(stage: Stage) -> None:
    assert error_of(stage.web.post("/revoke", data={"token": "made up"}), 400) == "invalid_token"
    assert error_of(stage.web.post("/revoke", data={}), 400) == "invalid_request"


def test_in_testing_the_refresh_token_dies_after_seven_days(stage: Stage) -> None:
    stage.world.grants.set_testing(True)
    answer = tokens(stage)
    assert answer["refresh_token_expires_in"] == 7 * 86400
    stage.advance(days=6, hours=23)
    assert refresh(stage, answer["refresh_token"]).status_code == 200
    stage.advance(hours=1)
    assert error_of(refresh(stage, answer["refresh_token"]), 400) == "invalid_grant"
    assert "refresh_token" in tokens(stage)


def test_in_testing_sign_in_alone_does_not_expire(stage: Stage) -> None:
    stage.world.grants.set_testing(True)
    answer = tokens(stage, SIGN_IN)
    assert "refresh_token_expires_in" not in answer
    stage.advance(days=30)
    assert refresh(stage, answer["refresh_token"]).status_code == 200


def test_a_refresh_token_unused_for_six_months_dies(stage: Stage) -> None:
    answer = tokens(stage)
    stage.advance(days=180)
    assert refresh(stage, answer["refresh_token"]).status_code == 200
    stage.advance(days=183)
    assert error_of(refresh(stage, answer["refresh_token"]), 400) == "invalid_grant"


def test_the_101st_refresh_token_silently_kills_the_oldest(stage: Stage) -> None:
    grants = stage.world.grants
    consent = Consent(stage.account.sub, CLIENT_ID, CALLBACK, frozenset({CONTACTS}), stage.clock.now(), True)
    first, *rest = [grants.issue_refresh(consent).token for _ in range(100)]
    assert refresh(stage, first).status_code == 200
    grants.issue_refresh(consent)
    assert error_of(refresh(stage, first), 400) == "invalid_grant"
    assert refresh(stage, rest[0]).status_code == 200


def test_tokeninfo(stage: Stage) -> None:
    answer = tokens(stage)
    info = stage.web.get("/tokeninfo", query_string={"access_token": answer["access_token"]}).json
    assert info is not None
    assert (info["aud"], info["email"], info["expires_in"]) == (CLIENT_ID, "ann@example.com", "3599")
    claims = stage.web.get("/tokeninfo", query_string={"id_token": answer["id_token"]}).json
    assert claims is not None
    assert claims["sub"] == stage.account.sub
    assert error_of(stage.web.get("/tokeninfo?access_token=x"), 400) == "invalid_token"
    assert error_of(stage.web.get("/tokeninfo?id_token=x"), 400) == "invalid_token"


def test_the_discovery_document_names_this_server(stage: Stage) -> None:
    document = stage.web.get("/.well-known/openid-configuration").json
    assert document is not None
    assert document["issuer"] == "https://accounts.google.com"
    assert document["token_endpoint"] == f"{stage.world.origin}/token"


def test_googles_pages_refuse_frames_and_can_sever_the_opener(stage: Stage) -> None:
    page = stage.web.get("/o/oauth2/v2/auth", query_string=query())
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Cross-Origin-Opener-Policy-Report-Only"] == "same-origin"
    stage.world.controls.sever_opener = True
    page = stage.web.get("/o/oauth2/v2/auth", query_string=query())
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_hostile_text_on_the_authorization_pages_is_escaped(stage: Stage) -> None:
    stage.world.add_account("eve@example.com", "<script>alert(1)</script>")
    stage.world.register_client("evil", "s", [CALLBACK], name="<img src=x>")
    page = stage.web.get("/o/oauth2/v2/auth", query_string=query(client_id="evil", state='"><script>'))
    assert "<script>" not in page.text
    assert "<img" not in page.text
    assert "&lt;img src=x&gt;" in page.text
