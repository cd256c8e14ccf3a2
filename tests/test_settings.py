"""The environment is read once, strictly, and no secret of it is ever shown."""

import base64

import pytest
from pydantic import ValidationError

from crmsync.core.sheet.default_types import DEFAULT_TYPES
from crmsync.settings import GOOGLE_JWKS_URL, NOT_SET_YET, Settings, SettingsError

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(32, 64))).decode()

ENV = {
    "GOOGLE_CLIENT_ID": "client.apps.example",
    "GOOGLE_CLIENT_SECRET": "s3cret-of-the-client",
    "PUBLIC_URL": "https://crm.example/",
    "AUTH_ISSUER": "https://issuer.example",
    "AUTH_AUDIENCE": "crm",
    "AUTH_JWKS_URL": "https://issuer.example/jwks",
    "TOKEN_KEYS": f"{KEY},{OTHER_KEY}",
    "DIGEST_KEY": KEY,
    "TASKS_QUEUE": "projects/p/locations/l/queues/interactive",
    "TASKS_QUEUE_SCHEDULED": "projects/p/locations/l/queues/scheduled",
    "TASKS_CALLER": "tasks@p.iam.example",
    "TASKS_AUDIENCE": "https://crm.example/tasks",
    "GOOGLE_CLOUD_PROJECT": "p",
}


def test_a_complete_environment_is_read() -> None:
    settings = Settings.from_env({**ENV, "EMBED_ORIGINS": "https://a.example, https://b.example:8443"})
    assert settings.public_url == "https://crm.example"
    assert settings.redirect_uri == "https://crm.example/oauth/callback"
    assert settings.webhook_address == "https://crm.example/hooks/calendar"
    assert settings.google_origin is None
    assert settings.embed_origins == ("https://a.example", "https://b.example:8443")
    assert [key.get_secret_value() for key in settings.token_keys] == [KEY, OTHER_KEY]
    assert settings.digest_key.get_secret_value() == bytes(range(32))
    assert settings.crmsync_store == "firestore"
    assert settings.tasks_jwks_url == GOOGLE_JWKS_URL


@pytest.mark.parametrize(
    ("public", "google", "reached"),
    [
        ("https://crm.example", "", True),
        ("http://crm.example", "", False),
        ("http://127.0.0.1:8080", "", False),
        ("https://localhost:8443", "", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:9000", True),
        ("http://[::1]:8080", "http://localhost:9000", True),
        ("http://127.0.0.1:8080", "https://google.example", False),
    ],
)
def test_google_is_told_an_address_only_where_it_can_reach_it(
    public: str, google: str, reached: bool
) -> None:
    settings = Settings.from_env({**ENV, "PUBLIC_URL": public, "GOOGLE_ORIGIN": google})
    assert settings.webhook_address == (f"{public}/hooks/calendar" if reached else None)


def test_jobs_go_to_the_tasks_door_itself_where_it_has_an_address() -> None:
    assert Settings.from_env(ENV).tasks_address == "https://crm.example"
    own = "https://region-p.cloudfunctions.example/crmsync-tasks"
    assert Settings.from_env({**ENV, "TASKS_URL": own}).tasks_address == own


def test_the_database_is_the_project_s_default_unless_one_is_named() -> None:
    assert Settings.from_env(ENV).firestore_database == "(default)"
    assert Settings.from_env({**ENV, "FIRESTORE_DATABASE": "crmsync-staging"}).firestore_database == (
        "crmsync-staging"
    )


def test_contact_types_are_the_product_s_own_unless_the_vendor_lists_others() -> None:
    assert Settings.from_env(ENV).contact_types == DEFAULT_TYPES
    given = '[{"id": "contact", "label": {"en": "Person", "fr": "Personne"}}]'
    assert list(Settings.from_env({**ENV, "CONTACT_TYPES": given}).contact_types.known) == ["contact"]


@pytest.mark.parametrize("name", sorted(ENV))
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}: is not set$") as caught:
        Settings.from_env({key: value for key, value in ENV.items() if key != name})
    assert caught.value.variable == name


@pytest.mark.parametrize("name", sorted(ENV))
def test_an_empty_variable_counts_as_missing(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}: is not set$"):
        Settings.from_env({**ENV, name: "  "})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOOGLE_ORIGIN", "accounts.google.com"),
        ("GOOGLE_ORIGIN", "https://google.example/path"),
        ("PUBLIC_URL", "ftp://crm.example"),
        ("PUBLIC_URL", "https://user:pass@crm.example"),
        ("AUTH_JWKS_URL", "issuer.example/jwks"),
        ("EMBED_ORIGINS", "https://a.example https://b.example/page"),
        ("TOKEN_KEYS", "too-short"),
        ("TOKEN_KEYS", f"{KEY},nonsense"),
        ("DIGEST_KEY", base64.urlsafe_b64encode(bytes(31)).decode()),
        ("DIGEST_KEY", "not base64 at all!"),
        ("GOOGLE_CLIENT_SECRET", NOT_SET_YET),
        ("FIRESTORE_DATABASE", "Production"),
        ("FIRESTORE_DATABASE", "a/b"),
        ("TASKS_URL", "tasks.example"),
        ("TASKS_QUEUE", "interactive"),
        ("FIRESTORE_EMULATOR_HOST", "http://127.0.0.1:8085"),
        ("CLOUD_TASKS_EMULATOR_HOST", "127.0.0.1"),
        ("CRMSYNC_STORE", "sqlite"),
        ("KEEP_CONSENT_EVIDENCE", "0"),
        ("KEEP_CONSENT_EVIDENCE", "3 years"),
        ("CONTACT_TYPES", "[not json"),
        ("CONTACT_TYPES", '[{"id": "tenant", "label": {"en": "a", "fr": "b"}}]'),
        ("CONTACT_TYPES", "[" * 100_000),
    ],
)
def test_a_malformed_variable_is_named_and_its_value_is_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({**ENV, name: value})
    assert caught.value.variable == name
    assert value not in str(caught.value)


def test_a_store_in_a_file_needs_one() -> None:
    with pytest.raises(SettingsError, match=r"^CRMSYNC_STORE_FILE: is not set$"):
        Settings.from_env({**ENV, "CRMSYNC_STORE": "file"})


def test_base64_without_padding_and_in_the_other_alphabet_is_accepted() -> None:
    raw = b"\xfb\xff\xfe" * 10 + b"ab"
    settings = Settings.from_env({**ENV, "DIGEST_KEY": base64.b64encode(raw).decode().rstrip("=")})
    assert settings.digest_key.get_secret_value() == raw


def test_secrets_are_hidden_in_every_text_form() -> None:
    settings = Settings.from_env(ENV)
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        for secret in (ENV["GOOGLE_CLIENT_SECRET"], KEY, OTHER_KEY):
            assert secret not in text


def test_settings_cannot_be_changed() -> None:
    settings = Settings.from_env(ENV)
    with pytest.raises(ValidationError, match="frozen"):
        settings.public_url = "https://elsewhere.example"  # type: ignore[misc]
