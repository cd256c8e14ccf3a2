"""Google's authorization page for a person: choose the account, tick permissions, Allow or Cancel."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

import flask
from werkzeug.wrappers import Response

from local.google.faults import SignInRefusal
from local.google.http import discovery
from local.google.oauth.grants import SIGN_IN_ALIASES, SIGN_IN_SCOPES, Client, Consent, canonical_scopes
from local.google.world import Account, World

_AUTH = "https://www.googleapis.com/auth/"
SCOPE_TEXTS = {
    f"{_AUTH}contacts": "See, edit, download and permanently delete your contacts",
    f"{_AUTH}contacts.readonly": "See and download your contacts",
    f"{_AUTH}contacts.other.readonly": "See and download your automatically saved “Other contacts”",
    f"{_AUTH}calendar": "See, edit, share and permanently delete all the calendars you can access",
    f"{_AUTH}calendar.events": "View and edit events on all your calendars",
    f"{_AUTH}calendar.events.owned": "See, create, change and delete events on calendars you own",
    f"{_AUTH}calendar.readonly": "See and download any calendar you can access",
    f"{_AUTH}calendar.app.created": "Make secondary calendars, and see and change events on them",
    f"{_AUTH}calendar.calendarlist.readonly": "See the list of calendars you’re subscribed to",
    f"{_AUTH}calendar.calendars.readonly": "See the title, description and time zone of your calendars",
}
"""What a permission is called beside its check box."""

MAX_FLOWS = 1000


INVALID = "Access blocked: this app’s request is invalid"

BLOCKED = {
    "access_denied": (
        "Access blocked: {app} has not completed the Google verification process",
        "The app is currently being tested, and can only be accessed by developer-approved testers.",
    ),
    "admin_policy_enforced": (
        "Access blocked: your institution’s admin needs to review {app}",
        "Your institution’s admin needs to review this app before you can use it.",
    ),
    "org_internal": (
        "Access blocked: {app} can only be used within its organization",
        "Sign in with an account of that organization.",
    ),
}
"""What Google's own page says where it refuses the account and leads nowhere: headline and text."""


class PageError(Exception):
    """An authorization request that Google answers with a page of its own, without redirecting."""

    def __init__(self, code: str, text: str, status: int = 400, title: str = INVALID) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.status = status
        self.title = title


@dataclass(frozen=True, slots=True)
class Flow:
    """A checked authorization request, waiting for the person."""

    client: Client
    redirect_uri: str
    scopes: frozenset[str]
    state: str | None
    offline: bool
    prompts: frozenset[str]
    include_granted: bool
    login_hint: str
    challenge: str | None
    method: str
    nonce: str | None

    @property
    def permissions(self) -> list[str]:
        """The scopes with a check box: all but those of signing in."""
        return sorted(self.scopes - SIGN_IN_SCOPES)


def known_scopes() -> frozenset[str]:
    """Every scope this Google has heard of; another one is refused."""
    named = {
        scope
        for api in (discovery.people(), discovery.calendar())
        for op in api.operations.values()
        for scope in op.scopes
    }
    return frozenset(named | SIGN_IN_SCOPES | set(SCOPE_TEXTS))


def read_flow(world: World, query: Mapping[str, str]) -> Flow:
    """Check an authorization request.

    Raises PageError for what Google refuses on its own page.
    """
    client = world.grants.clients.get(query.get("client_id", ""))
    if not query.get("client_id"):
        raise PageError("invalid_request", "Missing required parameter: client_id")
    if client is None:
        raise PageError("invalid_client", "The OAuth client was not found.", 401)
    redirect_uri = query.get("redirect_uri", "")
    if not redirect_uri:
        raise PageError("invalid_request", "Missing required parameter: redirect_uri")
    if redirect_uri not in client.redirect_uris:
        raise PageError(
            "redirect_uri_mismatch", f"The redirect URI in the request, {redirect_uri}, is not registered."
        )
    if query.get("response_type") != "code":
        raise PageError("unsupported_response_type", "The response type must be: code")
    scopes = canonical_scopes(query.get("scope", "").split())
    if not scopes:
        raise PageError("invalid_request", "Missing required parameter: scope")
    unknown = scopes - known_scopes()
    if unknown:
        raise PageError("invalid_scope", f"Some requested scopes were invalid: {', '.join(sorted(unknown))}")
    return _read_options(client, redirect_uri, scopes, query)


def _read_options(
    client: Client, redirect_uri: str, scopes: frozenset[str], query: Mapping[str, str]
) -> Flow:
    method = query.get("code_challenge_method", "plain")
    if method not in ("plain", "S256"):
        raise PageError("invalid_request", "Invalid parameter value for code_challenge_method")
    if query.get("access_type", "online") not in ("online", "offline"):
        raise PageError("invalid_request", "Invalid parameter value for access_type")
    prompts = frozenset(query.get("prompt", "").split())
    if prompts - {"none", "consent", "select_account"} or ("none" in prompts and len(prompts) > 1):
        raise PageError("invalid_request", "Invalid parameter value for prompt")
    return Flow(
        client=client,
        redirect_uri=redirect_uri,
        scopes=scopes,
        state=query.get("state"),
        offline=query.get("access_type") == "offline",
        prompts=prompts,
        include_granted=query.get("include_granted_scopes") == "true",
        login_hint=query.get("login_hint", "").strip().lower(),
        challenge=query.get("code_challenge") or None,
        method=method,
        nonce=query.get("nonce"),
    )


def blueprint(world: World) -> flask.Blueprint:
    """`/o/oauth2/v2/auth` and the two steps behind it."""
    desk = _Desk(world)
    routes = flask.Blueprint("oauth_pages", __name__)
    routes.add_url_rule("/o/oauth2/v2/auth", "start", desk.start, methods=["GET"])
    routes.add_url_rule("/o/oauth2/auth", "start_old", desk.start, methods=["GET"])
    routes.add_url_rule("/signin/account", "account", desk.account, methods=["POST"])
    routes.add_url_rule("/signin/consent", "consent", desk.consent, methods=["POST"])
    routes.register_error_handler(PageError, _error_page)

    @routes.after_request
    def _protect(response: flask.Response) -> flask.Response:
        # Google's pages refuse frames, and cut the opener off (still report-only).
        enforced = "" if world.controls.sever_opener else "-Report-Only"
        response.headers[f"Cross-Origin-Opener-Policy{enforced}"] = "same-origin"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def _error_page(error: PageError) -> tuple[str, int]:
    return flask.render_template("oauth_error.html", error=error), error.status


class _Desk:
    """The person's way through the authorization, one flow at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._flows: dict[str, Flow] = {}

    def start(self) -> Response | str:
        """Open a flow: straight back when nothing has to be asked, else account chooser or consent."""
        with self._world.lock:
            flow = read_flow(self._world, flask.request.args)
            refusal = self._world.controls.sign_in_refusal
            if refusal is not None:
                return _refused(flow, refusal)
            hinted = self._hinted(flow)
            if "none" in flow.prompts:
                if hinted is None:
                    return _back(flow, error="login_required")
                if self._missing(flow, hinted):
                    return _back(flow, error="interaction_required")
                return self._grant(flow, hinted, flow.scopes, shown=False)
            ticket = self._remember(flow)
            if hinted is not None and "select_account" not in flow.prompts:
                return self._ask(ticket, flow, hinted)
            return self._choose(ticket, flow)

    def account(self) -> Response | str:
        """The person picked an account, or named another one (which is opened when it is new)."""
        with self._world.lock:
            ticket, flow = self._flow()
            email = flask.request.form.get("email", "").strip().lower()
            if not email:
                return self._choose(ticket, flow)
            if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or len(email) > 254:
                return self._choose(ticket, flow, problem="Enter an e-mail address.")
            return self._ask(ticket, flow, self._world.add_account(email))

    def consent(self) -> Response | str:
        """The person pressed Allow, Cancel or Select all."""
        with self._world.lock:
            ticket, flow = self._flow()
            form = flask.request.form
            account = self._account(form.get("email", ""))
            if form.get("decision") == "all":
                return self._show_consent(ticket, flow, account, ticked=frozenset(flow.permissions))
            del self._flows[ticket]
            if form.get("decision") != "allow":
                return _back(flow, error="access_denied")
            asked = flow.permissions
            ticked = frozenset(asked if len(asked) == 1 else form.getlist("scope")) & frozenset(asked)
            signing_in = flow.scopes & SIGN_IN_SCOPES
            if not ticked and not signing_in:
                return _back(flow, error="access_denied")
            return self._grant(flow, account, ticked | signing_in, shown=True)

    def _flow(self) -> tuple[str, Flow]:
        ticket = flask.request.form.get("flow", "")
        flow = self._flows.get(ticket)
        if flow is None:
            raise PageError("invalid_request", "This page has expired. Go back to the app and start again.")
        return ticket, flow

    def _account(self, email: str) -> Account:
        try:
            return self._world.account(email)
        except KeyError as error:
            raise PageError("invalid_request", "There is no such account.") from error

    def _remember(self, flow: Flow) -> str:
        ticket = secrets.token_urlsafe(24)
        self._flows[ticket] = flow
        while len(self._flows) > MAX_FLOWS:
            del self._flows[next(iter(self._flows))]
        return ticket

    def _hinted(self, flow: Flow) -> Account | None:
        for account in self._world.accounts():
            if flow.login_hint in (account.email, account.sub):
                return account
        return None

    def _missing(self, flow: Flow, account: Account) -> frozenset[str]:
        return flow.scopes - self._world.grants.granted(account.sub, flow.client.project)

    def _choose(self, ticket: str, flow: Flow, problem: str = "") -> str:
        return flask.render_template(
            "oauth_account.html", flow=flow, ticket=ticket, accounts=self._world.accounts(), problem=problem
        )

    def _ask(self, ticket: str, flow: Flow, account: Account) -> Response | str:
        """Google asks once: a grant that covers the request goes straight back, unless `prompt=consent`."""
        if "consent" not in flow.prompts and not self._missing(flow, account):
            del self._flows[ticket]
            return self._grant(flow, account, flow.scopes, shown=False)
        return self._show_consent(ticket, flow, account, ticked=frozenset())

    def _show_consent(self, ticket: str, flow: Flow, account: Account, ticked: frozenset[str]) -> str:
        return flask.render_template(
            "oauth_consent.html", flow=flow, ticket=ticket, account=account, ticked=ticked, texts=SCOPE_TEXTS
        )

    def _grant(self, flow: Flow, account: Account, scopes: frozenset[str], *, shown: bool) -> Response:
        """Issue the code. A refresh token comes with the first offline consent or with `prompt=consent`."""
        grants, project = self._world.grants, flow.client.project
        refresh = flow.offline and (
            "consent" in flow.prompts or grants.needs_refresh_token(account.sub, project)
        )
        if flow.include_granted:
            scopes |= grants.granted(account.sub, project)
        consent = Consent(
            sub=account.sub,
            client_id=flow.client.client_id,
            redirect_uri=flow.redirect_uri,
            scopes=scopes,
            issued=self._world.clock.now(),
            refresh=refresh,
            challenge=flow.challenge,
            method=flow.method,
            nonce=flow.nonce,
        )
        code = grants.allow(consent)
        prompt = "consent" if shown else "none"
        return _back(flow, code=code, scope=_spelled(scopes), authuser="0", prompt=prompt)


def _refused(flow: Flow, refusal: SignInRefusal) -> Response:
    """Google's no, as the controls have it."""
    if not refusal.page:
        return _back(flow, error=refusal.error)
    title, text = BLOCKED.get(refusal.error, (INVALID, "You can’t sign in because of an error of this app."))
    raise PageError(
        refusal.error, text, 403 if refusal.error in BLOCKED else 400, title.format(app=flow.client.name)
    )


def _spelled(scopes: frozenset[str]) -> str:
    """The scopes of a redirect.

    Short names of the sign-in scopes first, then all in full, as Google writes them.
    """
    short = sorted(name for name, full in SIGN_IN_ALIASES.items() if full in scopes)
    return " ".join([*short, *sorted(scopes)])


def _back(flow: Flow, **answer: str) -> Response:
    """Redirect to the app; `state` comes back unchanged, a query already in the URI stays."""
    pairs = ([("state", flow.state)] if flow.state is not None else []) + list(answer.items())
    parts = urlsplit(flow.redirect_uri)
    query = "&".join(part for part in (parts.query, urlencode(pairs)) if part)
    return flask.redirect(urlunsplit(parts._replace(query=query)))
