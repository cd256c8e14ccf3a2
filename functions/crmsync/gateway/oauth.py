"""Google's OAuth 2.0 for web servers: the authorization address, the exchange of a code, the revocation.

The flow is google-auth-oauthlib's. It insists on https and on getting exactly the scopes it asked for, both
switched off only by variables of the whole process. Neither is needed: the flow always speaks of Google's own
addresses, and a session adapter carries the exchange to GOOGLE_ORIGIN; and at the exchange no scopes are
stated, because a granted subset (granular consent) or superset (earlier grants) is a normal answer.
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

import requests
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from requests.adapters import HTTPAdapter

from crmsync import tally
from crmsync.core.errors import Refused, Unavailable
from crmsync.core.model import Permission
from crmsync.engine.ports import GrantedAccess
from crmsync.gateway import errors
from crmsync.gateway.endpoints import ISSUERS, Endpoints, resources_in, scopes_for
from crmsync.gateway.errors import Attempt
from crmsync.gateway.transport import TIMEOUT, session

CLOCK_SKEW = 60
"""How far Google's clock and ours may differ, in seconds."""
LONGEST_SUB = 255
"""Google: `sub` is "never longer than 255 case-sensitive ASCII characters"."""

if TYPE_CHECKING:
    import jwt

_GOOGLE = Endpoints.at(None)


class OAuth:
    """The OAuth client of this installation. Safe to share between threads."""

    def __init__(self, client_id: str, client_secret: str, redirect_uri: str, endpoints: Endpoints) -> None:
        """`redirect_uri` must be registered with the client, letter by letter."""
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._endpoints = endpoints

    def authorization_url(
        self,
        *,
        state: str,
        verifier: str,
        scopes: frozenset[Permission],
        login_hint: str | None,
        force_consent: bool,
    ) -> str:
        """Where to send the browser, with PKCE S256 of `verifier`; earlier grants are included.

        A refresh token comes only with the first consent: `force_consent` asks for consent again, to get one
        once more. Without a `login_hint` the user picks the account.
        """
        prompt = [] if login_hint else ["select_account"]
        prompt += ["consent"] if force_consent else []
        extra = {"prompt": " ".join(prompt)} if prompt else {}
        extra |= {"login_hint": login_hint} if login_hint else {}
        address, _ = self._flow(scopes_for(scopes), verifier).authorization_url(
            access_type="offline", include_granted_scopes="true", state=state, nonce=_nonce(verifier), **extra
        )
        return self._endpoints.authorize + str(address).removeprefix(_GOOGLE.authorize)

    def exchange(self, code: str, verifier: str) -> GrantedAccess:
        """Exchanges an authorization code; the account comes from the verified ID token.

        Raises GrantDead on `invalid_grant` (a used, old or foreign code, or a wrong verifier), Refused for an
        answer whose ID token cannot be trusted, Misconfigured for a broken client, else Unavailable: also for
        an answer of another shape than Google's.
        """
        flow = self._flow(None, verifier)
        flow.oauth2session.mount(_GOOGLE.token, _Rerouted(self._endpoints.token))
        try:
            told: Mapping[str, object] = flow.fetch_token(code=code, include_client_id=True, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise errors.from_transport(error, Attempt(mutates=True)) from None
        except (OAuth2Error, ValueError) as error:
            raise errors.from_exchange(error) from None
        except (TypeError, AttributeError, LookupError):
            # What oauthlib meets where the answer is JSON, but no object of texts and numbers.
            raise errors.malformed(Attempt(mutates=True)) from None
        finally:
            flow.oauth2session.close()
        claims = self._verified(_text(told, "id_token"), _nonce(verifier))
        return GrantedAccess(
            sub=_text(claims, "sub"),
            # An address that its owner has not confirmed names nobody; the account is known by its `sub`.
            email=_text(claims, "email") if claims.get("email_verified") is True else "",
            scopes=resources_in(_scopes(told.get("scope"))),
            refresh_token=_text(told, "refresh_token") or None,
        )

    def revoke(self, refresh_token: str) -> None:
        """Ends the whole grant of the project. A token that Google does not know counts as revoked."""
        tally.count(google_calls=1)
        try:
            answer = session().post(self._endpoints.revoke, data={"token": refresh_token}, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise errors.from_transport(error, Attempt()) from None
        if answer.status_code not in (200, 400):
            raise Unavailable("revoke_failed", f"{answer.status_code}")

    def _flow(self, scopes: list[str] | None, verifier: str) -> Flow:
        config = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "auth_uri": _GOOGLE.authorize,
            "token_uri": _GOOGLE.token,
        }
        return Flow.from_client_config(
            {"web": config},
            scopes=scopes,
            redirect_uri=self._redirect_uri,
            code_verifier=verifier,
            autogenerate_code_verifier=False,
        )

    def _verified(self, token: str, nonce: str) -> Mapping[str, object]:
        """The claims of an ID token that Google signed for this client and this attempt, and lately.

        PyJWT checks it, for google-auth allows no difference of clocks where keys come as a JWK set.
        """
        import jwt

        if not token:
            raise Refused("id_token_missing")
        try:
            claims: Mapping[str, object] = jwt.decode(
                token,
                self._signing_key(token),
                algorithms=["RS256"],
                audience=self._client_id,
                leeway=CLOCK_SKEW,
                options={"require": ["iss", "aud", "sub", "exp", "iat"]},
            )
        except jwt.PyJWTError:
            raise Refused("id_token_invalid") from None
        if not self._is_for_us(claims, nonce):
            raise Refused("id_token_invalid")
        return claims

    def _signing_key(self, token: str) -> "jwt.PyJWK":
        """The key of Google's that the token names. Raises PyJWTError, or Unavailable."""
        import jwt

        named = jwt.get_unverified_header(token).get("kid")
        tally.count(google_calls=1)
        try:
            answer = session().get(self._endpoints.certs, timeout=TIMEOUT)
            published = jwt.PyJWKSet.from_dict(answer.json())
        except (requests.RequestException, ValueError, TypeError, AttributeError, jwt.PyJWTError):
            raise Unavailable("certs_unreachable") from None
        for key in published.keys:
            if key.key_id == named:
                return key
        raise jwt.InvalidKeyError("no such key")

    def _is_for_us(self, claims: Mapping[str, object], nonce: str) -> bool:
        """What PyJWT does not look at: who issued it, whom it was made for, and in which attempt."""
        return (
            claims.get("iss") in ISSUERS
            and claims.get("azp", self._client_id) == self._client_id
            and secrets.compare_digest(_text(claims, "nonce").encode(), nonce.encode())
            and 0 < len(_text(claims, "sub")) <= LONGEST_SUB
        )


class _Rerouted(HTTPAdapter):
    """Sends what is meant for Google's token endpoint to ours; the same one unless GOOGLE_ORIGIN is set."""

    def __init__(self, address: str) -> None:
        super().__init__(max_retries=0)
        self._address = address

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Sends the request to the other address."""
        request.url = self._address
        return super().send(request, stream, timeout, verify, cert, proxies)


def _nonce(verifier: str) -> str:
    """What ties the ID token to the attempt: told to Google beforehand, and back in the token.

    It follows from the verifier, which never leaves us, and says nothing of it.
    """
    return hashlib.sha256(b"nonce\0" + verifier.encode()).hexdigest()


def _text(told: Mapping[str, object], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _scopes(told: object) -> list[str]:
    if isinstance(told, str):
        return told.split()
    return [str(scope) for scope in told] if isinstance(told, list | tuple) else []
