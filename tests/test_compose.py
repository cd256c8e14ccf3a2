import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import flask
import pytest
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from crmsync import compose
from crmsync.api import doors
from crmsync.api.http.context import Surroundings
from crmsync.core.consent.addresses import digest_of
from crmsync.core.model import Contact
from crmsync.core.text.digest import unkeyed
from crmsync.settings import SECRETS, SECRETS_OF, SettingsError
from crmsync.store.ports import CreateRecord, Withdraw
from tests.scopes import ANN

KEY = base64.urlsafe_b64encode(bytes(32)).decode()
VARIABLES = {
    "GOOGLE_CLIENT_ID": "client",
    "GOOGLE_CLIENT_SECRET": "secret",
    "PUBLIC_URL": "https://sync.example",
    "AUTH_ISSUER": "https://issuer.example",
    "AUTH_AUDIENCE": "crm",
    "AUTH_JWKS_URL": "https://issuer.example/jwks",
    "EMBED_ORIGINS": "https://crm.example",
    "TOKEN_KEYS": KEY,
    "DIGEST_KEY": KEY,
    "TASKS_QUEUE": "projects/p/locations/l/queues/interactive",
    "TASKS_QUEUE_SCHEDULED": "projects/p/locations/l/queues/scheduled",
    "TASKS_CALLER": "tasks@p.example",
    "TASKS_AUDIENCE": "https://sync.example",
    "GOOGLE_CLOUD_PROJECT": "p",
    "CRMSYNC_STORE": "memory",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment that describes an installation with its store in memory."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    compose.use(None)
    yield monkeypatch
    compose.use(None)


def test_the_surroundings_follow_the_settings(environment: pytest.MonkeyPatch) -> None:
    here = compose.surroundings()
    assert here.public_url == "https://sync.example"
    assert here.embed_origins == frozenset(("https://crm.example",))
    assert here.tasks_caller == "tasks@p.example"
    assert here.deps.webhook_address == "https://sync.example/hooks/calendar"
    assert here.deps.canon("CA") is here.deps.canon("CA")
    ids = {here.deps.new_id() for _ in range(100)}
    assert (len(ids), min(map(len, ids))) == (100, 32)


def test_that_google_cannot_reach_us_is_said_once_in_the_log(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("PUBLIC_URL", "http://127.0.0.1:8080")
    for _ in range(3):
        assert compose.surroundings().deps.webhook_address is None
    assert capsys.readouterr().out.count('"push off"') == 1


def test_withdrawn_addresses_are_kept_under_the_digest_key(environment: pytest.MonkeyPatch) -> None:
    def digest() -> str:
        store = compose.surroundings().deps.store
        store.commit(ANN, [Withdraw(("s@optout.example",), datetime(2026, 3, 2, tzinfo=UTC))])
        return store.withdrawals(ANN)[0].digest

    first = digest()
    assert first != digest_of("s@optout.example", unkeyed)
    environment.setenv("DIGEST_KEY", base64.urlsafe_b64encode(b"another".ljust(32)).decode())
    assert digest() != first


def test_they_are_made_once_so_that_the_doors_of_a_process_share_a_store(
    environment: pytest.MonkeyPatch,
) -> None:
    first = compose.surroundings()
    first.deps.store.commit(ANN, [CreateRecord("contacts", "c1", Contact(given_name="Ann"))])
    assert compose.surroundings() is first
    assert compose.surroundings().deps.store.contact(ANN, "c1") is not None


def test_another_environment_makes_others(environment: pytest.MonkeyPatch) -> None:
    first = compose.surroundings()
    environment.setenv("PUBLIC_URL", "https://other.example")
    second = compose.surroundings()
    assert second is not first
    assert second.public_url == "https://other.example"


def test_a_missing_variable_is_named_each_time_until_it_is_there(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("TOKEN_KEYS")
    for _ in range(2):
        with pytest.raises(SettingsError, match="TOKEN_KEYS"):
            compose.surroundings()
    environment.setenv("TOKEN_KEYS", KEY)
    assert isinstance(compose.surroundings(), Surroundings)


@pytest.mark.parametrize("door", sorted(SECRETS_OF))
def test_a_door_needs_its_own_secrets_only(environment: pytest.MonkeyPatch, door: str) -> None:
    for name in SECRETS - SECRETS_OF[door]:
        environment.delenv(name.upper())
    assert compose.surroundings(door).deps.store.ping()
    for name in SECRETS_OF[door]:
        with environment.context() as without:
            without.delenv(name.upper())
            with pytest.raises(SettingsError, match=f"^{name.upper()}: is not set$"):
                compose.surroundings(door)


def test_what_a_door_is_not_given_cannot_be_used(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("GOOGLE_CLIENT_SECRET")
    deps = compose.surroundings("scheduled_resync").deps
    assert deps.vault.open(deps.vault.seal("refresh")) == "refresh"
    with pytest.raises(SettingsError, match=r"^GOOGLE_CLIENT_SECRET: is withheld"):
        deps.google.forget("ann")
    environment.delenv("TOKEN_KEYS")
    deps = compose.surroundings("calendar_webhook").deps
    with pytest.raises(SettingsError, match=r"^TOKEN_KEYS: is withheld"):
        deps.vault.seal("refresh")


def test_a_door_that_lacks_a_secret_stops_beside_one_that_needs_it_not(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.delenv("TOKEN_KEYS")
    assert compose.surroundings("calendar_webhook")
    with pytest.raises(SettingsError, match=r"^TOKEN_KEYS"):
        compose.surroundings("tasks")


def test_each_private_door_asks_for_a_token_of_its_own(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SCHEDULE_AUDIENCE", "https://resync.example")
    here = compose.surroundings()
    assert (here.services.audience, here.schedule.audience) == (
        "https://sync.example",
        "https://resync.example",
    )
    environment.delenv("SCHEDULE_AUDIENCE")
    assert compose.surroundings().schedule.audience == "https://sync.example"


def asked(door: str) -> flask.Response:
    """What a door of this process answers to the question whether it is well."""
    with flask.Flask("asking").test_request_context("/api/health"):
        return doors.api(partial(compose.surroundings, door), flask.request)


@pytest.mark.parametrize(
    ("name", "value"), [("TOKEN_KEYS", ""), ("DIGEST_KEY", "short"), ("PUBLIC_URL", "x")]
)
def test_a_door_that_cannot_start_says_in_one_line_for_which_variable(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment.setenv(name, value)
    answer = asked("api")
    assert answer.status_code == 503
    assert name not in answer.get_data(as_text=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [told] = [line for line in lines if name in line.get("text", "")]
    assert (told["severity"], told["door"]) == ("ERROR", "api")
    assert not any(line.get("text") == value for line in lines)


def test_without_credentials_every_call_is_answered_at_once(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[str] = []

    def create_channel(host: str, **_: object) -> None:
        tried.append(host)
        raise DefaultCredentialsError

    environment.setattr(FirestoreGrpcTransport, "create_channel", create_channel)
    environment.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    environment.setenv("CRMSYNC_STORE", "firestore")
    now = [100.0]
    environment.setattr(time, "monotonic", lambda: now[0])
    answers = [asked("api") for _ in range(40)]
    assert {(answer.status_code, answer.mimetype) for answer in answers} == {(503, "application/json")}
    assert len(tried) == 1
    assert "no credentials for Google Cloud" in capsys.readouterr().out
    now[0] += compose.REFUSED_FOR
    assert asked("api").status_code == 503
    assert len(tried) == 2
    environment.setenv("CRMSYNC_STORE", "memory")
    assert asked("api").status_code == 200


def test_given_surroundings_stay_whatever_the_environment_says(environment: pytest.MonkeyPatch) -> None:
    first = compose.surroundings()
    compose.use(first)
    environment.setenv("PUBLIC_URL", "https://other.example")
    assert compose.surroundings() is first
