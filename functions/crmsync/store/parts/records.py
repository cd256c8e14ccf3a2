"""CRM records: contacts and appointments."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, overload

from crmsync.core.model import Appointment, Contact, Stored
from crmsync.core.scope import Scope
from crmsync.store.documents.port import Document, Filter, PreconditionFailed, Query, Update, Value
from crmsync.store.encoding import paths, periods, search, shapes
from crmsync.store.encoding.paths import APPOINTMENTS, CONTACTS
from crmsync.store.encoding.shapes import CLASS_OF
from crmsync.store.errors import TooLarge
from crmsync.store.parts.evidence import Evidence
from crmsync.store.parts.reading import readable
from crmsync.store.withdrawn.shards import is_shard
from crmsync.store.writes import AnyStored, Kind

_NOTHING: tuple[Sequence[AnyStored], str | None] = ((), None)
_CONSENT = frozenset(("consent_known", "email_digests"))
"""Derived fields from which it is seen that consent, or the addresses that it is about, have changed."""
_NO_UPDATE = Update("", {})


class Records(Evidence):
    """Reads of CRM records. A document that cannot be read as a record is left out, and named in the log."""

    def contact(self, scope: Scope, id: str) -> Stored[Contact] | None:
        """One contact, archived or not."""
        document = self._one(scope, CONTACTS, id)
        return None if document is None else readable(Contact, document)

    def appointment(self, scope: Scope, id: str) -> Stored[Appointment] | None:
        """One appointment, archived or not."""
        document = self._one(scope, APPOINTMENTS, id)
        return None if document is None else readable(Appointment, document)

    @overload
    def records(
        self, scope: Scope, kind: Literal["contacts"], ids: Sequence[str]
    ) -> Mapping[str, Stored[Contact]]: ...
    @overload
    def records(
        self, scope: Scope, kind: Literal["appointments"], ids: Sequence[str]
    ) -> Mapping[str, Stored[Appointment]]: ...
    @overload
    def records(self, scope: Scope, kind: Kind, ids: Sequence[str]) -> Mapping[str, AnyStored]: ...
    def records(self, scope: Scope, kind: Kind, ids: Sequence[str]) -> Mapping[str, AnyStored]:
        """Several records by id."""
        found = (readable(CLASS_OF[kind], document) for document in self._several(scope, kind, ids))
        return {stored.id: stored for stored in found if stored is not None}

    def changed(
        self, scope: Scope, kind: Kind, since: datetime | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[AnyStored]:
        """Records with updated_at >= since, ordered by (updated_at, id), strictly after `after`."""
        filters = () if since is None else (Filter("updated_at", ">=", since),)
        start: tuple[Value, ...] = () if after is None else (after[0], paths.segment(after[1]))
        found: list[AnyStored] = []
        written_past: list[tuple[Document, AnyStored]] = []
        while len(found) < limit:
            asked = limit - len(found)
            query = Query(
                paths.collection(scope, kind), filters, ("updated_at",), start_after=start, limit=asked
            )
            page = self._documents.query(query)
            for document in page:
                stored = readable(CLASS_OF[kind], document)
                if stored is not None:
                    found.append(stored)
                    if shapes.missing_derived(stored, document.data, self._digest):
                        written_past.append((document, stored))
            if len(page) < asked:
                break
            start = (page[-1].data["updated_at"], page[-1].id)
        if written_past:
            found = self._with_derived(scope, kind, found, written_past)
        return found

    def _with_derived(
        self,
        scope: Scope,
        kind: Kind,
        found: list[AnyStored],
        written_past: list[tuple[Document, AnyStored]],
    ) -> list[AnyStored]:
        """Adds what lists and searches need to records that a host CRM wrote past this store, and to the
        ledger the consents that it changed.

        A record that moves meanwhile is left: its new state comes by itself. So is one that has no room left
        for them: it is synced, and not listed.
        """
        updates = {
            document.path: Update(
                document.path, shapes.missing_derived(stored, document.data, self._digest), document.version
            )
            for document, stored in written_past
        }
        while updates:
            noticed = [
                (document, stored)
                for document, stored in written_past
                if _CONSENT & updates.get(document.path, _NO_UPDATE).data.keys()
            ]
            try:
                answered = self._documents.commit([*updates.values(), *self._noticed(scope, noticed)])
                versions = dict(zip(updates, answered, strict=False))
                break
            except PreconditionFailed as moved:
                if not is_shard(scope, moved.path):
                    del updates[moved.path]
            except TooLarge:
                if len(written_past) == 1:
                    return found
                middle = len(written_past) // 2
                found = self._with_derived(scope, kind, found, written_past[:middle])
                return self._with_derived(scope, kind, found, written_past[middle:])
        else:
            return found
        renewed = {
            stored.id: shapes.stored_record(CLASS_OF[kind], document, versions[document.path])
            for document, stored in written_past
            if document.path in versions
        }
        return [renewed.get(stored.id, stored) for stored in found]

    def page(
        self, scope: Scope, kind: Kind, *, archived: bool, after: str | None, limit: int, q: str = ""
    ) -> tuple[Sequence[AnyStored], str | None]:
        """Records for a list page, in the list's own order, and the next `after`."""
        ways = search.readings(q)
        if q.strip() and not ways:
            return _NOTHING
        filters = [Filter("archived", "==", archived)]
        if ways:
            filters.append(Filter("tokens", "array_contains_any", search.tokens(ways)))

        def made(document: Document) -> AnyStored | None:
            stored = readable(CLASS_OF[kind], document)
            # The owner may have archived it past this store, so the stored flag may lag behind.
            if stored is None or (stored.archived_at is not None) != archived:
                return None
            if not ways:
                return stored
            found = shapes.record_words(stored.value)
            return stored if any(search.matches(way, found) for way in ways) else None

        query = Query(paths.collection(scope, kind), tuple(filters), ("sort",))
        return self._scan(query, after, limit, made)

    def agenda(
        self, scope: Scope, first: date, last: date, after: str | None, limit: int
    ) -> tuple[Sequence[Stored[Appointment]], str | None]:
        """Appointments that may take place on the days from `first` to `last`, by start."""
        filters = (
            Filter("archived", "==", False),
            Filter("periods", "array_contains_any", periods.of_days(first, last)),
        )

        def made(document: Document) -> Stored[Appointment] | None:
            stored = readable(Appointment, document)
            return stored if stored is not None and stored.archived_at is None else None

        return self._scan(
            Query(paths.collection(scope, APPOINTMENTS), filters, ("sort",)), after, limit, made
        )

    def exceptions(
        self, scope: Scope, series_ids: Sequence[str], after: str | None, limit: int
    ) -> Sequence[Stored[Appointment]]:
        """Exceptions of these series, archived ones too, in id order."""
        return self._appointments(scope, Filter("series_id", "in", list(series_ids)), after, limit)

    def appointments_with(
        self, scope: Scope, contact: str, after: str | None, limit: int
    ) -> Sequence[Stored[Appointment]]:
        """Appointments that name a contact, archived ones too, in id order."""
        return self._appointments(scope, Filter("contact_ids", "array_contains", contact), after, limit)

    def _appointments(
        self, scope: Scope, asked: Filter, after: str | None, limit: int
    ) -> Sequence[Stored[Appointment]]:
        query = Query(paths.collection(scope, APPOINTMENTS), (asked,))
        found: list[Stored[Appointment]] = []
        while len(found) < limit:
            wanted = limit - len(found)
            page = self._by_id(query, after, wanted)
            read = (readable(Appointment, document) for document in page)
            found += [stored for stored in read if stored is not None]
            if len(page) < wanted:
                break
            after = paths.original(page[-1].id)
        return found

    def count(self, scope: Scope, kind: Kind, *, archived: bool = False) -> int:
        """How many records there are."""
        return self._documents.count(
            Query(paths.collection(scope, kind), (Filter("archived", "==", archived),))
        )
