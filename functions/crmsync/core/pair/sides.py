"""The two sides of a pair as the decision tables want them."""

from dataclasses import replace

from crmsync.core.calendar.occurrences import is_called_off, is_exception
from crmsync.core.model import Appointment, R, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.plan import Seen
from crmsync.core.state import Link, Observation, Projection


def crm_side(canon: Canon, stored: Stored[R] | None) -> Seen[R]:
    """The CRM's side: archived and missing records are deleted ones, and so are appointments that were called
    off.

    An archived exception is a cancelled occurrence.
    """
    if stored is None:
        return Seen(None)
    value = stored.value
    if isinstance(value, Appointment) and is_called_off(value):
        return Seen(None, archived=replace(value, status="confirmed"))
    if stored.archived_at is not None:
        if not (isinstance(value, Appointment) and is_exception(value)):
            return Seen(None, archived=value)
        value = replace(value, status="cancelled")
    return Seen(value, canon.project(value))


def google_side(canon: Canon, value: R) -> Seen[R]:
    """Google's side, of a record that is there."""
    return Seen(value, canon.project(value))


def shown_side(canon: Canon, link: Link, seen: Observation[R], value: R) -> Seen[R]:
    """Google's side of a linked pair that is there. value: as much of it as the CRM is to know.

    What Google keeps from us, or a part of it, is as it was when the sides last agreed: a cut list is no
    removal.
    """
    projection = canon.project(value)
    blank = {name: type(projection[name])() for name in seen.unseen}
    unseen = {name: link.base.remote.get(name) or nothing for name, nothing in blank.items()}
    return Seen(value, {**projection, **unseen} if unseen else projection)


def fingerprint(canon: Canon, projection: Projection) -> str:
    """One digest for a whole projection: whether anything of a record has changed."""
    return canon.digest(*(f"{name}={value}" for name, value in sorted(projection.items())))
