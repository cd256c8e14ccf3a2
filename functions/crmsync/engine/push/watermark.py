"""How far a pass over the CRM's changes has come, and how much of that may be saved.

What is saved is the local cursor: all changes up to it have been dealt with. A record's server time is given
when its commit begins, and the record shows when that has ended: so a change may show behind the back of a
pass that looked at a later one. Therefore the next job looks back from the cursor by longer than a commit can
take, unless all that lies before the cursor had settled when it was looked at.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmsync.core.account import LocalCursor
from crmsync.core.model import R, Stored
from crmsync.engine.push.changes import Changed, Position
from crmsync.store.ports import LONGEST_COMMIT

OVERLAP = LONGEST_COMMIT + timedelta(seconds=2)
"""How far before a cursor that is not settled the CRM's changes are looked at again."""
SETTLED = 2 * LONGEST_COMMIT
"""Changes older than this have all been seen by a pass that looked to the end, whatever the clocks' skew."""
TIDY = timedelta(hours=1)
"""After so long without a commit, moving the cursor past what was looked at in vain is worth one."""
WORTH_A_WRITE = 20
"""When a pass looked at this many records in vain, moving the cursor costs less than looking at them again.
"""


@dataclass(slots=True)
class Watermark:
    """The reckoning of one pass. It never passes a record that had to wait, nor what may still come behind
    the pass's back.
    """

    safe: LocalCursor | None = None
    """Up to here every record has been dealt with."""
    position: Position | None = None
    """The last record that was read."""
    blocked: bool = False
    """Whether a record had to wait: nothing after it counts as dealt with."""
    looked_at: datetime | None = None
    """When recent changes were first looked at."""
    horizon: LocalCursor | None = None
    """How far that first look came: a change may show only after a later one."""
    looked: int = 0
    """How many records were looked at."""
    in_vain: bool = False
    """Whether a record was looked at that this very run did not write: it will be looked at again."""
    passed: int = 0
    """How many records are behind the mark, those of earlier jobs of the same pass included."""
    total: int | None = None
    """How many there were when a long pass began; None for one that sees to what has just changed."""

    def read(self, page: Changed[R]) -> None:
        """Notes a page that was read."""
        recent = page.last or page.records[-1].updated_at > page.read_at - SETTLED
        if recent and self.looked_at is None:
            self.looked_at = page.read_at
        if not page.records:
            return
        newest = page.records[-1]
        self.position = (newest.updated_at, newest.id)
        if recent and self.horizon is None:
            self.horizon = self._at(*self.position)

    def look(self, records: int, *, fresh: bool) -> None:
        """Counts records that are looked at; fresh: there are some that this run did not write itself."""
        self.looked += records
        self.in_vain |= fresh

    def move_past(self, page: Sequence[Stored[R]], waiting: Collection[str]) -> None:
        """Moves past the records of a page that were dealt with, up to the first one that waits."""
        for stored in page:
            self.blocked |= stored.id in waiting
            if not self.blocked:
                self.safe = self._at(stored.updated_at, stored.id)
                self.passed += 1

    def end(self) -> None:
        """No record came after these: what had settled by then is behind the mark as well."""
        if self.safe is not None and not self.blocked:
            self.safe = self._at_least_settled(self.safe)

    @property
    def cursor(self) -> LocalCursor | None:
        """What may be saved."""
        return self._before_horizon(self.safe)

    def final_cursor(self, *, waits: bool) -> LocalCursor | None:
        """What may be saved when the deletions are through, which kept the mark before them.

        waits: another record could not be dealt with, so the mark stays where it is.
        """
        if waits or self.position is None:
            return self.cursor
        return self._before_horizon(self._at(*self.position))

    def is_worth_saving(self, saved: LocalCursor | None, quiet: timedelta) -> bool:
        """Whether moving the saved cursor is worth a commit of its own.

        quiet: how long before this job nothing was committed.
        """
        if self.cursor == saved:
            return False
        return saved is None or self.looked > WORTH_A_WRITE or (self.in_vain and quiet > TIDY)

    @property
    def progress(self) -> Mapping[str, object]:
        """What the button shows of a long pass; nothing of one that only sees to what has just changed."""
        if not self.total:
            return {}
        return {"phase": "pushing", "done": min(self.passed, self.total), "total": self.total}

    def _before_horizon(self, reached: LocalCursor | None) -> LocalCursor | None:
        """What happened since the pass first looked at recent changes is looked at again by the next job,
        with the overlap: calls to Google take longer than that, and a later look of this pass went on without
        it.
        """
        if reached is None or self.horizon is None:
            return reached
        horizon = self._at_least_settled(self.horizon)
        return min(reached, horizon, key=lambda cursor: (cursor.at, cursor.id))

    def _at_least_settled(self, cursor: LocalCursor) -> LocalCursor:
        """The cursor, moved on to what had settled when this pass first looked at recent changes: later ones
        may have come behind its back, while Google was at work.
        """
        if self.looked_at is None:
            return cursor
        return max(cursor, LocalCursor(self.looked_at - SETTLED, "", True), key=lambda cursor: cursor.at)

    def _at(self, moment: datetime, id: str) -> LocalCursor:
        """The cursor at a record that was read: until recent changes were looked at, all had settled."""
        settled = self.looked_at is None or moment <= self.looked_at - SETTLED
        return LocalCursor(moment, id, settled)


def since(cursor: LocalCursor | None) -> datetime | None:
    """From when on changes are looked at, given the saved cursor; None for all of them."""
    if cursor is None:
        return None
    return cursor.at if cursor.settled else cursor.at - OVERLAP


def position(cursor: LocalCursor | None) -> Position | None:
    """The record after which changes are looked at, given the saved cursor; None for all since `since`."""
    return (cursor.at, cursor.id) if cursor is not None and cursor.settled and cursor.id else None
