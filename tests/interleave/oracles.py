"""What must hold of an order: when all actors are over, and when everything has come to rest."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from crmsync.core.account import User
from crmsync.core.errors import SyncError
from crmsync.core.model import Resource
from crmsync.engine.run.lease import LEASE_TIME
from crmsync.store.errors import StoreError
from tests.interleave.casts import Play
from tests.machine.calendar_checks import CalendarChecks
from tests.machine.checks import ALL, Checks
from tests.machine.crashes import Crash
from tests.machine.people import Witness
from tests.stage import Stage

QUIET = 3
"""So many syncs in a row must find nothing to do."""
FOLLOW_UPS = 1
"""So many jobs of a resource that jobs have left are queued at most, which look again soon: at a lease, and
as many because they were overtaken; and so many that come back later, for the end of a wait or for what had
to wait. None of them can call off another.
"""
SOON = timedelta(seconds=15)
LOOKS = 300
"""So many jobs are delivered at most until nothing is queued: each that meets the lease of a dead one looks
at it again and again.
"""
CALLS, ANEW = 4, 12
"""So many calls to Google an order needs at most for each actor, what is queued in it included; and besides
for an event that is made anew, whose next free id is looked for.
"""
ANSWERED = (Crash, StoreError, SyncError)
"""How a job may end that is delivered again, and a request that fails."""


def follow_ups(cast: Collection[str], fates: Collection[str]) -> int:
    """So many that are alike may be queued after an order.

    One more where a job comes back for a trouble of its own, and where the clock jumps between its look at
    the time and its place in the queue.
    """
    return FOLLOW_UPS + bool(fates or "clock" in cast)


def when_all_are_over(it: Play, most: int) -> None:
    """Nobody works any more, and what was queued has not been delivered. most: follow-ups that are alike."""
    for failure in it.world.hub.failures.values():
        if not isinstance(failure, ANSWERED):
            raise failure
    if not it.world.hub.died:
        _no_lease(it)
    _few_follow_ups(it, most)


def _few_follow_ups(it: Play, most: int) -> None:
    """Of the jobs whose time has not come yet; the others would have been delivered."""
    now, filled = it.world.stage.clock.now(), it.world.filled.by
    coming = Counter(
        (job, due - now < SOON, "-after-" in name)
        for by, job, due, name in filled
        if "job" in by and due >= now
    )
    assert max(coming.values(), default=0) <= most, f"too many follow-ups: {filled}"
    ticks = Counter(job for by, job, *_ in filled if "tick" in by)
    assert max(ticks.values(), default=0) <= 1, f"ticks that overlap have queued the same: {filled}"


def at_rest(it: Play) -> None:
    """What was queued is delivered, and some time passes; then both sides agree, and all is still."""
    stage = it.world.stage
    stage.run(LOOKS)
    if _user(stage).connection is None:
        if it.world.hub.died:
            stage.later(LEASE_TIME.total_seconds())
        _no_lease(it)
        stage.connect(it.resources)
    for _ in range(2):
        stage.later(20 * 60)
        for resource in sorted(it.resources):
            stage.sync(resource)
    _no_lease(it)
    _looks_well(it)
    _is_quiet(it)
    _a_complete_listing_changes_nothing(it)


def no_more_calls_than_needed(cast: Collection[str], fates: Collection[str], calls: int) -> None:
    """What jobs that meet do twice stays within bounds, and what one does anew for which another has died."""
    most = ANEW * (1 + bool(fates)) + CALLS * len(cast)
    assert calls <= most, f"{calls} calls to Google for {len(cast)} actors"


def _user(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def _no_lease(it: Play) -> None:
    user = _user(it.world.stage)
    for resource in sorted(it.resources):
        state = user.resource(resource)
        by, until = state.lease_by, state.lease_until
        # That of a job that died runs out, and is nobody's then.
        ended = it.world.hub.died and until is not None and until <= it.world.stage.clock.now()
        assert by is None or ended, f"the lease of {resource} is left behind, by {by}"


def _looks_well(it: Play) -> None:
    stage, witness = it.world.stage, it.world.witness
    places: list[Any] = list(stage.store.conflicts(stage.scope, None, ALL))
    if "contacts" in it.resources:
        contacts = Checks(stage)
        contacts.everything(_of(it, "contacts"), None)
        places += [stored.value for stored in contacts.records.values()]
    if "calendar" in it.resources:
        events = CalendarChecks(stage)
        events.everything(_of(it, "calendar"))
        places += [stored.value for stored in events.records.values()]
    # Pairs agree: what is in the CRM is at Google, unless it is archived.
    text = "\n".join(str(place) for place in places)
    lost = {word for word in witness.typed - witness.gone if word not in text}
    assert not lost, f"neither on both sides nor among the conflicts: {lost}"


def _of(it: Play, resource: Resource) -> Witness:
    """What was typed of this resource: people type in that of the play alone."""
    return it.world.witness if resource == it.resource else Witness()


def _is_quiet(it: Play) -> None:
    stage = it.world.stage
    for resource in sorted(it.resources):
        stage.later()
        stage.meter.reset()
        stage.world.controls.forget_calls()
        for _ in range(QUIET):
            stage.sync(resource)
        used, calls = stage.meter.used(), stage.world.controls.count()
        assert (used.writes, used.deletes) == (0, 0), f"{QUIET} quiet syncs of {resource} wrote: {used}"
        assert calls == QUIET, f"{QUIET} quiet syncs of {resource} called Google {calls} times"


def _a_complete_listing_changes_nothing(it: Play) -> None:
    stage = it.world.stage
    before = _content(it)
    stage.book.expire_sync_tokens()
    stage.calendar.expire_sync_tokens()
    for resource in sorted(it.resources):
        stage.sync(resource)
    assert _content(it) == before, "a complete listing changes something"


def _content(it: Play) -> Any:
    """All that people see on both sides, with the versions."""
    stage = it.world.stage
    records = [
        (stored.id, stored.value, stored.archived_at)
        for kind in ("contacts", "appointments")
        for stored in stage.store.changed(stage.scope, kind, None, None, ALL)
    ]
    people = stage.book.contents()
    events = {e.id: (e.fields, e.cancelled) for e in stage.calendar.calendar("primary").events.values()}
    return records, people, events
