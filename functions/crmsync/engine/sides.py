"""The two sides of the sync: contacts and the calendar. Each knows its keys, its settings and its ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crmsync.core.model import Appointment, Contact, Moment, Resource, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.canon import Canon
from crmsync.core.people.match_keys import match_keys
from crmsync.core.state import Intent, Link, Observation
from crmsync.engine.account import channels
from crmsync.engine.pairs import returns
from crmsync.engine.pairs.alone import Alone
from crmsync.engine.pull import labels
from crmsync.engine.pull.calendar import CalendarIntake
from crmsync.engine.pull.contacts import ContactsIntake
from crmsync.engine.pull.google_born import wants_more
from crmsync.engine.push import creates, doubles, inserts, matching, occurrences
from crmsync.engine.push.suspects import Suspects
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.engine.series.dependants import SeriesDependants
from crmsync.store.ports import Kind


@dataclass(frozen=True, slots=True)
class ContactsSide:
    """CRM contacts and Google Contacts."""

    canon: Canon
    resource: Resource = "contacts"
    kind: Kind = "contacts"
    dependants: Alone = field(default_factory=Alone)
    may_be_merged: bool = True
    deletes_blindly: bool = True

    def key_of(self, observation: Observation[Contact]) -> str:
        """Google's own id of the contact."""
        return observation.key

    def match_keys(self, value: Contact) -> tuple[str, ...]:
        """Digests of addresses, numbers, the name and what else tells people apart."""
        return match_keys(self.canon, value)

    def intake(self, run: Run[Contact], *, full: bool, from_start: bool, links: int) -> ContactsIntake:
        """How a listing of contacts is taken in."""
        return ContactsIntake(run, full=full)

    def wants_more(self, run: Run[Contact]) -> bool:
        """All contacts are always listed."""
        return False

    def in_doubt(self, run: Run[Contact]) -> Sequence[Intent]:
        """Creates whose outcome is unknown: Google has no idempotency for contacts."""
        return run.store.intents(run.scope)

    def sift(self, run: Run[Contact], work: Work[Contact]) -> bool:
        """Contacts that may be at Google already are held back."""
        returns.look(run, work)
        found = bool(work.creates or work.updates or work.gone) and matching.sift(run, work)
        doubles.sift(run, work)
        return found

    def resolve(self, run: Run[Contact]) -> None:
        """Whoever is certainly the same person is linked."""
        matching.resolve(run)

    def missing_series(
        self, run: Run[Contact], exceptions: Sequence[Stored[Contact]], page: Sequence[Stored[Contact]]
    ) -> list[Stored[Contact]]:
        """Contacts know no series."""
        return []

    def sort_exceptions(
        self,
        run: Run[Contact],
        exceptions: Sequence[Stored[Contact]],
        links: Mapping[str, Link],
        work: Work[Contact],
    ) -> None:
        """Contacts know no exceptions."""

    def follow_up(self, run: Run[Contact]) -> None:
        """Google announces no changes of contacts. Labels may be called otherwise."""
        labels.follow(run)

    def streams(self, run: Run[Contact], work: Work[Contact]) -> bool:
        """Plain creates go call after call, the store a step behind Google."""
        return work.only_creates and len(work.creates) <= run.remote.create_size

    def create(
        self,
        run: Run[Contact],
        chunk: Sequence[Stored[Contact]],
        work: Work[Contact],
        suspects: Suspects[Contact],
    ) -> None:
        """One call, after its intent."""
        creates.create_contacts(run, chunk, work)


@dataclass(frozen=True, slots=True)
class CalendarSide:
    """CRM appointments and one Google calendar."""

    canon: Canon
    calendar_id: str
    resource: Resource = "calendar"
    kind: Kind = "appointments"
    dependants: SeriesDependants = field(default_factory=SeriesDependants)
    may_be_merged: bool = False
    deletes_blindly: bool = False

    def key_of(self, observation: Observation[Appointment]) -> str:
        """The event's id under its calendar; of an exception its series and when that gives it."""
        place = _place(observation)
        if place is not None:
            series = ids.calendar_link_key(self.canon, self.calendar_id, place[0])
            return ids.exception_link_key(series, place[1])
        return ids.calendar_link_key(self.canon, self.calendar_id, observation.key)

    def match_keys(self, value: Appointment) -> tuple[str, ...]:
        """Appointments are not matched."""
        return ()

    def intake(self, run: Run[Appointment], *, full: bool, from_start: bool, links: int) -> CalendarIntake:
        """How a listing of a calendar is taken in."""
        return CalendarIntake(run, full=full, from_start=from_start, links=links)

    def wants_more(self, run: Run[Appointment]) -> bool:
        """Whether more of the events born at Google is wanted than has come in."""
        return wants_more(run)

    def in_doubt(self, run: Run[Appointment]) -> Sequence[Intent]:
        """An event's id follows from the appointment's: a repeated create meets its first."""
        return ()

    def sift(self, run: Run[Appointment], work: Work[Appointment]) -> bool:
        """Appointments are not matched."""
        return False

    def resolve(self, run: Run[Appointment]) -> None:
        """Appointments are not matched."""

    def missing_series(
        self,
        run: Run[Appointment],
        exceptions: Sequence[Stored[Appointment]],
        page: Sequence[Stored[Appointment]],
    ) -> list[Stored[Appointment]]:
        """Series that have to go before these exceptions."""
        return occurrences.missing_series(run, exceptions, page)

    def sort_exceptions(
        self,
        run: Run[Appointment],
        exceptions: Sequence[Stored[Appointment]],
        links: Mapping[str, Link],
        work: Work[Appointment],
    ) -> None:
        """Each is an update of an occurrence of its series."""
        occurrences.sort_exceptions(run, exceptions, links, work)

    def follow_up(self, run: Run[Appointment]) -> None:
        """Google goes on announcing changes of the calendar."""
        channels.keep(run)

    def streams(self, run: Run[Appointment], work: Work[Appointment]) -> bool:
        """Each call is committed before the next."""
        return False

    def create(
        self,
        run: Run[Appointment],
        chunk: Sequence[Stored[Appointment]],
        work: Work[Appointment],
        suspects: Suspects[Appointment],
    ) -> None:
        """One call, and another for ids that are taken."""
        inserts.create_events(run, chunk, work, suspects)


def _place(observation: Observation[Appointment]) -> tuple[str, Moment] | None:
    """Of an occurrence its series' event id, and when that gives it."""
    value = observation.value
    if value is None or not value.series_id or not value.original_start:
        return observation.place
    return value.series_id, value.original_start
