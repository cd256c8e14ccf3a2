"""How many records a second `decide()` and `Canon.project()` get through on one core, without I/O.

Run: python -m bench.decide [records]. Projections are given, as in a sync, where links hold the digests. A
sync projects what a page shows just before it decides it; so does this, and times the decisions alone.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from crmsync.core.model import Address, Contact, Email, Phone
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Rules, Seen
from crmsync.core.state import Base, Link

TARGET = 20_000
RECORDS = 20_000
PAGE = 1_000


def contact(number: int) -> Contact:
    """A contact as an agent has it: a name, two addresses, a number, a home."""
    return Contact(
        given_name=f"Given{number}",
        family_name=f"Family{number % 977}",
        organization="Maple Homes" if number % 3 == 0 else "",
        emails=(Email(f"person{number}@example.com", "home"), Email(f"p{number}@work.example", "work")),
        phones=(Phone(f"(416) 555-{number % 10_000:04d}", "mobile"),),
        addresses=(Address(f"{number} Main St", "", "Toronto", "ON", "M5V 1A1", "Canada", "home"),),
        notes="likes gardens" if number % 5 == 0 else "",
    )


def per_second(count: int, seconds: Callable[[], float]) -> float:
    """By the best of three runs, which the machine's other work disturbed least."""
    return count / min(seconds() for _ in range(3))


def _timed(work: Callable[[], object]) -> float:
    """Seconds of this process's own CPU time, so that other processes on the machine do not count."""
    started = time.process_time()
    work()
    return time.process_time() - started


def rates(count: int) -> tuple[dict[str, float], float]:
    """Records a second: of `decide()` by case, and of `Canon.project()`."""
    canon, rules = Canon(b"bench" * 6, "CA"), Rules()
    records = [contact(number) for number in range(count)]
    projections = [canon.project(record) for record in records]
    at = datetime(2026, 3, 2, tzinfo=UTC)
    links = [
        Link(f"{n:x}", "contacts", f"c{n}", f"people/c{n}", f"people/c{n}", "e", at, Base(p, dict(p)))
        for n, p in enumerate(projections)
    ]
    same = [Seen(record, dict(projection)) for record, projection in zip(records, projections, strict=True)]
    here = [_seen(canon, replace(r, given_name=r.given_name + "x", emails=r.emails[:1])) for r in records]
    there = [
        _seen(canon, replace(r, notes="new", phones=(*r.phones, Phone("+442079460958")))) for r in records
    ]
    cases: list[tuple[str, list[Seen[Contact]], list[Seen[Contact]], Action]] = [
        ("echo storm (=/=)", same, same, Action.NOTHING),
        ("edited at Google (=/~)", same, there, Action.UPDATE_LOCAL),
        ("edited in the CRM (~/=)", here, same, Action.UPDATE_REMOTE),
        ("edited on both (~/~)", here, there, Action.UPDATE_BOTH),
    ]
    found: dict[str, float] = {}
    for name, local, remote, expected in cases:
        triples: list[tuple[Any, Any, Any]] = list(zip(links, local, remote, strict=True))
        link, ours, theirs = triples[0]
        assert decide(link, ours, theirs, canon, rules).action is expected
        found[name] = per_second(count, partial(_decide_all, triples, canon, rules))
    return found, per_second(count, partial(_timed, lambda: [canon.project(record) for record in records]))


def main(count: int) -> int:
    """Prints a line per case; answers 1 when `decide()` misses its target in any."""
    decided, projected = rates(count)
    for name, rate in decided.items():
        print(f"decide   {name:26}{rate:12,.0f} records/s   target {TARGET:,}")
    print(f"project  {'contacts':26}{projected:12,.0f} records/s")
    return int(min(decided.values()) < TARGET)


def _decide_all(triples: list[tuple[Any, Any, Any]], canon: Canon, rules: Rules) -> float:
    """Seconds that the decisions took, page by page."""

    def decide_page(page: list[tuple[Any, Any, Any]]) -> None:
        for link, local, remote in page:
            decide(link, local, remote, canon, rules)

    taken = 0.0
    for start in range(0, len(triples), PAGE):
        page = triples[start : start + PAGE]
        for _, local, remote in page:
            canon.project(local.value)
            canon.project(remote.value)
        taken += _timed(partial(decide_page, page))
    return taken


def _seen(canon: Canon, record: Contact) -> Seen[Contact]:
    return Seen(record, canon.project(record))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS))
