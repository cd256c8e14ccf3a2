"""Every refusal of the Calendar API by name, worded as Google words it (reasons and messages as seen
at Google).
"""

from __future__ import annotations

from local.google.errors import GoogleError, calendar_error


def invalid(message: str = "Invalid Value", *, location: str | None = None) -> GoogleError:
    """400 `invalid`: a value that Google does not take; `location` names the query parameter."""
    kind = "parameter" if location else None
    return calendar_error(400, "invalid", message, location_type=kind, location=location)


def required(message: str) -> GoogleError:
    """400 `required`: something that must be given is absent."""
    return calendar_error(400, "required", message)


def missing_time_zone(which: str) -> GoogleError:
    """400: a local time without offset or zone, or a recurring event without a zone. `which` is `start` or
    `end`.
    """
    return required(f"Missing time zone definition for {which} time.")


def invalid_time(which: str) -> GoogleError:
    """400: a time that cannot be read, or one that has both a date and a dateTime. `which` is `start` or
    `end`.
    """
    return invalid(f"Invalid {which} time.")


def invalid_time_zone(which: str) -> GoogleError:
    """400: a zone that the IANA database does not know. `which` is `start` or `end`."""
    return invalid(f"Invalid time zone definition for {which} time.")


def mixed_times() -> GoogleError:
    """400: one end is a date, the other a dateTime."""
    return invalid("Start and end times must either both be date or both be dateTime.")


def empty_time_range() -> GoogleError:
    """400 `timeRangeEmpty`: the end does not come after the start, in an event or in a listing."""
    return calendar_error(
        400,
        "timeRangeEmpty",
        "The specified time range is empty.",
        domain="calendar",
        location_type="parameter",
        location="timeMax",
    )


def invalid_recurrence() -> GoogleError:
    """400: a recurrence line that Google does not take."""
    return invalid("Invalid recurrence rule.")


def default_reminders_and_overrides() -> GoogleError:
    """400: `useDefault` together with `overrides`."""
    return calendar_error(
        400,
        "cannotUseDefaultRemindersAndSpecifyOverride",
        "Cannot specify both default reminders and overrides at the same time.",
        domain="calendar",
    )


def low_sequence() -> GoogleError:
    """400: an update with a sequence number below the event's."""
    return invalid(
        "Invalid sequence value. The specified sequence number is below the current sequence number of the "
        "resource. Re-fetch the resource and use its sequence number on the following request."
    )


def event_type_fixed(message: str = "Event type cannot be changed.") -> GoogleError:
    """400 `eventTypeRestriction`: the kind of event does not allow this call."""
    return calendar_error(400, "eventTypeRestriction", message, domain="calendar")


def not_with_sync_token(parameter: str) -> GoogleError:
    """400: a parameter that may not go with a sync token."""
    return calendar_error(
        400,
        "badRequest",
        f"Sync token cannot be used together with the parameter {parameter}.",
        location_type="parameter",
        location=parameter,
    )


def organizer_cannot_change() -> GoogleError:
    """400: one occurrence cannot be moved to another calendar without its series."""
    return calendar_error(
        400,
        "cannotChangeOrganizerOfInstance",
        "Cannot change the organizer of an instance.",
        domain="calendar",
    )


def access_level_too_low() -> GoogleError:
    """403 `requiredAccessLevel`: writing to a calendar one may only read."""
    return calendar_error(
        403, "requiredAccessLevel", "You need to have writer access to this calendar.", domain="calendar"
    )


def forbidden() -> GoogleError:
    """403 `forbidden`: without a reason that helps, as Google gives it on some restores of deleted events."""
    return calendar_error(403, "forbidden", "Forbidden")


def not_the_organizer() -> GoogleError:
    """403 `forbiddenForNonOrganizer`: a guest changes what all guests share."""
    return calendar_error(
        403,
        "forbiddenForNonOrganizer",
        "Shared properties can only be changed by the organizer of the event.",
        domain="calendar",
    )


def not_found() -> GoogleError:
    """404: no such calendar or event, or no access to it; Google does not tell which."""
    return calendar_error(404, "notFound", "Not Found")


def channel_not_found(channel_id: str, project: str) -> GoogleError:
    """404: no such channel, or one of another user, project or resource."""
    message = f"Channel '{channel_id}' not found for project '{project}'"
    return calendar_error(404, "channelNotFound", message)


def duplicate_id() -> GoogleError:
    """409 `duplicate`: an id that is taken, be it by a deleted event."""
    return calendar_error(409, "duplicate", "The requested identifier already exists.")


def already_deleted() -> GoogleError:
    """410 `deleted`: deleting what is deleted."""
    return calendar_error(410, "deleted", "Resource has been deleted")


def full_sync_required() -> GoogleError:
    """410 `fullSyncRequired`: the sync token is dead."""
    return calendar_error(
        410,
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
        domain="calendar",
        location_type="parameter",
        location="syncToken",
    )


def updated_min_too_long_ago() -> GoogleError:
    """410 `updatedMinTooLongAgo`: Google remembers changes for about a month."""
    return calendar_error(
        410,
        "updatedMinTooLongAgo",
        "The requested minimum modification time lies too far in the past.",
        domain="calendar",
        location_type="parameter",
        location="updatedMin",
    )


def precondition_failed() -> GoogleError:
    """412 `conditionNotMet`: If-Match names another version."""
    return calendar_error(
        412, "conditionNotMet", "Precondition Failed", location_type="header", location="If-Match"
    )


def channel_refused(reason: str, message: str) -> GoogleError:
    """400 or 401: a watch that Google does not set up; `push.webhookUrlUnauthorized` is the 401."""
    return calendar_error(401 if reason == "push.webhookUrlUnauthorized" else 400, reason, message)


def over_quota(whose: str, limit: int, status: int) -> GoogleError:
    """Too many calls in the minute of the `user` or the `project`; Google says so by 403 or by 429."""
    reason = "userRateLimitExceeded" if whose == "user" and status == 403 else "rateLimitExceeded"
    message = (
        f"Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per {whose}' of service "
        f"'calendar-json.googleapis.com' ({limit} a minute)."
    )
    return calendar_error(status, reason, message, domain="usageLimits")


def too_many_guests() -> GoogleError:
    """403 `quotaExceeded`: one event invites more people than Google lets this account invite for now."""
    return calendar_error(403, "quotaExceeded", "Calendar usage limits exceeded.", domain="usageLimits")
