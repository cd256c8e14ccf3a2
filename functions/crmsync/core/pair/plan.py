"""A decision as a value: what should happen to one pair, and why. Performing it is the engine's business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Literal

from crmsync.core.json_types import Json
from crmsync.core.model import R
from crmsync.core.pair.sharing import EVERYTHING, Sharing
from crmsync.core.state import Base, Projection


class Action(StrEnum):
    """Every outcome of the decision tables."""

    NOTHING = "nothing"
    REFRESH = "refresh"
    """Only the link's bookkeeping changes: both sides are equal, the base is not up to date."""
    UPDATE_LOCAL = "update_local"
    UPDATE_REMOTE = "update_remote"
    UPDATE_BOTH = "update_both"
    ARCHIVE_LOCAL = "archive_local"
    RESTORE_LOCAL = "restore_local"
    DELETE_REMOTE = "delete_remote"
    RECREATE_REMOTE = "recreate_remote"
    DETACH = "detach"
    """The two sides no longer follow each other; both stay as they are."""
    DROP_LINK = "drop_link"
    CREATE_REMOTE = "create_remote"
    OFFER = "offer"
    ADOPT = "adopt"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Seen(Generic[R]):
    """One side of a pair as it is now.

    value None = deleted (archived in the CRM, a confirmed tombstone at Google). archived: the value of an
    archived CRM record, so that restoring it can merge rather than replace.
    """

    value: R | None
    projection: Projection = field(default_factory=dict)
    archived: R | None = None

    @property
    def deleted(self) -> bool:
        """True when this side no longer has the record."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that lost a field merge; the user may pick it later."""

    field: str
    kept: Json
    lost: Json
    lost_side: Literal["crm", "google"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the merge needs from the user's settings.

    owners: field -> the side that wins when both changed it (absent: the CRM). allow_clear: the user has said
    yes to a contact whose name, e-mails and phones were all cleared at Google. sharing: which fields go
    which way.
    """

    owners: Mapping[str, Literal["crm", "google"]] = field(default_factory=dict)
    allow_clear: bool = False
    sharing: Sharing = EVERYTHING


@dataclass(frozen=True, slots=True)
class Decision(Generic[R]):
    """What to do with one pair.

    row: the decision table's row, for journal and tests ("=/~", "~/x", "adopt" …). value: what the pair
    should become (None for deletions and no-ops). local_fields / remote_fields: fields to be written on that
    side. lost: what goes to `conflicts`. base: the link's base once the *local* part is committed: fields
    still to be sent to Google keep differing from base.local, so that "needs pushing" follows from content
    alone. hold: why the pair waits for the user (action SILENT), else None. need: the side that was not given
    but has to be read first. Nothing of such a decision may be performed: read that side and decide again.
    `value` and `base` are None then; action and fields say what is likely, for a count.
    """

    action: Action
    row: str
    value: R | None = None
    local_fields: frozenset[str] = frozenset()
    remote_fields: frozenset[str] = frozenset()
    lost: tuple[Lost, ...] = ()
    base: Base | None = None
    hold: str | None = None
    need: Literal["local", "remote"] | None = None
