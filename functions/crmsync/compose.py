"""The composition root: makes the surroundings of this process out of its settings, once, at the first call.

Everything heavy is imported where it is used, so that a door starts fast.
"""

import os
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmsync import logs, tally
from crmsync.api.http.context import Surroundings
from crmsync.api.http.identity import Verifier
from crmsync.api.http.keys import Keys
from crmsync.api.http.page_tokens import PageTokens
from crmsync.engine.deps import Deps
from crmsync.settings import SECRETS, SECRETS_OF, Settings, SettingsError
from crmsync.store.documents.counted import CountedDocuments
from crmsync.store.documents.port import Documents
from crmsync.store.errors import StoreError
from crmsync.store.ports import Store

if TYPE_CHECKING:
    from crmsync.engine.ports import Google, Vault

VERSION = "0.1.0"
"""Told by /api/health; the same as in pyproject.toml."""

REFUSED_FOR = 5.0
"""Seconds for which what could not be made is not tried again: calls meanwhile are answered at once."""

_lock = threading.Lock()
_surroundings: Surroundings | None = None
_settings: Settings | None = None
_made_from: tuple[str | None, ...] | None = None
_refused: tuple[object, float, SettingsError | StoreError] | None = None


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """The current time, UTC, timezone-aware."""
        return datetime.now(UTC)


class Withheld:
    """Stands for what a door cannot have, for it is not given the secret. Any use raises SettingsError."""

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def __getattr__(self, name: str) -> Any:
        raise SettingsError(self._variable, f"is withheld from this door, which asks for {name}")


def surroundings(door: str | None = None) -> Surroundings:
    """The surroundings of this process, as `door` needs them; of all doors when none is named.

    Raises SettingsError while a variable is missing or wrong, StoreError without credentials. They are made
    once, and anew only when a variable has changed, as it does between two systems that one test process
    runs. What could not be made is tried again when a variable has changed, or REFUSED_FOR has passed.
    """
    global _surroundings, _settings, _made_from, _refused
    needed = SECRETS if door is None else SECRETS_OF[door]
    values = tuple(os.environ.get(name.upper()) for name in Settings.model_fields)
    with _lock:
        if _surroundings is None or _made_from not in (None, values):
            if _refused is not None and _refused[0] == (values, needed) and time.monotonic() < _refused[1]:
                raise _refused[2].with_traceback(None)
            # First, so that what is missing has a line in the log.
            logs.configure(os.environ.get("GOOGLE_CLOUD_PROJECT"))
            try:
                settings = Settings.from_env(os.environ, needed)
                _surroundings = surround(settings, make_deps(settings))
            except (SettingsError, StoreError) as error:
                _refused = (values, needed), time.monotonic() + REFUSED_FOR, error
                raise
            _settings, _made_from, _refused = settings, values, None
        elif _settings is not None:
            _settings.require(needed)
        return _surroundings


def use(given: Surroundings | None) -> None:
    """Makes these the surroundings of this process, whatever the environment says; None returns to the
    environment.
    """
    global _surroundings, _settings, _made_from, _refused
    with _lock:
        _surroundings, _settings, _made_from, _refused = given, None, None, None


def surround(settings: Settings, deps: Deps) -> Surroundings:
    """The surroundings that `settings` describe, with these ports."""
    google = Keys(settings.tasks_jwks_url)
    schedule = settings.schedule_audience or settings.tasks_audience
    return Surroundings(
        deps=deps,
        users=Verifier(settings.auth_issuer, settings.auth_audience, Keys(settings.auth_jwks_url)),
        services=Verifier(settings.tasks_issuer, settings.tasks_audience, google),
        schedule=Verifier(settings.tasks_issuer, schedule, google),
        tasks_caller=settings.tasks_caller,
        public_url=settings.public_url,
        embed_origins=frozenset(settings.embed_origins),
        page_tokens=PageTokens([key.get_secret_value() for key in settings.token_keys]),
        version=VERSION,
    )


def make_deps(settings: Settings) -> Deps:
    """The engine's ports, with the real adapters."""
    from crmsync.core.pair.canon import Canon
    from crmsync.gateway.cloud_tasks import CloudTasks
    from crmsync.workers import Workers

    clock = SystemClock()
    key = settings.digest_key.get_secret_value()

    @cache
    def canon(region: str) -> Canon:
        return Canon(key, region)

    days = settings.keep_consent_evidence
    if settings.webhook_address is None:
        logs.event("push off", why="Google reaches public https addresses only; the calendar is polled")
    google, vault = _google(settings, clock)
    return Deps(
        store=make_store(settings),
        google=google,
        vault=vault,
        queue=CloudTasks(settings),
        clock=clock,
        canon=canon,
        new_id=lambda: secrets.token_urlsafe(24),
        webhook_address=settings.webhook_address,
        types=settings.contact_types,
        keep_evidence=None if days is None else timedelta(days=days),
        workers=partial(Workers, max_workers=1),
    )


def _google(settings: Settings, clock: SystemClock) -> "tuple[Google, Vault]":
    """Google, and what opens the grants to it, as far as the secrets for that are here."""
    if not settings.token_keys:
        return Withheld("TOKEN_KEYS"), Withheld("TOKEN_KEYS")
    if settings.google_client_secret is None:
        from crmsync.gateway.vault import Vault

        keys = [key.get_secret_value() for key in settings.token_keys]
        return Withheld("GOOGLE_CLIENT_SECRET"), Vault(keys)
    from crmsync.gateway.google import GoogleGateway

    google = GoogleGateway(settings, clock)
    return google, google.vault


def make_store(settings: Settings) -> Store:
    """Firestore, or its twin: in memory, which ends with these surroundings, or over a file.

    What is asked of it counts for the job that asks.
    """
    from crmsync.core.text.digest import digester
    from crmsync.store.repository import DocumentStore

    digest = digester(settings.digest_key.get_secret_value())
    return DocumentStore(CountedDocuments(_documents(settings), _count), digest)


def _documents(settings: Settings) -> Documents:
    if settings.crmsync_store == "memory":
        from crmsync.store.documents.memory import MemoryDocuments

        return MemoryDocuments(SystemClock())
    if settings.crmsync_store == "file" and settings.crmsync_store_file is not None:
        from crmsync.store.documents.file import FileDocuments

        return FileDocuments(SystemClock(), Path(settings.crmsync_store_file))
    from crmsync.store.documents.firestore import connect

    return connect(settings.google_cloud_project, settings.firestore_database)


def _count(counts: Mapping[str, int]) -> None:
    tally.count(**{f"store_{name}": count for name, count in counts.items()})
