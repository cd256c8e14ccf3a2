"""Records on which nothing hangs: contacts. Some have been at Google before, or are there twice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crmsync.core.model import Contact, Stored
from crmsync.core.pair.plan import Decision, Rules, Seen
from crmsync.core.state import Link, Observation
from crmsync.engine.pairs import claimants, returns
from crmsync.engine.run.effects import gone
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.run import Run
from crmsync.store.ports import PutCandidate, PutLink, Write


class Alone:
    """A contact is one record on either side."""

    def seen(
        self, run: Run[Contact], link: Link, observation: Observation[Contact], value: Contact
    ) -> Seen[Contact]:
        """All of it."""
        return run.shown(link, observation, value)

    def is_wanted_whole(self, run: Run[Contact], link: Link, observation: Observation[Contact]) -> bool:
        """It is known whole."""
        return False

    def absorb_shadow(
        self,
        run: Run[Contact],
        link: Link,
        stored: Stored[Contact] | None,
        observation: Observation[Contact],
        remote: Seen[Contact],
        effects: Effects[Contact],
    ) -> None:
        """No link of a contact is a shadow's."""
        raise AssertionError("a contact is known whole")

    def others(self, run: Run[Contact], links: Sequence[Link]) -> Mapping[str, Observation[Contact]]:
        """Contacts that it was before, out of Google's bin, and copies of which the user said so."""
        return returns.others(run, links)

    def rules(self, run: Run[Contact], observation: Observation[Contact]) -> Rules:
        """The user's."""
        return run.rules

    def as_local(self, run: Run[Contact], link: Link, value: Contact) -> Contact:
        """As it is."""
        return value

    def over(self, run: Run[Contact], link: Link, *, by_google: bool) -> Write:
        """Its link is kept as one that is gone: a person may take the contact out of Google's bin."""
        if by_google:
            run.memory.gone.add(link.key)
        return PutLink(gone(link, run.now() if by_google else None))

    def taken(self, run: Run[Contact], observation: Observation[Contact]) -> Sequence[Write]:
        """Its row of the sheet is decided."""
        row = run.store.candidates(run.scope, [observation.key]).get(observation.key)
        if row is None or row.status not in ("open", "copy"):
            return ()
        freed = claimants.touches(run.store, run.scope, [row], ())
        return [*freed, PutCandidate(replace(row, status="linked", claims=()))]

    def gone_there(self, run: Run[Contact], link: Link) -> Sequence[Write]:
        """Nothing."""
        return ()

    def archived(self, run: Run[Contact], link: Link) -> Pending:
        """Nothing."""
        return Pending()

    def made_again(self, run: Run[Contact], link: Link) -> Sequence[Write]:
        """Nothing."""
        return ()

    def linked_again(self, run: Run[Contact], stored: Stored[Contact], value: Contact) -> Sequence[Write]:
        """Nothing."""
        return ()

    def come_out(
        self, run: Run[Contact], link: Link, crm: str, value: Contact
    ) -> tuple[Sequence[Write], bool]:
        """Nothing."""
        return (), False

    def come_back(self, run: Run[Contact], link: Link, value: Contact) -> Sequence[Write] | None:
        """Nothing."""
        return None

    def moved(
        self, run: Run[Contact], link: Link, stored: Stored[Contact], decision: Decision[Contact]
    ) -> tuple[Pending, bool]:
        """Nothing."""
        return Pending(), False
