"""Withdrawn addresses in the store: which there are, what a commit makes of them, and who carries them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from crmsync.core.consent.addresses import Withdrawal, Withdrawals, digest_of, freed, withdrawn
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.model import Contact, Stored
from crmsync.core.scope import Scope
from crmsync.store.documents.port import DocumentWrite, Filter, Query
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.paths import CONTACTS
from crmsync.store.parts.reading import MOST_READ, Part, readable
from crmsync.store.writes import AddConsent, CreateRecord, FreeAddresses, PutRecord, Withdraw, Write

_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Revoked:
    """A contact that is written with a revoked consent.

    entry: of the ledger, that is written with it, if any. One that revokes withdraws all its addresses; a
    contact that was revoked before only those that it did not have then. since: when it was known to be
    revoked; None: when it was last written, which is looked up if it is needed.
    """

    id: str
    contact: Contact
    entry: ConsentEntry | None
    since: datetime | None = None


class Withdrawn(Part):
    """Reads of withdrawn addresses, and what follows for them from other writes."""

    def withdrawn(self, scope: Scope, addresses: Collection[str]) -> Withdrawals:
        """Those of these addresses that are withdrawn, as they are written."""
        digests = {address: digest for address in addresses if (digest := digest_of(address, self._digest))}
        found = self._shards.find(scope, frozenset(digests.values()))
        return {address: found[digest] for address, digest in digests.items() if digest in found}

    def withdrawals(self, scope: Scope) -> Sequence[Withdrawal]:
        """All that are withdrawn, latest first."""
        return self._shards.all(scope)

    def carriers(
        self, scope: Scope, digests: Sequence[str]
    ) -> Mapping[str, Sequence[tuple[str, Stored[Contact]]]]:
        """The contacts that carry any of these addresses, each with the address as it has it, by digest."""
        if not digests:
            return {}
        asked = Filter("email_digests", "array_contains_any", list(digests))
        query = Query(paths.collection(scope, CONTACTS), (asked,), limit=MOST_READ)
        found: dict[str, dict[str, tuple[str, Stored[Contact]]]] = {}
        for document in self._documents.query(query):
            stored = readable(Contact, document)
            if stored is None:
                continue
            for item in stored.value.emails:
                found.setdefault(digest_of(item.value, self._digest), {})[document.id] = (item.value, stored)
        return {digest: [*found[digest].values()] for digest in digests if digest in found}

    def _withdrawing(self, scope: Scope, writes: Sequence[Write]) -> Sequence[DocumentWrite]:
        """What is written of withdrawn addresses beside these writes."""
        entries = {write.entry.contact: write.entry for write in writes if isinstance(write, AddConsent)}
        revoked: list[Revoked] = []
        for write in writes:
            if not isinstance(write, CreateRecord | PutRecord) or not isinstance(write.value, Contact):
                continue
            if write.value.consent.status == "revoked":
                revoked.append(Revoked(write.id, write.value, entries.get(write.id)))
        lists = [write for write in writes if isinstance(write, Withdraw)]
        frees = [write for write in writes if isinstance(write, FreeAddresses)]
        return self._step(scope, revoked, lists, frees)

    def _step(
        self,
        scope: Scope,
        revoked: Sequence[Revoked],
        lists: Sequence[Withdraw] = (),
        frees: Sequence[FreeAddresses] = (),
    ) -> Sequence[DocumentWrite]:
        """What is written of withdrawn addresses."""
        carried = [(each, shapes.email_digests(each.contact, self._digest)) for each in revoked]
        listed = [(each, self._digests(each.addresses)) for each in lists]
        freeing = [(each, self._digests(each.addresses)) for each in frees]
        digests = {digest for _, some in (*carried, *listed, *freeing) for digest in some}
        if not digests:
            return ()

        def change(known: Withdrawals) -> Withdrawals:
            new = [Withdrawal(digest, each.at) for each, some in listed for digest in some]
            for each, some in carried:
                if each.entry is not None and each.entry.revokes:
                    new += [Withdrawal(digest, each.entry.at, each.entry.id) for digest in some]
                elif missing := [digest for digest in some if digest not in known]:
                    since = each.since or self._last_written(scope, each)
                    new += [Withdrawal(digest, since) for digest in missing]
            after = withdrawn(known, new)
            for free, some in freeing:
                after = freed(after, some, free.contact, free.stated_at)
            return after

        return self._shards.step(scope, digests, change)

    def _digests(self, addresses: Sequence[str]) -> tuple[str, ...]:
        found = (digest_of(address, self._digest) for address in addresses)
        return tuple(each for each in found if each)

    def _last_written(self, scope: Scope, revoked: Revoked) -> datetime:
        """When a contact was last written; of one that is made revoked, without an entry, nobody knows since
        when it is.
        """
        document = self._one(scope, CONTACTS, revoked.id)
        stored = None if document is None else readable(Contact, document)
        if stored is not None:
            return stored.updated_at
        day = revoked.contact.consent.obtained_on
        return _UNKNOWN if day is None else datetime.combine(day, time(), UTC)
