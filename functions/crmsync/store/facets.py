"""The filters of the import sheet as tokens of its rows, so that several at once are one look-up.

Firestore finds documents by one array element and one order per index. So a row carries one token for each
combination of filters that lets it through, and of each of its labels with them: a page under any filters
costs what the page holds, and a count of them is an aggregation. A ticked row is undecided no longer, so that
a row has 15 combinations at most, 7 as a rule.

Ticked rows also say what they will become, for the summary that is shown before the sheet is finished.
"""

from collections.abc import Iterable

from crmsync.core.state import Candidate, Choice

MOST_LABELS = 12
"""Labels of one row that can be filtered by."""

_LONGEST_LABEL = 200
_LETTERS = {
    "has_email": "e",
    "has_phone": "p",
    "possible_duplicate": "d",
    "selected": "s",
    "undecided": "u",
}
_CONSENT = Choice().consent


def facet(filters: Iterable[str], label: str | None = None) -> str | None:
    """The token of rows that these filters let through; None when there is no filter."""
    letters = _combined(_LETTERS[name] for name in filters)
    if label is not None:
        return f"{letters}:{label[:_LONGEST_LABEL]}"
    return letters or None


def fate(name: str) -> str:
    """The token of ticked rows that this will happen to: "link", or of the others "type:…", "consent:…", and
    "no_consent_decided".
    """
    return f"={name}"


def facets(row: Candidate) -> list[str]:
    """All tokens of a row, its fate among them."""
    flags = {
        "has_email": bool(row.emails),
        "has_phone": bool(row.phones),
        "possible_duplicate": bool(row.claims or row.linked_match),
        "selected": row.choice.selected,
        "undecided": not row.choice.decided,
    }
    true = [name for name, holds in flags.items() if holds]
    combinations = [
        [name for place, name in enumerate(true) if bits >> place & 1] for bits in range(1 << len(true))
    ]
    labels: list[str | None] = [None, *row.labels[:MOST_LABELS]]
    tokens = [token for label in labels for each in combinations if (token := facet(each, label))]
    return list(dict.fromkeys([*tokens, *_fates(row)]))


def _fates(row: Candidate) -> list[str]:
    choice = row.choice
    if not choice.selected:
        return []
    if row.same_person_as is not None:
        # Linking leaves the CRM contact's own type and consent as they are.
        return [fate("link")]
    found = [f"type:{choice.contact_type}", f"consent:{choice.consent.get('status', 'none')}"]
    found += ["no_consent_decided"] if choice.consent == _CONSENT else []
    return [fate(name) for name in found]


def _combined(letters: Iterable[str]) -> str:
    return "".join(sorted(set(letters)))
