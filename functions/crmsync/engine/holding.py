"""Putting on hold: what looks like an accident is written down for the user and left as it is.

A record that is in a hold already is in no other plan of deletions: seen again (by an audit, or because the
cursor looks back a little) it neither makes a second hold nor passes the guard in a smaller company.
"""

from collections.abc import Sequence
from typing import Any

from crmsync.core.decide import IDENTITY_CLEARED
from crmsync.core.guard import plan_digest
from crmsync.core.journal import Hold, Side
from crmsync.core.model import R, Stored
from crmsync.core.state import Link
from crmsync.core.titles import title_of
from crmsync.engine.run import Run
from crmsync.store.ports import PutHold, Write


def not_held(
    run: Run[R], side: Side, found: Sequence[tuple[Link, Stored[R]]]
) -> list[tuple[Link, Stored[R]]]:
    """Those of the deletions on this side that do not wait for the user already."""
    held = _held(run) if found else frozenset()
    return [(link, stored) for link, stored in found if (side, False, link.key) not in held]


def deletions(run: Run[R], side: Side, reason: str, found: Sequence[tuple[Link, Stored[R]]]) -> Write:
    """The write that holds these deletions on this side."""
    items = tuple((link.key, title_of(stored.value)) for link, stored in found)
    return PutHold(_hold(run, side, reason, items))


def clearing(run: Run[R], link: Link, stored: Stored[R] | None) -> list[Write]:
    """The write that holds what was cleared at Google; none when it is held already."""
    if ("crm", True, link.key) in _held(run):
        return []
    items = ((link.key, title_of(stored.value) if stored else ""),)
    return [PutHold(_hold(run, "crm", IDENTITY_CLEARED, items))]


def _hold(run: Run[Any], side: Side, reason: str, items: tuple[tuple[str, str], ...]) -> Hold:
    # Deletions and a clearing of the same record are different questions.
    digest = plan_digest((*items, (side, reason)))
    return Hold(digest, run.resource, side, reason, digest, items, run.now())


def _held(run: Run[Any]) -> frozenset[tuple[Side, bool, str]]:
    """What is held of this resource, as (side, whether it is a clearing, link key). Read once a run.

    Only jobs of this resource hold and release, and the fence lets one of them through.
    """
    if run.held is None:
        holds = [hold for hold in run.deps.store.holds(run.uid) if hold.resource == run.resource]
        run.held = frozenset(
            (hold.side, hold.reason == IDENTITY_CLEARED, key) for hold in holds for key, _ in hold.items
        )
    return run.held
