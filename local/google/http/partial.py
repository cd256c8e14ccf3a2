"""The `fields` parameter: Google's partial responses, `items(id,start/date),nextPageToken`, `*` included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from local.google.errors import InvalidRequest
from local.google.json import Json

Selection = Mapping[str, "Selection | None"]
"""Chosen names; None under a name means all of it."""

_TOKEN = re.compile(r"[A-Za-z0-9_@*-]+|[(),/]")


@lru_cache(maxsize=64)
def parse(text: str) -> Selection:
    """Read a `fields` value, which clients repeat with every call; InvalidRequest when it is malformed."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text) or not tokens:
        raise _malformed(text)
    chosen, rest = _list(tokens, text)
    if rest:
        raise _malformed(text)
    return chosen


def _list(tokens: list[str], text: str) -> tuple[dict[str, Selection | None], list[str]]:
    chosen: dict[str, Selection | None] = {}
    while True:
        name, inner, tokens = _path(tokens, text)
        _merge(chosen, name, inner)
        if tokens[:1] != [","]:
            return chosen, tokens
        tokens = tokens[1:]


def _path(tokens: list[str], text: str) -> tuple[str, Selection | None, list[str]]:
    if not tokens or tokens[0] in "(),/":
        raise _malformed(text)
    name, tokens = tokens[0], tokens[1:]
    if tokens[:1] == ["/"]:
        below, inner, tokens = _path(tokens[1:], text)
        return name, {below: inner}, tokens
    if tokens[:1] == ["("]:
        chosen, tokens = _list(tokens[1:], text)
        if tokens[:1] != [")"]:
            raise _malformed(text)
        return name, chosen, tokens[1:]
    return name, None, tokens


def _merge(chosen: dict[str, Selection | None], name: str, inner: Selection | None) -> None:
    known = chosen.get(name, {})
    if known is None or inner is None:
        chosen[name] = None
        return
    merged = dict(known)
    for key, below in inner.items():
        _merge(merged, key, below)
    chosen[name] = merged


def _malformed(text: str) -> InvalidRequest:
    return InvalidRequest(f"Invalid field selection {text}", reason="invalidParameter", location="fields")


def select(value: Json, chosen: Selection | None) -> Json:
    """The chosen part of an answer; lists are passed through, names that are absent are left out silently."""
    if chosen is None:
        return value
    if isinstance(value, list):
        return [select(item, chosen) for item in value]
    if not isinstance(value, dict):
        return value
    if "*" in chosen:
        below = chosen["*"]
        return {name: select(item, chosen.get(name, below)) for name, item in value.items()}
    return {name: select(value[name], below) for name, below in chosen.items() if name in value}


def child(chosen: Selection | None, name: str) -> tuple[bool, Selection | None]:
    """Whether `name` is chosen at all, and what below it (None: everything)."""
    if chosen is None:
        return True, None
    if name in chosen:
        return True, chosen[name]
    if "*" in chosen:
        return True, chosen["*"]
    return False, {}
