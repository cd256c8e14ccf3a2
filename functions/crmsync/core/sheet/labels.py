"""Labels of rows: kept by Google's ids, read by their names of today.

A row keeps the ids of the groups that its contact is in; what they are called stands once, beside the state
of the sync. So a label that is renamed costs one write, whatever the number of its rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from crmsync.core.state import Candidate

IDS = "contactGroups/"
"""How the ids of groups begin. What does not is a name: rows kept these once."""
HIDDEN_LABELS = frozenset((f"{IDS}myContacts", f"{IDS}all", f"{IDS}chatBuddies"))
"""Google's own groups, which say nothing about a contact."""


def shown(groups: Iterable[str]) -> tuple[str, ...]:
    """The ids that a row keeps of these groups."""
    return tuple(sorted({group for group in groups if group not in HIDDEN_LABELS}))


def names_of(labels: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """What a row's labels are called; one whose name is not known (it was deleted, say) is left out."""
    found = (names.get(label, "" if label.startswith(IDS) else label) for label in labels)
    return tuple(sorted({name for name in found if name}))


def named(candidate: Candidate, names: Mapping[str, str]) -> Candidate:
    """The row with the names of its labels in place of their ids: to be shown, never to be written."""
    return replace(candidate, labels=names_of(candidate.labels, names)) if candidate.labels else candidate


def called(name: str, names: Mapping[str, str]) -> frozenset[str]:
    """The ids of the labels of this name."""
    return frozenset(id for id, known in names.items() if known == name)


def renamed(known: Mapping[str, str], listed: Mapping[str, str]) -> Mapping[str, str]:
    """The names that are known, as Google lists them now; without those of labels that are gone there. A list
    without any label proves nothing: then they stay as they are.
    """
    if not listed:
        return known
    return {id: listed[id] for id in known if id in listed}
