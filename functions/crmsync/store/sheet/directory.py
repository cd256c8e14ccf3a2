"""The directory of the import sheet: all rows in short, in a few documents (leaves) and one that lists them.

Firestore finds documents by an index for each combination of filters and order; rows with many words and
filters would be hundreds of index entries each. Instead every commit that writes candidates writes their rows
too, so that the directory says the same as the candidates do, always. Rows keep their leaf; new ones go into
the last. The list holds a revision for each leaf, so that a process reads again only what has changed, and
the counts by tab. It alone carries the precondition: of two commits at once one tries again.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Literal

from crmsync.core.scope import Scope
from crmsync.core.state import Candidate
from crmsync.core.text.digest import Digester, unkeyed
from crmsync.store.documents.port import Create, Document, Documents, DocumentWrite, Put, Update, Value
from crmsync.store.encoding import paths
from crmsync.store.encoding.codec import decode, encode
from crmsync.store.encoding.paths import SHEET
from crmsync.store.sheet.rows import Row, packed, row_of, unpacked

LEAF_ROWS = 1_000
"""So many rows go into one leaf: of the longest texts they stay below Firestore's 1 MiB."""

LIST = "list"
"""The id of the document that lists the leaves."""

_ROWS_KEPT = 60_000
"""Rows that one process remembers, of all users together."""

_USERS_KEPT = 512
"""Users whose directory one process remembers: most have no rows at all."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows there are: tabs: by `Row.tab`. selected: open ones that are ticked."""

    tabs: Mapping[str, int] = field(default_factory=dict)
    selected: int = 0

    @property
    def newest(self) -> int:
        """The highest round that open rows have, 0 without any."""
        return max(
            (int(tab.removeprefix("open:")) for tab in self.tabs if tab.startswith("open:")), default=0
        )

    def __add__(self, other: "Counts") -> "Counts":
        tabs = {tab: self.tabs.get(tab, 0) + other.tabs.get(tab, 0) for tab in {**self.tabs, **other.tabs}}
        return Counts(tabs, self.selected + other.selected)


@dataclass(frozen=True, slots=True)
class Leaf:
    """Some rows at one revision, a text that no other state of any leaf has."""

    rev: str
    rows: Mapping[str, Row]
    counts: Counts


@dataclass(frozen=True, slots=True)
class _LeafData:
    """A leaf as it is kept."""

    rev: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the list says of a leaf."""

    rev: str
    tabs: Mapping[str, int]
    selected: int

    @property
    def counts(self) -> Counts:
        """How many rows it has."""
        return Counts(self.tabs, self.selected)


@dataclass(frozen=True, slots=True)
class _ListData:
    """The list as it is kept."""

    rev: str
    leaves: Mapping[str, _Entry]


@dataclass(frozen=True, slots=True)
class Directory:
    """All rows of a user as of one version of the list; version None: nothing was ever listed."""

    version: str | None = None
    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    """The leaf of each row's key."""
    _ordered: dict[str, Sequence[Row]] = field(default_factory=dict, compare=False)

    def rows(self) -> Iterator[Row]:
        """All rows, leaf by leaf."""
        for leaf in self.leaves.values():
            yield from leaf.rows.values()

    def ordered(self, by: Literal["order", "recent"]) -> Sequence[Row]:
        """All rows in an order, which is worked out once."""
        if by not in self._ordered:
            self._ordered[by] = sorted(self.rows(), key=attrgetter(by))
        return self._ordered[by]

    @property
    def counts(self) -> Counts:
        """How many rows there are, by tab and ticked."""
        return sum((leaf.counts for leaf in self.leaves.values()), Counts())

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.places)


@dataclass(frozen=True, slots=True)
class Step:
    """What a commit makes of a directory: the documents to write, the list last, and the directory after."""

    writes: Sequence[DocumentWrite]
    after: Directory

    def done(self, version: str) -> Directory:
        """The directory once the list has this version."""
        return replace(self.after, version=version)


class Directories:
    """The directories of all users, remembered as far as they are known. Safe to share between threads."""

    def __init__(self, documents: Documents, digest: Digester = unkeyed) -> None:
        """digest: of e-mail addresses."""
        self._documents = documents
        self._digest = digest
        self._lock = threading.Lock()
        self._known: OrderedDict[Scope, Directory] = OrderedDict()

    def counts(self, scope: Scope) -> Counts:
        """How many rows there are, for one read."""
        document = self._documents.get(_path(scope, LIST))
        return sum((entry.counts for entry in _listed(document).values()), Counts())

    def read(self, scope: Scope) -> Directory:
        """The directory as it is; reads the list, and the leaves that have changed since they were read."""
        document = self._documents.get(_path(scope, LIST))
        if document is None:
            return self.remember(scope, Directory())
        known = self._remembered(scope)
        if known.version == document.version:
            return known
        listed = _listed(document)
        leaves = {
            name: leaf
            for name, leaf in known.leaves.items()
            if name in listed and listed[name].rev == leaf.rev
        }
        missing = [name for name in listed if name not in leaves]
        found = self._documents.get_many([_path(scope, name) for name in missing])
        for name in missing:
            # A leaf that is gone belongs to a directory that is being cleared.
            if (kept := found.get(_path(scope, name))) is not None:
                leaf = decode(_LeafData, kept.data)
                leaves[name] = _leaf(leaf.rev, {row.key: row for row in unpacked(leaf.rows)})
        places = {key: name for name, leaf in leaves.items() for key in leaf.rows}
        return self.remember(scope, Directory(document.version, dict(sorted(leaves.items())), places))

    def step(self, scope: Scope, put: Sequence[Candidate], dropped: Sequence[str], *, fresh: bool) -> Step:
        """What a commit of these candidates makes of the directory. fresh: what is remembered was refused."""
        known = self.read(scope) if fresh or not self._is_remembered(scope) else self._remembered(scope)
        leaves = {name: dict(leaf.rows) for name, leaf in known.leaves.items()}
        places = dict(known.places)
        touched: dict[str, None] = {}
        for candidate in put:
            place = places.get(candidate.key) or _last(leaves)
            leaves.setdefault(place, {})[candidate.key] = row_of(candidate, self._digest)
            places[candidate.key] = place
            touched[place] = None
        for key in dropped:
            place = places.pop(key, "")
            if place:
                del leaves[place][key]
                touched[place] = None
        after: dict[str, Leaf] = {
            name: _leaf(secrets.token_hex(6), rows) if name in touched else known.leaves[name]
            for name, rows in sorted(leaves.items())
        }
        writes: list[DocumentWrite] = [
            Put(_path(scope, name), encode(_LeafData(after[name].rev, packed(after[name].rows.values()))))
            for name in touched
        ]
        entries: dict[str, Value] = {name: encode(_entry(after[name])) for name in touched}
        path = _path(scope, LIST)
        # Also when no leaf changes: a row that is dropped unseen may have been put by another process.
        rev = secrets.token_hex(6)
        if known.version is None:
            writes.append(Create(path, {"rev": rev, "leaves": entries}))
        else:
            changes = {f"leaves.{name}": entry for name, entry in entries.items()}
            writes.append(Update(path, {"rev": rev, **changes}, known.version))
        return Step(writes, Directory(None, after, places))

    def remember(self, scope: Scope, directory: Directory) -> Directory:
        """Keeps a directory at hand, at the cost of those that were asked for least lately."""
        with self._lock:
            self._known[scope] = directory
            self._known.move_to_end(scope)
            rows = sum(each.size for each in self._known.values())
            while len(self._known) > 1 and (rows > _ROWS_KEPT or len(self._known) > _USERS_KEPT):
                _, dropped = self._known.popitem(last=False)
                rows -= dropped.size
        return directory

    def forget(self, scope: Scope) -> None:
        """Nothing is known of the user's directory any more."""
        with self._lock:
            self._known.pop(scope, None)

    def is_list(self, scope: Scope, path: str) -> bool:
        """Whether a path is that of the user's list of leaves."""
        return path == _path(scope, LIST)

    def _is_remembered(self, scope: Scope) -> bool:
        with self._lock:
            return scope in self._known

    def _remembered(self, scope: Scope) -> Directory:
        with self._lock:
            return self._known.get(scope, Directory())


def _path(scope: Scope, name: str) -> str:
    return f"{paths.collection(scope, SHEET)}/{name}"


def _leaf(rev: str, rows: Mapping[str, Row]) -> Leaf:
    tabs: dict[str, int] = {}
    selected = 0
    for row in rows.values():
        tabs[row.tab] = tabs.get(row.tab, 0) + 1
        selected += row.is_open and row.is_selected
    return Leaf(rev, rows, Counts(tabs, selected))


def _entry(leaf: Leaf) -> _Entry:
    return _Entry(leaf.rev, leaf.counts.tabs, leaf.counts.selected)


def _listed(document: Document | None) -> Mapping[str, _Entry]:
    """What the list says of each leaf. Raises Unreadable."""
    return {} if document is None else decode(_ListData, document.data).leaves


def _last(leaves: Mapping[str, Mapping[str, Row]]) -> str:
    """The leaf for a new row. Names have a letter first, as entries of a map want it."""
    last = max(leaves, default="")
    if last and len(leaves[last]) < LEAF_ROWS:
        return last
    return f"r{int(last[1:]) + 1 if last else 0:04d}"
