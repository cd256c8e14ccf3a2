"""What Firestore refuses, checked before it is asked, so that both adapters refuse the same.

Limits: https://firebase.google.com/docs/firestore/quotas; sizes: /docs/firestore/storage-size.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from crmsync.store.documents.port import (
    ALTERNATIVES,
    LISTING,
    SERVER_TIME,
    Create,
    Delete,
    DocumentWrite,
    Merge,
    Put,
    Query,
    Update,
)
from crmsync.store.errors import InvalidWrite, TooLarge

DOCUMENT_BYTES = 1_048_576 - 4
REQUEST_BYTES = 10 * 1024 * 1024
DEPTH = 20
NAME_BYTES = 1500

_PATH_BYTES = 64
"""What the path of a document and the document itself cost above their text."""

_WIRE_BYTES = 16
"""What a value costs in a request above its own bytes, on the safe side: tags and lengths of its messages."""

_MOST_KNOWN = 1000
_known_names: dict[str, int] = {}
"""Sizes of the names of fields met so far: there are few, and they come again with every document."""

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIELD_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_RESERVED = re.compile(r"__.*__", re.DOTALL)


class Sizes(NamedTuple):
    """What a commit weighs, on the safe side. documents: the bytes that each write puts into a document, as
    Firestore counts them. request: the bytes of the commit as it is sent.
    """

    documents: list[int]
    request: int


def check_writes(writes: Sequence[DocumentWrite]) -> Sizes:
    """Refuse what Firestore would refuse of a commit: InvalidWrite, TooLarge. Answers what it weighs."""
    request = 0
    sizes: list[int] = []
    seen: set[str] = set()
    for write in writes:
        if write.path in seen:
            raise InvalidWrite(f"written twice in one commit: {write.path}")
        seen.add(write.path)
        size = len(check_path(write.path)) + _PATH_BYTES
        request += 2 * size
        if not isinstance(write, Delete):
            data, values = _check_data(write)
            size += data
            request += data + values * _WIRE_BYTES
        sizes.append(size)
    if request > REQUEST_BYTES:
        raise TooLarge(f"a commit of about {request} bytes")
    return Sizes(sizes, request)


def check_path(path: str) -> bytes:
    """Refuse a path that is not of a document; answers its bytes."""
    segments = path.split("/")
    if len(segments) % 2 or not all(segments):
        raise InvalidWrite(f"not the path of a document: {path!r}")
    for segment in segments:
        if segment in (".", "..") or _RESERVED.fullmatch(segment) or len(_utf8(segment)) > NAME_BYTES:
            raise InvalidWrite(f"not an id: {segment[:50]!r}")
    return _utf8(path)


def check_query(query: Query) -> None:
    """Refuse a query that Firestore would refuse: ValueError, as it is a mistake of the caller's code."""
    for condition in query.filters:
        several = condition.value if isinstance(condition.value, list) else ()
        if condition.op in LISTING and not 1 <= len(several) <= ALTERNATIVES:
            raise ValueError(f"{condition.op} takes 1 to {ALTERNATIVES} values")
    if sum(f.op in ("array_contains", "array_contains_any") for f in query.filters) > 1:
        raise ValueError("a query takes one array_contains or array_contains_any")
    if len(query.start_after) > len(query.full_order):
        raise ValueError("more positions than orders")


def document_size(path: str, data: Mapping[str, object]) -> int:
    """Bytes of a stored document, as Firestore counts them."""
    name = sum(len(_utf8(segment)) + 1 for segment in path.split("/")) + 16
    return name + 32 + sum(len(_utf8(key)) + 1 + _measure(value, 1)[0] for key, value in data.items())


def _check_data(write: Create | Put | Merge | Update) -> tuple[int, int]:
    """Bytes and number of values."""
    size, values = 0, 0
    fields = {Merge: _FIELD, Update: _FIELD_PATH}.get(type(write))
    for key, value in write.data.items():
        if fields is not None and not fields.fullmatch(key):
            raise InvalidWrite(f"not the name of a field to replace: {key[:50]!r}")
        size += _name_size(key)
        if value is SERVER_TIME:
            size += 8
            values += 2
            continue
        bytes_, count = _measure(value, 1)
        size += bytes_
        values += count
    if size > DOCUMENT_BYTES:
        raise TooLarge(f"a document of about {size} bytes: {write.path}")
    return size, values


def _measure(value: object, depth: int) -> tuple[int, int]:
    """Size in bytes and number of values; refuses what a document cannot hold."""
    if isinstance(value, str):
        return (len(value) if value.isascii() else len(_utf8(value))) + 1, 1
    if value is None or isinstance(value, bool):
        return 1, 1
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise InvalidWrite("a whole number beyond 64 bits")
        return 8, 1
    if isinstance(value, float):
        return 8, 1
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidWrite("a time without a zone")
        return 8, 1
    if isinstance(value, bytes):
        return len(value), 1
    return _measure_nested(value, depth)


def _measure_nested(value: object, depth: int) -> tuple[int, int]:
    if depth > DEPTH:
        raise InvalidWrite(f"nested deeper than {DEPTH}")
    size, values = 0, 1
    if isinstance(value, list):
        for item in value:
            if isinstance(item, list):
                raise InvalidWrite("a list directly in a list")
            bytes_, count = _measure(item, depth + 1)
            size += bytes_
            values += count
        return size, values
    if isinstance(value, dict):
        for key, item in value.items():
            bytes_, count = _measure(item, depth + 1)
            size += _name_size(key) + bytes_
            values += count
        return size, values
    raise InvalidWrite(f"a document holds no {type(value).__name__}")


def _name_size(name: object) -> int:
    size = _known_names.get(name) if isinstance(name, str) else None
    if size is not None:
        return size
    if not isinstance(name, str) or not name or _RESERVED.fullmatch(name):
        raise InvalidWrite(f"not the name of a field: {str(name)[:50]!r}")
    size = len(_utf8(name)) + 1
    if size > NAME_BYTES:
        raise InvalidWrite(f"not the name of a field: {name[:50]!r}")
    if len(_known_names) < _MOST_KNOWN:
        _known_names[name] = size
    return size


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidWrite("text with half of a surrogate pair is not Unicode") from error
