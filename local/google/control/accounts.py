"""Accounts, app permissions and whole address books as JSON under `/_control/…`, for programs that drive this
Google from another process.
"""

from __future__ import annotations

import flask
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.google.errors import GoogleError
from local.google.json import JsonObject, Resource
from local.google.oauth.grants import Consent
from local.google.world import World


class _Account(BaseModel):
    """A Google account to open; one that exists is left as it is."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(min_length=3)
    name: str = ""


class _App(BaseModel):
    """An OAuth client to register, or to replace."""

    model_config = ConfigDict(extra="forbid")

    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1)
    redirect_uris: list[str] = []


class _Permission(BaseModel):
    """What the person of an account allows a registered app."""

    model_config = ConfigDict(extra="forbid")

    account: str
    client_id: str
    scopes: list[str]


class _Book(BaseModel):
    """Contacts that a person adds, as on a phone."""

    model_config = ConfigDict(extra="forbid")

    account: str
    persons: list[dict[str, object]]


def blueprint(world: World) -> flask.Blueprint:
    """`POST /_control/{accounts,apps,permissions}` and `POST /_control/contacts/create-all`."""
    routes = flask.Blueprint("control_accounts", __name__)

    @routes.errorhandler(ValidationError)
    @routes.errorhandler(KeyError)
    def _refused(error: Exception) -> tuple[JsonObject, int]:
        return {"error": str(error)}, 400

    @routes.errorhandler(GoogleError)
    def _refused_by_google(error: GoogleError) -> tuple[Resource, int]:
        return error.body, error.status

    @routes.post("/_control/accounts")
    def _accounts() -> JsonObject:
        asked = _Account.model_validate(flask.request.get_json())
        account = world.add_account(asked.email, asked.name)
        return {"sub": account.sub, "email": account.email}

    @routes.post("/_control/apps")
    def _apps() -> JsonObject:
        asked = _App.model_validate(flask.request.get_json())
        world.register_client(asked.client_id, asked.client_secret, asked.redirect_uris)
        return {}

    @routes.post("/_control/permissions")
    def _permissions() -> JsonObject:
        asked = _Permission.model_validate(flask.request.get_json())
        with world.lock:
            sub = world.account(asked.account).sub
            if asked.client_id not in world.grants.clients:
                raise KeyError(asked.client_id)
            now = world.clock.now()
            consent = Consent(sub, asked.client_id, "", frozenset(asked.scopes), now, refresh=True)
            world.grants.allow(consent)
            return {"refresh_token": world.grants.issue_refresh(consent).token}

    @routes.post("/_control/contacts/create-all")
    def _create_all() -> JsonObject:
        asked = _Book.model_validate(flask.request.get_json())
        with world.lock:
            book = world.account(asked.account).people
            return {"resourceNames": [book.phone_create(person) for person in asked.persons]}

    return routes
