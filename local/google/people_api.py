"""People v1 over HTTP: handlers by operation id."""

from __future__ import annotations

from collections.abc import Mapping

import flask

from local.google import discovery, guard
from local.google.errors import GoogleError, people_error
from local.google.guard import Api, Call, Handler
from local.google.world import World

HANDLERS: dict[str, Handler] = {}


def cost(call: Call) -> Mapping[str, int]:
    """The quota metrics a call spends."""
    return {"people.critical_read": 1}


def over_quota(metric: str, limit: int, call: Call) -> GoogleError:
    """429 RESOURCE_EXHAUSTED."""
    return people_error(429, f"Quota exceeded for quota metric '{metric}'")


def blueprint(world: World) -> flask.Blueprint:
    """Serve `/v1/…`."""
    return guard.blueprint(
        "people", world, Api("people", discovery.people(), HANDLERS, cost, over_quota), "/v1"
    )
