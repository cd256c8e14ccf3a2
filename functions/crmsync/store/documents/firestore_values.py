"""Plain values to Firestore's protobuf messages and back, without the client library's wrappers.

The library wraps every value in an object of its own, which costs some 30 microseconds a value; a contact has
about a hundred. These functions fill and read the generated messages themselves.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from crmsync.store.documents.firestore_messages import (
    DocumentMessage,
    FieldsMessage,
    TimestampMessage,
    ValueMessage,
)
from crmsync.store.documents.port import Document, Fields, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


def write_fields(fields: FieldsMessage, data: Fields) -> None:
    """Fills a message's map of fields; the data has passed `limits.check_writes`."""
    for name, value in data.items():
        write_value(fields[name], value)


def write_value(target: ValueMessage, value: object) -> None:
    """Fills one `Value` message. Raises TypeError for what a document cannot hold."""
    if isinstance(value, str):
        target.string_value = value
    elif value is None:
        target.null_value = 0
    elif isinstance(value, bool):
        target.boolean_value = value
    elif isinstance(value, int):
        target.integer_value = value
    elif isinstance(value, datetime):
        write_time(target.timestamp_value, value)
    elif isinstance(value, dict):
        # An empty map is a map all the same.
        target.map_value.SetInParent()
        write_fields(target.map_value.fields, value)
    elif isinstance(value, list):
        target.array_value.SetInParent()
        items = target.array_value.values
        for item in value:
            write_value(items.add(), item)
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, bytes):
        target.bytes_value = value
    else:
        raise TypeError(f"a document holds no {type(value).__name__}")


def write_time(target: TimestampMessage, time: datetime) -> None:
    """Fills a `Timestamp` message with an aware time."""
    since = time - _EPOCH
    target.SetInParent()
    target.seconds = since.days * 86_400 + since.seconds
    target.nanos = since.microseconds * 1000


def read_fields(fields: FieldsMessage) -> dict[str, Value]:
    """A message's map of fields as plain data."""
    return {name: read_value(value) for name, value in fields.items()}


def read_value(value: ValueMessage) -> Value:
    """One `Value` message as a plain value.

    What the store never writes (a reference, a place, a vector) stays the bytes of its message: no record
    asks for bytes.
    """
    kind = value.WhichOneof("value_type")
    if kind == "string_value":
        return value.string_value
    read = _READ.get(kind)
    return value.SerializeToString() if read is None else read(value)


def read_time(time: TimestampMessage) -> datetime:
    """A `Timestamp` message as an aware time, UTC, to the microsecond: more is not stored."""
    return _EPOCH + timedelta(seconds=time.seconds, microseconds=time.nanos // 1000)


def read_document(root: str, message: DocumentMessage) -> Document:
    """A document from its message; `root` is the name under which all paths begin, with a trailing slash."""
    return Document(
        message.name.removeprefix(root),
        read_fields(message.fields),
        version_of(message.update_time),
        read_time(message.create_time),
        read_time(message.update_time),
    )


def version_of(time: TimestampMessage) -> str:
    """The version of a document: its update time, to the nanosecond."""
    whole = _EPOCH + timedelta(seconds=time.seconds)
    return f"{whole.isoformat()[:19]}.{time.nanos:09d}Z"


def write_version(target: TimestampMessage, version: str) -> None:
    """Fills a `Timestamp` message with a version. Raises ValueError for a text that is none."""
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"not a version: {version[:50]!r}")
    whole, fraction = found.groups()
    write_time(target, datetime.fromisoformat(whole).replace(tzinfo=UTC))
    target.nanos = int((fraction or "0").ljust(9, "0"))


_READ: Mapping[str | None, Callable[[ValueMessage], Value]] = {
    "null_value": lambda value: None,
    "boolean_value": lambda value: value.boolean_value,
    "integer_value": lambda value: value.integer_value,
    "double_value": lambda value: value.double_value,
    "timestamp_value": lambda value: read_time(value.timestamp_value),
    "bytes_value": lambda value: value.bytes_value,
    "map_value": lambda value: read_fields(value.map_value.fields),
    "array_value": lambda value: [read_value(item) for item in value.array_value.values],
}
