import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from crmsync.api.http.errors import Unauthenticated
from crmsync.api.http.identity import Verifier, is_document_id
from crmsync.api.http.keys import Keys
from crmsync.core.scope import Scope
from tests.api.service import AUDIENCES, CALLER, Service, Signer

PATH = "/api/sync"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def outcome(service: Service, headers: dict[str, str]) -> tuple[int, str]:
    answer = service.call("GET", PATH, user=None, headers=headers)
    assert answer.json is not None
    return answer.status_code, answer.json["error"]["code"]


def test_a_good_token_names_the_user_by_its_sub(service: Service) -> None:
    created = service.call("POST", "/api/contacts", {"given_name": "Ann"}, user="auth0|ann").json
    assert created is not None
    assert service.store.contact(Scope.of("auth0|ann"), created["id"]) is not None


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}, bearer("not.a.token")]
)
def test_a_call_without_a_token_is_unauthenticated(service: Service, headers: dict[str, str]) -> None:
    assert outcome(service, headers) == (401, "unauthenticated")
    assert service.call("GET", PATH, user=None).headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another app"},
        {"exp": datetime.now(UTC) - timedelta(hours=1)},
        {"nbf": datetime.now(UTC) + timedelta(hours=1)},
        {"exp": None},
        {"iat": None},
        {"aud": None},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
    ],
    ids=lambda claims: "-".join(f"{name}" for name in claims),
)
def test_a_token_with_a_wrong_or_missing_claim_is_refused(
    service: Service, claims: dict[str, object]
) -> None:
    assert outcome(service, bearer(service.users.token("ann", **claims))) == (401, "unauthenticated")


def test_a_token_of_another_key_with_the_same_id_is_refused(service: Service) -> None:
    forger = Signer(service.users.issuer, service.users.audience, service.users.kid)
    assert outcome(service, bearer(forger.token("ann"))) == (401, "unauthenticated")


def test_a_token_of_an_unknown_key_is_refused(service: Service) -> None:
    stranger = Signer(service.users.issuer, service.users.audience, "unknown")
    assert outcome(service, bearer(stranger.token("ann"))) == (401, "unauthenticated")


def test_unsigned_and_shared_secret_tokens_are_refused(service: Service) -> None:
    claims = jwt.decode(service.users.token("ann"), options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": service.users.kid})
    public = service.users.jwk()["n"]
    shared = jwt.encode(claims, public, algorithm="HS256", headers={"kid": service.users.kid})
    for token in (unsigned, shared):
        assert outcome(service, bearer(token)) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "header", [{"alg": "HS256", "kid": "known"}, {"alg": "RS256"}, {"alg": "RS256", "kid": 7}]
)
def test_what_cannot_be_good_costs_no_look_at_the_keys(header: dict[str, object]) -> None:
    asked: list[str] = []

    def fetch(url: str) -> dict[str, jwt.PyJWK]:
        asked.append(url)
        return {}

    verifier = Verifier("https://issuer.example", "crm", Keys("https://keys.example", fetch=fetch))
    parts = (json.dumps(part).encode() for part in (header, {"sub": "ann"}))
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, b"signature"))
    with pytest.raises(Unauthenticated):
        verifier.claims(token)
    assert asked == []


def test_an_overlong_token_is_refused_without_being_looked_at(service: Service) -> None:
    token = service.users.token("ann", padding="x" * 10_000)
    assert outcome(service, bearer(token)) == (401, "unauthenticated")


@pytest.mark.parametrize("sub", ["a/b", "..", ".", "__all__", "", " \n", "x" * 300, "\ud800"])
def test_a_sub_that_cannot_name_a_document_is_forbidden(service: Service, sub: str) -> None:
    assert outcome(service, bearer(service.users.token(sub))) == (403, "forbidden")


def test_ids_with_punctuation_are_fine() -> None:
    assert all(map(is_document_id, ["auth0|1", "a@b.example", "..a", "__a", "ünï"]))


@pytest.mark.parametrize(
    ("door", "path"), [("tasks", "/tasks/sync"), ("scheduled_resync", "/scheduled/resync")]
)
class TestPrivateDoors:
    def status(self, service: Service, door: str, path: str, headers: dict[str, str]) -> int:
        return service.call("POST", path, {}, user=None, headers=headers, door=door).status_code

    def test_nobody_gets_in_without_a_token(self, service: Service, door: str, path: str) -> None:
        assert self.status(service, door, path, {}) == 401

    def test_a_crm_user_does_not_get_in(self, service: Service, door: str, path: str) -> None:
        assert self.status(service, door, path, bearer(service.users.token("ann"))) == 401

    @pytest.mark.parametrize(
        "claims",
        [
            {"email": "other@p.example", "email_verified": True},
            {"email": CALLER, "email_verified": False},
            {"email": CALLER},
            {"email_verified": True},
        ],
    )
    def test_another_service_account_is_forbidden(
        self, service: Service, door: str, path: str, claims: dict[str, object]
    ) -> None:
        assert (
            self.status(
                service, door, path, bearer(service.services.token("1", **claims, aud=AUDIENCES[door]))
            )
            == 403
        )

    def test_a_token_for_another_audience_is_refused(self, service: Service, door: str, path: str) -> None:
        token = service.services.token(
            "1", email=CALLER, email_verified=True, aud="https://elsewhere.example"
        )
        assert self.status(service, door, path, bearer(token)) == 401

    def test_a_token_for_the_other_private_door_is_refused(
        self, service: Service, door: str, path: str
    ) -> None:
        (other,) = (audience for name, audience in AUDIENCES.items() if name != door)
        token = service.services.token("1", email=CALLER, email_verified=True, aud=other)
        assert self.status(service, door, path, bearer(token)) == 401

    def test_a_forged_call_queues_and_runs_nothing(self, service: Service, door: str, path: str) -> None:
        service.connect(next_due_at=service.clock.now())
        self.status(service, door, path, {})
        assert service.queue.jobs == []
