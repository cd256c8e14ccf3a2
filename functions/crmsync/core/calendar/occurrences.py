"""Which record is a series, an exception, a cancelled occurrence; how their links are keyed; which series
continues which.

An exception is a record of its own beside its series: the occurrence that the rules put at its original
start. A cancelled one says nothing but that. Google's ids of occurrences tell nothing, so pairs of exceptions
are keyed by the series and the original start.
"""

import re
from collections.abc import Mapping

from crmsync.core.calendar.recurrence import UnusableRule, is_occurrence, problem
from crmsync.core.model import Appointment
from crmsync.core.state import Base, FieldDigest, Link, Projection

MARK = "@"
"""Between the series and the original start in the key of an exception's link."""
_CONTINUATION = re.compile(r"(.+)_R\d{8}(?:T\d{6}Z?)?")


def is_series(record: object) -> bool:
    """Whether a record repeats."""
    return isinstance(record, Appointment) and bool(record.recurrence)


def is_exception(record: object) -> bool:
    """Whether a record stands for one occurrence of a series."""
    return isinstance(record, Appointment) and record.series_id is not None


def is_cancelled_occurrence(record: object) -> bool:
    """Whether a record says that one occurrence of a series does not take place."""
    return isinstance(record, Appointment) and record.series_id is not None and record.status == "cancelled"


def is_called_off(record: object) -> bool:
    """Whether a record is a cancelled appointment or series: Google knows such events only as deleted."""
    return isinstance(record, Appointment) and record.series_id is None and record.status == "cancelled"


def is_unusable(record: object) -> bool:
    """Whether a record is a series that nobody can expand."""
    return isinstance(record, Appointment) and problem(record.recurrence, record.start) is not None


def takes_place(series: Appointment, exception: Appointment) -> bool:
    """Whether the series has the occurrence that an exception stands for."""
    if exception.original_start is None or not series.recurrence:
        return False
    try:
        return is_occurrence(series, exception.original_start)
    except UnusableRule:
        return True


def is_exception_key(key: str) -> bool:
    """Whether a link of this key pairs exceptions."""
    return MARK in key


def series_key(key: str) -> str:
    """The key of the series' link, given that of an exception's."""
    return key.partition(MARK)[0]


def links_series(link: Link) -> bool:
    """Whether what the two sides agreed on was a series."""
    return bool(link.base.local.get("recurrence") or link.base.remote.get("recurrence"))


def family(event_id: str) -> str:
    """The event id that a series had before it was split: Google adds `_R<time>` to it for the later part."""
    found = _CONTINUATION.fullmatch(event_id)
    return found[1] if found else event_id


def continues(event_id: str) -> bool:
    """Whether an event is the later part of a series that was split ("this and following")."""
    return family(event_id) != event_id


def occurrence_base(series: Base, plain: Projection) -> Base:
    """What the two sides agreed on for an occurrence that neither had touched: all that they agreed on for
    its series, except when it takes place, which follows from that (`plain`).
    """
    own: Mapping[str, FieldDigest] = {name: plain[name] for name in ("when", "recurrence")}
    return Base({**plain, **series.local, **own}, {**plain, **series.remote, **own})


def blank_but_status(projection: Projection) -> dict[str, FieldDigest]:
    """The projection of a cancelled occurrence: what else it may hold does not count."""
    return {
        name: digest if name == "status" else () if isinstance(digest, tuple) else ""
        for name, digest in projection.items()
    }
