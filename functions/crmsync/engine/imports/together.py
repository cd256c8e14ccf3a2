"""Ticked rows that may be one person come into the CRM together: as one, as two, or not before somebody has
said which.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from crmsync.core.account import ImportRun
from crmsync.core.people.alike import answer
from crmsync.core.scope import Scope
from crmsync.core.sheet.alike import asks
from crmsync.core.state import NOBODY, Candidate, Claim
from crmsync.store.ports import Store

MOST = 200
"""So many rows come with a page at most, whoever else they may be."""

Rows = Mapping[str, Candidate]


def is_taken(run: ImportRun, row: Candidate) -> bool:
    """Whether the import takes the row."""
    return row.status == "open" and row.choice.selected and row.round > run.closed


def companions(store: Store, scope: Scope, run: ImportRun, page: Iterable[Candidate]) -> list[Candidate]:
    """The ticked rows beyond a page that rows of it may be, and those that these may be."""
    seen = {row.key: row for row in page}
    found: list[Candidate] = []
    wanted = _meant(seen.values()) - seen.keys()
    while wanted and len(found) < MOST:
        rows = store.candidates(scope, sorted(wanted))
        fresh = [row for row in rows.values() if is_taken(run, row)]
        found += fresh
        seen |= rows
        wanted = _meant(fresh) - seen.keys()
    return found


def _meant(rows: Iterable[Candidate]) -> set[str]:
    return {key for row in rows for key in (*asks(row), row.choice.same_row) if key is not None}


def as_told(run: ImportRun, row: Candidate) -> Candidate:
    """The row with what was said of all that have no answer: that they are new people."""
    if run.undecided != "new":
        return row
    if row.unanswered and row.choice.person in (None, NOBODY):
        row = replace(row, choice=row.answered(NOBODY))
    others = dict.fromkeys((*row.choice.other_rows, *asks(row)))
    return replace(row, choice=replace(row.choice, other_rows=tuple(others)))


def hinted(rows: Rows, decided: Sequence[tuple[Candidate, str]]) -> Iterator[Candidate]:
    """Other rows, still open, that may be somebody who is in the CRM now, as they ask about that one.

    rows: all of them. decided: rows with the CRM contact that each has become.
    """
    after = dict(rows)
    for row, crm in decided:
        for key in [it.key for it in row.alike if it.key in after]:
            after[key] = _hint(after[key], row, crm)
    return (row for key, row in after.items() if row != rows[key])


def _hint(other: Candidate, row: Candidate, crm: str) -> Candidate:
    said = answer(row, other)
    if crm in (*other.distinct, *(it.crm for it in (*other.claims, *other.linked))):
        return other
    if said is False:
        return replace(other, distinct=(*other.distinct, crm))
    found = next(it for it in row.alike if it.key == other.key)
    claim = Claim(crm, row.name, strength=found.strength, reasons=found.reasons, keys=row.match_keys)
    choice = replace(other.choice, person=crm, same_row=None) if said else other.choice
    return replace(other, linked=(*other.linked, claim), choice=choice)
