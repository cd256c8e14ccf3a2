"""The import sheet at its fullest: a page of it, and *Done*."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

from bench.measure import measured
from bench.people import person
from bench.rows import Row, cost_data
from bench.setup import Setup
from crmsync.core.scope import Scope
from crmsync.core.sheet.candidates import candidate_from
from crmsync.core.state import Candidate
from crmsync.engine import jobs
from crmsync.engine.imports import importing, sheet
from crmsync.gateway.person import observation
from crmsync.store.encoding.shapes import unique_sort
from crmsync.store.parts.reading import position
from crmsync.store.ports import CandidateQuery, PutCandidate, SheetFilter
from crmsync.store.repository import DocumentStore

_PAGE = 100
_TIMES = 100
_COMMIT = 400
_OPEN = CandidateQuery("open")
_FILTERS = frozenset[SheetFilter](("has_email", "undecided"))


def full_sheet(setup: Setup, size: int) -> list[Row]:
    """Rows for a sheet of `size` undecided candidates."""
    uid = "sheet"
    setup.ours.connect(uid, "sheet@gmail.example")
    orders = _offer(setup, uid, size)
    last = position(orders[-_PAGE - 1])
    for _ in range(_TIMES):
        # The emulator compiles itself while it is asked; and it has just been filled.
        sheet.page(setup.ours.deps, Scope.of(uid), _OPEN, None, _PAGE)
    rows = [
        _page(setup, uid, size, "the first", _OPEN, None),
        _page(setup, uid, size, "the last", _OPEN, last),
        _page(setup, uid, size, "a search", replace(_OPEN, q="chloe hu"), None),
        _page(setup, uid, size, "filters", replace(_OPEN, filters=_FILTERS, order="recent"), None),
    ]
    return [*rows, _done(setup, uid, size)]


def _offer(setup: Setup, uid: str, size: int) -> list[str]:
    """Puts the candidates where a pull would have put them; answers their order."""
    candidates = [_candidate(setup, number) for number in range(size)]
    for start in range(0, size, _COMMIT):
        chunk = candidates[start : start + _COMMIT]
        setup.ours.store.commit(Scope.of(uid), [PutCandidate(candidate) for candidate in chunk])
    return sorted(unique_sort(candidate.sort, candidate.key) for candidate in candidates)


def _candidate(setup: Setup, number: int) -> Candidate:
    source = {"type": "CONTACT", "id": f"{number:x}", "etag": "#e", "updateTime": "2026-03-02T09:00:00Z"}
    named = {"resourceName": f"people/c{number}", "etag": "%e", "metadata": {"sources": [source]}}
    seen = observation(named | person(number))
    assert seen is not None
    return candidate_from(seen, 1, setup.ours.deps.canon("CA"))


def _page(setup: Setup, uid: str, size: int, name: str, query: CandidateQuery, after: str | None) -> Row:
    """One kind of page, asked for again and again; the first time by a process that knows nothing yet."""
    deps = replace(setup.ours.deps, store=DocumentStore(setup.ours.meter))
    taken: list[float] = []
    for _ in range(_TIMES):
        with measured(setup.google, setup.ours) as cost:
            started = time.perf_counter()
            page = sheet.page(deps, Scope.of(uid), query, after, _PAGE)
            taken.append(time.perf_counter() - started)
    assert len(page.rows) == min(_PAGE, page.total) > 0
    first, p95 = taken[0], sorted(taken)[int(0.95 * _TIMES)]
    return Row(
        f"a sheet page of 100: {name}",
        size,
        f"{cost.store.reads} reads, {cost.calls} calls; p95 {p95 * 1000:.0f} ms, "
        f"the first time {first * 1000:.0f} ms",
        "≤ 101 reads, 0 calls; p95 < 100 ms",
        cost.store.reads <= 101 and cost.calls == 0 and p95 < 0.1,
        {"ours": cost_data(cost), "seconds": sorted(taken)},
    )


def _done(setup: Setup, uid: str, size: int) -> Row:
    setup.ours.queue.tasks.clear()
    with measured(setup.google, setup.ours) as cost:
        importing.start(setup.ours.deps, Scope.of(uid), "done", None)
        job, payload = setup.ours.queue.tasks.popleft()
        jobs.run(setup.ours.deps, job, payload)
    setup.ours.queue.tasks.clear()
    return Row(
        f"Done with {size:,} unticked rows",
        size,
        f"{cost.written} writes, {cost.store.reads} reads; {cost.seconds:.2f} s",
        "≤ 10 writes, under 1 s",
        cost.written <= 10 and cost.seconds < 1.0,
        {"ours": cost_data(cost), "at": datetime.now(UTC).isoformat()},
    )
