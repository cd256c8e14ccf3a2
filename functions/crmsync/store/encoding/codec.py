"""Frozen dataclasses to plain document data and back, led by their type hints.

A new field of a dataclass needs nothing here. Keys that the class does not know are ignored, a missing key or
null takes the field's default, and a value of the wrong type is `Unreadable`: a record that a host CRM wrote
wrongly is never guessed at, and so never overwritten with a guess.

Times are timestamps; dates, and the moments of appointments, are text as in the API, so that an all-day date
passes through no time zone and a planned offset is kept. What is declared as `Json` is kept as JSON text:
it is never queried, and so may hold lists of lists and keys of any text.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, Union
from zoneinfo import ZoneInfo

from crmsync.core.json_types import Json
from crmsync.core.model import AllDay, Timed
from crmsync.core.state import Base, FieldDigest
from crmsync.store.documents.port import Fields, Value
from crmsync.store.documents.values import sort_key
from crmsync.store.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

D = TypeVar("D")
T = TypeVar("T")


class Unreadable(StoreError):
    """Stored data is not of the shape that its type asks for."""


class Shape(NamedTuple, Generic[T]):
    """How values of one type are written and read."""

    encode: Callable[[T], Value]
    decode: Callable[[Value], T]


AnyShape = Shape[Any]
"""The shape of a type hint. Of which type its values are, is known by the hint, and so at run time only."""

_FIELDS: dict[type, dict[str, AnyShape]] = {}
_DEFAULTED: dict[type, frozenset[str]] = {}


def encode(value: "DataclassInstance", leave_out: frozenset[str] = frozenset()) -> dict[str, Value]:
    """The data of a dataclass, all of its fields except `leave_out`."""
    return {
        name: shape.encode(getattr(value, name))
        for name, shape in _fields(type(value)).items()
        if name not in leave_out
    }


def encode_fields(cls: "type[DataclassInstance]", values: Mapping[str, object]) -> dict[str, Value]:
    """The data of some fields of a dataclass, given by their names."""
    fields = _fields(cls)
    return {name: fields[name].encode(value) for name, value in values.items()}


def decode(cls: type[D], data: Fields, **known: object) -> D:
    """A dataclass from its data; `known` fields are taken as they are (ids and versions).

    Raises Unreadable.
    """
    values = dict(known)
    for name, shape in _fields(cls).items():
        raw = data.get(name)
        if name in known or (raw is None and name in _DEFAULTED[cls]):
            continue
        try:
            values[name] = shape.decode(raw)
        except (Unreadable, ValueError, TypeError, KeyError) as error:
            raise Unreadable(f"{cls.__name__}.{name}") from error
    try:
        return cls(**values)
    except TypeError as error:
        raise Unreadable(f"{cls.__name__} lacks a field") from error


def _fields(cls: type) -> dict[str, AnyShape]:
    if cls not in _FIELDS:
        hints = typing.get_type_hints(cls)
        _DEFAULTED[cls] = frozenset(
            field.name
            for field in dataclasses.fields(cls)
            if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        )
        _FIELDS[cls] = {field.name: _shape(hints[field.name]) for field in dataclasses.fields(cls)}
    return _FIELDS[cls]


@lru_cache
def _shape(hint: object) -> AnyShape:
    """The shape of a type hint; TypeError for one that no stored class uses."""
    if hint in _SPECIAL:
        return _SPECIAL[hint]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _nested(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return Shape(_same, _one_of(frozenset(arguments)))
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin is tuple:
        several = arguments[1:] == (...,)
        return _tuple(_shape(arguments[0])) if several else _fixed([_shape(each) for each in arguments])
    if origin is frozenset:
        return _set(_shape(arguments[0]))
    if origin is Mapping:
        return _JSON if arguments[1] is Json else _mapping(_shape(arguments[1]))
    raise TypeError(f"no document shape for {hint}")


def _same(value: T) -> T:
    return value


def _exactly(wanted: type[T]) -> Callable[[Value], T]:
    def check(raw: Value) -> T:
        if type(raw) is not wanted:
            raise Unreadable(f"not of type {wanted.__name__}")
        return raw

    return check


def _one_of(values: frozenset[Value]) -> Callable[[Value], Value]:
    def check(raw: Value) -> Value:
        if raw not in values:
            raise Unreadable("not one of the known values")
        return raw

    return check


def _nested(cls: "type[DataclassInstance]") -> AnyShape:
    def read(raw: Value) -> "DataclassInstance":
        if not isinstance(raw, dict):
            raise Unreadable(f"not a {cls.__name__}")
        return decode(cls, raw)

    return Shape(encode, read)


def _union(members: tuple[object, ...]) -> AnyShape:
    some = [member for member in members if member is not type(None)]
    one = _shape(some[0]) if len(some) == 1 else _either(some)
    return one if len(some) == len(members) else _optional(one)


def _optional(inner: Shape[T]) -> Shape[T | None]:
    def write(value: T | None) -> Value:
        return None if value is None else inner.encode(value)

    def read(raw: Value) -> T | None:
        return None if raw is None else inner.decode(raw)

    return Shape(write, read)


def _either(members: list[object]) -> AnyShape:
    """Words of several sets, or one of several classes, told apart by the shapes of their data."""
    if all(typing.get_origin(member) is Literal for member in members):
        return Shape(_same, _one_of(frozenset(word for each in members for word in typing.get_args(each))))
    shapes = {member: _shape(member) for member in members if isinstance(member, type)}
    if len(shapes) < len(members):
        raise TypeError(f"no document shape for {members}")

    def write(value: object) -> Value:
        for member, shape in shapes.items():
            if isinstance(value, member):
                return shape.encode(value)
        raise TypeError(f"none of the possible types: {type(value).__name__}")

    def read(raw: Value) -> object:
        for shape in shapes.values():
            try:
                return shape.decode(raw)
            except Unreadable:
                continue
        raise Unreadable("none of the possible types")

    return Shape(write, read)


def _tuple(item: Shape[T]) -> Shape[tuple[T, ...]]:
    def write(values: tuple[T, ...]) -> list[Value]:
        return [item.encode(value) for value in values]

    def read(raw: Value) -> tuple[T, ...]:
        if not isinstance(raw, list):
            raise Unreadable("not a list")
        return tuple(item.decode(value) for value in raw)

    return Shape(write, read)


def _set(item: Shape[T]) -> Shape[frozenset[T]]:
    def write(values: frozenset[T]) -> list[Value]:
        return sorted((item.encode(value) for value in values), key=sort_key)

    def read(raw: Value) -> frozenset[T]:
        if not isinstance(raw, list):
            raise Unreadable("not a list")
        return frozenset(item.decode(value) for value in raw)

    return Shape(write, read)


def _fixed(items: list[AnyShape]) -> Shape[tuple[object, ...]]:
    """A tuple of fixed length, as a map of its positions: Firestore takes no list directly in a list."""

    def write(values: tuple[object, ...]) -> dict[str, Value]:
        return {str(n): item.encode(value) for n, (item, value) in enumerate(zip(items, values, strict=True))}

    def read(raw: Value) -> tuple[object, ...]:
        if not isinstance(raw, dict):
            raise Unreadable("not a map of positions")
        return tuple(item.decode(raw[str(n)]) for n, item in enumerate(items))

    return Shape(write, read)


def _mapping(item: Shape[T]) -> Shape[Mapping[str, T]]:
    def write(values: Mapping[str, T]) -> dict[str, Value]:
        return {key: item.encode(value) for key, value in values.items()}

    def read(raw: Value) -> dict[str, T]:
        if not isinstance(raw, dict):
            raise Unreadable("not a map")
        return {key: item.decode(value) for key, value in raw.items()}

    return Shape(write, read)


def _write_json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read_json(raw: Value) -> Json:
    value: Json = json.loads(_read_text(raw))
    return value


def _read_time(raw: Value) -> datetime:
    if isinstance(raw, str):
        raw = datetime.fromisoformat(raw)
    if not isinstance(raw, datetime) or raw.tzinfo is None:
        raise Unreadable("not a time")
    return plain_time(raw)


def plain_time(time: datetime) -> datetime:
    """A time in UTC of the standard class (the client library answers a subclass)."""
    utc = time.astimezone(UTC)
    return datetime(
        utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=UTC
    )


def _read_date(raw: Value) -> date:
    if not isinstance(raw, str):
        raise Unreadable("not a date")
    return date.fromisoformat(raw)


def _write_timed(moment: Timed) -> dict[str, Value]:
    return {"date_time": moment.at.isoformat(), "time_zone": moment.time_zone}


def _read_timed(raw: Value) -> Timed:
    if not isinstance(raw, dict) or not isinstance(text := raw.get("date_time"), str):
        raise Unreadable("not a time of day")
    zone = _read_text(raw.get("time_zone") or "UTC")
    at = datetime.fromisoformat(text)
    try:
        return Timed(at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone)), zone)
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise Unreadable("not a time zone") from error


def _write_all_day(moment: AllDay) -> dict[str, Value]:
    return {"date": moment.date.isoformat()}


def _read_all_day(raw: Value) -> AllDay:
    if not isinstance(raw, dict) or not isinstance(text := raw.get("date"), str):
        raise Unreadable("not a date")
    return AllDay(date.fromisoformat(text))


def _write_base(base: Base) -> str:
    """One text for all fields, JSON: [local, remote] a field, or one when both are the same.

    A base is never queried, and as a map it would cost more to send and to read than all the rest of a link.
    """
    local, remote = base.local, base.remote
    pairs: dict[str, str | list[str | None] | None] = {}
    for field in {**local, **remote}:
        ours, theirs = _write_digest(local.get(field)), _write_digest(remote.get(field))
        pairs[field] = ours if ours == theirs else [ours, theirs]
    return json.dumps(pairs, separators=(",", ":"))


def _write_digest(digest: FieldDigest | None) -> str | None:
    return f"[{' '.join(digest)}]" if isinstance(digest, tuple) else digest


def _read_base(raw: Value) -> Base:
    pairs = json.loads(_read_text(raw))
    if not isinstance(pairs, dict):
        raise Unreadable("not a base")
    local: dict[str, FieldDigest] = {}
    remote: dict[str, FieldDigest] = {}
    for field, value in pairs.items():
        ours, theirs = value if isinstance(value, list) else (value, value)
        if ours is not None:
            local[field] = _read_digest(ours)
        if theirs is not None:
            remote[field] = _read_digest(theirs)
    return Base(local, remote)


def _read_digest(text: object) -> FieldDigest:
    if not isinstance(text, str):
        raise Unreadable("not a digest")
    return tuple(text[1:-1].split()) if text.startswith("[") else text


_read_text = _exactly(str)
_JSON = Shape(_write_json, _read_json)

_SPECIAL: dict[object, AnyShape] = {
    str: Shape(_same, _read_text),
    bytes: Shape(_same, _exactly(bytes)),
    bool: Shape(_same, _exactly(bool)),
    int: Shape(_same, _exactly(int)),
    datetime: Shape(_same, _read_time),
    date: Shape(date.isoformat, _read_date),
    AllDay: Shape(_write_all_day, _read_all_day),
    Timed: Shape(_write_timed, _read_timed),
    Base: Shape(_write_base, _read_base),
    Json: _JSON,
}
