"""The calendar both ways: first push and pull, echo, idling, single edits, a push under quota."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bench.events import appointment, event
from bench.installation import Installation, MovableClock
from bench.measure import Cost, measured
from bench.rows import Row, cost_data, each, pages
from bench.scenarios_push import age, idle, plain, scheduled
from bench.setup import Setup
from crmsync.core.account import UserSettings
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.engine import jobs
from crmsync.engine.status import status
from crmsync.gateway.client import BATCH_SIZE
from crmsync.gateway.events import PAGE_SIZE
from crmsync.gateway.quota import PER_MINUTE
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.ports import PutUser

_BATCH = "calendar.batch"
_LIST = "calendar.events.list"
_WATCH = "calendar.events.watch"


def push(setup: Setup, size: int) -> list[Row]:
    """All rows of one user who pushes `size` appointments and then lives on."""
    uid, email = f"events-{size}", f"events-{size}@gmail.example"
    setup.ours.connect(uid, email)
    rows = [_first_push(setup, uid, size), _echo(setup, uid, size)]
    age(setup, uid)
    rows += [idle(setup, uid, size), scheduled(setup, uid, size)]
    return [*rows, _google_edit(setup, uid, email, size), _crm_edit(setup, uid, size)]


def _first_push(setup: Setup, uid: str, size: int) -> Row:
    floor = setup.floor(f"floor-{uid}@gmail.example")
    events = [event(number) for number in range(size)]
    with measured(setup.google) as bare:
        floor.push_events(events)
    floor.close()
    setup.ours.fill(uid, {f"a{number:05d}": appointment(number) for number in range(size)})
    setup.ours.queue.enqueue("sync", {"uid": uid, "resource": "calendar", "reason": "schedule"})
    job, payload = setup.ours.queue.tasks.popleft()
    # Without the look that follows the opening of the first channel: that is the own echo.
    with measured(setup.google, setup.ours) as cost:
        jobs.run(setup.ours.deps, job, payload)
    setup.ours.queue.tasks.clear()
    ratio, least = cost.seconds / bare.seconds, pages(size, BATCH_SIZE)
    operations = cost.traffic.operations
    return Row(
        "first push of events",
        size,
        f"{operations.get(_BATCH, 0)} batches + {operations.get(_LIST, 0)} pull + "
        f"{operations.get(_WATCH, 0)} watch; "
        f"{ratio:.2f} × floor ({cost.seconds:.1f} s / {bare.seconds:.1f} s); "
        f"{each(cost.store.reads, size)} reads, {each(cost.written, size)} writes a record",
        f"{least} batches, and the pull before them",
        operations.get(_BATCH, 0) == least and cost.calls <= least + 2,
        {"ours": cost_data(cost), "floor": cost_data(bare), "ratio": ratio},
    )


def _echo(setup: Setup, uid: str, size: int) -> Row:
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid, "calendar")
    least = pages(size, PAGE_SIZE)
    return Row(
        "own echo of events",
        size,
        f"{cost.calls} calls; {each(cost.store.reads, size)} reads each; {cost.written} writes; "
        f"{cost.seconds:.1f} s",
        f"{least} calls; ≤ 1 link read each; 0 writes",
        # The job's own reads come on top: its user, and the records at its cursor.
        cost.calls == least and cost.store.reads <= size + 5 and cost.written == 0,
        cost_data(cost),
    )


def _google_edit(setup: Setup, uid: str, email: str, size: int) -> Row:
    link = setup.ours.store.links_page(Scope.of(uid), "calendar", None, 1)[0]
    edited = {"description": "Edited at Google."}
    setup.google.act("calendar/edit", account=email, id=link.remote_id, event=edited)
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid, "calendar")
    stored = setup.ours.store.appointment(Scope.of(uid), link.crm)
    assert stored is not None
    assert stored.value.description == "Edited at Google."
    return Row(
        "one event edited at Google → CRM",
        size,
        f"{plain(cost)} in {cost.store.commits} commit(s); {cost.seconds:.2f} s",
        "1 call",
        cost.calls == 1,
        cost_data(cost),
    )


def _crm_edit(setup: Setup, uid: str, size: int) -> Row:
    age(setup, uid)
    id = f"a{size - 1:05d}"
    stored = setup.ours.store.appointment(Scope.of(uid), id)
    assert stored is not None
    setup.ours.edit(uid, id, replace(stored.value, title="Edited in the CRM"))
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid, "calendar")
    read = cost.traffic.operations.get("calendar.events.get", 0)
    patched = cost.traffic.operations.get("calendar.events.patch", 0)
    return Row(
        "one appointment edited in the CRM → Google",
        size,
        f"{plain(cost)}, {read} direct reads; {cost.seconds:.2f} s",
        "2 calls: pull 1 + update 1, no read before it",
        cost.calls == 2 and patched == 1 and read == 0,
        cost_data(cost),
    )


def pull(setup: Setup, size: int) -> list[Row]:
    """The rows of users who have `size` events at Google: where they stay there, and where they come in."""
    email = f"events-pull-{size}@gmail.example"
    floor = setup.full_calendar(email, size)
    with measured(setup.google) as bare:
        floor.events()
    floor.close()
    rows = []
    for choice in ("off", "full"):
        uid = f"events-pull-{choice}-{size}"
        setup.ours.connect(uid, email)
        setup.ours.store.commit(Scope.of(uid), [PutUser({"settings": UserSettings(google_events=choice)})])
        setup.ours.queue.tasks.clear()
        with measured(setup.google, setup.ours) as cost:
            jobs.run(setup.ours.deps, "sync", {"uid": uid, "resource": "calendar", "reason": "schedule"})
        setup.ours.queue.tasks.clear()
        rows.append(_pulled(setup, uid, size, choice, cost, bare))
    return rows


def _pulled(setup: Setup, uid: str, size: int, choice: str, cost: Cost, bare: Cost) -> Row:
    came = setup.ours.store.count(Scope.of(uid), "appointments")
    assert came == (size if choice == "full" else 0)
    listed, watched = (cost.traffic.operations.get(name, 0) for name in (_LIST, _WATCH))
    least = pages(size, PAGE_SIZE)
    return Row(
        f"first pull of events, they {'enter' if choice == 'full' else 'stay out'}",
        size,
        f"{listed} calls + {watched} watch; {each(cost.written, size)} writes an event; "
        f"{cost.seconds / bare.seconds:.2f} × floor ({cost.seconds:.1f} s / {bare.seconds:.1f} s)",
        f"{least} calls",
        listed == least and cost.calls <= least + 1,
        {"ours": cost_data(cost), "floor": cost_data(bare)},
    )


def under_quota(setup: Setup, size: int) -> list[Row]:
    """A first push at Google's 600 requests a minute: on clocks that are moved past each wait."""
    google, uid, email = setup.google, f"quota-{size}", f"quota-{size}@gmail.example"
    clock, calendar = MovableClock(), frozenset[Resource](("calendar",))
    ours = Installation(google, MemoryDocuments(clock), clock, PER_MINUTE)
    ours.connect(uid, email, calendar)
    ours.fill(uid, {f"a{number:05d}": appointment(number) for number in range(size)})
    google.act("quotas", preset="google")
    shown: list[int] = []
    told: list[tuple[datetime, timedelta]] = []
    ran, started = 0, clock.now()
    ours.queue.enqueue("sync", {"uid": uid, "resource": "calendar", "reason": "schedule"})
    with measured(google, ours) as cost:
        while ours.queue.tasks:
            wait = max(ours.queue.delays, default=0.0)
            ours.queue.delays.clear()
            if wait:
                google.act("advance", seconds=wait)
                clock.skipped += timedelta(seconds=wait)
            job, payload = ours.queue.tasks.popleft()
            jobs.run(ours.deps, job, payload)
            ran += 1
            progress = status(ours.deps, Scope.of(uid)).headline.progress
            if progress is not None and progress.total == size:
                shown.append(progress.done)
                if progress.left is not None:
                    told.append((clock.now(), progress.left))
    google.act("quotas", preset="generous")
    ended = clock.now()
    minutes = (ended - started).total_seconds() / 60
    honest = [left / (ended - at) for at, left in told if at < ended]
    worst = f"{min(honest):.2f} to {max(honest):.2f} × what it took" if honest else "no estimate"
    linked, made = (
        ours.store.count_links(Scope.of(uid), "calendar"),
        cost.traffic.operations["calendar.events.insert"],
    )
    batches, least = cost.traffic.operations.get(_BATCH, 0), pages(size, BATCH_SIZE)
    once = linked == google.count_events(email) == size
    return [
        Row(
            "first push of events under Google's quota",
            size,
            f"{batches} batches in {ran} jobs over {minutes:.0f} min; {made - size:,} inserts refused "
            f"and sent again; {'each event once' if once else 'doubles or gaps'}; progress after the waits: "
            f"{', '.join(f'{done:,}' for done in shown[:8])}{' …' if len(shown) > 8 else ''} of {size:,}; "
            f"estimates of the time left: {worst}",
            f"{least} batches, at most one more a wait; shows an estimate, resumes, nothing twice",
            once and batches < least + ran and shown == sorted(shown) and (bool(honest) or size <= 600),
            {"ours": cost_data(cost), "shown": shown, "minutes": minutes, "jobs": ran, "honest": honest},
        )
    ]
