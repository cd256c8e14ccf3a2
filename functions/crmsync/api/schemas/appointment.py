"""Bodies of the appointment calls."""

from datetime import date as Day
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from crmsync.api.http.body import Body
from crmsync.api.schemas.common import ELEMENTS, PROSE, VALUES, Id, Line, Prose
from crmsync.core.model import Response

LINES = 1000
"""Recurrence lines. Google may hold one for each date that a series leaves out, and they may be sent back."""
ZoneName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class MomentBody(Body):
    """A day (`date`), or an instant (`date_time`, with a zone here or beside it)."""

    date: Day | None = None
    date_time: Annotated[str, StringConstraints(max_length=40)] | None = None
    time_zone: ZoneName | None = None


class ReminderBody(Body):
    """A reminder before the start; Google's limit is four weeks."""

    method: Literal["popup", "email"]
    minutes: Annotated[int, Field(ge=0, le=40_320)]


class AttendeeBody(Body):
    """A guest."""

    email: Annotated[str, StringConstraints(max_length=320)]
    name: Line = ""
    response: Literal["needsAction", "declined", "tentative", "accepted"] | None = None


class AppointmentBody(Body):
    """A new appointment, or the fields of one that are to change.

    time_zone is that of start and end where these name none. series_id and original_start make a new one an
    exception: the occurrence of that series that starts then. response: what the user answers an invitation.
    """

    title: Line = ""
    description: Prose = ""
    location: Line = ""
    start: MomentBody | None = None
    end: MomentBody | None = None
    time_zone: ZoneName | None = None
    recurrence: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=PROSE)], ...], Field(max_length=LINES)
    ] = ()
    reminders: Annotated[tuple[ReminderBody, ...], Field(max_length=5)] | None = None
    visibility: Literal["default", "private"] = "default"
    busy: bool = True
    attendees: Annotated[tuple[AttendeeBody, ...], Field(max_length=VALUES)] = ()
    response: Response | None = None
    contact_ids: Annotated[tuple[Id, ...], Field(max_length=ELEMENTS)] = ()
    notify_guests: bool = False
    status: Literal["confirmed", "tentative", "cancelled"] = "confirmed"
    series_id: Id | None = None
    original_start: MomentBody | None = None


class OccurrenceBody(Body):
    """Which occurrence of a series is meant."""

    original_start: MomentBody


class SplitBody(AppointmentBody):
    """The occurrence that a new series starts with, and what is different from there on."""

    original_start: MomentBody
