"""Reads of all that is kept about a user, each document once, in the order of ids: for an export.

A walk by any other order would meet a record twice, or not at all, that changes meanwhile.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from crmsync.core.account import ImportRun
from crmsync.core.json_types import Json
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate
from crmsync.core.text.digest import unkeyed
from crmsync.store.documents.port import Document, Query, Value
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.paths import CANDIDATES, IMPORTS
from crmsync.store.encoding.shapes import CLASS_OF
from crmsync.store.parts.reading import Part, readable
from crmsync.store.ports import KeptRecord
from crmsync.store.writes import Kind

_OURS = frozenset(("created_at", "updated_at", "archived_at", "archived"))


class Everything(Part):
    """Whole collections, page by page."""

    def kept_records(self, scope: Scope, kind: Kind, after: str | None, limit: int) -> Sequence[KeptRecord]:
        """Documents of a kind's records, archived and unreadable ones too, in id order."""
        page = self._by_id(Query(paths.collection(scope, kind)), after, limit)
        return [_kept(kind, document) for document in page]

    def all_candidates(self, scope: Scope, after: str | None, limit: int) -> Sequence[Candidate]:
        """Candidates of every status, in key order."""
        page = self._by_id(Query(paths.collection(scope, CANDIDATES)), after, limit)
        return [shapes.candidate_from(document) for document in page]

    def all_imports(self, scope: Scope, after: str | None, limit: int) -> Sequence[ImportRun]:
        """Import runs of all times, in id order."""
        page = self._by_id(Query(paths.collection(scope, IMPORTS)), after, limit)
        return [shapes.identified(ImportRun, document) for document in page]


def _kept(kind: Kind, document: Document) -> KeptRecord:
    stored = readable(CLASS_OF[kind], document)
    known: frozenset[str] = frozenset()
    if stored is not None:
        known = _OURS.union(
            (field.name for field in fields(CLASS_OF[kind])), shapes.derived("", stored.value, unkeyed)
        )
    more = {name: _plain(value) for name, value in document.data.items() if name not in known}
    return KeptRecord(paths.original(document.id), stored, more)


def _plain(value: Value) -> Json:
    """A value as JSON that is for a person to read."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
