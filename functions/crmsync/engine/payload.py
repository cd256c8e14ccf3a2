"""What a job is told: written by whoever queues it, read back by the job."""

from collections.abc import Mapping

from crmsync.core.account import User
from crmsync.core.model import Resource
from crmsync.core.scope import DEFAULT_ACCOUNT, DEFAULT_TENANT, Scope

Payload = Mapping[str, object]
"""The JSON object of a task, as anybody may have sent it."""


class UnknownJob(Exception):
    """No such job, or a payload of the wrong shape."""


def about(user: User, **told: object) -> dict[str, object]:
    """What a job of this user is told: whose it is, which connection it belongs to, and what it is about."""
    return {**user.scope.payload, "generation": user.generation, **told}


def about_sync(user: User, resource: Resource, reason: str) -> dict[str, object]:
    """What a sync is told."""
    return about(user, resource=resource, reason=reason)


def text_of(payload: Payload, name: str) -> str:
    """A text that the job needs. Raises UnknownJob."""
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise UnknownJob(f"payload lacks {name}")
    return value


def number_of(payload: Payload, name: str) -> int:
    """A count that a job is told; 0 when there is none."""
    value = payload.get(name)
    return value if type(value) is int else 0


def scope_of(payload: Payload) -> Scope:
    """Whose job it is, as `Scope.payload` told it. Raises UnknownJob."""
    tenant = text_of(payload, "tenant") if "tenant" in payload else DEFAULT_TENANT
    account = text_of(payload, "account") if "account" in payload else DEFAULT_ACCOUNT
    return Scope(tenant, text_of(payload, "uid"), account)


def resource_of(payload: Payload) -> Resource:
    """What is to be synced. Raises UnknownJob."""
    value = payload.get("resource")
    if value == "contacts":
        return "contacts"
    if value == "calendar":
        return "calendar"
    raise UnknownJob("payload lacks resource")
