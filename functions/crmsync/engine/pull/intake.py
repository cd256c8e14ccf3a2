"""How the pages of one listing are taken in: what contacts and a calendar do each in their own way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from crmsync.core.model import R
from crmsync.core.state import Link, Observation
from crmsync.engine.pairs.merges import Heirs
from crmsync.engine.ports import Remote
from crmsync.engine.run.pending import Effects

Step = Callable[[Effects[R]], None]
"""A piece of work that adds to what one commit will write; done again when something moved meanwhile."""


class Intake(Protocol[R]):
    """One object a listing: it remembers what the pages have shown, and begins anew with the next listing.

    remote: what is listed. heirs: who was seen to have taken over from whom. offers: whether rows of the
    sheet may be missing from a complete listing. holds_candidates: whether what it writes depends on the
    round.
    """

    remote: Remote[R]
    heirs: Heirs[R]
    offers: bool
    holds_candidates: bool

    def parts(self, items: Sequence[Observation[R]]) -> Sequence[Sequence[Observation[R]]]:
        """A page's items in the order in which they must be taken in, those that go together together."""
        ...

    def absorb(self, batch: Sequence[Observation[R]], effects: Effects[R]) -> None:
        """Decides what a batch leads to, and adds it to `effects`. May be asked again for the same batch."""
        ...

    def committed(self, effects: Effects[R]) -> None:
        """What a batch or a step led to is committed."""
        ...

    def unsettled(self) -> bool:
        """Whether anything waits for the end of the listing."""
        ...

    def conclude(self) -> Iterator[Step[R]]:
        """What is left to do once the listing has been read to its end, step by step."""
        ...

    def absent(self, missing: Sequence[Link]) -> tuple[Sequence[Link], Step[R] | None]:
        """Of links that a complete listing did not show: those to be confirmed by a direct read, and a step
        that sees to the others.
        """
        ...

    def withdraw(self) -> None:
        """After a complete listing: sees to rows of the sheet that it did not show."""
        ...

    def progress(self) -> Mapping[str, Any]:
        """State fields to save with the continuation of a listing that goes on in another job."""
        ...

    def closing(self) -> Mapping[str, Any]:
        """State fields to save with the cursor."""
        ...
