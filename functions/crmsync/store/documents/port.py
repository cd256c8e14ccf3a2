"""A document database with exactly the Firestore semantics that the store relies on.

`Documents` is the port; `crmsync.store.documents.firestore` and `crmsync.store.documents.memory` are its
adapters, held together by one contract suite. Documents are plain dicts of `Value`; a collection is the path
of its documents without their id.

What the store relies on, documented by Firestore and measured on the emulator: - a commit is atomic, and its
preconditions are checked against one state of the database; - a version is the document's update time, opaque
to callers; it differs after each write that changed something, and a write that changes nothing leaves it as
it is; - SERVER_TIME is the time at which the request arrived, in whole milliseconds: it may repeat, and a
document may become visible after one with a later time; - a document without a field that a query orders or
filters by is not in its result; - an inequality finds only values of the same type; types have an order among
themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, Literal, Protocol, TypeVar

from crmsync.store.errors import StoreError

T = TypeVar("T")

Value = None | bool | int | float | str | bytes | datetime | list["Value"] | dict[str, "Value"]
"""What a document holds: times have a zone, and no list lies directly in a list."""

Fields = Mapping[str, Value]
"""The fields of a document, which nobody changes."""

Op = Literal["==", "<", "<=", ">", ">=", "in", "array_contains", "array_contains_any"]

NAME = "__name__"
"""The document id, as a field to order by."""

LISTING: frozenset[Op] = frozenset(("in", "array_contains_any"))
"""What asks for any of several values."""

ALTERNATIVES = 30
"""How many values `in` and `array_contains_any` may list (Firestore's limit)."""


class Sentinel(Enum):
    """Stands for a value that the server fills in."""

    SERVER_TIME = "server_time"


SERVER_TIME: Final = Sentinel.SERVER_TIME
"""As the value of a top-level field: the time of the request, by the server's clock."""

Changes = Mapping[str, Value | Sentinel]
"""The fields that a write gives a document, some of them by the server's clock."""


class PreconditionFailed(StoreError):
    """A precondition did not hold. path: the first such document.

    Nothing of the commit was written, unless it is doubtful: an earlier try may have landed whose answer was
    lost, and may be what the last one met.
    """

    def __init__(self, path: str, *, doubtful: bool = False) -> None:
        super().__init__(f"precondition failed: {path}")
        self.path = path
        self.doubtful = doubtful


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read. data is the caller's own copy; times are UTC."""

    path: str
    data: dict[str, Value]
    version: str
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Create:
    """Creates a document; it must not exist."""

    path: str
    data: Changes


@dataclass(frozen=True, slots=True)
class Put:
    """Creates a document or replaces it whole."""

    path: str
    data: Changes


@dataclass(frozen=True, slots=True)
class Merge:
    """Replaces the named top-level fields and leaves the others; creates the document if need be."""

    path: str
    data: Changes


@dataclass(frozen=True, slots=True)
class Update:
    """Replaces the named fields of a document, which must exist and, if a version is given, still have it.

    A key may be a path of two names with a dot between them, for one entry of a map.
    """

    path: str
    data: Changes
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Deletes a document. Without a version an absent one counts as done."""

    path: str
    version: str | None = None


DocumentWrite = Create | Put | Merge | Update | Delete


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a field (or on an entry of a map, "map.entry")."""

    field: str
    op: Op
    value: Value

    @property
    def values(self) -> list[Value]:
        """The values that are asked for: one, or those that are listed."""
        return self.value if self.op in LISTING and isinstance(self.value, list) else [self.value]


@dataclass(frozen=True, slots=True)
class Query:
    """A query of one collection, in one direction.

    order: fields to order by; ties are broken by id. start_after: values of the first of these fields, and
    after all of them optionally the id: documents up to and with these are left out. A field under an
    inequality that is not in `order` is appended to it.
    """

    collection: str
    filters: tuple[Filter, ...] = ()
    order: tuple[str, ...] = ()
    descending: bool = False
    start_after: tuple[Value, ...] = ()
    limit: int | None = None

    @property
    def full_order(self) -> tuple[str, ...]:
        """The order with all that Firestore appends: fields under an inequality, by name, then the id."""
        ranges = {f.field for f in self.filters if f.op in ("<", "<=", ">", ">=")} - set(self.order)
        name = () if NAME in self.order else (NAME,)
        return (*self.order, *sorted(ranges), *name)


class Reader(Protocol):
    """Reads inside a transaction."""

    def get(self, path: str) -> Document | None:
        """One document."""
        ...


class Documents(Protocol):
    """The port. All calls may raise StoreUnavailable; instances are safe to share between threads."""

    def get(self, path: str) -> Document | None:
        """One document, or None."""
        ...

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        """Several documents by path; missing ones are left out."""
        ...

    def query(self, query: Query) -> Sequence[Document]:
        """The documents that match, in order."""
        ...

    def count(self, query: Query) -> int:
        """How many match, counted by the server; `start_after` and `limit` are not considered."""
        ...

    def beneath(self, path: str, after: str | None, limit: int) -> Sequence[str]:
        """Paths of documents beneath a document, in whatever collections and however deep, in their order,
        strictly after the path `after`, which need not exist any more.

        The document itself need not exist, and is not among them.
        """
        ...

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        """Writes all or nothing, each document at most once; answers the new versions in order.

        A deletion's version is "". Raises PreconditionFailed, InvalidWrite, TooLarge. A commit that is
        answered by StoreUnavailable may have happened.
        """
        ...

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        """Reads and writes as if alone.

        `attempt` reads, and answers a result and what to write. It may be run several times.
        """
        ...
