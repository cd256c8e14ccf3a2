"""JSON as it travels: its types, and reading a member of an object as what it must be.

Bodies and parameters are held against Google's discovery document before a handler sees them, so a member of
another type than the one read here is a mistake of the simulation, or of a program that drives it by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""Any JSON value."""

JsonObject: TypeAlias = dict[str, Json]
"""A JSON object, as the simulation keeps and writes it."""

Body: TypeAlias = Mapping[str, object]
"""A JSON object that comes from outside: what is in it shows when it is read."""

Params: TypeAlias = Mapping[str, Json]
"""Query parameters under Google's names, typed as the discovery document says; a repeated one is a list."""

Resource: TypeAlias = dict[str, Any]
"""An event, a person, a list of them or a refusal as it is answered.

The discovery document tells its shape, and answers are held against that. Who gets one looks several levels
down (`event["attendees"][0]["email"]`), at any of some hundred members. A type that let them would be the
discovery document once more, and JsonObject would have every such step narrowed for nothing.
"""

_Kind = TypeVar("_Kind")


def text(body: Body, name: str, default: str = "") -> str:
    """A text; `default` when it is absent or null."""
    value = _member(body, name, str)
    return default if value is None else value


def number(body: Body, name: str, default: int = 0) -> int:
    """A whole number; `default` when it is absent or null."""
    value = _member(body, name, int)
    return default if value is None else value


def flag(body: Body, name: str, default: bool = False) -> bool:
    """A truth value; `default` when it is absent or null."""
    value = _member(body, name, bool)
    return default if value is None else value


def inner(body: Body, name: str) -> JsonObject:
    """An object inside this one; an empty one when it is absent or null."""
    value: JsonObject | None = _member(body, name, dict)
    return {} if value is None else value


def texts(body: Body, name: str) -> list[str]:
    """A list of texts; an empty one when it is absent or null."""
    return [_checked(value, name, str) for value in _member(body, name, list) or ()]


def items(body: Body, name: str) -> list[JsonObject]:
    """A list of objects; an empty one when it is absent or null."""
    return [_checked(value, name, dict) for value in _member(body, name, list) or ()]


def _member(body: Body, name: str, kind: type[_Kind]) -> _Kind | None:
    value = body.get(name)
    return None if value is None else _checked(value, name, kind)


def _checked(value: object, name: str, kind: type[_Kind]) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"{name} is no {kind.__name__}: {value!r:.100}")
    return value
