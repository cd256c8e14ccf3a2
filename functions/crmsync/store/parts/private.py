"""Documents that no client may read: grants, offers, authorization attempts, push channels."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crmsync import tally
from crmsync.core.account import Grant, OAuthState, Offer, PushChannel
from crmsync.core.scope import DEFAULT_TENANT, Scope
from crmsync.store.documents.port import (
    NAME,
    Delete,
    Document,
    DocumentWrite,
    Filter,
    Merge,
    Put,
    Query,
    Reader,
    Update,
)
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.codec import Unreadable, encode
from crmsync.store.encoding.paths import CHANNELS, GRANTS, OAUTH_STATES, OFFERS
from crmsync.store.errors import StoreError
from crmsync.store.parts.reading import Part

_MOST_CHANNELS = 100
_ID = frozenset({"id"})


class Private(Part):
    """Server-only documents; each is read and written by itself."""

    def grant(self, scope: Scope) -> Grant | None:
        """The encrypted grant."""
        document = self._documents.get(paths.grant(scope)) if paths.fits(scope) else None
        return None if document is None else shapes.grant_from(scope, document)

    def put_grant(self, grant: Grant) -> None:
        """Replaces the grant."""
        self._documents.commit([Put(paths.grant(grant.scope), shapes.grant_data(grant))])

    def drop_grant(self, grant: Grant) -> None:
        """Deletes this grant, whatever it is sealed with; one that has taken its place stays."""
        path = paths.grant(grant.scope)

        def drop(reader: Reader) -> tuple[None, Sequence[DocumentWrite]]:
            found = reader.get(path)
            same = found is not None and shapes.grant_from(grant.scope, found).is_same(grant)
            return None, [Delete(path)] if same else []

        self._documents.transact(drop)

    def reseal_grant(self, grant: Grant, token: str, key: str) -> bool:
        """Replaces what the grant's token is sealed with, and nothing else of it.

        False when it is not the one that is there any more, or is sealed otherwise by now.
        """
        path = paths.grant(grant.scope)

        def reseal(reader: Reader) -> tuple[bool, Sequence[DocumentWrite]]:
            found = reader.get(path)
            if found is None or shapes.grant_from(grant.scope, found).token != grant.token:
                return False, []
            return True, [Update(path, {"token": token, "key": key})]

        return self._documents.transact(reseal)

    def grants_under(
        self, keys: Sequence[str], after: str | None, limit: int
    ) -> tuple[Sequence[Grant], str | None]:
        """Grants of all users that are sealed with one of these keys, by uid, and the next position, None at
        the end. One that cannot be read is passed over.
        """
        page = self._by_id(_under(keys), after, limit)
        found: list[Grant] = []
        for document in page:
            uid, account = paths.owner(document.path)
            try:
                found.append(shapes.grant_from(Scope(DEFAULT_TENANT, uid, account), document))
            except Unreadable:
                tally.count(unreadable=1)
        return found, paths.original(page[-1].id) if len(page) == limit else None

    def count_grants(self, keys: Sequence[str] | None = None) -> int:
        """How many grants of all users are sealed with one of these keys, or how many there are."""
        return self._documents.count(Query(GRANTS) if keys is None else _under(keys))

    def let_go(self, grant: Grant) -> None:
        """Says that this grant is held no more; one that has taken its place stays as it is."""
        path = paths.grant(grant.scope)

        def mark(reader: Reader) -> tuple[None, Sequence[DocumentWrite]]:
            found = reader.get(path)
            same = found is not None and shapes.grant_from(grant.scope, found).is_same(grant)
            return None, [Merge(path, {"holder": ""})] if same else []

        self._documents.transact(mark)

    def is_held(self, holder: str) -> bool:
        """Whether any user's grant or offer is of the Google account with this digest."""
        held = Filter("holder", "==", holder)
        return any(self._documents.query(Query(name, (held,), limit=1)) for name in (GRANTS, OFFERS))

    def put_offer(self, offer: Offer) -> None:
        """Stores a grant that no connection holds."""
        self._documents.commit([_offer_write(offer)])

    def offer(self, id: str) -> Offer | None:
        """One offer."""
        return _offer_from(self._top(OFFERS, id))

    def take_offer(self, id: str, now: datetime, until: datetime) -> Offer | None:
        """Takes an offer in one transaction: of two callers one gets it, and nobody once its time is over."""
        if not paths.fits(id):
            return None

        def take(reader: Reader) -> tuple[Offer | None, Sequence[DocumentWrite]]:
            found = _offer_from(reader.get(_offer_path(id)))
            if found is None or found.taken or found.until <= now:
                return None, []
            return found, [_offer_write(replace(found, taken=True, until=until))]

        return self._documents.transact(take)

    def end_offer(self, id: str, now: datetime) -> Offer | None:
        """Says that an offer whose time is over is held no more; answers it, None while it is not over."""
        if not paths.fits(id):
            return None

        def end(reader: Reader) -> tuple[Offer | None, Sequence[DocumentWrite]]:
            found = _offer_from(reader.get(_offer_path(id)))
            if found is None or found.until > now:
                return None, []
            return found, [_offer_write(replace(found, taken=True, holder=""))]

        return self._documents.transact(end)

    def drop_offer(self, id: str) -> None:
        """Deletes an offer."""
        if paths.fits(id):
            self._documents.commit([Delete(_offer_path(id))])

    def offers_of(self, scope: Scope) -> Sequence[Offer]:
        """The account's grants that no connection holds."""
        query = Query(OFFERS, (Filter("uid", "==", scope.uid),))
        found = (shapes.identified(Offer, document) for document in self._all(query))
        return [offer for offer in found if offer.scope == scope]

    def offers_due(self, now: datetime, limit: int) -> Sequence[str]:
        """Ids of offers whose time is over, oldest first."""
        query = Query(OFFERS, (Filter("until", "<=", now),), ("until",), limit=limit)
        return [paths.original(document.id) for document in self._documents.query(query)]

    def put_oauth_state(self, state: OAuthState) -> None:
        """Stores an authorization attempt."""
        data = encode(state, frozenset({"state"}))
        self._documents.commit([Put(f"{OAUTH_STATES}/{paths.segment(state.state)}", data)])

    def oauth_state(self, state: str) -> OAuthState | None:
        """Reads an attempt without using it up."""
        return _attempt_from(self._top(OAUTH_STATES, state))

    def take_oauth_state(self, state: str) -> OAuthState | None:
        """Reads and deletes an attempt in one transaction: of two callers one gets it."""
        if not paths.fits(state):
            return None
        path = f"{OAUTH_STATES}/{paths.segment(state)}"

        def take(reader: Reader) -> tuple[OAuthState | None, Sequence[DocumentWrite]]:
            found = reader.get(path)
            return _attempt_from(found), [Delete(path)] if found else []

        return self._documents.transact(take)

    def oauth_states_of(self, scope: Scope) -> Sequence[OAuthState]:
        """The attempts of the account that are open, or over and not yet cleared away."""
        query = Query(OAUTH_STATES, (Filter("uid", "==", scope.uid),))
        found = (shapes.identified(OAuthState, document, "state") for document in self._all(query))
        return [attempt for attempt in found if attempt.scope == scope]

    def open_oauth_states(self, scope: Scope, now: datetime, limit: int) -> Sequence[OAuthState]:
        """The user's attempts that are not over by `now`, for whichever account, the oldest first."""
        open = (Filter("uid", "==", scope.uid), Filter("expires_at", ">", now))
        found = self._documents.query(Query(OAUTH_STATES, open, ("expires_at",), limit=limit))
        attempts = (shapes.identified(OAuthState, document, "state") for document in found)
        return [attempt for attempt in attempts if attempt.tenant == scope.tenant]

    def channel(self, id: str) -> PushChannel | None:
        """A push channel by id."""
        document = self._top(CHANNELS, id)
        return None if document is None else shapes.identified(PushChannel, document)

    def put_channel(self, channel: PushChannel) -> None:
        """Stores a push channel."""
        data = encode(channel, frozenset({"id"}))
        self._documents.commit([Put(f"{CHANNELS}/{paths.segment(channel.id)}", data)])

    def name_channel(self, id: str, resource_id: str) -> None:
        """Notes the resource id of a channel that has none yet; no other channel is touched."""
        if not paths.fits(id):
            return
        path = f"{CHANNELS}/{paths.segment(id)}"

        def note(reader: Reader) -> tuple[None, Sequence[DocumentWrite]]:
            found = reader.get(path)
            known = found is None or found.data.get("resource_id") is not None
            return None, [] if known else [Merge(path, {"resource_id": resource_id})]

        self._documents.transact(note)

    def drop_channel(self, id: str) -> None:
        """Deletes a push channel."""
        self._documents.commit([Delete(f"{CHANNELS}/{paths.segment(id)}")])

    def channels_of(self, scope: Scope) -> Sequence[PushChannel]:
        """The push channels of the account."""
        query = Query(CHANNELS, (Filter("uid", "==", scope.uid),), (NAME,), limit=_MOST_CHANNELS)
        found = (shapes.identified(PushChannel, document) for document in self._documents.query(query))
        return [channel for channel in found if channel.account == scope.account]

    def ping(self) -> bool:
        """True when the store answers."""
        try:
            self._documents.get(f"{GRANTS}/ping")
        except StoreError:
            return False
        return True

    def _top(self, collection: str, id: str) -> Document | None:
        return self._documents.get(f"{collection}/{paths.segment(id)}") if paths.fits(id) else None


def _offer_path(id: str) -> str:
    return f"{OFFERS}/{paths.segment(id)}"


def _offer_write(offer: Offer) -> DocumentWrite:
    return Put(_offer_path(offer.id), encode(offer, _ID) | {"uid": offer.grant.uid})


def _offer_from(document: Document | None) -> Offer | None:
    return None if document is None else shapes.identified(Offer, document)


def _under(keys: Sequence[str]) -> Query:
    return Query(GRANTS, (Filter("key", "in", list(keys)),))


def _attempt_from(document: Document | None) -> OAuthState | None:
    return None if document is None else shapes.identified(OAuthState, document, "state")
