from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from local.identity import DemoUser, Identity
from local.keys import Keys

ORIGIN = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def identity() -> Identity:
    users = (DemoUser("ann", "Ann Martin", "ann@agency.example.com"),)
    return Identity(ORIGIN, "crm", users, Keys.new())


@pytest.fixture
def pages(identity: Identity) -> FlaskClient:
    return identity.pages().test_client()


def verified(token: str, keys: dict[str, Any], audience: str, issuer: str) -> dict[str, Any]:
    kid = jwt.get_unverified_header(token)["kid"]
    key = jwt.PyJWKSet.from_dict(keys)[kid]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=issuer)
    return claims


def test_signing_in_gives_a_token_that_the_published_keys_verify(
    identity: Identity, pages: FlaskClient
) -> None:
    answer = pages.post("/local/sign-in", json={"user": "ann"})
    keys = pages.get(identity.jwks_url.removeprefix(ORIGIN)).get_json()
    claims = verified(answer.get_json()["id_token"], keys, "crm", identity.issuer)
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("ann", 3600)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_service_token_looks_like_googles(identity: Identity, pages: FlaskClient) -> None:
    token = identity.service_token("caller@demo.example", "http://target")
    keys = pages.get(identity.service_jwks_url.removeprefix(ORIGIN)).get_json()
    claims = verified(token, keys, "http://target", identity.service_issuer)
    assert (claims["email"], claims["email_verified"]) == ("caller@demo.example", True)


def test_neither_issuer_knows_the_others_key(identity: Identity, pages: FlaskClient) -> None:
    keys = pages.get("/local/services/jwks").get_json()
    with pytest.raises(KeyError):
        verified(identity.user_token("ann"), keys, "crm", identity.issuer)


def test_no_private_part_is_published(pages: FlaskClient) -> None:
    for path in ("/local/jwks", "/local/services/jwks"):
        (key,) = pages.get(path).get_json()["keys"]
        assert set(key) == {"kty", "key_ops", "n", "e", "kid", "use", "alg"}


def test_the_picker_lists_the_demo_users(pages: FlaskClient) -> None:
    assert pages.get("/local/users").get_json()["items"] == [
        {"user": "ann", "name": "Ann Martin", "email": "ann@agency.example.com"}
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"user": "mallory"}, 404, "not_found"),
        ({"user": 7}, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
        (["ann"], 400, "invalid_request"),
        ({"user": "a" * 20_000}, 413, "too_large"),
    ],
)
def test_nobody_else_gets_a_token(pages: FlaskClient, body: object, status: int, code: str) -> None:
    answer = pages.post("/local/sign-in", json=body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)


def test_what_is_not_json_is_refused(pages: FlaskClient) -> None:
    assert pages.post("/local/sign-in", data=b"{user").status_code == 400
    assert pages.get("/local/sign-in").status_code == 405
    assert pages.get("/local/nothing").get_json()["error"]["code"] == "not_found"
