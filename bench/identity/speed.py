"""How fast evidence is prepared and compared, and a whole large address book is matched."""

from __future__ import annotations

import time
import tracemalloc

from bench.identity.population import population
from bench.rows import Row
from crmsync.core.people.assignment import ties
from crmsync.core.people.comparison import compare
from crmsync.core.people.evidence import prepare
from crmsync.core.people.verdicts import judge

BOOK = 25_000
COMPARISONS = 200_000


def rows() -> list[Row]:
    """All three."""
    people = population(1, 2_000)
    began = time.process_time()
    left = [prepare(contact, "CA") for contact in people.crm.values()]
    right = [prepare(contact, "CA") for contact in people.google.values()]
    preparing = (time.process_time() - began) / (len(left) + len(right)) * 1e6
    began = time.process_time()
    for number in range(COMPARISONS):
        judge(compare(left[number % len(left)], right[number * 7 % len(right)]))
    a_second = COMPARISONS / (time.process_time() - began)
    return [
        Row("preparing a record", 1, f"{preparing:.0f} µs", "≤ 200 µs", preparing <= 200),
        Row("comparing two", 1, f"{a_second:,.0f} a second", "≥ 100,000 a second", a_second >= 100_000),
        _book(),
    ]


def _book() -> Row:
    """Clusters of a whole book on both sides, prepared beforehand."""
    people = population(6, BOOK)
    left = {id: prepare(contact, "CA") for id, contact in people.crm.items()}
    right = {id: prepare(contact, "CA") for id, contact in people.google.items()}
    tracemalloc.start()
    began = time.process_time()
    found = ties(left, right)
    took = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    told = f"{took:.1f} s of CPU, {peak / 2**20:.0f} MiB, {len(found):,} ties"
    return Row("a whole book", len(left), told, "< 10 s", took < 10)
