"""What hangs on an appointment: the exceptions of its series, and the events that it has had before."""

from collections.abc import Mapping, Sequence

from crmsync.core.calendar.occurrences import is_exception_key, is_series, links_series
from crmsync.core.model import Appointment, Stored
from crmsync.core.pair.plan import Decision, Rules, Seen
from crmsync.core.state import Link, Observation
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, generations, shadows
from crmsync.store.ports import DropLink, Write


class SeriesDependants:
    """An appointment may be a series with exceptions, a shadow, or have had other events."""

    def seen(
        self, run: Run[Appointment], link: Link, observation: Observation[Appointment], value: Appointment
    ) -> Seen[Appointment]:
        """Of a shadow's event only when it takes place."""
        return shadows.seen(run, link, observation, value)

    def is_wanted_whole(
        self, run: Run[Appointment], link: Link, observation: Observation[Appointment]
    ) -> bool:
        """Whether a shadow is to become a whole copy."""
        return shadows.grows(run, link, observation)

    def absorb_shadow(
        self,
        run: Run[Appointment],
        link: Link,
        stored: Stored[Appointment] | None,
        observation: Observation[Appointment],
        remote: Seen[Appointment],
        effects: Effects[Appointment],
    ) -> None:
        """Follows the event behind a shadow."""
        shadows.absorb(run, link, stored, observation, remote, effects)

    def others(self, run: Run[Appointment], links: Sequence[Link]) -> Mapping[str, Observation[Appointment]]:
        """Older events that a person took out of Google's bin."""
        return generations.others(run, links)

    def rules(self, run: Run[Appointment], observation: Observation[Appointment]) -> Rules:
        """Where a series ends that Google has split, Google says."""
        return following.adoption_rules(run, observation)

    def as_local(self, run: Run[Appointment], link: Link, value: Appointment) -> Appointment:
        """Its series goes by the CRM's id."""
        local: Appointment = following.as_local(run, link, value)
        return local

    def over(self, run: Run[Appointment], link: Link, *, by_google: bool) -> Write:
        """Its link goes: what an event was is told by its id."""
        return DropLink(link.key)

    def taken(self, run: Run[Appointment], observation: Observation[Appointment]) -> Sequence[Write]:
        """Nothing."""
        return ()

    def gone_there(self, run: Run[Appointment], link: Link) -> Sequence[Write]:
        """Its exceptions are gone there too."""
        return following.forget(run, link)

    def archived(self, run: Run[Appointment], link: Link) -> Pending:
        """Its exceptions are archived with it."""
        if is_exception_key(link.key) or not links_series(link):
            return Pending()
        return following.cover(run, link, "with its series")

    def made_again(self, run: Run[Appointment], link: Link) -> Sequence[Write]:
        """Its exceptions come before the next pass, and follow."""
        return following.again(run, link)

    def linked_again(
        self, run: Run[Appointment], stored: Stored[Appointment], value: Appointment
    ) -> Sequence[Write]:
        """Its exceptions come once more to the local pass; those in the archive come out of it with it."""
        if not value.recurrence:
            return ()
        return following.revive(run, stored.id, None if stored.archived_at is None else value)

    def come_out(
        self, run: Run[Appointment], link: Link, crm: str, value: Appointment
    ) -> tuple[Sequence[Write], bool]:
        """Its living exceptions, which may have waited for it, or been set aside for its sake."""
        if not is_series(value):
            return (), False
        return following.go_on(run, crm), bool(link.stuck)

    def come_back(self, run: Run[Appointment], link: Link, value: Appointment) -> Sequence[Write] | None:
        """Its exceptions come back, archived ones too."""
        return following.revive(run, link.crm, value) if is_series(value) else None

    def moved(
        self,
        run: Run[Appointment],
        link: Link,
        stored: Stored[Appointment],
        decision: Decision[Appointment],
    ) -> tuple[Pending, bool]:
        """Its exceptions go and come back with their occurrences."""
        if decision.value is None or not decision.local_fields & following.TIMES:
            return Pending(), False
        back = following.carried(run, link, stored.value, decision.value)
        return back, any(lost.field in following.TIMES for lost in decision.lost)
