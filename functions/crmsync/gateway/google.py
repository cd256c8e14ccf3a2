"""Google's door, as the engine's `Google`: authorization, and sessions for users who have granted it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from crmsync.core.errors import GrantDead, NotFound, Unavailable
from crmsync.core.model import Contact, Permission
from crmsync.core.text.digest import digester, join
from crmsync.engine.ports import Calendar, CalendarEntry, Clock, GoogleSession, GrantedAccess, Remote
from crmsync.gateway import calendar_list
from crmsync.gateway.client import Client, resource
from crmsync.gateway.endpoints import Endpoints
from crmsync.gateway.errors import Attempt
from crmsync.gateway.events import TYPES, Events
from crmsync.gateway.oauth import OAuth
from crmsync.gateway.people import People
from crmsync.gateway.person_shape import named_key
from crmsync.gateway.quota import PER_MINUTE, Quota
from crmsync.gateway.tokens import AccessTokens
from crmsync.gateway.transport import CallHook, Transport
from crmsync.gateway.vault import Vault
from crmsync.gateway.wire import Collection
from crmsync.settings import Settings


class GoogleGateway:
    """Implements `crmsync.engine.ports.Google`. Safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        quotas: Mapping[str, int] = PER_MINUTE,
        on_call: CallHook | None = None,
    ) -> None:
        """`quotas`: our own brake, units a minute by metric (see `quota`). `on_call` is told of each call."""
        self._endpoints = Endpoints.at(settings.google_origin)
        settings.require({"google_client_secret", "token_keys"})
        secret = settings.client_secret
        self.vault = Vault([key.get_secret_value() for key in settings.token_keys])
        """What opens the sealed tokens that it is given."""
        self._oauth = OAuth(settings.google_client_id, secret, settings.redirect_uri, self._endpoints)
        self._tokens = AccessTokens(settings.google_client_id, secret, self._endpoints, clock)
        self._quota = Quota(clock, quotas)
        self._digest = digester(settings.digest_key.get_secret_value())
        self._on_call = on_call

    def authorization_url(
        self,
        *,
        state: str,
        verifier: str,
        scopes: frozenset[Permission],
        login_hint: str | None,
        force_consent: bool,
    ) -> str:
        """Where to send the browser."""
        return self._oauth.authorization_url(
            state=state,
            verifier=verifier,
            scopes=scopes,
            login_hint=login_hint,
            force_consent=force_consent,
        )

    def exchange(self, code: str, verifier: str) -> GrantedAccess:
        """Exchanges an authorization code and verifies the ID token. Raises GrantDead on invalid_grant."""
        return self._oauth.exchange(code, verifier)

    def session(self, account: str, sealed_token: str | None) -> GoogleSession | None:
        """A session for the user; None when no token is cached and no grant is given.

        `account` is the key of the token cache and of the quota, and whom our keys at Google name. A token is
        fetched here, so that a dead grant (GrantDead) shows before any work begins.
        """
        if sealed_token is None:
            return _Session(self, account, None) if self._tokens.cached(account) is not None else None
        refresh_token = self.vault.open(sealed_token)
        self._tokens.fresh(account, refresh_token)
        return _Session(self, account, refresh_token)

    def forget(self, account: str) -> None:
        """Drops the user's cached access token."""
        self._tokens.forget(account)

    def revoke(self, sealed_token: str) -> None:
        """Revokes the grant; an unknown or dead one counts as revoked, and so does one that no key opens."""
        with suppress(GrantDead):
            self._oauth.revoke(self.vault.open(sealed_token))

    def holder(self, sub: str) -> str:
        """Keyed digest of a Google account's id, of this installation."""
        return self._digest(join(("holder", sub)))

    def own_key(self, account: str) -> str:
        """How our keys are named in this account: keyed with the installation's digest key, which staging and
        production do not share, they name it as well as the user.
        """
        return named_key(self._digest(join(("own key", account))))

    def _client(self, uid: str, refresh_token: str | None) -> Client:
        def tokens(refused: str | None) -> str | None:
            if refused is None:
                known = self._tokens.cached(uid)
                if known is not None:
                    return known
            if refresh_token is not None:
                return self._tokens.fresh(uid, refresh_token, refused)
            self._tokens.forget(uid)
            if refused is None:
                raise Unavailable("token_expired")
            return None

        return Client(uid, Transport(tokens, self._on_call), self._quota)


class _Session:
    """Google, as one connected user, on the thread that uses it."""

    def __init__(self, gateway: GoogleGateway, uid: str, refresh_token: str | None) -> None:
        self._endpoints = gateway._endpoints
        self._client = gateway._client(uid, refresh_token)
        self._own_key = gateway.own_key(uid)

    def contacts(self) -> Remote[Contact]:
        """The user's contacts."""
        return self._people()

    def labels(self) -> Mapping[str, str]:
        """Contact group resource name -> name shown to the user."""
        return self._people().labels()

    def calendar(self, calendar_id: str, window_start: datetime | None = None) -> Calendar:
        """The events of one calendar; `window_start` bounds only its initial listing."""
        return Events(self._endpoints.calendar, self._client, calendar_id, window_start)

    def calendars(self) -> Sequence[CalendarEntry]:
        """The user's calendars, the main one first."""
        return calendar_list.calendars(self._calendar_api("calendarList"), self._client)

    def watch(
        self, calendar_id: str, channel_id: str, token: str, address: str
    ) -> tuple[str, datetime | None]:
        """Opens a push channel; answers its resource id and the expiry that Google chose."""
        body = {"id": channel_id, "type": "web_hook", "address": address, "token": token}
        request = self._calendar_api("events").watch(calendarId=calendar_id, body=body, eventTypes=TYPES)
        answer = self._client.call(request, Attempt(mutates=True), {"calendar": 1})
        expiration = answer.get("expiration")
        expires_at = datetime.fromtimestamp(int(expiration) / 1000, UTC) if expiration else None
        return answer["resourceId"], expires_at

    def stop(self, channel_id: str, resource_id: str) -> None:
        """Closes a push channel; an unknown one counts as closed."""
        channels = self._calendar_api("channels")
        request = channels.stop(body={"id": channel_id, "resourceId": resource_id})
        try:
            self._client.call(request, Attempt(mutates=True), {"calendar": 1})
        except NotFound:
            return

    def _people(self) -> People:
        return People(self._endpoints.people, self._client, self._own_key, self._endpoints.pictures)

    def _calendar_api(self, path: str) -> Collection:
        return resource("calendar.v3", self._endpoints.calendar, path)
