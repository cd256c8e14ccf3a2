"""The environment variables by which the functions find everything else on this machine."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.identity import Identity
from local.keys import Keys

AUDIENCE = "crm-google-sync-local"
CALLER = "tasks@crm-google-sync-local.iam.gserviceaccount.example"
LOCATION = "projects/{project}/locations/local1"

INTERACTIVE, SCHEDULED = "interactive", "scheduled"
"""The two queues: a person's click never waits behind the fleet's resync."""


def queue(project: str, name: str) -> str:
    """The full name of a queue."""
    return f"{LOCATION.format(project=project)}/queues/{name}"


def variables(
    *,
    keys: Keys,
    origin: str,
    embed_origins: Sequence[str],
    identity: Identity,
    tasks_address: str,
    google_origin: str | None,
    client: tuple[str, str],
    firestore_host: str | None,
    store_file: Path | None = None,
) -> dict[str, str]:
    """Every variable of the functions.

    firestore_host None: store in this process, in memory or over store_file. google_origin None: real Google.
    """
    project = keys.project
    client_id, client_secret = client
    return {
        "GOOGLE_CLIENT_ID": client_id,
        "GOOGLE_CLIENT_SECRET": client_secret,
        "GOOGLE_ORIGIN": google_origin or "",
        "PUBLIC_URL": origin,
        "AUTH_ISSUER": identity.issuer,
        "AUTH_AUDIENCE": identity.audience,
        "AUTH_JWKS_URL": identity.jwks_url,
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
