"""What the deployment says: a frozen `Settings` read from the environment, once, by the composition root.

A missing or malformed variable is reported by name (`SettingsError.variable`) and never with its value.
"""

import base64
import binascii
import contextlib
import ipaddress
import json
from collections.abc import Collection, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretBytes,
    SecretStr,
    StringConstraints,
    ValidationError,
)

from crmsync.core.sheet.contact_types import ContactTypes, read_types
from crmsync.core.sheet.default_types import DEFAULT_TYPES

GOOGLE_ISSUER = "https://accounts.google.com"
"""Issuer of the ID tokens that Cloud Tasks and Cloud Scheduler send (Google's OpenID discovery document)."""

GOOGLE_JWKS_URL = "https://www.googleapis.com/oauth2/v3/certs"
"""Where Google publishes the keys of those tokens, as a JWK set."""

SECRETS = frozenset({"google_client_secret", "token_keys", "digest_key"})
"""What Secret Manager keeps."""

SECRETS_OF: Mapping[str, frozenset[str]] = {
    "api": SECRETS,
    "oauth_callback": SECRETS,
    "calendar_webhook": frozenset({"digest_key"}),
    "tasks": SECRETS,
    "scheduled_resync": frozenset({"token_keys", "digest_key"}),
}
"""Which of them each door needs. It is given no others: what a door does not hold cannot leak from it."""

NOT_SET_YET = "not-set-yet"
"""What the first deployment writes in place of a client's secret that it was not given."""

_KEY_BYTES = 32
_MOST_KEYS = 30


class SettingsError(ValueError):
    """A variable of the environment is missing or malformed: `variable` names it, its value is not shown."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable
        self.problem = problem


def _listed(value: object) -> object:
    """A list written with commas or spaces."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _origin(value: str) -> str:
    """An origin: scheme, host and maybe a port, nothing else; a trailing slash is dropped."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("must be an origin such as https://crm.example")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must be an origin such as https://crm.example")
    return f"{parts.scheme}://{parts.netloc}"


def _url(value: str) -> str:
    """An absolute HTTP(S) address."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an absolute http or https address")
    return value


def _is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _key(value: object) -> object:
    """Exactly 32 bytes, written in base64 (URL-safe or not, padding optional)."""
    if isinstance(value, str):
        text = value.strip().translate(str.maketrans("+/", "-_")).rstrip("=")
        try:
            value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError("must be base64url of 32 bytes") from error
    if isinstance(value, bytes) and len(value) != _KEY_BYTES:
        raise ValueError("must be base64url of 32 bytes")
    return value


def _fernet_keys(value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    """At least one Fernet key, each 32 bytes of base64url; no more than a query may name."""
    if not 0 < len(value) <= _MOST_KEYS:
        raise ValueError(f"must list one to {_MOST_KEYS} Fernet keys")
    for key in value:
        _key(key.get_secret_value())
    return value


def _is_set(value: SecretStr) -> SecretStr:
    """Not the word that keeps its place."""
    if value.get_secret_value() == NOT_SET_YET:
        raise ValueError("is not set: its first version only keeps its place, add another")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Origin = Annotated[Text, AfterValidator(_origin)]
WebAddress = Annotated[Text, AfterValidator(_url)]
HostPort = Annotated[Text, StringConstraints(pattern=r"^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")]
QueuePath = Annotated[Text, StringConstraints(pattern=r"^projects/[^/\s]+/locations/[^/\s]+/queues/[^/\s]+$")]
DatabaseId = Annotated[Text, StringConstraints(pattern=r"^(\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$")]
Secret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_is_set)]


def _types(value: object) -> object:
    """The lists of contact types, written as JSON."""
    if not isinstance(value, str):
        return value
    try:
        data = json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("must be JSON") from None
    return read_types(data)


class Settings(BaseModel):
    """All settings of the functions; each attribute is the variable of the same name in capitals.

    Secrets are pydantic's `SecretStr` and `SecretBytes`: `repr` hides them, `get_secret_value()` tells them.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    google_client_id: Text
    google_client_secret: Secret | None = None
    google_origin: Origin | None = None
    """One origin serving all of Google's paths; None means Google's own hosts."""
    public_url: Origin
    auth_issuer: Text
    auth_audience: Text
    auth_jwks_url: WebAddress
    embed_origins: Annotated[tuple[Origin, ...], BeforeValidator(_listed)] = ()
    token_keys: Annotated[tuple[SecretStr, ...], BeforeValidator(_listed), AfterValidator(_fernet_keys)] = ()
    """Fernet keys, newest first: the first seals, all open. docs/operations.md tells how to rotate them."""
    digest_key: Annotated[SecretBytes, BeforeValidator(_key)]
    """32 bytes that key every digest of this installation; changing it makes every link's base unknown."""
    tasks_queue: QueuePath
    tasks_queue_scheduled: QueuePath
    tasks_caller: Text
    """E-mail of the service account whose OIDC token Cloud Tasks and Cloud Scheduler send."""
    tasks_audience: Text
    """For whom the token of a job is made out."""
    tasks_url: WebAddress | None = None
    """Address of the `tasks` door, to which `/tasks/{job}` is added; None where `public_url` leads to it."""
    schedule_audience: Text | None = None
    """For whom Cloud Scheduler's token is made out; None where that is `tasks_audience`."""
    tasks_issuer: Text = GOOGLE_ISSUER
    tasks_jwks_url: WebAddress = GOOGLE_JWKS_URL
    google_cloud_project: Text
    firestore_database: DatabaseId = "(default)"
    firestore_emulator_host: HostPort | None = None
    cloud_tasks_emulator_host: HostPort | None = None
    crmsync_store: Literal["firestore", "memory", "file"] = "firestore"
    """Firestore, or its twin in this process: whose data ends with it, or is kept in `crmsync_store_file`."""
    crmsync_store_file: Text | None = None
    keep_consent_evidence: Annotated[int, Field(ge=1, le=3660)] | None = None
    """For how many days evidence of consent outlives a user who is erased; None when nothing of it is kept.

    For installations that answer for what their users send. Canada's anti-spam law (S.C. 2010, c. 23) puts
    the onus of proving consent on whoever claims to have it (s. 13), and bars proceedings three years after
    the regulator has learnt of the matter (s. 23): 1,096 days are three years. Whether the law asks for it,
    and for how long, the vendor's counsel has to say.
    """
    contact_types: Annotated[ContactTypes, BeforeValidator(_types)] = DEFAULT_TYPES
    """The lists of contact types and their details, as JSON."""

    @classmethod
    def from_env(cls, env: Mapping[str, str], secrets: Collection[str] = SECRETS) -> "Settings":
        """Reads the settings from a mapping such as `os.environ`; an empty value counts as absent.

        `secrets`: which of SECRETS must be there. Raises SettingsError naming the first variable that is
        missing or malformed.
        """
        given: dict[str, str] = {}
        for name in cls.model_fields:
            value = env.get(name.upper(), "").strip()
            if value:
                given[name] = value
        if given.get("crmsync_store") == "file" and "crmsync_store_file" not in given:
            raise SettingsError("CRMSYNC_STORE_FILE", "is not set")
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            variable = str(first["loc"][0]).upper()
            problem = (
                "is not set" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
            )
            raise SettingsError(variable, problem) from None
        settings.require(secrets)
        return settings

    def require(self, secrets: Collection[str]) -> None:
        """Raises SettingsError naming the first of these secrets that is not there."""
        for name in sorted(secrets):
            if not getattr(self, name):
                raise SettingsError(name.upper(), "is not set")

    @property
    def client_secret(self) -> str:
        """The OAuth client's secret, in the clear; empty where it is withheld."""
        return "" if self.google_client_secret is None else self.google_client_secret.get_secret_value()

    @property
    def tasks_address(self) -> str:
        """What `/tasks/{job}` is added to."""
        return (self.tasks_url or self.public_url).rstrip("/")

    @property
    def redirect_uri(self) -> str:
        """Where Google sends the browser back to; registered with the OAuth client to the letter."""
        return f"{self.public_url}/oauth/callback"

    @property
    def webhook_address(self) -> str | None:
        """Where Google's calendar notifications go; None when Google cannot reach it.

        Google posts to https on a public host only. A Google of our own on this machine (`google_origin` on
        loopback) reaches whatever this machine does.
        """
        public = urlsplit(self.public_url)
        ours = self.google_origin is not None and _is_loopback(urlsplit(self.google_origin).hostname)
        if not ours and (public.scheme != "https" or _is_loopback(public.hostname)):
            return None
        return f"{self.public_url}/hooks/calendar"
