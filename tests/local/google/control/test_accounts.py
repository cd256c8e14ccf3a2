"""Driving the simulated Google from another process: accounts, permissions, whole address books."""

from typing import Any

import pytest

from tests.local.google.people.stage import Stage

CONTACTS = "https://www.googleapis.com/auth/contacts"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def post(stage: Stage, what: str, **body: Any) -> tuple[int, dict[str, Any]]:
    response = stage.web.post(f"/_control/{what}", json=body)
    return response.status_code, response.json or {}


def test_an_account_with_contacts_is_read_by_an_app_that_was_allowed_in(stage: Stage) -> None:
    post(stage, "accounts", email="carol@example.com", name="Carol")
    post(stage, "apps", client_id="bench", client_secret="secret")
    status, made = post(
        stage, "permissions", account="carol@example.com", client_id="bench", scopes=[CONTACTS]
    )
    assert status == 200
    persons = [{"names": [{"givenName": name}]} for name in ("Zoé", "Yan")]
    status, answer = post(stage, "contacts/create-all", account="carol@example.com", persons=persons)
    assert status == 200
    assert len(answer["resourceNames"]) == 2

    form = {"grant_type": "refresh_token", "refresh_token": made["refresh_token"]}
    form |= {"client_id": "bench", "client_secret": "secret"}
    token = (stage.web.post("/token", data=form).json or {})["access_token"]
    listed = stage.web.get(
        "/v1/people/me/connections?personFields=names", headers={"Authorization": f"Bearer {token}"}
    )
    assert {p["names"][0]["givenName"] for p in (listed.json or {})["connections"]} == {"Zoé", "Yan"}


def test_opening_an_account_twice_opens_one(stage: Stage) -> None:
    first = post(stage, "accounts", email="carol@example.com")
    assert post(stage, "accounts", email="CAROL@example.com") == first


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("accounts", {}),
        ("apps", {"client_id": "bench"}),
        ("permissions", {"account": "nobody@example.com", "client_id": "bench", "scopes": []}),
        ("permissions", {"account": "ann@example.com", "client_id": "unknown", "scopes": []}),
        ("contacts/create-all", {"account": "ann@example.com"}),
    ],
)
def test_what_is_not_understood_is_refused(stage: Stage, name: str, body: dict[str, Any]) -> None:
    status, answer = post(stage, name, **body)
    assert status == 400
    assert answer["error"]


def test_a_contact_that_google_refuses_is_told_in_googles_words(stage: Stage) -> None:
    persons = [{"biographies": [{"value": "x" * 200_000}]}]
    status, answer = post(stage, "contacts/create-all", account="ann@example.com", persons=persons)
    assert status == 400
    assert answer["error"]["code"] == 400
