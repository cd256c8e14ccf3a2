"""Appointments in HTTP's terms: what a body makes of an appointment, and how an appointment is shown."""

from dataclasses import replace
from datetime import UTC, date, datetime

from crmsync.api.http import times
from crmsync.api.http.errors import InvalidRequest
from crmsync.api.schemas.appointment import AppointmentBody, MomentBody
from crmsync.api.schemas.common import is_email
from crmsync.core.calendar import recurrence
from crmsync.core.calendar.invitations import is_locked, not_theirs
from crmsync.core.fields import record_from_data, record_to_data
from crmsync.core.json_types import Json
from crmsync.core.model import AllDay, Appointment, Attendee, Moment, Timed

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime(times.LATEST_YEAR, 12, 31, tzinfo=UTC)
_NOT_YOURS = "Somebody else organizes this meeting: only your answer and your reminders are yours to change."
_NOT_FIELDS = {"start", "end", "time_zone", "series_id", "original_start"}
"""Parts of a body that are read by themselves."""


def build(before: Appointment | None, body: AppointmentBody) -> Appointment:
    """The appointment that `before` becomes by the given fields, or a new one. Raises InvalidRequest."""
    given = body.model_dump(mode="json", exclude_unset=True, exclude=_NOT_FIELDS)
    start = _moment("start", body.start, body.time_zone, before.start if before else None)
    end = _moment("end", body.end, body.time_zone, before.end if before else None)
    if body.time_zone is not None and body.start is None and body.end is None:
        raise InvalidRequest("A time zone needs a start or an end beside it.", field="time_zone")
    known = {} if before is None else record_to_data(before)
    data = known | given | {"start": times.moment(start), "end": times.moment(start)}
    after = record_from_data("appointments", data)
    after = replace(after, start=start, end=end, attendees=_with_responses(before, after))
    _check(before, after)
    _check_invitation(before, after)
    return after


def check_not_locked(appointment: Appointment) -> None:
    """Raises InvalidRequest for a meeting that somebody else organises."""
    if is_locked(appointment):
        raise InvalidRequest(_NOT_YOURS, field="organizer")


def _check_invitation(before: Appointment | None, after: Appointment) -> None:
    answered = before.response if before else None
    if after.response != answered and (answered is None or after.response is None):
        raise InvalidRequest("Only an invitation can be answered.", field="response")
    name = not_theirs(before, after) if before else None
    if name is not None:
        raise InvalidRequest(_NOT_YOURS, field="start" if name == "when" else name)


def moment(name: str, given: MomentBody, zone: str | None = None) -> Moment:
    """A day or an instant as a caller wrote it, in `zone` when it names none. Raises InvalidRequest."""
    if (given.date is None) == (given.date_time is None):
        raise InvalidRequest("Give either a date, or a date_time with its time zone.", field=name)
    if given.date is not None:
        if given.time_zone is not None:
            raise InvalidRequest("A date has no time zone.", field=f"{name}.time_zone")
        if not times.in_range(given.date):
            raise InvalidRequest("This day is too far away.", field=f"{name}.date")
        return AllDay(given.date)
    zone = given.time_zone or zone
    if zone is None:
        raise InvalidRequest("Give a time zone, as in America/Toronto.", field=f"{name}.time_zone")
    try:
        times.zone(zone)
    except ValueError as error:
        where = f"{name}.time_zone" if given.time_zone else "time_zone"
        raise InvalidRequest(str(error), field=where) from None
    try:
        return times.timed(given.date_time or "", zone)
    except ValueError as error:
        raise InvalidRequest(str(error), field=f"{name}.date_time") from None


def _moment(name: str, given: MomentBody | None, zone: str | None, before: Moment | None) -> Moment:
    if given is not None:
        return moment(name, given, zone)
    if before is None:
        raise InvalidRequest("This field is required.", field=name)
    return before


def _with_responses(before: Appointment | None, after: Appointment) -> tuple[Attendee, ...]:
    """Guests whose response the caller did not repeat keep the one that is known."""
    known = {guest.email.casefold(): guest.response for guest in before.attendees} if before else {}
    return tuple(
        replace(guest, response=known.get(guest.email.casefold())) if guest.response is None else guest
        for guest in after.attendees
    )


def _check(before: Appointment | None, after: Appointment) -> None:
    match after.start, after.end:
        case AllDay(first), AllDay(end) if end <= first:
            raise InvalidRequest(
                "The end is the day after the last day, so it lies after the start.", field="end"
            )
        case Timed(start), Timed(end) if end < start:
            raise InvalidRequest("The end lies before the start.", field="end")
        case (AllDay(), Timed()) | (Timed(), AllDay()):
            raise InvalidRequest("Start and end are both dates or both times.", field="end")
    known = {guest.email for guest in before.attendees} if before else set()
    for position, guest in enumerate(after.attendees):
        if guest.email not in known and not is_email(guest.email):
            raise InvalidRequest("This is not an e-mail address.", field=f"attendees[{position}].email")
    if after.series_id is not None and after.recurrence:
        raise InvalidRequest("One occurrence of a series does not repeat.", field="recurrence")
    if after.recurrence and (before is None or after.recurrence != before.recurrence):
        wrong = recurrence.problem(after.recurrence, after.start)
        if wrong is not None:
            raise InvalidRequest(wrong[1], field=f"recurrence[{wrong[0]}]")
        if not recurrence.starts(after, _FIRST, _LAST, 1):
            raise InvalidRequest("By these rules it never takes place.", field="recurrence")


def show(appointment: Appointment, today: date) -> dict[str, Json]:
    """The appointment as JSON; time_zone is that of its start, null for whole days.

    What day it is plays no part.
    """
    start = appointment.start
    zone = start.time_zone if isinstance(start, Timed) else None
    return {**record_to_data(appointment), "time_zone": zone}
