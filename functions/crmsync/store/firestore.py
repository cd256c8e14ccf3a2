"""`Documents` in Google's Firestore, through its own client library.

This module imports the client library, which is slow: import it only where it is used. Make one client a
process; threads share it. With FIRESTORE_EMULATOR_HOST set, the client talks to the emulator.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from google.api_core import exceptions as api
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from crmsync.store.documents import (
    SERVER_TIME,
    Create,
    Delete,
    Document,
    DocumentWrite,
    Merge,
    PreconditionFailed,
    Put,
    Query,
    Reader,
    T,
    Update,
)
from crmsync.store.errors import StoreUnavailable
from crmsync.store.firestore_errors import behind, told, translated
from crmsync.store.limits import check_query, check_writes

_log = logging.getLogger(__name__)

ATTEMPTS = 5
"""How often a commit or transaction is tried that met contention."""

CALL_SECONDS = 30.0

_REFUSED = (api.AlreadyExists, api.NotFound, api.FailedPrecondition)

_READ_AGAIN = Retry(
    if_exception_type(api.ServiceUnavailable, api.ResourceExhausted, api.InternalServerError),
    initial=0.1,
    maximum=2.0,
    timeout=CALL_SECONDS,
)
# After these two nothing was committed, as far as the server says.
_COMMIT_AGAIN = Retry(
    if_exception_type(api.ServiceUnavailable, api.ResourceExhausted),
    initial=0.1,
    maximum=2.0,
    timeout=CALL_SECONDS,
)
_CALL: dict[str, Any] = {"retry": _READ_AGAIN, "timeout": CALL_SECONDS}


def connect(project: str) -> "FirestoreDocuments":
    """Documents of a Google Cloud project's default database."""
    return FirestoreDocuments(firestore.Client(project=project))


class FirestoreDocuments:
    """`Documents` over one Firestore client."""

    def __init__(self, client: firestore.Client, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._pause = pause

    def close(self) -> None:
        """Closes the client's connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def get(self, path: str) -> Document | None:
        """One document, or None."""
        return self.get_many([path]).get(path)

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        """Several documents by path; missing ones are left out."""
        if not paths:
            return {}
        references = [self._client.document(path) for path in dict.fromkeys(paths)]
        with told():
            found = [_document(s) for s in self._client.get_all(references, **_CALL) if s.exists]
        return {document.path: document for document in found}

    def query(self, query: Query) -> Sequence[Document]:
        """The documents that match, in order."""
        asked = self._filtered(query)
        direction = firestore.Query.DESCENDING if query.descending else firestore.Query.ASCENDING
        for field in query.full_order:
            asked = asked.order_by(field, direction=direction)
        if query.start_after:
            asked = asked.start_after(list(query.start_after))
        if query.limit is not None:
            asked = asked.limit(query.limit)
        with told():
            return [_document(snapshot) for snapshot in asked.stream(**_CALL)]

    def count(self, query: Query) -> int:
        """How many match, counted by the server."""
        with told():
            return int(self._filtered(query).count().get(**_CALL)[0][0].value)

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        """Writes all or nothing, again when it met contention."""
        check_writes(writes)
        if not writes:
            return []
        for delay in _delays():
            try:
                return self._commit_once(writes)
            except _REFUSED as refused:
                failed = self._first_failed(writes)
                if failed is not None:
                    raise PreconditionFailed(failed) from refused
                # Whoever was in the way has undone it meanwhile: see what the next try says.
            except api.Aborted as contention:
                _log.info("commit met contention: %s", contention)
            self._pause(delay)
        raise StoreUnavailable("too much contention")

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        """Reads and writes as if alone; `attempt` is run again when another was in the way."""
        writes: Sequence[DocumentWrite] = ()

        def run(transaction: firestore.Transaction) -> T:
            nonlocal writes
            result, writes = attempt(_TransactionReader(self._client, transaction))
            check_writes(writes)
            self._add(transaction, writes)
            return result

        for delay in _delays():
            try:
                result: T = firestore.transactional(run)(self._client.transaction())
                return result
            except Exception as error:
                cause = behind(error)
                if cause is None:
                    raise
                if isinstance(cause, _REFUSED) and (failed := self._first_failed(writes)) is not None:
                    raise PreconditionFailed(failed) from error
                if not isinstance(cause, (api.Aborted, *_REFUSED)):
                    raise translated(cause) from error
            self._pause(delay)
        raise StoreUnavailable("too much contention")

    def _commit_once(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        batch = self._client.batch()
        self._add(batch, writes)
        with told(leave=(*_REFUSED, api.Aborted)):
            results = batch.commit(retry=_COMMIT_AGAIN, timeout=CALL_SECONDS)
        return [
            "" if isinstance(write, Delete) else _version(result.update_time)
            for write, result in zip(writes, results, strict=True)
        ]

    def _add(self, batch: Any, writes: Sequence[DocumentWrite]) -> None:
        """Adds the writes to a batch or transaction."""
        for write in writes:
            reference = self._client.document(write.path)
            if isinstance(write, Delete):
                batch.delete(reference, option=self._option(write))
                continue
            data = {k: firestore.SERVER_TIMESTAMP if v is SERVER_TIME else v for k, v in write.data.items()}
            if isinstance(write, Create):
                batch.create(reference, data)
            elif isinstance(write, Put):
                batch.set(reference, data)
            elif isinstance(write, Merge):
                batch.set(reference, data, merge=list(data))
            else:
                batch.update(reference, data, option=self._option(write))

    def _option(self, write: Update | Delete) -> Any:
        if write.version is None:
            return None
        try:
            time = DatetimeWithNanoseconds.from_rfc3339(write.version)  # type: ignore[no-untyped-call]
        except ValueError as error:
            # Whatever this is, no document has it as its version.
            raise PreconditionFailed(write.path) from error
        return self._client.write_option(last_update_time=time.timestamp_pb())

    def _first_failed(self, writes: Sequence[DocumentWrite]) -> str | None:
        """The first document whose precondition does not hold now.

        Firestore does not say which it was. The first one is read alone: it is the user document of a fenced
        commit, and most often the one.
        """
        conditional = [write for write in writes if _is_conditional(write)]
        for some in (conditional[:1], conditional[1:]):
            found = self.get_many([write.path for write in some])
            for write in some:
                if not _holds(write, found.get(write.path)):
                    return write.path
        return None

    def _filtered(self, query: Query) -> Any:
        check_query(query)
        asked: Any = self._client.collection(query.collection)
        for condition in query.filters:
            asked = asked.where(filter=FieldFilter(condition.field, condition.op, condition.value))
        return asked


class _TransactionReader:
    def __init__(self, client: firestore.Client, transaction: firestore.Transaction) -> None:
        self._client = client
        self._transaction = transaction

    def get(self, path: str) -> Document | None:
        for snapshot in self._transaction.get(self._client.document(path)):
            return _document(snapshot) if snapshot.exists else None
        return None


def _document(snapshot: Any) -> Document:
    reference = snapshot.reference
    return Document(
        reference.path,
        snapshot.to_dict(),
        _version(snapshot.update_time),
        snapshot.create_time,
        snapshot.update_time,
    )


def _version(time: Any) -> str:
    return str(time.rfc3339())


def _is_conditional(write: DocumentWrite) -> bool:
    return isinstance(write, (Create, Update)) or (isinstance(write, Delete) and write.version is not None)


def _holds(write: DocumentWrite, document: Document | None) -> bool:
    if isinstance(write, Create):
        return document is None
    if isinstance(write, (Update, Delete)) and write.version is not None:
        return document is not None and document.version == write.version
    return document is not None


def _delays() -> Iterator[float]:
    """Seconds to wait after each try, growing and scattered, so that rivals come apart."""
    for attempt in range(ATTEMPTS):
        yield random.uniform(0.5, 1.5) * 0.05 * 2**attempt
