"""The OAuth endpoints that programs call: token, revocation, token info, published keys."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, unquote_plus

import flask
import jwt

from local.google.errors import oauth_error
from local.google.http import guard
from local.google.http.wire import WireRequest, WireResponse
from local.google.json import JsonObject
from local.google.oauth.grants import (
    SIGN_IN_ALIASES,
    SIGN_IN_SCOPES,
    AccessToken,
    Client,
    Consent,
    RefreshToken,
)
from local.google.oauth.keys import ISSUER, access_token_hash, signing_key
from local.google.world import Account, World

_DEAD = "Token has been expired or revoked."
_PUBLIC = {"Cache-Control": "public, max-age=3600"}
_PRIVATE = {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache"}

Effect = Callable[[World, WireRequest, Mapping[str, str], list[Account]], JsonObject]


def blueprint(world: World) -> flask.Blueprint:
    """`/token`, `/revoke`, `/tokeninfo`, both `certs` and the OIDC discovery document."""
    routes = flask.Blueprint("oauth", __name__)

    @routes.post("/token")
    def _token() -> flask.Response:
        return _serve(world, "oauth.token", exchange)

    @routes.post("/revoke")
    @routes.get("/revoke")
    def _revoke() -> flask.Response:
        return _serve(world, "oauth.revoke", revoke)

    @routes.post("/tokeninfo")
    @routes.get("/tokeninfo")
    def _token_info() -> flask.Response:
        return _serve(world, "oauth.tokeninfo", token_info)

    @routes.get("/oauth2/v1/certs")
    def _certificates() -> flask.Response:
        return guard.json_response(200, {**signing_key().certificates()}, _PUBLIC).to_flask()

    @routes.get("/oauth2/v3/certs")
    def _jwks() -> flask.Response:
        return guard.json_response(200, signing_key().jwks(), _PUBLIC).to_flask()

    @routes.get("/.well-known/openid-configuration")
    def _configuration() -> flask.Response:
        return guard.json_response(200, configuration(world.origin), _PUBLIC).to_flask()

    return routes


def configuration(origin: str) -> JsonObject:
    """The OIDC discovery document with this server's addresses; the issuer stays Google's."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{origin}/o/oauth2/v2/auth",
        "token_endpoint": f"{origin}/token",
        "revocation_endpoint": f"{origin}/revoke",
        "jwks_uri": f"{origin}/oauth2/v3/certs",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    }


def _serve(world: World, operation: str, effect: Effect) -> flask.Response:
    request = WireRequest.from_flask(flask.request)

    def run(caller: list[Account]) -> WireResponse:
        form = dict(request.query)
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form |= dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        with world.lock:
            return guard.json_response(200, effect(world, request, form, caller), _PRIVATE)

    return guard.attempt(world, operation, request, "oauth", run).to_flask()


def exchange(
    world: World, request: WireRequest, form: Mapping[str, str], caller: list[Account]
) -> JsonObject:
    """The token endpoint: a code or a refresh token for an access token.

    Raises GoogleError in OAuth's shape.
    """
    kind = form.get("grant_type", "")
    if not kind:
        raise oauth_error(400, "invalid_request", "Required parameter is missing: grant_type")
    if kind not in ("authorization_code", "refresh_token"):
        raise oauth_error(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")
    client = _client(world, request, form)
    if kind == "authorization_code":
        return _exchange_code(world, client, form, caller)
    return _exchange_refresh(world, client, form, caller)


def _client(world: World, request: WireRequest, form: Mapping[str, str]) -> Client:
    """The authenticated client, by body or by HTTP Basic."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise oauth_error(400, "invalid_request", "Malformed Authorization header.") from error
        client_id, secret = unquote_plus(pair[0]), unquote_plus(pair[2])
    if not client_id:
        raise oauth_error(400, "invalid_request", "Could not determine client ID from request.")
    client = world.grants.clients.get(client_id)
    if client is None:
        raise oauth_error(401, "invalid_client", "The OAuth client was not found.")
    if not secret:
        raise oauth_error(400, "invalid_request", "client_secret is missing.")
    if not secrets.compare_digest(secret.encode(), client.client_secret.encode()):
        raise oauth_error(401, "invalid_client", "The provided client secret is invalid.")
    return client


def _exchange_code(
    world: World, client: Client, form: Mapping[str, str], caller: list[Account]
) -> JsonObject:
    if not form.get("code"):
        raise oauth_error(400, "invalid_request", "Missing required parameter: code")
    consent = world.grants.take_code(form["code"])
    if consent is None or consent.client_id != client.client_id:
        raise oauth_error(400, "invalid_grant", "Malformed auth code.")
    if consent.redirect_uri != form.get("redirect_uri"):
        raise oauth_error(400, "redirect_uri_mismatch", "Bad Request")
    if consent.challenge and not form.get("code_verifier"):
        raise oauth_error(400, "invalid_grant", "Missing code verifier.")
    if not consent.proves(form.get("code_verifier")):
        raise oauth_error(400, "invalid_grant", "Invalid code verifier.")
    account = world.by_sub(consent.sub)
    caller.append(account)
    refresh = world.grants.issue_refresh(consent) if consent.refresh else None
    access = world.grants.issue_access(
        consent.sub, client.client_id, consent.scopes, refresh.token if refresh else None
    )
    return _token_answer(world, account, access, refresh, consent)


def _exchange_refresh(
    world: World, client: Client, form: Mapping[str, str], caller: list[Account]
) -> JsonObject:
    text = form.get("refresh_token", "")
    if not text:
        raise oauth_error(400, "invalid_request", "Missing required parameter: refresh_token")
    token = world.grants.use_refresh(text, client.client_id)
    if token is None:
        raise oauth_error(400, "invalid_grant", _DEAD)
    caller.append(world.by_sub(token.sub))
    scopes = token.scopes
    if form.get("scope"):
        scopes = frozenset(SIGN_IN_ALIASES.get(scope, scope) for scope in form["scope"].split())
        if not scopes <= token.scopes:
            raise oauth_error(400, "invalid_scope", "Bad Request")
    access = world.grants.issue_access(token.sub, client.client_id, scopes, token.token)
    return _token_answer(world, caller[0], access, None, None)


def _token_answer(
    world: World, account: Account, access: AccessToken, refresh: RefreshToken | None, consent: Consent | None
) -> JsonObject:
    """The answer of the token endpoint; a refresh never returns another refresh token."""
    answer: JsonObject = {
        "access_token": access.token,
        "expires_in": 3599,
        "scope": " ".join(sorted(access.scopes)),
        "token_type": "Bearer",
    }
    if refresh is not None:
        answer["refresh_token"] = refresh.token
        if refresh.expires is not None:
            left = refresh.expires - world.clock.now()
            answer["refresh_token_expires_in"] = int(left.total_seconds())
    if access.scopes & SIGN_IN_SCOPES:
        claims = identity(account, access)
        if consent is not None and consent.nonce:
            claims["nonce"] = consent.nonce
        answer["id_token"] = signing_key().sign(claims)
    return answer


def identity(account: Account, access: AccessToken) -> JsonObject:
    """The claims of an ID token; e-mail and name only under their scopes."""
    claims: JsonObject = {
        "azp": access.client_id,
        "aud": access.client_id,
        "sub": account.sub,
        "at_hash": access_token_hash(access.token),
    }
    if SIGN_IN_ALIASES["email"] in access.scopes:
        claims |= {"email": account.email, "email_verified": True}
    if SIGN_IN_ALIASES["profile"] in access.scopes:
        claims |= {"name": account.name}
    return claims


def revoke(world: World, request: WireRequest, form: Mapping[str, str], caller: list[Account]) -> JsonObject:
    """The revocation endpoint: ends the project's whole grant.

    An unknown token is 400 `invalid_token`.
    """
    text = form.get("token", "")
    if not text:
        raise oauth_error(400, "invalid_request", "Missing required parameter: token")
    if not world.grants.revoke_token(text):
        raise oauth_error(400, "invalid_token", "Token expired or revoked")
    return {}


def token_info(
    world: World, request: WireRequest, form: Mapping[str, str], caller: list[Account]
) -> JsonObject:
    """What an access or ID token says; 400 `invalid_token` when it says nothing any more."""
    if form.get("id_token"):
        try:
            claims = signing_key().verify(form["id_token"])
        except jwt.InvalidTokenError as error:
            raise oauth_error(400, "invalid_token", "Invalid Value") from error
        return {name: str(value) for name, value in claims.items()}
    token = world.grants.access(form.get("access_token", ""))
    if token is None:
        raise oauth_error(400, "invalid_token", "Invalid Value")
    account = world.by_sub(token.sub)
    caller.append(account)
    left = int((token.expires - world.clock.now()).total_seconds())
    info: JsonObject = {"azp": token.client_id, "aud": token.client_id, "sub": token.sub}
    info |= {"scope": " ".join(sorted(token.scopes)), "expires_in": str(left)}
    if SIGN_IN_ALIASES["email"] in token.scopes:
        info |= {"email": account.email, "email_verified": "true"}
    return info | {"access_type": "offline" if token.refresh else "online"}
