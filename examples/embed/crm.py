"""A small CRM on an origin of its own, with a login of its own, that embeds the button as docs/embed.md says.

`script/run --example embed` starts it beside the service. By hand: `crm.py PORT SYNC`, and the service with
EMBED_ORIGINS and AUTH_ISSUER=http://127.0.0.1:PORT, AUTH_AUDIENCE=example-crm and
AUTH_JWKS_URL=http://127.0.0.1:PORT/jwks. A CRM that has an identity provider needs none of this but the page.
"""

import json
import secrets
import sys
from datetime import UTC, datetime, timedelta

import flask
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "example-crm"
PEOPLE = {"ann": "Ann Martin", "bob": "Bob Tremblay"}
"""Who can sign in, each with their own id as password: an example keeps no secrets."""


def create_app(origin: str, sync: str) -> flask.Flask:
    """The CRM at `origin`, with the button of the service at `sync`."""
    app = flask.Flask(__name__, template_folder=".", static_folder=None)
    app.secret_key = secrets.token_bytes(32)
    app.config.update(SESSION_COOKIE_NAME="example-crm", SESSION_COOKIE_SAMESITE="Lax")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @app.get("/")
    def page() -> str:
        name = PEOPLE.get(flask.session.get("user", ""))
        return flask.render_template("page.html", name=name, people=PEOPLE, sync=sync)

    @app.get("/page.js")
    def script() -> flask.Response:
        return flask.send_from_directory(app.root_path, "page.js")

    @app.post("/login")
    def login() -> flask.typing.ResponseReturnValue:
        user = flask.request.form.get("user", "")
        if user not in PEOPLE or flask.request.form.get("password") != user:
            return flask.render_template("page.html", name=None, people=PEOPLE, sync=sync, wrong=True), 403
        flask.session["user"] = user
        return flask.redirect("/")

    @app.post("/logout")
    def logout() -> flask.typing.ResponseReturnValue:
        flask.session.clear()
        return flask.redirect("/")

    @app.post("/token")
    def token() -> dict[str, object]:
        """An ID token of whoever is signed in, for the button; null when nobody is."""
        user, now = flask.session.get("user"), datetime.now(UTC)
        claims = {"iss": origin, "aud": AUDIENCE, "sub": user, "iat": now, "exp": now + timedelta(hours=1)}
        return {"token": jwt.encode(claims, key, "RS256", {"kid": "1"}) if user else None}

    @app.get("/jwks")
    def jwks() -> dict[str, object]:
        """The public half of the key, by which the service knows our tokens."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        return {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}

    @app.after_request
    def guarded(answer: flask.Response) -> flask.Response:
        """What docs/embed.md asks a host to allow, and nothing more."""
        policy = f"default-src 'self'; script-src 'self' {sync}; connect-src 'self' {sync}"
        answer.headers["Content-Security-Policy"] = policy
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return app


if __name__ == "__main__":
    create_app(f"http://127.0.0.1:{sys.argv[1]}", sys.argv[2]).run("127.0.0.1", int(sys.argv[1]))
