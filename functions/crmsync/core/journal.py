"""What a run changed, and what it set aside: journal, conflicts, holds.

Values are plain JSON-like data, so that they can be shown, exported and merged back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crmsync.core.json_types import Json, JsonObject
from crmsync.core.model import Resource
from crmsync.core.scope import DEFAULT_ACCOUNT

Side = Literal["crm", "google"]


@dataclass(frozen=True, slots=True)
class Change:
    """One record's change.

    before/after: field -> value, only of the fields that changed; None for a record that was not there.
    """

    side: Side
    action: str
    crm: str | None
    key: str | None
    why: str
    before: JsonObject | None
    after: JsonObject | None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What one commit changed. run: id shared by all commits of a run. reason: what asked for it."""

    run: str
    resource: Resource | Literal["import", "connection"]
    reason: str
    at: datetime
    changes: tuple[Change, ...]
    account: str = DEFAULT_ACCOUNT


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that lost a merge.

    id is derived from record, field and value, so that a replay does not double it.
    """

    id: str
    resource: Resource
    crm: str
    field: str
    kept: Json
    lost: Json
    lost_side: Side
    at: datetime
    account: str = DEFAULT_ACCOUNT


@dataclass(frozen=True, slots=True)
class Hold:
    """Deletions, or a clearing, that wait for a yes.

    items: link keys with the names that the user is shown. digest: of exactly these; the id stays when more
    join them. choice: what the user has decided, until a job has carried it out.
    """

    id: str
    resource: Resource
    side: Side
    reason: str
    digest: str
    items: tuple[tuple[str, str], ...]
    at: datetime
    choice: Literal["apply", "discard"] | None = None
    account: str = DEFAULT_ACCOUNT
