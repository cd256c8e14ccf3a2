"""What every use case of the engine is given: the ports, wired once by the composition root."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta

from crmsync.core.pair.canon import Canon
from crmsync.core.sheet.contact_types import ContactTypes
from crmsync.core.sheet.default_types import DEFAULT_TYPES
from crmsync.engine.in_line import InLine
from crmsync.engine.ports import Clock, Google, JobQueue, Vault
from crmsync.store.ports import Store


@dataclass(frozen=True, slots=True)
class Deps:
    """The engine's surroundings.

    canon: makes what projects records of a phone region (ISO 3166) to digests, keyed with the installation's
    digest key. new_id: a fresh random id (URL-safe, 22 to 64 characters). webhook_address: where Google's
    calendar notifications go; None where Google cannot reach us, and polling is all there is. types: the
    lists of contact types. keep_evidence: how long evidence of consent outlives its user; None when it does
    not. workers: makes an executor of one thread, for what may go on beside a job; by
    default nothing does.
    """

    store: Store
    google: Google
    vault: Vault
    queue: JobQueue
    clock: Clock
    canon: Callable[[str], Canon]
    new_id: Callable[[], str]
    webhook_address: str | None
    types: ContactTypes = DEFAULT_TYPES
    keep_evidence: timedelta | None = None
    workers: Callable[[], Executor] = InLine
