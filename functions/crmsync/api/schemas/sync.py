"""Bodies of the calls around connection, sync and settings."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from crmsync.api.http.body import Body
from crmsync.api.schemas.common import Id
from crmsync.core.account import GoogleEvents
from crmsync.core.model import Permission
from crmsync.core.pair.sharing import Way


class SyncBody(Body):
    """Why a sync is asked for."""

    reason: Literal["login", "manual"]


class ConnectBody(Body):
    """What to ask Google for."""

    scopes: Annotated[tuple[Permission, ...], Field(min_length=1, max_length=3)] = ("contacts", "calendar")


class ConfirmBody(Body):
    """The attempt whose grant is taken. afresh: also when it is another Google account than before."""

    pending: Id
    afresh: bool = False


class DisconnectBody(Body):
    """What becomes of the copies that the sync itself made, on either side."""

    google_copies: Literal["keep", "delete"] = "keep"
    crm_copies: Literal["keep", "archive"] = "keep"


class EraseBody(Body):
    """That everything about the user is to be erased, said in so many words, and what becomes of the copies
    that the sync itself made at Google.
    """

    confirm: Literal["erase"]
    google_copies: Literal["keep", "delete"] = "keep"


class HoldBody(Body):
    """What becomes of a hold; the digest says of which records that was decided."""

    choose: Literal["apply", "discard"]
    digest: Id


class ConflictBody(Body):
    """Which value of a conflict it shall be; the digest says of which two that was decided."""

    choose: Literal["crm", "google", "both"]
    digest: Id | None = None


class ProblemBody(Body):
    """What becomes of a record that is set aside."""

    choose: Literal["again", "google"]


Side = Literal["crm", "google"]
Direction = Literal["both", "to_google", "from_google"]
Ways = Annotated[dict[Annotated[str, StringConstraints(max_length=60)], Way], Field(max_length=60)]
Owners = Annotated[dict[Annotated[str, StringConstraints(max_length=60)], Side], Field(max_length=60)]


class Directions(Body):
    """Which way contacts and appointments go; what is not named stays as it is."""

    contacts: Direction | None = None
    calendar: Direction | None = None


class Paused(Body):
    """What is paused; what is not named stays as it is."""

    contacts: bool | None = None
    calendar: bool | None = None


class SettingsBody(Body):
    """The settings that are to change."""

    directions: Directions = Field(default_factory=Directions)
    sharing: Ways = Field(default_factory=dict)
    paused: Paused = Field(default_factory=Paused)
    google_events: GoogleEvents = "off"
    show_declined: bool = True
    preview_first: bool = False
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CA"
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "America/Toronto"
    owners: Owners = Field(default_factory=dict)
    calendar_id: Annotated[str, StringConstraints(min_length=1, max_length=256)] = "primary"
    old_copies: Literal["keep", "remove"] = "keep"
