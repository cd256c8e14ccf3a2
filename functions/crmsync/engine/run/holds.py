"""Putting on hold: what looks like an accident is written down for the user and left as it is.

A record that is in a hold already is in no other plan of deletions: seen again (by an audit, or because the
cursor looks back a little) it neither makes a second hold nor passes the guard in a smaller company.
Deletions that follow while others wait for the same reason join them: the user is asked once.
"""

from collections.abc import Sequence
from dataclasses import replace

from crmsync.core.chunks import chunks
from crmsync.core.journal import Hold, Side
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import IDENTITY_CLEARED
from crmsync.core.pair.guard import plan_digest
from crmsync.core.state import Link
from crmsync.core.text.titles import title_of
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropHold, PutHold, Write

MOST = 2_000
"""Records that one hold names: with names of the longest kind they fill half a document."""
NAME = 200
"""So much of a record's name is shown."""


def not_held(
    run: Run[R], side: Side, found: Sequence[tuple[Link, Stored[R]]]
) -> list[tuple[Link, Stored[R]]]:
    """Those of the deletions on this side that do not wait for the user already."""
    held = _held(run) if found else frozenset()
    return [(link, stored) for link, stored in found if (side, False, link.key) not in held]


def is_held(run: Run[R], side: Side, link: Link) -> bool:
    """Whether the deletion of this record on this side waits for the user."""
    return (side, False, link.key) in _held(run)


def deletions(run: Run[R], side: Side, reason: str, found: Sequence[tuple[Link, Stored[R]]]) -> list[Write]:
    """The writes that hold these deletions on this side, with those that wait for the same reason."""
    joined = [hold for hold in _holds(run) if _takes_more(hold, side, reason)]
    items = [item for hold in joined for item in hold.items]
    items += [(link.key, _shown(stored)) for link, stored in found]
    made = [_hold(run, side, reason, tuple(part)) for part in chunks(items, MOST)]
    # Who is just being asked learns by the digest that there are more now.
    made[: len(joined)] = [replace(new, id=old.id) for new, old in zip(made, joined, strict=False)]
    writes: list[Write] = [PutHold(hold) for hold in made]
    writes += [DropHold(hold.id) for hold in joined[len(made) :]]
    return writes


def _takes_more(hold: Hold, side: Side, reason: str) -> bool:
    same = (hold.side, hold.reason, hold.choice) == (side, reason, None)
    return same and len(hold.items) < MOST


def clearing(run: Run[R], link: Link, stored: Stored[R] | None) -> list[Write]:
    """The write that holds what was cleared at Google; none when it is held already."""
    if ("crm", True, link.key) in _held(run):
        return []
    items = ((link.key, _shown(stored) if stored else ""),)
    return [PutHold(_hold(run, "crm", IDENTITY_CLEARED, items))]


def _shown(stored: Stored[R]) -> str:
    return title_of(stored.value)[:NAME]


def _hold(run: Run[R], side: Side, reason: str, items: tuple[tuple[str, str], ...]) -> Hold:
    # Deletions and a clearing of the same record are different questions.
    digest = plan_digest((*items, (side, reason)))
    return Hold(digest, run.resource, side, reason, digest, items, run.now())


def _held(run: Run[R]) -> frozenset[tuple[Side, bool, str]]:
    """What is held of this resource, as (side, whether it is a clearing, link key)."""
    return frozenset(
        (hold.side, hold.reason == IDENTITY_CLEARED, key) for hold in _holds(run) for key, _ in hold.items
    )


def _holds(run: Run[R]) -> tuple[Hold, ...]:
    """The holds of this resource, read once a run.

    Only jobs of this resource hold and release, and the fence lets one of them through.
    """
    if run.memory.holds is None:
        found = run.store.holds(run.scope)
        run.memory.holds = tuple(hold for hold in found if hold.resource == run.resource)
    return run.memory.holds
