"""`Documents` in Google's Firestore, through its own client library.

The library's lower layer is used, which carries messages and retries: its upper one wraps each value of each
document, at several times the price of the rest (see `firestore_values`).

This module imports the client library, which is slow: import it only where it is used. Make one client a
process; threads share it. With FIRESTORE_EMULATOR_HOST set, the client talks to the emulator.
"""

import logging
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypedDict

import grpc
from google.api_core import exceptions as api
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import firestore as calls

from crmsync.store.deadlines import CALL_SECONDS
from crmsync.store.documents.firestore_errors import behind, is_too_large, told, translated
from crmsync.store.documents.firestore_messages import DocumentMessage
from crmsync.store.documents.firestore_requests import COUNT, Requests
from crmsync.store.documents.firestore_values import read_document, version_of
from crmsync.store.documents.limits import check_query, check_writes
from crmsync.store.documents.port import (
    Create,
    Delete,
    Document,
    DocumentWrite,
    PreconditionFailed,
    Query,
    Reader,
    T,
    Update,
)
from crmsync.store.errors import StoreUnavailable

_log = logging.getLogger(__name__)

ATTEMPTS = 5
"""How often a commit or transaction is tried that met contention."""


_REFUSED = (api.AlreadyExists, api.NotFound, api.FailedPrecondition)

_READ_AGAIN = Retry(
    if_exception_type(api.ServiceUnavailable, api.ResourceExhausted, api.InternalServerError),
    initial=0.1,
    maximum=2.0,
    timeout=CALL_SECONDS,
)
_CHANNEL = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
)


def connect(project: str, name: str = "(default)") -> "FirestoreDocuments":
    """Documents of a Google Cloud project's database of that name. Raises StoreUnavailable without
    credentials.
    """
    database = f"projects/{project}/databases/{name}"
    metadata = [("google-cloud-resource-prefix", database)]
    emulator = os.environ.get("FIRESTORE_EMULATOR_HOST")
    if emulator:
        channel = grpc.insecure_channel(emulator, options=_CHANNEL)
        metadata.append(("authorization", "Bearer owner"))
    else:
        host = FirestoreClient.DEFAULT_ENDPOINT
        try:
            channel = FirestoreGrpcTransport.create_channel(host, options=_CHANNEL)
        except GoogleAuthError as error:
            raise StoreUnavailable("no credentials for Google Cloud") from error
    transport = FirestoreGrpcTransport(host=emulator or FirestoreClient.DEFAULT_ENDPOINT, channel=channel)
    return FirestoreDocuments(FirestoreClient(transport=transport), database, metadata)


class _Options(TypedDict):
    """What goes with each call of the client."""

    retry: Retry
    timeout: float
    metadata: Sequence[tuple[str, str]]


class FirestoreDocuments:
    """`Documents` over one Firestore client."""

    def __init__(
        self,
        client: FirestoreClient,
        database: str,
        metadata: Sequence[tuple[str, str]] = (),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`database`: its full name. `metadata`: goes with each call."""
        self._client = client
        self._requests = Requests(database)
        self._pause = pause
        self._read: _Options = {
            "retry": _READ_AGAIN,
            "timeout": CALL_SECONDS,
            "metadata": tuple(metadata),
        }
        self._change: _Options = {**self._read, "retry": _commit_again([])}

    def close(self) -> None:
        """Closes the client's connections."""
        self._client.transport.close()  # type: ignore[no-untyped-call]

    def get(self, path: str) -> Document | None:
        """One document, or None."""
        return self.get_many([path]).get(path)

    def get_many(self, paths: Sequence[str]) -> Mapping[str, Document]:
        """Several documents by path; missing ones are left out."""
        return self._get_many(paths) if paths else {}

    def query(self, query: Query) -> Sequence[Document]:
        """The documents that match, in order."""
        check_query(query)
        request = self._requests.query(query)
        with told():
            answers = [
                calls.RunQueryResponse.pb(a) for a in self._client.run_query(request=request, **self._read)
            ]
        return [self._document(answer.document) for answer in answers if answer.HasField("document")]

    def count(self, query: Query) -> int:
        """How many match, counted by the server."""
        check_query(query)
        request = self._requests.count(query)
        with told():
            (answer,) = self._client.run_aggregation_query(request=request, **self._read)
        result = calls.RunAggregationQueryResponse.pb(answer).result
        return int(result.aggregate_fields[COUNT].integer_value)

    def beneath(self, path: str, after: str | None, limit: int) -> Sequence[str]:
        """Paths of documents beneath a document."""
        request = self._requests.beneath(path, after, limit)
        with told():
            answers = [
                calls.RunQueryResponse.pb(a) for a in self._client.run_query(request=request, **self._read)
            ]
        root = self._requests.root
        return [a.document.name.removeprefix(root) for a in answers if a.HasField("document")]

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        """Writes all or nothing, again when it met contention."""
        check_writes(writes)
        if not writes:
            return []
        request = self._requests.commit(writes)
        lost: list[Exception] = []
        for delay in _delays():
            try:
                return self._commit_once(request, writes, lost)
            except _REFUSED as refused:
                failed = self._first_failed(writes)
                if failed is not None:
                    raise PreconditionFailed(failed, doubtful=bool(lost)) from refused
                # Whoever was in the way has undone it meanwhile: see what the next try says.
            except api.Aborted as contention:
                _log.info("commit met contention", extra={"error": type(contention).__name__})
            self._pause(delay)
        raise StoreUnavailable("too much contention")

    def transact(self, attempt: Callable[[Reader], tuple[T, Sequence[DocumentWrite]]]) -> T:
        """Reads and writes as if alone; `attempt` is run again when another was in the way."""
        transaction = b""
        for delay in _delays():
            writes: Sequence[DocumentWrite] = ()
            lost: list[Exception] = []
            try:
                transaction = self._begin(transaction)
                result, writes = attempt(_TransactionReader(self, transaction))
                check_writes(writes)
                how: _Options = {**self._change, "retry": _commit_again(lost)}
                self._client.commit(request=self._requests.commit(writes, transaction), **how)
                return result
            except Exception as error:
                self._roll_back(transaction)
                cause = behind(error)
                if cause is None:
                    raise
                if lost:
                    # It may have landed: run again, the attempt would meet its own doing.
                    raise StoreUnavailable("the answer to a commit was lost") from error
                if isinstance(cause, _REFUSED) and (failed := self._first_failed(writes)) is not None:
                    raise PreconditionFailed(failed) from error
                if not isinstance(cause, (api.Aborted, *_REFUSED)):
                    raise translated(cause) from error
            self._pause(delay)
        raise StoreUnavailable("too much contention")

    def _begin(self, retried: bytes) -> bytes:
        begun = self._client.begin_transaction(request=self._requests.begin(retried), **self._read)
        return bytes(begun.transaction)

    def _roll_back(self, transaction: bytes) -> None:
        """Frees what a transaction that failed has locked; it would end by itself too, after a minute."""
        if not transaction:
            return
        try:
            self._client.rollback(request=self._requests.rollback(transaction), **self._change)
        except (api.GoogleAPICallError, api.RetryError) as error:
            _log.info("rollback failed", extra={"error": type(error).__name__})

    def _get_many(self, paths: Sequence[str], transaction: bytes = b"") -> dict[str, Document]:
        request = self._requests.get(list(dict.fromkeys(paths)), transaction)
        with told(leave=(api.Aborted,) if transaction else ()):
            answers = [
                calls.BatchGetDocumentsResponse.pb(answer)
                for answer in self._client.batch_get_documents(request=request, **self._read)
            ]
        found = [self._document(answer.found) for answer in answers if answer.HasField("found")]
        return {document.path: document for document in found}

    def _commit_once(
        self, request: calls.CommitRequest, writes: Sequence[DocumentWrite], lost: list[Exception]
    ) -> Sequence[str]:
        how: _Options = {**self._change, "retry": _commit_again(lost)}
        with told(leave=(*_REFUSED, api.Aborted)):
            answer = calls.CommitResponse.pb(self._client.commit(request=request, **how))
        return [
            "" if isinstance(write, Delete) else version_of(result.update_time)
            for write, result in zip(writes, answer.write_results, strict=True)
        ]

    def _document(self, message: DocumentMessage) -> Document:
        return read_document(self._requests.root, message)

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


class _TransactionReader:
    def __init__(self, documents: FirestoreDocuments, transaction: bytes) -> None:
        self._documents = documents
        self._transaction = transaction

    def get(self, path: str) -> Document | None:
        return self._documents._get_many([path], self._transaction).get(path)


def _commit_again(lost: list[Exception]) -> Retry:
    """How a commit is repeated. `lost` gets the failures of tries that may have landed all the same.

    A quota that is exhausted is the server's word that nothing was committed; *unavailable* may come from any
    point of the way there and back.
    """

    def note(error: Exception) -> None:
        if isinstance(error, api.ServiceUnavailable):
            lost.append(error)

    def passes(error: Exception) -> bool:
        return isinstance(error, (api.ServiceUnavailable, api.ResourceExhausted)) and not is_too_large(error)

    return Retry(
        passes,
        initial=0.1,
        maximum=2.0,
        timeout=CALL_SECONDS,
        on_error=note,
    )


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
