"""Rows of the import sheet in short: what it orders, filters, counts and searches by, and no more.

Google keeps 25,000 contacts of a user at most, so all rows in short fit into a few documents (`directory`),
and any question about them is answered by looking at each: whatever is asked for together, however rare.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple

from crmsync.core.account import ImportRounds
from crmsync.core.consent.addresses import digest_of, evidence_day
from crmsync.core.consent.validity import grants
from crmsync.core.sheet.alike import Fate, Ticked, asks, consent_of, fate_of
from crmsync.core.state import NOBODY, Candidate, Choice
from crmsync.core.text.digest import Digester, unkeyed
from crmsync.store.encoding import search
from crmsync.store.encoding.shapes import unique_sort
from crmsync.store.ports import CandidateQuery

GRANTS = "grants"
"""The fate of what becomes a contact with a consent that says yes."""
MOST_ADDRESSES = 20
"""Addresses of one row that are looked up among those that are withdrawn, for counts and filters."""
MOST_LABELS = 12
"""Labels of one row that can be filtered by."""

_LONGEST_LABEL = 200
_LONGEST_SORT = 80
_LONGEST_WORDS = 400
"""Characters of a row's words that are kept: names come first, so that they are never crowded out."""
_LETTERS = {
    "has_email": "e",
    "has_phone": "p",
    "possible_duplicate": "d",
    "selected": "s",
    "undecided": "u",
}
_CONSENT = Choice().consent
_MOST_KEYS = 10
"""Match keys of one row by which others are found that are alike: the surest."""
_MOST_ALIKE = 20
"""Rows that one row asks about."""
_END = 99_999_999_999_999
"""A moment in milliseconds that nothing of ours lives to see."""


class Row(NamedTuple):
    """A candidate in short.

    order, recent: unique texts to order by, by name and by the newest change. tab: where it is counted:
    "open:<round>", for rounds decide between undecided and declined rows, "imported", or another status.
    letters: the filters that let it through. fates: what will happen to it if it is ticked. words: folded,
    each with a blank before it. digests: what stands for its addresses where they are withdrawn. evidence:
    the day of the chosen consent, where that says yes and is proven. keys: the beginnings of match keys.
    alike: rows that it likely is and has no answer about; same_row, other_rows: what was said of others.
    """

    key: str
    order: str
    recent: str
    tab: str
    letters: str
    labels: Sequence[str]
    fates: Sequence[str]
    words: str
    digests: Sequence[str] = ()
    evidence: str = ""
    keys: Sequence[str] = ()
    alike: Sequence[str] = ()
    same_row: str | None = None
    other_rows: Sequence[str] = ()

    @property
    def is_selected(self) -> bool:
        """Whether it is ticked."""
        return _LETTERS["selected"] in self.letters

    @property
    def is_open(self) -> bool:
        """Whether it is undecided or declined."""
        return self.tab.startswith("open:")


def short(match_key: str) -> str:
    """As much of a match key as a row keeps: what few share by chance."""
    return match_key[:8]


def row_of(candidate: Candidate, digest: Digester = unkeyed) -> Row:
    """A candidate in short. digest: of e-mail addresses."""
    words = [
        *search.words(candidate.name, candidate.organization),
        *search.words(*candidate.emails[:4], most=6),
        *search.phone_words(candidate.phones),
    ]
    flags = {
        "has_email": bool(candidate.emails),
        "has_phone": bool(candidate.phones),
        "possible_duplicate": bool(candidate.matches or asks(candidate)),
        "selected": candidate.choice.selected,
        "undecided": not candidate.choice.decided,
    }
    return Row(
        key=candidate.key,
        order=unique_sort(candidate.sort[:_LONGEST_SORT], candidate.key),
        recent=unique_sort(_newest_first(candidate.changed_at), candidate.key),
        tab=_tab(candidate),
        letters="".join(_LETTERS[name] for name, holds in flags.items() if holds),
        labels=[label[:_LONGEST_LABEL] for label in candidate.labels[:MOST_LABELS]],
        fates=_fates(candidate),
        words="".join(f" {word}" for word in dict.fromkeys(words))[:_LONGEST_WORDS],
        digests=[digest_of(each, digest) for each in candidate.emails[:MOST_ADDRESSES]],
        evidence=_evidence(candidate.choice),
        keys=[short(key) for key in candidate.match_keys[:_MOST_KEYS]],
        alike=[*asks(candidate)[:_MOST_ALIKE]],
        same_row=candidate.choice.same_row,
        other_rows=[*candidate.choice.other_rows[:_MOST_ALIKE]],
    )


def _evidence(choice: Choice) -> str:
    day = evidence_day(consent_of(choice))
    return "" if day is None else day.isoformat()


def ticked(row: Row) -> Ticked:
    """A ticked row as others matter to it."""
    fate: Fate = next((_FATES[each] for each in row.fates if each in _FATES), "new")
    said = (tuple(row.alike), row.same_row, tuple(row.other_rows))
    return Ticked(row.key, fate, _NOBODY in row.fates, *said)


def packed(rows: Iterable[Row]) -> bytes:
    """Rows as they are kept."""
    return zlib.compress(json.dumps(list(rows), ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpacked(data: bytes) -> list[Row]:
    """What `packed` made."""
    return [Row(*values) for values in json.loads(zlib.decompress(data))]


def sifted(
    rows: Sequence[Row],
    query: CandidateQuery,
    rounds: ImportRounds,
    withdrawn: Set[str] = frozenset(),
) -> Sequence[Row]:
    """The rows that are asked for, in the order given. A search without a letter or digit asks for none.
    withdrawn: what stands for addresses that are.

    One pass for each condition: with 25,000 rows that is several times as fast as one function for all.
    """
    ways = search.readings(query.q)
    if query.q.strip() and not ways:
        return []
    belongs = of_tab(query, rounds)
    rows = _filtered([row for row in rows if belongs(row.tab)], query)
    if "withdrawn" in query.filters:
        rows = [row for row in rows if not withdrawn.isdisjoint(row.digests)]
    return _found(rows, ways) if ways else rows


def _found(rows: Sequence[Row], ways: Sequence[Sequence[str]]) -> Sequence[Row]:
    """The rows that have all words of any of these readings."""
    patterns = [[search.pattern(word).search for word in way] for way in ways]
    return [row for row in rows if any(all(find(row.words) for find in way) for way in patterns)]


def _filtered(rows: Sequence[Row], query: CandidateQuery) -> Sequence[Row]:
    """The rows that have all that is asked for besides a tab and words."""
    for letter in (_LETTERS[name] for name in query.filters if name in _LETTERS):
        rows = [row for row in rows if letter in row.letters]
    if query.label is not None:
        wanted = {label[:_LONGEST_LABEL] for label in (query.label, *query.label_ids)}
        rows = [row for row in rows if not wanted.isdisjoint(row.labels)]
    if query.fate is not None:
        rows = [row for row in rows if query.fate in row.fates]
    return rows


def of_tab(query: CandidateQuery, rounds: ImportRounds) -> Callable[[str], bool]:
    """Whether rows of a `Row.tab` belong to the tab that is asked for."""
    if query.tab == "imported":
        return lambda tab: tab == "imported"
    if rounds.closed < 0:
        return lambda tab: tab.startswith("open:")
    first, last = (rounds.closed + 1, rounds.incoming) if query.tab == "open" else (0, rounds.closed)
    shown = {f"open:{number}" for number in range(first, last + 1)}
    return shown.__contains__


def is_plain(query: CandidateQuery) -> bool:
    """Whether a query asks for a whole tab."""
    return not (query.filters or query.label is not None or query.q.strip() or query.fate)


def _tab(candidate: Candidate) -> str:
    if candidate.status == "open":
        return f"open:{candidate.round}"
    return "imported" if candidate.status in ("imported", "linked", "copy") else candidate.status


def _newest_first(at: datetime | None) -> str:
    """A text that sorts later moments first, and what has none last."""
    left = _END if at is None else _END - round(at.timestamp() * 1000)
    return f"{left:014d}"


_NOBODY = "nobody"
_FATES: Mapping[str, Fate] = {"unanswered": "undecided", "link": "link", "unproven": "unproven"}


def _fates(candidate: Candidate) -> list[str]:
    """What will happen to a ticked row by itself, for the summary: "link", "unanswered", "unproven", or of
    the others "type:…", "consent:…", `GRANTS` and "no_consent_decided"; and whether it is none of the CRM's.
    """
    choice, fate = candidate.choice, fate_of(candidate)
    if not choice.selected:
        return []
    if fate != "new":
        # Linking leaves the CRM contact's own type and consent as they are.
        return ["unanswered" if fate == "undecided" else fate]
    consent = consent_of(choice)
    return [
        f"type:{choice.contact_type}",
        f"consent:{consent.status}",
        *([GRANTS] if grants(consent) else []),
        *(["no_consent_decided"] if choice.consent == _CONSENT else []),
        *([_NOBODY] if candidate.answer == NOBODY else []),
    ]
