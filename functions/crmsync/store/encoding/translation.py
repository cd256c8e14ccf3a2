"""Typed writes to document writes: which document, under which precondition."""

from collections.abc import Sequence
from typing import assert_never

from crmsync.store.documents.port import SERVER_TIME, Create, Delete, DocumentWrite, Put, Update
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.codec import encode
from crmsync.store.encoding.paths import CANDIDATES, CONFLICTS, HOLDS, IMPORTS, INTENTS, JOURNAL, LINKS
from crmsync.store.writes import (
    AddConsent,
    AddJournal,
    CreateRecord,
    DropCandidate,
    DropConflict,
    DropHold,
    DropIntent,
    DropLink,
    OwnedWrite,
    PutCandidate,
    PutConflict,
    PutHold,
    PutImport,
    PutIntent,
    PutLink,
    PutRecord,
    PutUser,
    Write,
)

_ID = frozenset({"id"})


def translated(uid: str, writes: Sequence[Write], rev: int) -> list[tuple[DocumentWrite, str | None]]:
    """The document writes of all but PutUser, each with the id or key under which its version is answered."""
    return [
        pair for write in writes if not isinstance(write, PutUser) for pair in _translated(uid, write, rev)
    ]


def _translated(uid: str, write: OwnedWrite, rev: int) -> Sequence[tuple[DocumentWrite, str | None]]:
    def path(collection: str, id: str) -> str:
        return f"{paths.collection(uid, collection)}/{paths.segment(id)}"

    match write:
        case CreateRecord() | PutRecord():
            return [(_record(path(write.kind, write.id), write), write.id)]
        case PutLink(link):
            data = shapes.link_data(link)
            return [(_versioned(path(LINKS, link.key), data, link.version), link.key)]
        case PutCandidate(candidate):
            data = shapes.candidate_data(candidate)
            return [(_versioned(path(CANDIDATES, candidate.key), data, candidate.version), None)]
        case PutIntent(intent):
            return [(Create(path(INTENTS, intent.id), shapes.intent_data(intent)), None)]
        case PutConflict(conflict):
            return [(Put(path(CONFLICTS, conflict.id), encode(conflict, _ID)), None)]
        case PutHold(hold):
            return [(Put(path(HOLDS, hold.id), encode(hold, _ID)), None)]
        case PutImport(run):
            return [(Put(path(IMPORTS, run.id), encode(run, _ID)), None)]
        case AddConsent(made):
            return [(shapes.consent_write(uid, made), None)]
        case AddJournal(entry):
            return [(Put(path(JOURNAL, id), data), None) for id, data in shapes.journal_documents(entry, rev)]
        case DropLink(id):
            return [(Delete(path(LINKS, id)), None)]
        case DropCandidate(id):
            return [(Delete(path(CANDIDATES, id)), None)]
        case DropIntent(id):
            return [(Delete(path(INTENTS, id)), None)]
        case DropConflict(id):
            return [(Delete(path(CONFLICTS, id)), None)]
        case DropHold(id):
            return [(Delete(path(HOLDS, id)), None)]
    assert_never(write)


def _record(path: str, write: CreateRecord | PutRecord) -> DocumentWrite:
    if isinstance(write, CreateRecord):
        data = shapes.record_data(write.kind, write.id, write.value, archived=False)
        stamps = {"created_at": SERVER_TIME, "updated_at": SERVER_TIME, "archived_at": None}
        return Create(path, data | stamps)
    data = shapes.record_data(write.kind, write.id, write.value, write.archived)
    data["updated_at"] = SERVER_TIME
    if write.archived is not None:
        data["archived_at"] = SERVER_TIME if write.archived else None
    return Update(path, data, write.expect)


def _versioned(path: str, data: dict[str, object], version: str | None) -> DocumentWrite:
    return Create(path, data) if version is None else Update(path, data, version)
