"""A Google account that a user leaves: what they asked for, how long that may take, and what remained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from crmsync.core.model import Resource

GoogleCopies = Literal["keep", "delete"]
"""What becomes of what the sync made at Google."""
CrmCopies = Literal["keep", "archive"]
"""What becomes of what the sync made in the CRM."""

WITHIN = timedelta(hours=24)
"""So long after the user has left, the grant is dropped, whatever else fails."""
CLEANS = timedelta(hours=23)
"""So long what they asked for is tried; what is left of the time is for the grant."""


@dataclass(frozen=True, slots=True)
class Left:
    """So many records of a side that stayed although they were to go. reason: of the first, as a code."""

    resource: Resource
    side: Literal["google", "crm"]
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Departure:
    """What a user asked for when they left a Google account.

    generation: theirs since then: with another one it is over. holder: keyed digest of the account
    (`Grant.holder`). since: when they first asked; asking again moves nothing. gone: how many records of each
    resource were deleted at Google or archived here. wrote: whether a job that writes to the calendar was at
    work then, or had died at it: of what it made there no link may tell. next: the offer of another account
    that waits for the end, with its address. ended_at: when all was done or given up; then left is what
    stayed, and access_left says that Google could not be told that the access is over.
    """

    id: str
    generation: int
    email: str
    holder: str
    since: datetime
    google_copies: GoogleCopies = "keep"
    crm_copies: CrmCopies = "keep"
    gone: Mapping[Resource, int] = field(default_factory=dict)
    wrote: bool = False
    next: str = ""
    next_email: str = ""
    ended_at: datetime | None = None
    left: tuple[Left, ...] = ()
    access_left: bool = False

    @property
    def deadline(self) -> datetime:
        """When the grant is gone at the latest."""
        return self.since + WITHIN

    @property
    def stops_at(self) -> datetime:
        """When nothing more is cleaned up."""
        return self.since + CLEANS

    @property
    def cleans(self) -> bool:
        """Whether it has anything to clean up still."""
        wanted = self.google_copies == "delete" or self.crm_copies == "archive"
        return wanted and self.ended_at is None

    @property
    def tells(self) -> bool:
        """Whether the user has to know how it ended."""
        return bool(self.left) or self.access_left
