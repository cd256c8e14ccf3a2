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
from typing import Any, Literal, NamedTuple, TypeVar, Union
from zoneinfo import ZoneInfo

from crmsync.core.json_types import Json
from crmsync.core.model import AllDay, Timed
from crmsync.core.state import Base, FieldDigest
from crmsync.store.errors import StoreError

D = TypeVar("D")


class Unreadable(StoreError):
    """Stored data is not of the shape that its type asks for."""


class Shape(NamedTuple):
    """How values of one type are written and read."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


_FIELDS: dict[type, dict[str, Shape]] = {}
_DEFAULTED: dict[type, frozenset[str]] = {}


def encode(value: Any, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The data of a dataclass, all of its fields except `leave_out`."""
    return {
        name: shape.encode(getattr(value, name))
        for name, shape in _fields(type(value)).items()
        if name not in leave_out
    }


def decode(cls: type[D], data: Mapping[str, Any], **known: Any) -> D:
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


def encode_as(hint: Any, value: Any) -> Any:
    """The data of a value of the hinted type."""
    return _shape(hint).encode(value)


def decode_as(hint: Any, raw: Any) -> Any:
    """A value of the hinted type. Raises Unreadable."""
    return _shape(hint).decode(raw)


def _fields(cls: type) -> dict[str, Shape]:
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
def _shape(hint: Any) -> Shape:
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
    if origin is tuple and arguments[1:] == (...,):
        return _sequence(_shape(arguments[0]), tuple)
    if origin is tuple:
        return _fixed([_shape(argument) for argument in arguments])
    if origin is frozenset:
        return _sequence(_shape(arguments[0]), frozenset)
    if origin is Mapping:
        return _JSON if arguments[1] is Json else _mapping(_shape(arguments[1]))
    raise TypeError(f"no document shape for {hint}")


def _same(value: Any) -> Any:
    return value


def _exactly(wanted: type) -> Callable[[Any], Any]:
    def check(raw: Any) -> Any:
        if type(raw) is not wanted:
            raise Unreadable(f"not of type {wanted.__name__}")
        return raw

    return check


def _one_of(values: frozenset[Any]) -> Callable[[Any], Any]:
    def check(raw: Any) -> Any:
        if raw not in values:
            raise Unreadable("not one of the known values")
        return raw

    return check


def _nested(cls: type) -> Shape:
    def read(raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise Unreadable(f"not a {cls.__name__}")
        return decode(cls, raw)

    return Shape(encode, read)


def _union(members: tuple[Any, ...]) -> Shape:
    shapes = [(member, _shape(member)) for member in members if member is not type(None)]

    def write(value: Any) -> Any:
        if value is None:
            return None
        for member, shape in shapes:
            if len(shapes) == 1 or (isinstance(member, type) and isinstance(value, member)):
                return shape.encode(value)
        return value

    def read(raw: Any) -> Any:
        if raw is None and type(None) in members:
            return None
        for _, shape in shapes:
            try:
                return shape.decode(raw)
            except Unreadable:
                continue
        raise Unreadable("none of the possible types")

    return Shape(write, read)


def _sequence(item: Shape, made: Callable[[Any], Any]) -> Shape:
    def write(values: Any) -> list[Any]:
        encoded = [item.encode(value) for value in values]
        return sorted(encoded) if made is frozenset else encoded

    def read(raw: Any) -> Any:
        if not isinstance(raw, list):
            raise Unreadable("not a list")
        return made(item.decode(value) for value in raw)

    return Shape(write, read)


def _fixed(items: list[Shape]) -> Shape:
    """A tuple of fixed length, as a map of its positions: Firestore takes no list directly in a list."""

    def write(values: Any) -> dict[str, Any]:
        return {str(n): item.encode(value) for n, (item, value) in enumerate(zip(items, values, strict=True))}

    def read(raw: Any) -> tuple[Any, ...]:
        if not isinstance(raw, dict):
            raise Unreadable("not a map of positions")
        return tuple(item.decode(raw[str(n)]) for n, item in enumerate(items))

    return Shape(write, read)


def _mapping(item: Shape) -> Shape:
    def write(values: Any) -> dict[str, Any]:
        return {key: item.encode(value) for key, value in values.items()}

    def read(raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise Unreadable("not a map")
        return {key: item.decode(value) for key, value in raw.items()}

    return Shape(write, read)


def _read_time(raw: Any) -> datetime:
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


def _read_date(raw: Any) -> date:
    if not isinstance(raw, str):
        raise Unreadable("not a date")
    return date.fromisoformat(raw)


def _write_timed(moment: Timed) -> dict[str, str]:
    return {"date_time": moment.at.isoformat(), "time_zone": moment.time_zone}


def _read_timed(raw: Any) -> Timed:
    if not isinstance(raw, dict) or not isinstance(raw.get("date_time"), str):
        raise Unreadable("not a time of day")
    zone = raw.get("time_zone") or "UTC"
    at = datetime.fromisoformat(raw["date_time"])
    try:
        return Timed(at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone)), zone)
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise Unreadable("not a time zone") from error


def _read_all_day(raw: Any) -> AllDay:
    if not isinstance(raw, dict) or not isinstance(raw.get("date"), str):
        raise Unreadable("not a date")
    return AllDay(date.fromisoformat(raw["date"]))


def _write_base(base: Base) -> str:
    """One text for all fields, JSON: [local, remote] a field, or one when both are the same.

    A base is never queried, and as a map it would cost more to send and to read than all the rest of a link.
    """
    local, remote = base.local, base.remote
    pairs: dict[str, Any] = {}
    for field in {**local, **remote}:
        ours, theirs = _write_digest(local.get(field)), _write_digest(remote.get(field))
        pairs[field] = ours if ours == theirs else [ours, theirs]
    return json.dumps(pairs, separators=(",", ":"))


def _write_digest(digest: FieldDigest | None) -> str | None:
    return f"[{' '.join(digest)}]" if isinstance(digest, tuple) else digest


def _read_base(raw: Any) -> Base:
    pairs = json.loads(_exactly(str)(raw))
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


def _read_digest(text: Any) -> FieldDigest:
    if not isinstance(text, str):
        raise Unreadable("not a digest")
    return tuple(text[1:-1].split()) if text.startswith("[") else text


_JSON = Shape(lambda value: json.dumps(value, ensure_ascii=False), lambda raw: json.loads(_exactly(str)(raw)))

_SPECIAL: dict[Any, Shape] = {
    str: Shape(_same, _exactly(str)),
    bool: Shape(_same, _exactly(bool)),
    int: Shape(_same, _exactly(int)),
    datetime: Shape(_same, _read_time),
    date: Shape(lambda value: value.isoformat(), _read_date),
    AllDay: Shape(lambda value: {"date": value.date.isoformat()}, _read_all_day),
    Timed: Shape(_write_timed, _read_timed),
    Base: Shape(_write_base, _read_base),
    Json: _JSON,
}
