"""What becomes of ticked rows of the import sheet of which some may be one person.

Two rows of one person must not become two records unseen: they are asked about, and what the user says of one
row may be about another that is on another page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from crmsync.core.consent.validity import evidence_of_express
from crmsync.core.encoding import CONSENT, BadRecord
from crmsync.core.model import Consent
from crmsync.core.people.alike import is_likely
from crmsync.core.state import NOBODY, Candidate, Choice

Fate = Literal["new", "link", "copy", "undecided", "unproven"]
"""What a ticked row becomes: somebody new, a contact that is there, an addition to another row; or nothing,
for nobody has said who it is, or its express consent lacks evidence.
"""


@dataclass(frozen=True, slots=True)
class Ticked:
    """A ticked row, as far as others matter to it.

    fate: by itself. is_nobody: whether it was said to be none of the CRM's. asks: keys of the rows that it
    likely is and has no answer about. same_row: whom it was said to be; apart: whom it was said not to be.
    """

    key: str
    fate: Fate
    is_nobody: bool = False
    asks: tuple[str, ...] = ()
    same_row: str | None = None
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Becomes:
    """What a ticked row becomes in the light of the others. head: of a copy, the row that it is added to."""

    fate: Fate
    head: str | None = None


def ticked(row: Candidate) -> Ticked:
    """A ticked candidate by itself."""
    choice = row.choice
    return Ticked(row.key, fate_of(row), row.answer == NOBODY, asks(row), choice.same_row, choice.other_rows)


def fate_of(row: Candidate) -> Fate:
    """What a ticked candidate becomes by itself."""
    if row.unanswered:
        return "undecided"
    if row.same_person_as is not None:
        return "link"
    return "unproven" if evidence_of_express(consent_of(row.choice)) == "unproven" else "new"


def asks(row: Candidate) -> tuple[str, ...]:
    """The rows that this one likely is, and has no answer about."""
    said = {row.choice.same_row, *row.choice.other_rows}
    return tuple(it.key for it in row.alike if is_likely(it.strength) and it.key not in said)


def consent_of(choice: Choice) -> Consent:
    """The chosen consent; none where nothing was chosen, and where nobody can read it."""
    if choice.consent == Choice().consent:
        return Consent()
    try:
        return CONSENT.read("consent", choice.consent)
    except BadRecord:
        return Consent()


def resolved(rows: Mapping[str, Ticked]) -> dict[str, Becomes]:
    """What ticked rows become together. An answer about a row that is not among them says nothing; that two
    rows are two people, said on either, outweighs that they are one.
    """
    heads = {key: _head(rows, key) for key in rows}
    unsure = {head for pair in _open(rows) for head in _asked(rows, heads, pair)}
    found: dict[str, Becomes] = {}
    for key, head in heads.items():
        fate = "undecided" if head in unsure else rows[head].fate
        if key == head:
            found[key] = Becomes(fate)
        else:
            found[key] = Becomes("copy" if fate in ("new", "link") else fate, head)
    return found


def _head(rows: Mapping[str, Ticked], key: str) -> str:
    """The row that is brought in for this one: at the end of what was said, in a circle the least of it."""
    seen = [key]
    while (same := rows[seen[-1]].same_row) is not None and same in rows:
        if seen[-1] in rows[same].apart:
            break
        if same in seen:
            return min(seen[seen.index(same) :])
        seen.append(same)
    return seen[-1]


def _open(rows: Mapping[str, Ticked]) -> Iterable[tuple[str, str]]:
    """Pairs that are asked about and have no answer on either row."""
    for key, row in rows.items():
        for other in row.asks:
            if key < other and other in rows and key in rows[other].asks:
                yield key, other


def _asked(rows: Mapping[str, Ticked], heads: Mapping[str, str], pair: tuple[str, str]) -> set[str]:
    """Those who wait for the answer about a pair; nobody, where it would make no difference."""
    found = {heads[key] for key in pair}
    fates = {rows[head].fate for head in found}
    if len(found) == 1 or not fates <= {"new", "link"} or fates == {"link"}:
        return set()
    told_apart = "link" in fates and any(rows[head].is_nobody for head in found)
    return set() if told_apart else found
