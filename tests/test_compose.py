import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crmsync import compose
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


def test_given_surroundings_stay_whatever_the_environment_says(environment: pytest.MonkeyPatch) -> None:
    first = compose.surroundings()
    compose.use(first)
    environment.setenv("PUBLIC_URL", "https://other.example")
    assert compose.surroundings() is first
