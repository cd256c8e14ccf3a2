"""Invitations: meetings that somebody else organises, of which the user says whether to come."""

from crmsync.core import fields
from crmsync.core.model import Appointment

GUESTS_OWN = frozenset(("response", "reminders"))
"""The fields of an invitation that a guest may change at Google."""
_STATUS = "status"


def is_busy(appointment: Appointment) -> bool:
    """Whether it takes the user's time: not what leaves it free, and not what the user has declined."""
    return appointment.busy and appointment.response != "declined"


def is_locked(appointment: Appointment) -> bool:
    """Whether it is somebody else's, who does not let guests change it."""
    return appointment.organizer is not None and not appointment.organizer.guests_may_edit


def not_theirs(before: Appointment, after: Appointment) -> str | None:
    """A field that a change of the user touches and that is not theirs to change; None when there is none.

    Leaving an occurrence out, or taking it in again, is theirs: it concerns their own calendar alone.
    """
    if not is_locked(before):
        return None
    allowed = GUESTS_OWN | ({_STATUS} if "cancelled" in (before.status, after.status) else frozenset())
    names = (name for name in fields.names(before) if fields.get(before, name) != fields.get(after, name))
    return next((name for name in names if name not in allowed), None)
