"""Reading what a caller sent: JSON bodies into pydantic models, query parameters into plain values."""

import re
from collections.abc import Iterable
from typing import TypeVar

import flask
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from crmsync.api.http.errors import InvalidRequest, TooLarge, WrongMediaType

LONGEST_BODY = 1_000_000
LONGEST_KEY = 255

M = TypeVar("M", bound="Body")


class Body(BaseModel):
    """A request body: exactly the fields that are named, of exactly their types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read(request: flask.Request, model: type[M], *, optional: bool = False) -> M:
    """The request's JSON body as `model`; when `optional`, no body at all stands for an empty object.

    Raises InvalidRequest, TooLarge or WrongMediaType.
    """
    if (request.content_length or 0) > LONGEST_BODY:
        raise TooLarge("The body is larger than 1 MB.")
    data = request.get_data()
    if optional and not data:
        data = b"{}"
    elif request.mimetype != "application/json":
        raise WrongMediaType("Send JSON, with Content-Type: application/json.")
    if len(data) > LONGEST_BODY:
        raise TooLarge("The body is larger than 1 MB.")
    try:
        return model.model_validate_json(data)
    except ValidationError as refused:
        raise _first(refused) from None


def _first(refused: ValidationError) -> InvalidRequest:
    details = refused.errors(include_url=False, include_input=False)[0]
    if details["type"] == "json_invalid":
        return InvalidRequest("The body is not valid JSON.")
    return InvalidRequest(_sentence(details), field=_path(details["loc"]) or None)


def _sentence(details: ErrorDetails) -> str:
    if details["type"] == "extra_forbidden":
        return "There is no such field."
    if details["type"] == "missing":
        return "This field is required."
    if (limit := _LIMITS.get(details["type"])) is not None:
        name, words = limit
        return words.format(details["ctx"][name])
    text = details["msg"].removeprefix("Value error, ")
    return text if text.endswith(".") else f"{text}."


_LIMITS = {
    "too_long": ("max_length", "At most {} of these."),
    "string_too_long": ("max_length", "At most {} characters."),
    "greater_than_equal": ("ge", "At least {}."),
    "less_than_equal": ("le", "At most {}."),
}
"""What a limit is called by the library, and how it is said here."""


def _path(location: Iterable[int | str]) -> str:
    """Like `emails[0].value`. A name that the caller made up is cut: it is echoed."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part[:60]}"
    return path.removeprefix(".")


def flag(request: flask.Request, name: str) -> bool:
    """A query parameter that is true or false; absent means false."""
    match request.args.get(name):
        case None | "false":
            return False
        case "true":
            return True
        case _:
            raise InvalidRequest("Say true or false.", field=name)


def text(request: flask.Request, name: str, longest: int = 200) -> str:
    """A query parameter that is free text; absent means empty."""
    value = request.args.get(name, "").strip()
    if len(value) > longest:
        raise InvalidRequest(f"At most {longest} characters.", field=name)
    return value


def number(request: flask.Request, name: str, most: int = 1_000_000_000) -> int | None:
    """A query parameter that is a whole number from 0; absent means None."""
    value = request.args.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 10 and int(value) <= most):
        raise InvalidRequest(f"Say a whole number from 0 to {most}.", field=name)
    return int(value)


def one_of(request: flask.Request, name: str, allowed: tuple[str, ...]) -> str:
    """A query parameter that is one of a few words; absent means the first."""
    value = request.args.get(name, allowed[0])
    if value not in allowed:
        raise InvalidRequest(f"Say one of: {', '.join(allowed)}.", field=name)
    return value


def only(request: flask.Request, names: Iterable[str]) -> None:
    """Refuses query parameters that mean nothing here: a misspelt filter must not list everything."""
    known = frozenset(names)
    for name in request.args:
        if name not in known:
            raise InvalidRequest("There is no such parameter.", field=name[:60])


def idempotency_key(request: flask.Request) -> str | None:
    """The `Idempotency-Key` header. Raises InvalidRequest for one that is too long or not plain text."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not re.fullmatch(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}", key):
        raise InvalidRequest(f"Send 1 to {LONGEST_KEY} visible ASCII characters.", field="Idempotency-Key")
    return key
