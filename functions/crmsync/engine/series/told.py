"""What one listing of a calendar has told of series and their exceptions so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crmsync.core.calendar.occurrences import is_exception
from crmsync.core.model import Appointment
from crmsync.core.state import Observation
from crmsync.engine.series.shown import Shown


@dataclass(slots=True)
class Told:
    """One object a listing; all of it but who lives only grows.

    alive, gone: event ids of series (and other events) seen living or deleted. series: the series that were
    seen, keys of their links by CRM id: also those that say what both sides have agreed on, for one that was
    moved there and back has dropped its exceptions, and a job that took one in may have died before it came
    to them. shown: keys of exceptions that were seen. split: first ids of
    families of which a later part was seen that the CRM did not know. later: exceptions of series that are
    not known, kept until the listing has been read to its end.
    """

    alive: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    series: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    split: set[str] = field(default_factory=set)
    later: list[Shown] = field(default_factory=list)
    keeps: bool = True
    """Whether exceptions may wait for the end of the listing: not when it goes on in another job."""

    def note(self, items: Iterable[Observation[Appointment]]) -> None:
        """Remembers which events live."""
        for item in items:
            if item.deleted:
                self.gone.add(item.remote_id)
                self.alive.discard(item.remote_id)
            elif not is_exception(item.value):
                self.alive.add(item.remote_id)
                self.gone.discard(item.remote_id)

    def missing(self, asked: Iterable[str], found: Iterable[Observation[Appointment]]) -> None:
        """Remembers what direct reads of these events have shown: who lives, and who is not there."""
        items = list(found)
        self.gone |= set(asked) - {item.remote_id for item in items}
        self.note(items)
