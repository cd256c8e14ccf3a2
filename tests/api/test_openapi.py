"""The description and the service know the same calls."""

import re

import yaml

from crmsync.api.http.errors import ApiError
from crmsync.api.routes import ROUTER
from tests.api.contract import DOCUMENT

SPEC = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
METHODS = {"get", "post", "put", "patch", "delete"}
OTHER_DOORS = {
    ("GET", "/oauth/callback"),
    ("POST", "/hooks/calendar"),
    ("POST", "/tasks/{job}"),
    ("POST", "/scheduled/resync"),
}


def described() -> set[tuple[str, str]]:
    return {(m.upper(), path) for path, item in SPEC["paths"].items() for m in METHODS & set(item)}


def test_every_route_is_described_and_nothing_else() -> None:
    routes = {(route.method, re.sub(r"<(\w+)>", r"{\1}", route.path)) for route in ROUTER.routes}
    assert described() == routes | OTHER_DOORS


def test_the_calls_without_a_token_are_described_as_such() -> None:
    public = {route.path for route in ROUTER.routes if route.public}
    open_calls = {
        path
        for path, item in SPEC["paths"].items()
        for m in METHODS & set(item)
        if item[m].get("security") == []
    }
    assert open_calls == public | {"/oauth/callback", "/hooks/calendar"}


def test_every_error_code_is_described() -> None:
    codes = {kind.code for kind in ApiError.__subclasses__()}
    assert (
        set(SPEC["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"])
        == codes
    )
