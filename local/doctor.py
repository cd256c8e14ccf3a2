"""`python -m local.doctor`, which `script/doctor` calls: whether everything is set up for real Google.

It asks Google itself, thing by thing, and says of each what is wrong, what to do, and on which page of
Google's. Last it has a person allow everything once in a browser, as the button will, and calls both APIs.
"""

import argparse
import os
import secrets
import sys
import time
import webbrowser
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from crmsync.gateway.endpoints import IDENTITY_SCOPES, RESOURCE_SCOPES, Endpoints
from crmsync.gateway.oauth import CLOCK_SKEW
from local.ports import HOST
from local.progress import say

CONSOLE = "https://console.cloud.google.com"
CLIENTS = f"{CONSOLE}/apis/credentials"
AUDIENCE = f"{CONSOLE}/auth/audience"
SCOPES = f"{CONSOLE}/auth/scopes"
PATIENCE = 300.0
"""Seconds that a person has for Google's pages."""
_TIMEOUT = 20.0
_NOBODY = "doctor"
"""Stands for a refresh token that Google cannot know: how it refuses it tells whether it knows the client."""

_REFUSED_PAGES = {
    "redirect_uri_mismatch": (
        "Google does not know the redirect URI {uri}",
        "register it, to the letter",
        CLIENTS,
    ),
    "invalid_client": ("Google does not know the client id", "copy it again", CLIENTS),
    "deleted_client": ("the client was deleted", "make another one, or restore it", CLIENTS),
    "invalid_scope": ("Google does not know a scope", "tell us: this is a fault of ours", SCOPES),
    "org_internal": (
        "the consent screen is Internal, and the account is of another organisation",
        "make it External, or choose an account of the organisation",
        AUDIENCE,
    ),
    "admin_policy_enforced": (
        "the administrator of the account's organisation does not allow the client",
        "have them trust its id under API controls",
        "https://admin.google.com/ac/owl/list?tab=configuredApps",
    ),
    "access_denied": (
        "Google or the person has refused: in testing, only test users get in",
        "add the address to the test users, and press Continue and Allow",
        AUDIENCE,
    ),
}
_APIS = {
    "contacts": ("People API", f"{CONSOLE}/apis/library/people.googleapis.com"),
    "calendar": ("Google Calendar API", f"{CONSOLE}/apis/library/calendar-json.googleapis.com"),
}

Browser = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. well: None for what is no fault, but good to know."""

    what: str
    well: bool | None
    said: str
    remedy: str = ""
    page: str = ""

    def lines(self) -> Iterator[str]:
        """As it is printed."""
        mark = {True: "well ", False: "WRONG", None: "note "}[self.well]
        yield f"{mark}  {self.what}: {self.said}"
        if self.remedy:
            yield f"       {self.remedy}" + (f": {self.page}" if self.page else "")


@dataclass(frozen=True, slots=True)
class Setup:
    """What is looked at. google: an origin that serves all of Google's paths, None for Google itself."""

    client_id: str
    client_secret: str
    port: int
    google: str | None = None
    public_url: str = ""

    @property
    def redirect_uri(self) -> str:
        """What has to be registered with the client."""
        return f"http://{HOST}:{self.port}/oauth/callback"


def examine(setup: Setup, browser: Browser | None) -> Iterator[Finding]:
    """Everything, as far as one thing does not need another that is wrong.

    browser: opens an address for the person; None leaves out what needs one.
    """
    at = Endpoints.at(setup.google)
    missing = [
        name
        for name, value in (
            ("GOOGLE_CLIENT_ID", setup.client_id),
            ("GOOGLE_CLIENT_SECRET", setup.client_secret),
        )
        if not value
    ]
    if missing:
        remedy = "set what the page of your OAuth client shows (README: how to get one)"
        yield Finding("client", False, f"{' and '.join(missing)} not set", remedy, CLIENTS)
        return
    client, clock = _client_and_clock(setup, at)
    yield from (found for found in (client, clock) if found is not None)
    page = _page(setup, at) if client.well else None
    if page is not None:
        yield page
    yield _push(setup)
    if browser is None:
        yield Finding("sign-in, APIs", None, "not looked at, which takes a person at a browser")
    elif page is not None and page.well:
        yield from _walk(setup, at, browser)


def _client_and_clock(setup: Setup, at: Endpoints) -> tuple[Finding, Finding | None]:
    """A real request for a token, which Google refuses for the token or for the client."""
    form = {"client_id": setup.client_id, "client_secret": setup.client_secret}
    form |= {"grant_type": "refresh_token", "refresh_token": _NOBODY}
    try:
        answer = requests.post(at.token, data=form, timeout=_TIMEOUT)
    except requests.RequestException as failure:
        said = f"{at.token} does not answer ({type(failure).__name__})"
        return Finding("client", False, said, "look at the network, a proxy, a firewall"), None
    error = str(_json(answer).get("error", answer.status_code))
    if error == "invalid_grant":
        client = Finding("client", True, "Google knows the id and the secret")
    elif error in ("invalid_client", "unauthorized_client", "deleted_client"):
        said = f"Google does not take id and secret ({error})"
        client = Finding("client", False, said, "copy both again; a secret can be made anew", CLIENTS)
    else:
        client = Finding("client", False, f"Google answers {error}", "try again in a moment")
    return client, _clock(answer.headers.get("Date"), datetime.now(UTC))


def _clock(date: str | None, here: datetime) -> Finding | None:
    """What the clock is out by, from the time that an answer bears."""
    try:
        off = (here - parsedate_to_datetime(date or "")).total_seconds()
    except ValueError:
        return None
    if abs(off) <= CLOCK_SKEW:
        return Finding("clock", True, "agrees with Google's")
    way = "ahead of" if off > 0 else "behind"
    said = f"this machine is {abs(off):.0f} s {way} Google: what Google signs is taken for invalid"
    return Finding("clock", False, said, "let the system set its time (Debian: timedatectl set-ntp true)")


def _address(setup: Setup, at: Endpoints, state: str) -> str:
    scopes = [*IDENTITY_SCOPES, *RESOURCE_SCOPES.values()]
    asked = {"client_id": setup.client_id, "redirect_uri": setup.redirect_uri, "response_type": "code"}
    asked |= {"scope": " ".join(scopes), "state": state, "access_type": "offline", "prompt": "consent"}
    return f"{at.authorize}?{urlencode(asked)}"


def _page(setup: Setup, at: Endpoints) -> Finding:
    """What Google's first page says, which knows redirect URI and scopes."""
    try:
        answer = requests.get(_address(setup, at, "page"), timeout=_TIMEOUT)
    except requests.RequestException as failure:
        return Finding("redirect URI", False, f"Google does not answer ({type(failure).__name__})")
    told = parse_qs(urlsplit(answer.url).query).get("authError", [""])[0]
    said = _decoded(told) if told else answer.text if answer.status_code >= 400 else ""
    for word in _REFUSED_PAGES:
        if word in said:
            return _refused("redirect URI", word, setup)
    if answer.status_code >= 400 or told:
        return Finding("redirect URI", False, f"Google's page refuses: {answer.url}", "open it in a browser")
    return Finding("redirect URI", True, f"{setup.redirect_uri} is registered")


def _refused(what: str, word: str, setup: Setup) -> Finding:
    said, remedy, page = _REFUSED_PAGES[word]
    return Finding(what, False, f"{said.format(uri=setup.redirect_uri)} ({word})", remedy, page)


def _push(setup: Setup) -> Finding:
    """Whether Google could reach us with news of calendars."""
    public = urlsplit(setup.public_url)
    if public.scheme != "https" or public.hostname in (None, HOST, "localhost"):
        said = "Google reaches public https addresses only: calendar changes come in by schedule and login"
        return Finding("push", None, said)
    try:
        status = requests.get(f"{setup.public_url.rstrip('/')}/api/health", timeout=_TIMEOUT).status_code
    except requests.RequestException as failure:
        remedy = "look at its certificate, name and firewall: Google takes no self-signed certificate"
        return Finding(
            "push", False, f"{setup.public_url} does not answer ({type(failure).__name__})", remedy
        )
    if status != 200:
        return Finding("push", False, f"{setup.public_url}/api/health answers {status}", "look at its log")
    return Finding("push", True, f"{setup.public_url} answers")


def _walk(setup: Setup, at: Endpoints, browser: Browser) -> Iterator[Finding]:
    """A person allows everything; then the answer and both APIs are looked at."""
    state = secrets.token_urlsafe(16)
    try:
        with _Callback((HOST, setup.port), _Handler) as waiting:
            browser(_address(setup, at, state))
            back = waiting.wait()
    except OSError:
        said = f"port {setup.port} is taken"
        yield Finding("sign-in", False, said, "end the program that has it: Google sends people back there")
        return
    if back is None:
        yield Finding("sign-in", False, "nobody came back from Google in time", "run script/doctor again")
        return
    if back.get("state") != state:
        yield Finding("sign-in", False, "somebody came back who was not sent", "run script/doctor again")
        return
    if "code" not in back:
        word = back.get("error", "access_denied")
        known = word if word in _REFUSED_PAGES else "access_denied"
        yield _refused("sign-in", known, setup)
        return
    form = {"client_id": setup.client_id, "client_secret": setup.client_secret, "code": back["code"]}
    form |= {"grant_type": "authorization_code", "redirect_uri": setup.redirect_uri}
    try:
        told = _json(requests.post(at.token, data=form, timeout=_TIMEOUT))
    except requests.RequestException as failure:
        yield Finding("sign-in", False, f"Google does not answer ({type(failure).__name__})", "try again")
        return
    yield from _granted(told)
    headers = {"Authorization": f"Bearer {told.get('access_token')}"}
    yield from _apis(at, headers, str(told.get("scope", "")).split())


def _granted(told: Mapping[str, object]) -> Iterator[Finding]:
    given = str(told.get("scope", "")).split()
    lacking = [name for name, scope in RESOURCE_SCOPES.items() if scope not in given]
    if "access_token" not in told:
        said = f"Google does not take its own code ({told.get('error')})"
        yield Finding("sign-in", False, said, "look at the client's id and secret", CLIENTS)
        return
    if lacking:
        said = f"not allowed: {' and '.join(lacking)}"
        remedy = "tick every box on Google's page; where there is none, add the scope"
        yield Finding("scopes", False, said, remedy, SCOPES)
    else:
        yield Finding("scopes", True, "contacts and calendar are allowed")
    if "refresh_token" not in told:
        remedy = "take the permission back, and run script/doctor again"
        page = "https://myaccount.google.com/connections"
        yield Finding("consent screen", False, "Google gave no lasting permission", remedy, page)
    elif (life := told.get("refresh_token_expires_in")) is not None:
        said = (
            f"in testing: each permission ends after {round(int(str(life)) / 86_400)} days, with a reconnect"
        )
        yield Finding("consent screen", None, said, "to be rid of it, publish the app", AUDIENCE)
    else:
        yield Finding("consent screen", True, "permissions last")


def _apis(at: Endpoints, headers: Mapping[str, str], given: Sequence[str]) -> Iterator[Finding]:
    calls = {
        "contacts": f"{at.people}v1/people/me/connections?personFields=names&pageSize=1",
        "calendar": f"{at.calendar}calendar/v3/calendars/primary/events?maxResults=1",
    }
    for resource, scope in RESOURCE_SCOPES.items():
        if scope not in given:
            continue
        name, page = _APIS[resource]
        try:
            answer = requests.get(calls[resource], headers=headers, timeout=_TIMEOUT)
        except requests.RequestException as failure:
            yield Finding(name, False, f"does not answer ({type(failure).__name__})", "try again")
            continue
        if answer.status_code == 200:
            yield Finding(name, True, "answers")
        elif "SERVICE_DISABLED" in answer.text or "accessNotConfigured" in answer.text:
            remedy = "enable it in the client's project, and wait a few minutes"
            yield Finding(name, False, "not enabled in the project of the client", remedy, page)
        else:
            yield Finding(name, False, f"answers {answer.status_code}", "try again in a moment")


class _Callback(HTTPServer):
    """Waits at the redirect URI for whoever comes back from Google."""

    back: dict[str, str] | None = None

    def wait(self) -> dict[str, str] | None:
        """What Google has sent along; None when nobody came."""
        until = time.monotonic() + PATIENCE
        self.timeout = 1.0
        while self.back is None and time.monotonic() < until:
            self.handle_request()
        return self.back


class _Handler(BaseHTTPRequestHandler):
    server: _Callback

    def do_GET(self) -> None:
        """The browser comes back; other addresses, such as the page's icon, are nothing."""
        parts = urlsplit(self.path)
        found = parts.path == "/oauth/callback"
        if found:
            self.server.back = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(
            b"Close this window, and read on at the terminal.\n" if found else b"Nothing here.\n"
        )

    def log_message(self, format: str, *args: object) -> None:
        """Codes are for nobody's terminal."""


def _json(answer: requests.Response) -> dict[str, object]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _decoded(text: str) -> str:
    """What Google's page of refusal carries in its address: base64 of a message whose words can be read."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except ValueError:
        return text


def _show(address: str) -> None:
    say(f"open, and allow everything:\n  {address}")
    webbrowser.open(address)


def main(arguments: Sequence[str], env: Mapping[str, str] = os.environ) -> int:
    """Look at everything and print it; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(
        prog="script/doctor", description="Is everything set up for real Google?"
    )
    parser.add_argument("--port", type=int, default=8080, help="that of script/run (default 8080)")
    parser.add_argument("--google", metavar="URL", help="another server of Google's paths")
    parser.add_argument(
        "--no-sign-in", action="store_true", help="leave out what takes a person at a browser"
    )
    given = parser.parse_args(arguments)
    setup = Setup(
        env.get("GOOGLE_CLIENT_ID", "").strip(),
        env.get("GOOGLE_CLIENT_SECRET", "").strip(),
        given.port,
        given.google,
        env.get("PUBLIC_URL", "").strip(),
    )
    wrong = 0
    try:
        for found in examine(setup, None if given.no_sign_in else _show):
            wrong += found.well is False
            for line in found.lines():
                say(line)
    except KeyboardInterrupt:
        return 130
    say(f"{wrong} wrong" if wrong else "nothing is wrong: script/run --google real")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
