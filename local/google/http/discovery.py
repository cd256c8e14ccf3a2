"""Google's own description of its APIs, as shipped inside google-api-python-client.

Which call this is, and whether it fits.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from googleapiclient import discovery_cache

from local.google.errors import InvalidRequest
from local.google.http import schema
from local.google.http.schema import Schemas, Spec
from local.google.json import Json, JsonObject

_DOCUMENTS = Path(discovery_cache.__file__).parent / "documents"
_PLACEHOLDER = re.compile(r"\{(\+?)(\w+)\}")
_IGNORED_PARAMETERS = frozenset({"access_token", "oauth_token", "key", "quotaUser", "userIp", "prettyPrint"})


Parameters = Mapping[str, Spec]
"""The parameters of a method, or those that every method has, by name."""

_Reference = TypedDict("_Reference", {"$ref": str})


class _Method(TypedDict, total=False):
    """A method of a discovery document; `id`, `path` and `httpMethod` are never absent."""

    id: str
    path: str
    httpMethod: str
    parameters: Parameters
    request: _Reference
    response: _Reference
    scopes: list[str]


class _Methods(TypedDict, total=False):
    """Methods, and further ones a level down."""

    methods: dict[str, _Method]
    resources: dict[str, _Methods]


class Document(_Methods):
    """A discovery document, as far as it is read here."""

    name: str
    servicePath: str
    schemas: Schemas
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of an API.

    `id` is the discovery document's (`people.people.get`), `scopes` any one of which is enough.
    """

    id: str
    http_method: str
    parameters: Parameters
    request: str | None
    response: str | None
    scopes: frozenset[str]
    pattern: re.Pattern[str]


class Discovery:
    """One API's discovery document, ready to recognise and check calls and answers."""

    def __init__(self, document: Document) -> None:
        self.name = document["name"]
        self.schemas = document["schemas"]
        self._global = document["parameters"]
        prefix = "/" + document["servicePath"]
        self.operations = {op.id: op for op in _operations(document, prefix)}

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation of a request and the values in its (decoded) path.

        None when Google has no such method.
        """
        for operation in self.operations.values():
            if operation.http_method == method:
                match = operation.pattern.fullmatch(path)
                if match:
                    return operation, match.groupdict()
        return None

    def parameters(self, operation: Operation, query: Iterable[tuple[str, str]]) -> JsonObject:
        """The typed query parameters: integers, booleans, lists for repeated ones; absent ones stay absent.

        Raises InvalidRequest for an unknown name, a value of the wrong type or outside its range or
        enumeration, a parameter given twice, or an absent required one.
        """
        values: JsonObject = {}
        lists: dict[str, list[Json]] = {}
        for name, text in query:
            spec = self._spec(operation, name)
            value = schema.parse_parameter(name, text, spec)
            if spec.get("repeated"):
                lists.setdefault(name, []).append(value)
            elif name in values and name not in _IGNORED_PARAMETERS:
                message = f"Proto field is not repeating, cannot start list: {name}"
                raise InvalidRequest(message, reason="invalidParameter", location=name)
            else:
                values[name] = value
        values |= lists
        if values.get("alt", "json") != "json":
            raise InvalidRequest("Only alt=json is served here.", reason="invalidParameter", location="alt")
        for name, spec in operation.parameters.items():
            if spec.get("required") and spec.get("location") == "query" and name not in values:
                raise InvalidRequest(f"Required parameter: {name}", reason="required", location=name)
        return values

    def _spec(self, operation: Operation, name: str) -> Spec:
        """What is said of a query parameter; raises InvalidRequest for one that there is not."""
        spec = operation.parameters.get(name) or self._global.get(name)
        if spec is None or spec.get("location") == "path":
            message = (
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message."
            )
            raise InvalidRequest(message, reason="badRequest", location=name)
        return spec

    def body(self, operation: Operation, raw: bytes, content_type: str) -> JsonObject:
        """The checked JSON body: known fields only, right types. An empty body is `{}`.

        Raises InvalidRequest.
        """
        if operation.request is None:
            if raw.strip():
                message = f"The request has a body, but {operation.id} takes none."
                raise InvalidRequest(message, reason="badRequest", location="", location_type="body")
            return {}
        if not raw.strip():
            return {}
        if not content_type.lower().startswith("application/json"):
            message = "Content-Type unspecified or unsupported: send application/json."
            raise InvalidRequest(message, reason="parseError", location="", location_type="body")
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError) as error:
            message = "Invalid JSON payload received. Parse Error"
            raise InvalidRequest(message, reason="parseError", location="", location_type="body") from error
        if not isinstance(value, dict):
            message = "Invalid JSON payload received. Root element must be a message."
            raise InvalidRequest(message, reason="parseError", location="", location_type="body")
        schema.check_body(value, operation.request, self.schemas)
        return value

    def answer_problems(self, operation: Operation, body: Json) -> list[str]:
        """What in a 2xx answer does not fit its schema; empty when all fits (tests require that)."""
        if operation.response is None:
            return [] if body is None else [f"{operation.id} answers no body"]
        return schema.answer_problems(body, operation.response, self.schemas)


@functools.cache
def people() -> Discovery:
    """People v1."""
    return _load("people.v1.json")


@functools.cache
def calendar() -> Discovery:
    """Calendar v3."""
    return _load("calendar.v3.json")


def _load(name: str) -> Discovery:
    return Discovery(json.loads((_DOCUMENTS / name).read_text("utf-8")))


def _operations(resource: _Methods, prefix: str) -> Iterable[Operation]:
    for method in resource.get("methods", {}).values():
        parameters = method.get("parameters", {})
        yield Operation(
            id=method["id"],
            http_method=method["httpMethod"],
            parameters=parameters,
            request=method.get("request", {}).get("$ref"),
            response=method.get("response", {}).get("$ref"),
            scopes=frozenset(method.get("scopes", ())),
            pattern=_path_pattern(prefix + method["path"], parameters),
        )
    for child in resource.get("resources", {}).values():
        yield from _operations(child, prefix)


def _path_pattern(path: str, parameters: Parameters) -> re.Pattern[str]:
    """Compile a path template; a `{+name}` keeps its slashes and follows the parameter's own pattern."""
    parts, end = [], 0
    for hole in _PLACEHOLDER.finditer(path):
        parts.append(re.escape(path[end : hole.start()]))
        reserved, name = hole.groups()
        inner = "[^/]+"
        if reserved:
            inner = parameters[name].get("pattern", inner).strip("^$").replace("[^/]+", "[^/:]+")
        parts.append(f"(?P<{name}>{inner})")
        end = hole.end()
    parts.append(re.escape(path[end:]))
    return re.compile("".join(parts))
