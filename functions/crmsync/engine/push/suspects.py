"""Whose trouble a refusal is that Google words as one of the whole account or calendar.

An appointment with many guests is refused in the words of a used-up quota, a private event of somebody else's
calendar in those of a calendar that may only be read. Going on without the record tells: when others pass,
the trouble is its own; when the next call is refused as well, it is the account's or the calendar's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from crmsync.core.errors import AlreadyThere, Closed, NotFound, RateLimited, Refused, Stale, SyncError
from crmsync.core.model import Appointment, R, Stored
from crmsync.core.quarantine import GUESTS, QUOTA
from crmsync.core.state import Link
from crmsync.engine.run import aside
from crmsync.engine.run.run import Run
from crmsync.store.ports import PutLink

FEW = 10
"""One refusal for a rate among so many parts of a call of which later ones passed is no rate."""

_ABOUT_A_RECORD = (Stale, NotFound, AlreadyThere, Refused)

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Asked(Generic[R]):
    """A record of a call. key: by which the call's answer names it. link: None when it has none. tries: how
    often one without a link was set aside before.
    """

    key: str
    stored: Stored[R]
    link: Link | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Suspect(Generic[R]):
    """A record that was refused in such words, and the error."""

    asked: Asked[R]
    error: SyncError

    @property
    def reason(self) -> str:
        """Why it is set aside once it is known that the trouble is its own."""
        if isinstance(self.error, Closed):
            return "forbidden"
        return GUESTS if self.has_guests else QUOTA

    @property
    def has_guests(self) -> bool:
        """Whether there are guests to whom the refusal may be due."""
        value = self.asked.stored.value
        return isinstance(value, Appointment) and bool(value.attendees)


@dataclass(slots=True)
class Suspects(Generic[R]):
    """Those of one pass of whom it is not known yet."""

    held: list[Suspect[R]] = field(default_factory=list)
    cleared: list[Suspect[R]] = field(default_factory=list)
    """Those whose trouble is known to be their own, to be set aside with what is committed next."""

    aside: set[str] = field(default_factory=set)
    """CRM ids of those that have been set aside: none of them is left for later."""

    def ask(
        self, items: Sequence[Asked[R]], call: Callable[[], Mapping[str, A | SyncError]]
    ) -> dict[str, A | SyncError]:
        """Makes a call; answers its outcomes without those of whom it is not known yet whose trouble it is.

        Raises what is refused to the whole account or calendar, as far as that is known.
        """
        try:
            outcomes = dict(call())
        except (RateLimited, Closed) as error:
            if self.held or not _is_doubtful(error):
                raise
            self.held += [Suspect(item, error) for item in items]
            return {}
        self._judge(items, outcomes)
        return outcomes

    def _judge(self, items: Sequence[Asked[R]], outcomes: dict[str, A | SyncError]) -> None:
        told = [(item, outcomes[item.key]) for item in items if item.key in outcomes]
        suspects = [
            Suspect(item, error)
            for item, error in told
            if isinstance(error, SyncError) and _may_be_its_own(error, told)
        ]
        passed = [place for place, (_, outcome) in enumerate(told) if not _is_general(outcome)]
        if passed:
            self.cleared += self.held
            self.held = []
        last = passed[-1] if passed else -1
        places = {item.key: place for place, (item, _) in enumerate(told)}
        for suspect in suspects:
            key = suspect.asked.key
            if places[key] < last:
                outcomes[key] = Refused(suspect.reason)
            elif _is_doubtful(suspect.error):
                self.held.append(suspect)
                del outcomes[key]

    def put_aside(self, run: Run[R]) -> list[PutLink]:
        """The writes that set those aside whose trouble is known to be their own."""
        cleared, self.cleared = self.cleared, []
        self.aside |= {suspect.asked.stored.id for suspect in cleared}
        return [_aside(run, suspect) for suspect in cleared]

    def settle(self, run: Run[R]) -> list[PutLink]:
        """The same at the end of a pass, in which nothing was left to go on with.

        An appointment with guests is more likely to be refused for these than everything is. Raises what
        others met.
        """
        self.cleared += [suspect for suspect in self.held if suspect.has_guests and _is_quota(suspect.error)]
        self.held = [suspect for suspect in self.held if suspect not in self.cleared]
        if self.held and not self.cleared:
            raise self.held[0].error
        return self.put_aside(run)


def _aside(run: Run[R], suspect: Suspect[R]) -> PutLink:
    asked = suspect.asked
    if asked.link is not None:
        return PutLink(aside.set_aside(run, asked.link, asked.stored, suspect.reason))
    return PutLink(aside.refused(run, asked.stored, suspect.reason, tries=asked.tries))


def _is_quota(error: SyncError) -> bool:
    return isinstance(error, RateLimited) and error.reason == QUOTA


def _is_doubtful(error: SyncError) -> bool:
    """Whether Google gives this answer for a record of its own trouble, too."""
    return _is_quota(error) or (isinstance(error, Closed) and error.reason == "calendar_read_only")


def _is_general(outcome: object) -> bool:
    return isinstance(outcome, SyncError) and not isinstance(outcome, _ABOUT_A_RECORD)


def _may_be_its_own(error: SyncError, told: Sequence[tuple[object, object]]) -> bool:
    if _is_doubtful(error):
        return True
    general = [outcome for _, outcome in told if _is_general(outcome)]
    return isinstance(error, RateLimited) and len(general) == 1 and len(told) >= FEW
