"""What a listing of a calendar brings: events and series first, then the exceptions of series."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from crmsync.core.account import GoogleEvents
from crmsync.core.calendar.occurrences import is_exception, is_exception_key
from crmsync.core.chunks import parted
from crmsync.core.model import Appointment
from crmsync.core.state import Link
from crmsync.engine.pairs.merges import Heirs
from crmsync.engine.pull import absent, events, exceptions, google_born
from crmsync.engine.pull.intake import Step
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series.shown import Event
from crmsync.engine.series.told import Told


class CalendarIntake:
    """How one listing of a calendar is taken in."""

    offers = False
    holds_candidates = False

    def __init__(self, run: Run[Appointment], *, full: bool, from_start: bool, links: int) -> None:
        self._run = run
        self._full = full
        self._brings = run.user.settings.events
        self._told = Told()
        self._unseen = absent.Unseen(run, self._told)
        self.heirs: Heirs[Appointment] = Heirs()
        self.remote = run.remote
        if full and (links == 0 or not from_start):
            # Nothing can be missing: what ended long ago is left out, and another job may go on.
            since = google_born.window_start(run)
            self.remote = run.session.calendar(run.state.calendar_id, since)
            self._told.keeps = False

    def parts(self, items: Sequence[Event]) -> Sequence[Sequence[Event]]:
        """Events and series, and then the exceptions of series, which need these to be known."""
        of_series, alone = parted(items, lambda item: is_exception(item.value))
        return alone, of_series

    def absorb(self, batch: Sequence[Event], effects: Effects[Appointment]) -> None:
        """Decides what some of a page's observations lead to."""
        if any(is_exception(item.value) for item in batch):
            exceptions.absorb(self._run, batch, effects, self._told)
        else:
            events.absorb(self._run, batch, effects, self._told)

    def committed(self, effects: Effects[Appointment]) -> None:
        """Which exceptions were not listed has to be asked again when links of exceptions were written."""
        self._unseen.written(effects.writes)

    def unsettled(self) -> bool:
        """Whether exceptions wait: for their series, or because their series was listed without them."""
        return bool(self._told.later) or bool(self._not_listed())

    def conclude(self) -> Iterator[Step[Appointment]]:
        """Exceptions that waited for their series, and those that were not listed while their series were."""
        if self._told.later:
            yield partial(exceptions.settle_later, self._run, self._told)
            self._unseen.forget()
        if unseen := self._not_listed():
            yield self._settling(unseen)

    def _not_listed(self) -> Sequence[Link]:
        """Exceptions that were not listed while their series were; a complete listing tells by itself."""
        return () if self._full else self._unseen.links()

    def absent(self, missing: Sequence[Link]) -> tuple[Sequence[Link], Step[Appointment] | None]:
        """Events are looked for by a direct read; of exceptions their series tell."""
        of_series, alone = parted(missing, lambda link: is_exception_key(link.key))
        return alone, self._settling(of_series) if of_series else None

    def _settling(self, missing: Sequence[Link]) -> Step[Appointment]:
        return lambda effects: absent.settle_absent(self._run, missing, effects, self._told)

    def withdraw(self) -> None:
        """Nothing of a calendar is on the sheet."""

    def progress(self) -> Mapping[str, GoogleEvents]:
        """What was wanted of Google's events when the listing began."""
        return {"events": self._brings}

    def closing(self) -> Mapping[str, GoogleEvents]:
        """What is certain to have been brought in of Google's events."""
        return {
            "events": self._brings if self._full else google_born.lesser(self._brings, self._run.state.events)
        }
