"""Typed writes to document writes: which document, under which precondition."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar, assert_never

from crmsync.core.journal import Conflict, Hold, JournalEntry
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate, Link
from crmsync.core.text.digest import Digester
from crmsync.store.documents.port import (
    SERVER_TIME,
    Changes,
    Create,
    Delete,
    DocumentWrite,
    Put,
    Sentinel,
    Update,
    Value,
)
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.codec import encode
from crmsync.store.encoding.paths import (
    CANDIDATES,
    CONFLICTS,
    CONSENTS,
    DOUBLES,
    EVIDENCE,
    HOLDS,
    IMPORTS,
    INTENTS,
    JOURNAL,
    LINKS,
    OFFERS,
)
from crmsync.store.writes import (
    AddConsent,
    AddEvidence,
    AddJournal,
    CreateRecord,
    DropCandidate,
    DropConflict,
    DropConsent,
    DropDouble,
    DropHold,
    DropIntent,
    DropLink,
    DropOffer,
    FreeAddresses,
    OwnedWrite,
    PutCandidate,
    PutConflict,
    PutDouble,
    PutErasure,
    PutGrant,
    PutHold,
    PutImport,
    PutIntent,
    PutLink,
    PutRecord,
    PutUser,
    Withdraw,
    Write,
)

_ID = frozenset({"id"})
_DROPPED_FROM: Mapping[type, str] = {
    DropLink: LINKS,
    DropCandidate: CANDIDATES,
    DropIntent: INTENTS,
    DropConflict: CONFLICTS,
    DropHold: HOLDS,
    DropDouble: DOUBLES,
    DropConsent: CONSENTS,
}
T = TypeVar("T", Link, Candidate, Conflict, Hold, JournalEntry)


def translated(
    scope: Scope, writes: Sequence[Write], rev: int, digest: Digester
) -> list[tuple[DocumentWrite, str | None]]:
    """The document writes of all but PutUser, each with the id or key under which its version is answered;
    without those that follow for the directory of the sheet and for withdrawn addresses.
    """
    return [
        pair
        for write in writes
        if not isinstance(write, PutUser)
        for pair in _translated(scope, write, rev, digest)
    ]


def _translated(
    scope: Scope, write: OwnedWrite, rev: int, digest: Digester
) -> Sequence[tuple[DocumentWrite, str | None]]:
    def path(collection: str, id: str) -> str:
        return paths.document(scope, collection, id)

    match write:
        case CreateRecord() | PutRecord():
            return [(_record(path(write.kind, write.id), write, digest), write.id)]
        case PutLink(link):
            data = shapes.link_data(_of(scope, link))
            return [(_versioned(path(LINKS, link.key), data, link.version), link.key)]
        case PutCandidate(candidate):
            data = shapes.candidate_data(_of(scope, candidate))
            return [(_versioned(path(CANDIDATES, candidate.key), data, candidate.version), None)]
        case PutIntent(intent):
            return [(Create(path(INTENTS, intent.id), shapes.intent_data(intent)), None)]
        case PutConflict(conflict):
            return [(Put(path(CONFLICTS, conflict.id), encode(_of(scope, conflict), _ID)), None)]
        case PutHold(hold):
            return [(Put(path(HOLDS, hold.id), encode(_of(scope, hold), _ID)), None)]
        case PutDouble(double):
            data = shapes.double_data(double)
            return [(_versioned(path(DOUBLES, double.id), data, double.version), None)]
        case PutImport(run):
            return [(Put(path(IMPORTS, run.id), encode(run, _ID)), None)]
        case PutGrant(grant):
            return [(Put(paths.grant(scope), shapes.grant_data(grant)), None)]
        case DropOffer(id):
            return [(Delete(f"{OFFERS}/{paths.segment(id)}"), None)]
        case AddConsent(made):
            return [(shapes.consent_write(scope, made), None)]
        case Withdraw() | FreeAddresses():
            return []
        case AddJournal(entry):
            parts = shapes.journal_documents(_of(scope, entry), rev)
            return [(Put(path(JOURNAL, id), data), None) for id, data in parts]
        case AddEvidence(evidence):
            return [(Put(f"{EVIDENCE}/{paths.segment(evidence.id)}", encode(evidence, _ID)), None)]
        case PutErasure(erasure):
            data = shapes.erasure_data(erasure)
            return [(_versioned(paths.erasure(erasure.id), data, erasure.version), erasure.id)]
        case (
            DropLink(id)
            | DropCandidate(id)
            | DropIntent(id)
            | DropConflict(id)
            | DropHold(id)
            | DropDouble(id)
            | DropConsent(id)
        ):
            return [(Delete(path(_DROPPED_FROM[type(write)], id)), None)]
    assert_never(write)


def _of(scope: Scope, of_account: T) -> T:
    """The same, with the account that it belongs to: whoever writes cannot forget it."""
    return of_account if of_account.account == scope.account else replace(of_account, account=scope.account)


def _record(path: str, write: CreateRecord | PutRecord, digest: Digester) -> DocumentWrite:
    stamps: dict[str, Value | Sentinel] = {"updated_at": SERVER_TIME}
    if isinstance(write, CreateRecord):
        stamps |= {"created_at": SERVER_TIME, "archived_at": None}
        return Create(path, shapes.record_data(write.id, write.value, False, digest) | stamps)
    if write.archived is not None:
        stamps["archived_at"] = SERVER_TIME if write.archived else None
    data = shapes.record_data(write.id, write.value, write.archived, digest)
    return Update(path, data | stamps, write.expect)


def _versioned(path: str, data: Changes, version: str | None) -> DocumentWrite:
    return Create(path, data) if version is None else Update(path, data, version)
