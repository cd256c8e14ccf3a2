"""The ledger of consent in the store, and contacts by the day on which their consent expires."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date

from crmsync.core.consent.ledger import HOST, ConsentEntry, entry
from crmsync.core.encoding import CONSENT
from crmsync.core.model import Consent, Contact, Stored
from crmsync.core.scope import Scope
from crmsync.store.documents.port import Document, DocumentWrite, Filter, Query
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.paths import CONSENTS, CONTACTS
from crmsync.store.errors import InvalidPosition
from crmsync.store.parts.reading import position, read_moment, read_position, readable
from crmsync.store.parts.withdrawn import Revoked, Withdrawn
from crmsync.store.writes import AnyStored


class Evidence(Withdrawn):
    """Reads of the ledger, and its entries for what a host CRM wrote past this store."""

    def consents(
        self, scope: Scope, contact: str, after: str | None, limit: int
    ) -> tuple[Sequence[ConsentEntry], str | None]:
        """Entries of one contact, newest first, and the next position."""
        start = () if after is None else read_moment(after)
        filters = (Filter("contact", "==", contact),)
        query = Query(paths.collection(scope, CONSENTS), filters, ("at",), True, start, limit + 1)
        found = self._documents.query(query)
        entries = [shapes.identified(ConsentEntry, document) for document in found[:limit]]
        if len(found) <= limit:
            return entries, None
        return entries, position(f"{entries[-1].at.isoformat()} {found[limit - 1].id}")

    def all_consents(self, scope: Scope, after: str | None, limit: int) -> Sequence[ConsentEntry]:
        """Entries of all contacts, in id order."""
        page = self._by_id(Query(paths.collection(scope, CONSENTS)), after, limit)
        return [shapes.identified(ConsentEntry, document) for document in page]

    def consents_expiring(
        self, scope: Scope, after_day: date, last_day: date, after: str | None, limit: int
    ) -> tuple[Sequence[Stored[Contact]], str | None]:
        """Contacts whose implied consent expires after one day and up to another, soonest first."""
        filters = (
            Filter("archived", "==", False),
            Filter("consent_expires_on", ">", after_day.isoformat()),
            Filter("consent_expires_on", "<=", last_day.isoformat()),
        )
        start: tuple[str, ...] = ()
        if after is not None:
            day, _, id = read_position(after).partition(" ")
            if not id:
                raise InvalidPosition("not a position in this list")
            start = (day, id)
        query = Query(
            paths.collection(scope, CONTACTS), filters, ("consent_expires_on",), False, start, limit + 1
        )
        found = self._documents.query(query)
        contacts = [stored for document in found[:limit] if (stored := _living(document)) is not None]
        if len(found) <= limit:
            return contacts, None
        expires = found[limit - 1].data["consent_expires_on"]
        assert isinstance(expires, str)  # Compared with text, only text is found.
        return contacts, position(f"{expires} {found[limit - 1].id}")

    def _noticed(self, scope: Scope, noticed: Sequence[tuple[Document, AnyStored]]) -> list[DocumentWrite]:
        """What follows when the host CRM wrote contacts past this store: entries of the ledger for consents
        that it changed, and withdrawals of the addresses of those that are revoked.
        """
        writes: list[DocumentWrite] = []
        revoked: list[Revoked] = []
        for document, stored in noticed:
            if not isinstance(stored.value, Contact):
                continue
            made = self._entry(scope, document, stored)
            writes += [shapes.consent_write(scope, made)] if made is not None else []
            if stored.value.consent.status == "revoked":
                revoked.append(Revoked(stored.id, stored.value, made, stored.updated_at))
        return [*writes, *self._step(scope, revoked)]

    def _entry(self, scope: Scope, document: Document, stored: Stored[Contact]) -> ConsentEntry | None:
        """The entry for a consent that the host CRM changed past this store.

        What the consent was before is kept with the contact; where the host has replaced the whole document,
        the ledger itself tells.
        """
        after = stored.value.consent
        known = document.data.get("consent_known")
        if isinstance(known, Mapping):
            before: Consent | None = CONSENT.read("consent_known", known)
        else:
            latest, _ = self.consents(scope, stored.id, None, 1)
            before = CONSENT.read("consent", latest[0].after) if latest else None
        told = json.dumps([stored.id, stored.updated_at.isoformat(), CONSENT.write(after)])
        id = "host-" + hashlib.sha256(told.encode()).hexdigest()[:32]
        by = after.recorded_by or HOST
        return entry(id, stored.id, before, after, stored.updated_at, by, "host")


def _living(document: Document) -> Stored[Contact] | None:
    """The contact, unless the host has archived it past this store: then the stored flag lags behind."""
    stored = readable(Contact, document)
    return stored if stored is not None and stored.archived_at is None else None
