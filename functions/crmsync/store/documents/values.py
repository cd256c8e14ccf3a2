"""Firestore's ideas of sameness and order between values, for the in-process twin.

Order of types: https://firebase.google.com/docs/firestore/manage-data/data-types#value_type_ordering
"""

import math
from datetime import datetime
from typing import overload

from crmsync.store.documents.port import Value

Key = tuple[object, ...]
"""What sorts and compares as Firestore does: tuples all the way down, of one shape for each type of value."""

_NESTED = (dict, list)
_NULL, _BOOLEAN, _NUMBER, _TIMESTAMP, _STRING, _BYTES, _ARRAY, _MAP = range(8)


def rank(value: Value) -> int:
    """Where the value's type stands among the types."""
    if isinstance(value, str):
        return _STRING
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return _BOOLEAN
    if isinstance(value, (int, float)):
        return _NUMBER
    if isinstance(value, datetime):
        return _TIMESTAMP
    if isinstance(value, bytes):
        return _BYTES
    return _ARRAY if isinstance(value, list) else _MAP


def sort_key(value: Value) -> Key:
    """A key that sorts as Firestore does: by type; NaN before numbers, text by code point, maps by entry."""
    if isinstance(value, str):
        return (_STRING, value)
    if value is None:
        return (_NULL,)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (_NUMBER, 0, 0) if math.isnan(value) else (_NUMBER, 1, value)
    if isinstance(value, list):
        return (_ARRAY, tuple(sort_key(item) for item in value))
    if isinstance(value, dict):
        return (_MAP, tuple((key, sort_key(value[key])) for key in sorted(value)))
    return (rank(value), value)


def same(left: Value, right: Value) -> bool:
    """True when writing one over the other changes nothing: also the type of a number counts."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right) or (left != left and right != right)


@overload
def copied(value: dict[str, Value]) -> dict[str, Value]: ...
@overload
def copied(value: Value) -> Value: ...
def copied(value: Value) -> Value:
    """A deep copy of a document's value; texts, numbers and times are shared, being immutable."""
    if isinstance(value, dict):
        return {key: copied(item) if type(item) in _NESTED else item for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) if type(item) in _NESTED else item for item in value]
    return value
