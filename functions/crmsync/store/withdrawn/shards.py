"""Withdrawn addresses in documents: as digests, thousands in one, and in several only when they are many.

A page of contacts asks for the addresses of all of them at once. In one document that costs one read; in one
for each address it would cost as many as there are contacts. Firestore takes 1 MiB a document: when one is
full, their number is doubled, and each takes the digests that begin as its number says. The first one tells
how many there are.

A document holds its withdrawals packed, as reading thousands of map entries takes far longer than unpacking
them. It is replaced under the version that was read: of two commits at once one is made again.
"""

import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crmsync.core.consent.addresses import Withdrawal
from crmsync.core.scope import Scope
from crmsync.store.documents.port import Create, Documents, DocumentWrite, Update
from crmsync.store.encoding import paths
from crmsync.store.encoding.codec import decode, encode
from crmsync.store.encoding.paths import WITHDRAWN
from crmsync.store.errors import StoreUnavailable

FULL = 12_000
"""So many withdrawals one document takes: about half of Firestore's 1 MiB, the rest is for who frees them."""

_ATTEMPTS = 5
_KEPT = 60_000
"""Withdrawals that one process remembers, of all users together."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BITS = 32
"""Of a digest that tell its document."""

Entries = Mapping[str, Withdrawal]
"""Withdrawals by digest."""


@dataclass(frozen=True, slots=True)
class _Data:
    """A document as it is kept. shards: how many there were when it was written."""

    shards: int
    packed: bytes


@dataclass(frozen=True, slots=True)
class _Shard:
    """A document's withdrawals; version None: it is not there yet."""

    version: str | None = None
    entries: Entries = field(default_factory=dict)


class Shards:
    """The withdrawn addresses of all users. Safe to share between threads.

    What a version of a document holds is remembered, so that it is unpacked once.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Shard] = OrderedDict()

    def find(self, scope: Scope, digests: Collection[str]) -> Entries:
        """Those of these digests that are withdrawn."""
        if not digests or not paths.fits(scope):
            return {}
        _, shards = self._read(scope, lambda of: {_place(digest, of) for digest in digests})
        known = _merged(shards)
        return {digest: known[digest] for digest in digests if digest in known}

    def all(self, scope: Scope) -> Sequence[Withdrawal]:
        """All of a user's, latest first."""
        if not paths.fits(scope):
            return []
        _, shards = self._read(scope, range)
        return sorted(_merged(shards).values(), key=lambda each: (each.at, each.digest), reverse=True)

    def step(
        self, scope: Scope, digests: Collection[str], change: Callable[[Entries], Entries]
    ) -> Sequence[DocumentWrite]:
        """What is to be written for a change of these digests' withdrawals; nothing when nothing changes.

        change: what becomes of the withdrawals that are in the same documents.
        """
        of, shards = self._read(scope, lambda of: {_place(digest, of) for digest in digests})
        before = _merged(shards)
        after = change(before)
        if after == before:
            return []
        placed = _placed(after, of, shards)
        if not _is_too_full(placed):
            changed = {it: each for it, each in placed.items() if each != shards[it].entries}
            return [_write(scope, it, of, shards[it], each) for it, each in changed.items()]
        of, shards = self._read(scope, range)
        after = change(_merged(shards))
        placed = _placed(after, of, range(of))
        while _is_too_full(placed):
            of *= 2
            placed = _placed(after, of, range(of))
        return [_write(scope, it, of, shards.get(it, _Shard()), each) for it, each in placed.items()]

    def _read(self, scope: Scope, wanted: Callable[[int], Iterable[int]]) -> tuple[int, Mapping[int, _Shard]]:
        """How many documents there are, and those that are wanted of so many. The first one is read alone: it
        mostly is the only one.
        """
        for _ in range(_ATTEMPTS):
            first = self._documents.get(_path(scope, 0))
            if first is None:
                return 1, {0: _Shard()}
            of = decode(_Data, first.data).shards
            numbers = sorted(set(wanted(of)))
            further = [_path(scope, number) for number in numbers if number]
            found = {first.path: first, **(self._documents.get_many(further) if further else {})}
            data = {path: decode(_Data, document.data) for path, document in found.items()}
            # One that counts otherwise was written when their number was doubled, after the first was read.
            if all(path in data and data[path].shards == of for path in further):
                return of, {
                    number: self._unpacked(path, found[path].version, data[path])
                    for number in numbers
                    if (path := _path(scope, number)) in found
                }
        raise StoreUnavailable("withdrawn addresses never stood still")

    def _unpacked(self, path: str, version: str, data: _Data) -> _Shard:
        with self._lock:
            known = self._known.get(path)
        if known is not None and known.version == version:
            return known
        shard = _Shard(version, {each.digest: each for each in unpacked(data.packed)})
        with self._lock:
            self._known[path] = shard
            self._known.move_to_end(path)
            kept = sum(len(each.entries) for each in self._known.values())
            while len(self._known) > 1 and kept > _KEPT:
                _, dropped = self._known.popitem(last=False)
                kept -= len(dropped.entries)
        return shard


def packed(entries: Iterable[Withdrawal]) -> bytes:
    """Withdrawals as they are kept."""
    rows = [
        [each.digest, (each.at - _EPOCH) // timedelta(microseconds=1), each.entry, *sorted(each.freed)]
        for each in sorted(entries, key=lambda each: each.digest)
    ]
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpacked(data: bytes) -> list[Withdrawal]:
    """What `packed` made."""
    return [
        Withdrawal(digest, _EPOCH + timedelta(microseconds=at), entry, frozenset(freed))
        for digest, at, entry, *freed in json.loads(zlib.decompress(data))
    ]


def is_shard(scope: Scope, path: str) -> bool:
    """Whether a path is that of one of a user's documents."""
    return path.startswith(f"{paths.collection(scope, WITHDRAWN)}/")


def _path(scope: Scope, number: int) -> str:
    return paths.document(scope, WITHDRAWN, str(number))


def _place(digest: str, of: int) -> int:
    """The document of a digest among so many: a power of two, so that a doubled one falls into two halves."""
    return int(digest[: _BITS // 4], 16) * of >> _BITS


def _placed(entries: Entries, of: int, numbers: Iterable[int]) -> dict[int, dict[str, Withdrawal]]:
    placed: dict[int, dict[str, Withdrawal]] = {number: {} for number in numbers}
    for digest, each in entries.items():
        placed[_place(digest, of)][digest] = each
    return placed


def _is_too_full(placed: Mapping[int, Entries]) -> bool:
    return any(len(entries) > FULL for entries in placed.values())


def _merged(shards: Mapping[int, _Shard]) -> dict[str, Withdrawal]:
    return {digest: each for shard in shards.values() for digest, each in shard.entries.items()}


def _write(scope: Scope, number: int, of: int, before: _Shard, entries: Entries) -> DocumentWrite:
    data = encode(_Data(of, packed(entries.values())))
    path = _path(scope, number)
    return Create(path, data) if before.version is None else Update(path, data, before.version)
