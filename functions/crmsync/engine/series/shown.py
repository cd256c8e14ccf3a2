"""One occurrence as Google shows it, and the series that it is of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from crmsync.core.calendar.occurrences import is_cancelled_occurrence, series_key
from crmsync.core.model import Appointment, Moment, Stored
from crmsync.core.state import Link, Observation
from crmsync.engine.run.run import Run

Event = Observation[Appointment]


class Series(NamedTuple):
    """A series that both sides have: its link, and its record in the CRM."""

    link: Link
    record: Stored[Appointment]


@dataclass(frozen=True, slots=True)
class Shown:
    """An occurrence that Google shows by itself: changed, cancelled, or asked for.

    key: of the link that it has, or would have. at: when the rules put it. listed: it was listed as taking
    place, as only exceptions are; else it may be as the rules give it.
    """

    key: str
    item: Event
    value: Appointment
    at: Moment
    listed: bool = False

    @property
    def series_key(self) -> str:
        """The key of the series' link."""
        return series_key(self.key)

    @property
    def series_id(self) -> str:
        """The event id of the series."""
        return str(self.value.series_id)

    @property
    def is_cancelled(self) -> bool:
        """Whether it does not take place."""
        return is_cancelled_occurrence(self.value)


def as_shown(run: Run[Appointment], item: Event) -> Shown | None:
    """The occurrence that an observation is of; None for events, series and what is deleted."""
    value = item.value
    if value is None or value.series_id is None or value.original_start is None:
        return None
    return Shown(run.side.key_of(item), item, value, value.original_start)


def all_shown(run: Run[Appointment], items: Iterable[Event]) -> list[Shown]:
    """The occurrences among some observations."""
    found = (as_shown(run, item) for item in items)
    return [each for each in found if each is not None]
