"""Firestore's protobuf messages, as far as the adapter fills and reads them itself.

The client library says nothing of the types below its own wrappers. Shapes and names:
https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1
"""

from collections.abc import ItemsView, Iterator
from typing import Protocol, TypeVar

M = TypeVar("M", covariant=True)


class Present(Protocol):
    """A message inside another, which may be there though it is empty."""

    def SetInParent(self) -> None:
        """Makes it present."""
        ...


class Repeated(Protocol[M]):
    """A list of messages."""

    def add(self) -> M:
        """A new one at the end."""
        ...

    def __iter__(self) -> Iterator[M]: ...


class Words(Protocol):
    """A list of texts."""

    def append(self, text: str) -> None:
        """One more at the end."""
        ...


class TimestampMessage(Present, Protocol):
    """`Timestamp`."""

    seconds: int
    nanos: int


class FieldsMessage(Protocol):
    """A map of fields; a field that is asked for by name comes to be."""

    def __getitem__(self, name: str) -> "ValueMessage": ...

    def items(self) -> ItemsView[str, "ValueMessage"]:
        """The fields by name."""
        ...


class MapMessage(Present, Protocol):
    """`MapValue`."""

    @property
    def fields(self) -> FieldsMessage:
        """What it holds."""
        ...


class ArrayMessage(Present, Protocol):
    """`ArrayValue`."""

    @property
    def values(self) -> "Repeated[ValueMessage]":
        """What it holds."""
        ...


class ValueMessage(Protocol):
    """`Value`: one of these."""

    null_value: int
    boolean_value: bool
    integer_value: int
    double_value: float
    string_value: str
    bytes_value: bytes
    reference_value: str

    @property
    def timestamp_value(self) -> TimestampMessage:
        """A time."""
        ...

    @property
    def map_value(self) -> MapMessage:
        """A map."""
        ...

    @property
    def array_value(self) -> ArrayMessage:
        """A list."""
        ...

    def WhichOneof(self, group: str) -> str | None:
        """The name of the one that is set."""
        ...

    def SerializeToString(self) -> bytes:
        """The message as it travels."""
        ...


class DocumentMessage(Protocol):
    """`Document`."""

    name: str

    def SerializeToString(self) -> bytes:
        """The message as it travels."""
        ...

    def ParseFromString(self, message: bytes) -> int:
        """Become what travelled; how many bytes were read."""
        ...

    @property
    def fields(self) -> FieldsMessage:
        """What it holds."""
        ...

    @property
    def create_time(self) -> TimestampMessage:
        """When it was created."""
        ...

    @property
    def update_time(self) -> TimestampMessage:
        """When it was last changed, which is its version."""
        ...


class PreconditionMessage(Protocol):
    """`Precondition`: one of these."""

    exists: bool

    @property
    def update_time(self) -> TimestampMessage:
        """The version that the document must have."""
        ...


class MaskMessage(Present, Protocol):
    """`DocumentMask`."""

    @property
    def field_paths(self) -> Words:
        """The fields that are replaced."""
        ...


class TransformMessage(Protocol):
    """`FieldTransform`."""

    field_path: str
    set_to_server_value: int


class WriteMessage(Protocol):
    """`Write`."""

    delete: str

    @property
    def update(self) -> DocumentMessage:
        """The document as it is to be."""
        ...

    @property
    def update_mask(self) -> MaskMessage:
        """Which fields of it count; without it the whole document is replaced."""
        ...

    @property
    def update_transforms(self) -> Repeated[TransformMessage]:
        """The fields that the server fills in."""
        ...

    @property
    def current_document(self) -> PreconditionMessage:
        """What must hold."""
        ...


class FieldMessage(Protocol):
    """`FieldReference`."""

    field_path: str


class CollectionMessage(Protocol):
    """`CollectionSelector`."""

    collection_id: str
    all_descendants: bool


class OrderMessage(Protocol):
    """`Order`."""

    direction: int

    @property
    def field(self) -> FieldMessage:
        """What is ordered by."""
        ...


class UnaryFilterMessage(Protocol):
    """`UnaryFilter`."""

    op: int

    @property
    def field(self) -> FieldMessage:
        """What is looked at."""
        ...


class FieldFilterMessage(UnaryFilterMessage, Protocol):
    """`FieldFilter`."""

    @property
    def value(self) -> ValueMessage:
        """What it is compared with."""
        ...


class CompositeFilterMessage(Protocol):
    """`CompositeFilter`."""

    op: int

    @property
    def filters(self) -> "Repeated[FilterMessage]":
        """The conditions that it joins."""
        ...


class FilterMessage(Protocol):
    """`Filter`: one of these."""

    @property
    def composite_filter(self) -> CompositeFilterMessage:
        """Several conditions."""
        ...

    @property
    def field_filter(self) -> FieldFilterMessage:
        """A comparison."""
        ...

    @property
    def unary_filter(self) -> UnaryFilterMessage:
        """A question about null or NaN."""
        ...


class CursorMessage(Protocol):
    """`Cursor`."""

    before: bool

    @property
    def values(self) -> Repeated[ValueMessage]:
        """The position."""
        ...


class LimitMessage(Protocol):
    """`Int32Value`."""

    value: int


class QueryMessage(Protocol):
    """`StructuredQuery`."""

    @property
    def from_(self) -> Repeated[CollectionMessage]:
        """Where to look."""
        ...

    @property
    def where(self) -> FilterMessage:
        """What must hold."""
        ...

    @property
    def order_by(self) -> Repeated[OrderMessage]:
        """The order."""
        ...

    @property
    def start_at(self) -> CursorMessage:
        """Where it goes on."""
        ...

    @property
    def limit(self) -> LimitMessage:
        """How many at most."""
        ...
