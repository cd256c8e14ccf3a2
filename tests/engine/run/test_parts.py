"""Commits that are too large: in as few parts as fit, and what fits into none is named."""

from collections.abc import Sequence
from typing import Any

import pytest

from crmsync.core.journal import Change
from crmsync.core.model import Contact
from crmsync.engine.run import parts
from crmsync.engine.run.ledger import Ledger
from crmsync.engine.run.pending import Pending
from crmsync.store.ports import (
    COMMIT_BYTES,
    CreateRecord,
    DropIntent,
    DropLink,
    PutRecord,
    TooLarge,
    Write,
)
from tests.stage import Stage

HALF = COMMIT_BYTES // 2


class Commits:
    """Takes commits of units up to `most`. A unit's size stands in the names of the links that it drops."""

    def __init__(self, most: int = COMMIT_BYTES) -> None:
        self.most = most
        self.made: list[tuple[list[int], bool]] = []

    def __call__(self, units: Sequence[Pending], last: bool) -> None:
        sizes = [unit_size(unit) for unit in units]
        if sum(sizes) > self.most:
            raise TooLarge("all of it")
        self.made.append((sizes, last))


def unit_size(unit: Pending) -> int:
    return sum(int(write.key) for write in unit.writes if isinstance(write, DropLink))


def measured(unit: Pending) -> int:
    if unit_size(unit) > COMMIT_BYTES:
        raise TooLarge("a unit")
    return unit_size(unit)


def of(*sizes: int) -> list[Pending]:
    return [Pending([DropLink(str(size))]) for size in sizes]


def test_what_fits_is_one_commit() -> None:
    commits = Commits()
    parts.commit(of(HALF, HALF), commits, measured)
    assert commits.made == [([HALF, HALF], True)]


def test_what_does_not_fit_goes_in_its_order_in_as_few_parts_as_fit() -> None:
    commits = Commits()
    parts.commit(of(HALF, HALF, 1, HALF, HALF - 1, HALF), commits, measured)
    assert commits.made == [([HALF, HALF], False), ([1, HALF, HALF - 1], False), ([HALF], True)]


def test_what_nobody_measured_halves_a_part_that_is_refused() -> None:
    commits = Commits(most=HALF + 1)
    parts.commit(of(HALF, HALF, 1), commits, measured)
    assert commits.made == [([HALF], False), ([HALF], False), ([1], True)]


def test_a_unit_that_fits_into_no_commit_is_named_once_the_others_are_committed() -> None:
    commits = Commits()
    with pytest.raises(TooLarge) as raised:
        parts.commit(of(1, COMMIT_BYTES + 1, 2), commits, measured)
    assert raised.value.keys == {str(COMMIT_BYTES + 1)}
    assert commits.made == [([1, 2], False)], "and what says how far the job has come is not committed"


def test_a_unit_alone_that_fits_into_no_commit_is_named_and_nothing_is_committed() -> None:
    commits = Commits()
    unit = Pending([PutRecord("contacts", "c1", Contact("A"), None), DropLink(str(COMMIT_BYTES + 1))])
    with pytest.raises(TooLarge) as raised:
        parts.commit([unit], commits, measured)
    assert raised.value.records == {"c1"}
    assert raised.value.keys == {str(COMMIT_BYTES + 1)}
    assert commits.made == []


def test_what_turns_out_to_fit_into_no_commit_stops_no_other() -> None:
    commits = Commits(most=HALF - 1)
    with pytest.raises(TooLarge) as raised:
        parts.commit(of(1, HALF, 2, HALF + 1, 3), commits, measured)
    assert raised.value.keys == {str(HALF), str(HALF + 1)}
    assert [size for sizes, last in commits.made for size in sizes if not last] == [1, 2, 3]


# --- units


def drop(*keys: str) -> list[Write]:
    return [DropLink(key) for key in keys]


def told(key: str) -> Change:
    return Change("crm", "archive", None, key, "", None, None)


def shape(pending: Pending) -> list[tuple[list[str], list[str | None]]]:
    return [
        ([write.key for write in unit.writes if isinstance(write, DropLink)], [it.key for it in unit.changes])
        for unit in pending.units()
    ]


def test_without_a_word_all_that_is_pending_is_one_unit() -> None:
    assert shape(Pending(drop("a", "b"), [told("a")])) == [(["a", "b"], ["a"])]
    assert shape(Pending()) == []


def test_a_unit_has_its_writes_and_its_journal_and_an_empty_one_is_none() -> None:
    pending = Pending(drop("a"))
    pending.unit()
    pending.unit()
    pending.put(*drop("b", "c"), change=told("b"))
    pending.put_each(drop("d", "e"))
    assert shape(pending) == [(["a"], []), (["b", "c"], ["b"]), (["d"], []), (["e"], [])]
    pending.clear()
    pending.put(*drop("f"))
    assert shape(pending) == [(["f"], [])]


def test_what_is_added_goes_on_with_the_unit_that_is_open_and_keeps_its_own() -> None:
    pending, other = Pending(drop("a"), [told("a")]), Pending(drop("b"), [told("b")])
    other.unit()
    other.put(*drop("c"), change=told("c"))
    pending.add(other)
    assert shape(pending) == [(["a", "b"], ["a", "b"]), (["c"], ["c"])]


def test_what_comes_first_is_a_unit_each_before_all_others() -> None:
    pending = Pending(drop("a"))
    pending.unit()
    pending.put(*drop("b"), change=told("b"))
    pending.put_first(*drop("x", "y"))
    pending.put_first()
    assert shape(pending) == [(["x"], []), (["y"], []), (["a"], []), (["b"], ["b"])]


# --- a job's


def ledger_of(stage: Stage) -> Ledger:
    user = stage.store.user(stage.scope)
    assert user is not None
    return Ledger(stage.store, stage.clock, user, "contacts", "run", "schedule")


def created(*sizes: int) -> Pending:
    pending = Pending()
    for n, size in enumerate(sizes):
        pending.unit()
        pending.put(
            CreateRecord("contacts", f"c{n}", Contact(f"C{n}", notes="x" * size)),
            change=Change("crm", "create", f"c{n}", None, "", None, {"notes": "x" * size}),
        )
    return pending


def journal(stage: Stage) -> list[list[Any]]:
    entries, _ = stage.store.journal(stage.scope, crm=None, run=None, after=None, limit=500)
    return [[change.crm for change in entry.changes] for entry in entries]


def test_a_job_commits_in_parts_each_with_its_journal_and_its_state_with_the_last(stage: Stage) -> None:
    ledger = ledger_of(stage)
    rev = ledger.state.rev
    seen: list[str] = []
    commit = stage.store.commit

    def watched(*args: Any, **how: Any) -> Any:
        done = commit(*args, **how)
        seen.append(ledger_of(stage).state.phase)
        return done

    stage.store.commit = watched  # type: ignore[method-assign]
    ledger.commit(created(*[400_000] * 20), DropIntent("i"), phase="pushing")
    assert seen == ["idle", "pushing"]
    assert ledger.state.rev == rev + 2
    assert ledger.state == ledger_of(stage).state
    assert stage.store.count(stage.scope, "contacts") == 20
    assert sorted(str(crm) for part in journal(stage) for crm in part) == sorted(f"c{n}" for n in range(20))


def test_a_job_learns_whose_record_fits_into_no_commit_and_the_others_are_written(stage: Stage) -> None:
    ledger = ledger_of(stage)
    with pytest.raises(TooLarge) as raised:
        ledger.commit(created(1, 1_100_000, 2), phase="pushing")
    assert raised.value.records == {"c1"}
    assert stage.store.count(stage.scope, "contacts") == 2
    assert ledger.state.phase == "idle", "the work is not done"
