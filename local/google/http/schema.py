"""Checks of values against the schemas of a discovery document.

Parameters and bodies coming in, answers going out.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Mapping
from typing import TypedDict

from local.google.errors import InvalidRequest
from local.google.json import Body

_INT_RANGE = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1), "int64": (-(2**63), 2**63 - 1)}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


_Ref = TypedDict("_Ref", {"$ref": str}, total=False)


class Spec(_Ref, total=False):
    """What a discovery document says of a parameter or a property; `$ref` names the schema of an object."""

    type: str
    format: str
    enum: list[str]
    minimum: str
    maximum: str
    pattern: str
    location: str
    required: bool
    repeated: bool
    items: Spec
    properties: dict[str, Spec]
    additionalProperties: Spec


Schemas = Mapping[str, Spec]
"""The schemas of an API by name."""


@functools.lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """Google's error texts name a JSON field as its proto does: `givenName` -> `given_name`."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def parse_parameter(name: str, text: str, spec: Spec) -> bool | int | str:
    """One query value as its type; raises InvalidRequest for a value that Google refuses."""
    kind = spec.get("type", "string")
    if kind == "integer":
        return _parse_integer(name, text, spec)
    if kind == "boolean":
        if text.lower() not in ("true", "false", "1", "0", ""):
            raise _bad_parameter(name, f"Invalid value at '{snake(name)}' (TYPE_BOOL), \"{text}\"")
        return text.lower() in ("true", "1", "")
    if "enum" in spec and text not in spec["enum"]:
        raise _bad_parameter(name, f"Invalid value at '{snake(name)}' (TYPE_ENUM), \"{text}\"")
    return text


def _parse_integer(name: str, text: str, spec: Spec) -> int:
    low, high = _INT_RANGE[spec.get("format", "int32")]
    try:
        value = int(text)
    except ValueError:
        value = high + 1
    if not low <= value <= high:
        raise _bad_parameter(name, f"Invalid value at '{snake(name)}' (TYPE_INT32), \"{text}\"")
    minimum, maximum = int(spec.get("minimum", low)), int(spec.get("maximum", high))
    if not minimum <= value <= maximum:
        raise _bad_parameter(
            name, f"Invalid value '{text}'. Values must be within the range: [{minimum}, {maximum}]"
        )
    return value


def _bad_parameter(name: str, message: str) -> InvalidRequest:
    return InvalidRequest(message, reason="invalidParameter", location=name)


def check_body(value: object, ref: str, schemas: Schemas, path: str = "") -> None:
    """Refuse (InvalidRequest) a field that schema `ref` does not have, or a value of another type."""
    if not isinstance(value, dict):
        raise _bad_value(path, "MESSAGE", value)
    properties = schemas[ref].get("properties", {})
    for name, item in value.items():
        here = f"{path}.{snake(name)}" if path else snake(name)
        spec = properties.get(name)
        if spec is None:
            place = f" at '{path}'" if path else ""
            message = f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.'
            raise InvalidRequest(message, reason="badRequest", location=path, location_type="body")
        if item is not None:
            _check_value(item, spec, schemas, here)


def _check_value(value: object, spec: Spec, schemas: Schemas, path: str) -> None:
    if "$ref" in spec:
        check_body(value, spec["$ref"], schemas, path)
    elif spec.get("type") == "array":
        if not isinstance(value, list):
            raise _bad_value(path, "list", value)
        for index, item in enumerate(value):
            _check_value(item, spec["items"], schemas, f"{path}[{index}]")
    elif spec.get("type") == "object":
        if not isinstance(value, dict):
            raise _bad_value(path, "MESSAGE", value)
        if "additionalProperties" in spec:
            for name, item in value.items():
                if item is not None:
                    _check_value(item, spec["additionalProperties"], schemas, f"{path}[{name}]")
        else:
            _check_inline(value, spec, schemas, path)
    else:
        _check_scalar(value, spec, path)


def _check_inline(value: Body, spec: Spec, schemas: Schemas, path: str) -> None:
    for name, item in value.items():
        inner = spec.get("properties", {}).get(name)
        if inner is None:
            message = (
                f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field."
            )
            raise InvalidRequest(message, reason="badRequest", location=path, location_type="body")
        if item is not None:
            _check_value(item, inner, schemas, f"{path}.{snake(name)}")


def _check_scalar(value: object, spec: Spec, path: str) -> None:
    kind, form = spec.get("type"), spec.get("format")
    if kind == "boolean":
        good = isinstance(value, bool)
    elif kind == "integer":
        low, high = _INT_RANGE.get(form or "int32", _INT_RANGE["int64"])
        good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    elif kind == "number":
        good = isinstance(value, int | float) and not isinstance(value, bool)
    elif kind == "string":
        good = _good_string(value, form)
        if "enum" in spec and value not in spec["enum"]:
            raise _bad_value(path, "TYPE_ENUM", value)
    else:
        good = True
    if not good:
        raise _bad_value(path, f"TYPE_{(form or str(kind)).upper().replace('-', '_')}", value)


def _good_string(value: object, form: str | None) -> bool:
    if form in ("int64", "uint64") and isinstance(value, int) and not isinstance(value, bool):
        return True
    if not isinstance(value, str):
        return False
    if form == "byte":
        try:
            base64.b64decode(
                value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True
            )
        except (binascii.Error, ValueError):
            return False
        return True
    if form in ("int64", "uint64"):
        return re.fullmatch(r"-?\d+", value) is not None
    if form in ("date-time", "google-datetime"):
        return _DATE_TIME.fullmatch(value) is not None
    if form == "date":
        return _DATE.fullmatch(value) is not None
    return True


def _bad_value(path: str, kind: str, value: object) -> InvalidRequest:
    shown = f'"{value[:100]}"' if isinstance(value, str) else str(value)[:100]
    message = f"Invalid value at '{path}' ({kind}), {shown}"
    return InvalidRequest(message, reason="badRequest", location=path, location_type="body")


def answer_problems(value: object, ref: str, schemas: Schemas) -> list[str]:
    """What in an answer does not fit schema `ref`, in the words of a refusal; empty when all fits."""
    try:
        check_body(value, ref, schemas)
    except InvalidRequest as problem:
        return [problem.message]
    return []
