"""From Google to the import sheet and, what is ticked, into the CRM."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bench.measure import measured
from bench.people import person
from bench.rows import Row, cost_data, each, pages
from bench.setup import Setup
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Choice
from crmsync.engine import jobs
from crmsync.engine.imports import importing, sheet
from crmsync.gateway.people import PAGE_SIZE, People
from crmsync.store.ports import CandidateQuery

_OPEN = CandidateQuery("open")


def pull(setup: Setup, size: int) -> list[Row]:
    """The rows of one user who has `size` contacts at Google and none in the CRM."""
    uid, email = f"pull-{size}", f"pull-{size}@gmail.example"
    floor = setup.floor(email)
    setup.google.add_contacts(email, [person(number) for number in range(size)])
    with measured(setup.google) as bare:
        floor.pull()
    floor.close()
    setup.ours.connect(uid, email)
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid)
    ratio = cost.seconds / bare.seconds
    least = pages(size, PAGE_SIZE)
    first, last = _shown_at(setup, uid), setup.ours.answered[-1]
    early = size <= PAGE_SIZE or first < last
    rows = [
        Row(
            "first pull to the import sheet",
            size,
            f"{cost.calls} calls; {each(cost.written, size)} writes a candidate; "
            f"{ratio:.2f} × floor ({cost.seconds:.1f} s / {bare.seconds:.1f} s); sheet ready "
            f"{(last - first).total_seconds():+.1f} s before the last page",
            f"{least} calls; ≤ 1.02 writes a candidate; first sheet page before the last Google page",
            cost.calls == least and round(cost.written / size, 2) <= 1.02 and early,
            {"ours": cost_data(cost), "floor": cost_data(bare), "ratio": ratio},
        ),
        Row(
            "bytes from Google",
            size,
            f"{cost.traffic.plain / size:.0f} B a contact, {cost.traffic.gzipped / size:.0f} B gzipped",
            "≤ 450 B a contact, ≤ 110 B gzipped",
            cost.traffic.plain <= 450 * size and cost.traffic.gzipped <= 110 * size,
        ),
    ]
    some = max(1, size // 10)
    return [*rows, _import(setup, uid, size, some), _import(setup, uid, size, size - some)]


def _shown_at(setup: Setup, uid: str) -> datetime:
    """When the first candidates of the last sync were there to be shown."""
    return min(
        at for at, paths in setup.ours.committed if any(f"{uid}/candidates/" in path for path in paths)
    )


def _import(setup: Setup, uid: str, size: int, ticked: int) -> Row:
    def tick(row: Candidate) -> Choice:
        return replace(row.choice, selected=True)

    deps = setup.ours.deps
    sheet.page(deps, Scope.of(uid), _OPEN, None, 1)
    sheet.save_all(deps, Scope.of(uid), _OPEN, tick, None, ticked)
    setup.ours.queue.tasks.clear()
    with measured(setup.google, setup.ours) as cost:
        importing.start(deps, Scope.of(uid), "revisit", None)
        job, payload = setup.ours.queue.tasks.popleft()
        jobs.run(deps, job, payload)
    setup.ours.queue.tasks.clear()
    least = min(pages(ticked, People.read_size), pages(size, PAGE_SIZE))
    # Each ticked row itself is read once; what comes on top is counted as other.
    other = (cost.store.reads - ticked) / ticked
    writes = cost.written / ticked
    return Row(
        f"import of {ticked:,} ticked rows",
        size,
        f"{cost.calls} calls; {writes:.2f} writes, {other:.2f} other reads a record; {cost.seconds:.1f} s",
        f"{least} calls; ≤ 3.0 writes, ≤ 0.1 other reads a record",
        cost.calls <= least and round(writes, 1) <= 3.0 and round(other, 1) <= 0.1,
        {"ours": cost_data(cost), "at": datetime.now(UTC).isoformat()},
    )
