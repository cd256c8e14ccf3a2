"""GET /oauth/callback: the page on which Google's redirect ends. It tells the pop-up how it went, and closes
it.

The page holds the outcome in attributes, for /callback.js, and in words, for a browser where that does not
run.
"""

from collections.abc import Mapping

import flask
from markupsafe import Markup

from crmsync.api.http.context import Surroundings
from crmsync.api.http.errors import ApiError
from crmsync.api.http.identity import is_document_id
from crmsync.api.sync.connect import binding
from crmsync.engine.account import connect
from crmsync.engine.account.connect import Outcome

LONGEST_PARAMETER = 4096
ISSUER = "https://accounts.google.com"
"""How Google names itself in its redirects, where it does."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

STATUS: Mapping[connect.Kind, int] = {
    "granted": 200,
    "connected": 200,
    "partial": 200,
    "denied": 200,
    "policy": 200,
    "internal": 200,
    "setup": 502,
    "other_account": 200,
    "expired": 410,
    "failed": 502,
}

WORDS: Mapping[connect.Kind, str] = {
    "granted": "Google has said yes. Go back to your CRM, which finishes the connection.",
    "connected": "Google is connected. You can close this window.",
    "partial": "Google is connected, but not everything was allowed. You can close this window.",
    "denied": "Nothing was connected, because the permission was not given. You can close this window.",
    "policy": "The organisation that manages this Google account does not allow it. Nothing was connected.",
    "internal": "This service is for the accounts of one organisation, and this is another one.",
    "setup": "Google does not accept this service. The people who run your CRM have to look into it.",
    "other_account": "This is another Google account than the one connected before.",
    "expired": "This link is no longer valid. Please close this window and connect again.",
    "failed": "Google did not complete the connection. Please close this window and try again.",
}

PAGE = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Google Sync</title>
<link rel="stylesheet" href="/app.css">
<script type="module" src="/callback.js"></script>
</head>
<body data-outcome="{kind}" data-missing="{missing}" data-email="{email}" data-pending="{pending}">
<main id="callback" class="card-page"><p class="card" role="status">{words}</p></main>
</body>
</html>
""")


def page(here: Surroundings, request: flask.Request) -> flask.Response:
    """Ends the attempt that `state` names, and shows how. Nothing of the query is shown again."""
    state, code, error = (_parameter(request, name) for name in ("state", "code", "error"))
    if state is not None and not is_document_id(state):
        state = None
    if request.args.get("iss", ISSUER) != ISSUER:
        # Somebody else's answer (RFC 9207): what it carries is not looked at.
        return _page(Outcome("failed"), STATUS["failed"])
    outcome = connect.complete(here.deps, state=state, code=code, error=error, binding=binding(here, request))
    return _page(outcome, STATUS[outcome.kind])


def refused(error: ApiError) -> flask.Response:
    """The page for what cannot be answered: a person looks at it."""
    response = _page(Outcome("failed"), error.status)
    response.headers.update(error.headers())
    return response


def _page(outcome: Outcome, status: int) -> flask.Response:
    response = flask.Response(_html(outcome), status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _parameter(request: flask.Request, name: str) -> str | None:
    value = request.args.get(name)
    return value if value is not None and len(value) <= LONGEST_PARAMETER else None


def _html(outcome: Outcome) -> str:
    return PAGE.format(
        kind=outcome.kind,
        missing=",".join(sorted(outcome.missing)),
        email=outcome.email or "",
        pending=outcome.pending or "",
        words=WORDS[outcome.kind],
    )
