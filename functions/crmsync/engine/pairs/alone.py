"""Records on which nothing hangs: contacts."""

from collections.abc import Mapping, Sequence

from crmsync.core.model import Contact, Stored
from crmsync.core.pair.plan import Decision, Rules, Seen
from crmsync.core.state import Link, Observation
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.run import Run
from crmsync.store.ports import Write


class Alone:
    """A contact is one record on either side."""

    def seen(
        self, run: Run[Contact], link: Link, observation: Observation[Contact], value: Contact
    ) -> Seen[Contact]:
        """All of it."""
        return run.shown(link, observation, value)

    def is_wanted_whole(self, run: Run[Contact], link: Link) -> bool:
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
        """None."""
        return {}

    def rules(self, run: Run[Contact], observation: Observation[Contact]) -> Rules:
        """The user's."""
        return run.rules

    def as_local(self, run: Run[Contact], link: Link, value: Contact) -> Contact:
        """As it is."""
        return value

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
