"""The environment variables by which the functions find everything else on this machine."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.identity import Identity
from local.keys import Keys
from local.progress import Unready

AUDIENCE = "crm-google-sync-local"

AUTH = ("AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL")
"""What together says who signs people's ID tokens."""
CALLER = "tasks@crm-google-sync-local.iam.gserviceaccount.example"
LOCATION = "projects/{project}/locations/local1"

INTERACTIVE, SCHEDULED = "interactive", "scheduled"
"""The two queues: a person's click never waits behind the fleet's resync."""


def queue(project: str, name: str) -> str:
    """The full name of a queue."""
    return f"{LOCATION.format(project=project)}/queues/{name}"


@dataclass(frozen=True, slots=True)
class Auth:
    """Who signs the ID tokens of people: an issuer of the CRM's, instead of our own."""

    issuer: str
    audience: str
    jwks_url: str

    @classmethod
    def given(cls, env: Mapping[str, str]) -> Self | None:
        """What the environment names; None when it names nothing. Raises Unready for a part of it."""
        values = {name: env.get(name, "").strip() for name in AUTH}
        missing = [name for name, value in values.items() if not value]
        if len(missing) == len(AUTH):
            return None
        if missing:
            raise Unready(
                f"{' and '.join(missing)} must be set, too: {', '.join(AUTH)} belong together, and say "
                "whose ID tokens are taken (docs/embed.md). Without them the demo's own users can sign in"
            )
        return cls(*values.values())


def variables(
    *,
    keys: Keys,
    origin: str,
    embed_origins: Sequence[str],
    identity: Identity,
    auth: Auth | None = None,
    tasks_address: str,
    google_origin: str | None,
    client: tuple[str, str],
    firestore_host: str | None,
    store_file: Path | None = None,
) -> dict[str, str]:
    """Every variable of the functions.

    auth None: people sign in at `identity`. firestore_host None: store in this process, in memory or over
    store_file. google_origin None: real Google.
    """
    project = keys.project
    people = auth or Auth(identity.issuer, identity.audience, identity.jwks_url)
    client_id, client_secret = client
    return {
        "GOOGLE_CLIENT_ID": client_id,
        "GOOGLE_CLIENT_SECRET": client_secret,
        "GOOGLE_ORIGIN": google_origin or "",
        "PUBLIC_URL": origin,
        "AUTH_ISSUER": people.issuer,
        "AUTH_AUDIENCE": people.audience,
        "AUTH_JWKS_URL": people.jwks_url,
        "EMBED_ORIGINS": ",".join(embed_origins),
        "TOKEN_KEYS": keys.token_keys,
        "DIGEST_KEY": keys.digest_key,
        "TASKS_QUEUE": queue(project, INTERACTIVE),
        "TASKS_QUEUE_SCHEDULED": queue(project, SCHEDULED),
        "TASKS_CALLER": CALLER,
        "TASKS_AUDIENCE": origin,
        "TASKS_ISSUER": identity.service_issuer,
        "TASKS_JWKS_URL": identity.service_jwks_url,
        "GOOGLE_CLOUD_PROJECT": project,
        "CLOUD_TASKS_EMULATOR_HOST": tasks_address,
        "FIRESTORE_EMULATOR_HOST": firestore_host or "",
        "CRMSYNC_STORE": "file" if store_file else "firestore" if firestore_host else "memory",
        "CRMSYNC_STORE_FILE": str(store_file or ""),
    }


@contextmanager
def applied(values: Mapping[str, str]) -> Iterator[None]:
    """Have the process see these variables, an empty value as absent, and put back what was there before."""
    before = {name: os.environ.get(name) for name in values}
    apply(values)
    try:
        yield
    finally:
        apply(before)


def apply(values: Mapping[str, str | None]) -> None:
    """Set these variables of the process; without a value a variable is removed."""
    for name, value in values.items():
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
