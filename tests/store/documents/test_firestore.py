"""The Firestore adapter when the service misbehaves: what it repeats, how it tells what it cannot mend."""

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import document as documents
from google.cloud.firestore_v1.types import firestore as calls
from google.cloud.firestore_v1.types import write as changes

from crmsync.store.documents.firestore import ATTEMPTS, FirestoreDocuments, connect
from crmsync.store.documents.firestore_values import read_value, version_of, write_value, write_version
from crmsync.store.documents.port import (
    Create,
    DocumentWrite,
    Filter,
    PreconditionFailed,
    Put,
    Query,
    Reader,
    Update,
)
from crmsync.store.errors import InvalidWrite, StoreError, StoreUnavailable, TooLarge
from crmsync.store.repository import DocumentStore

api: Any = exceptions

DATABASE = "projects/p/databases/(default)"
ROOT = f"{DATABASE}/documents/"


class Client:
    """Google's client as far as the adapter uses it; its calls meet these failures, one by one.

    existing: the paths that are there, read by read; while it has any, reads meet no failure.
    """

    def __init__(self, *failures: Exception | None, existing: Sequence[Sequence[str]] = ()) -> None:
        self.failures = list(failures)
        self.existing = list(existing)
        self.calls = 0
        self.rolled_back: list[bytes] = []

    def fail(self) -> None:
        self.calls += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure

    def commit(self, request: calls.CommitRequest, **_: Any) -> calls.CommitResponse:
        self.fail()
        answer = calls.CommitResponse.pb()()
        for _write in request.writes:
            write_version(answer.write_results.add().update_time, "2026-01-01T00:00:00.123456789Z")
        made: calls.CommitResponse = calls.CommitResponse.wrap(answer)
        return made

    def batch_get_documents(
        self, request: calls.BatchGetDocumentsRequest, **_: Any
    ) -> list[calls.BatchGetDocumentsResponse]:
        if not self.existing:
            self.fail()
        there = self.existing.pop(0) if self.existing else ()
        return [
            calls.BatchGetDocumentsResponse(found=documents.Document(name=name))
            if name.removeprefix(ROOT) in there
            else calls.BatchGetDocumentsResponse(missing=name)
            for name in request.documents
        ]

    def run_query(self, request: calls.RunQueryRequest, **_: Any) -> list[calls.RunQueryResponse]:
        self.fail()
        return [calls.RunQueryResponse()]

    def begin_transaction(self, **_: Any) -> calls.BeginTransactionResponse:
        return calls.BeginTransactionResponse(transaction=b"t")

    def rollback(self, request: calls.RollbackRequest, **_: Any) -> None:
        self.rolled_back.append(request.transaction)


def adapter(client: Client, pauses: list[float] | None = None) -> FirestoreDocuments:
    pause = (pauses if pauses is not None else []).append
    return FirestoreDocuments(client, DATABASE, pause=pause)  # type: ignore[arg-type]


def test_a_commit_that_meets_contention_is_tried_again_after_a_growing_pause() -> None:
    pauses: list[float] = []
    client = Client(api.Aborted("contention"), api.Aborted("contention"))
    assert adapter(client, pauses).commit([Put("a/b", {})]) == ["2026-01-01T00:00:00.123456789Z"]
    assert client.calls == 3
    assert 0 < pauses[0] < 0.1 < pauses[1] * 2


def test_a_commit_that_meets_nothing_but_contention_gives_up() -> None:
    client = Client(*[api.Aborted("contention")] * 20)
    with pytest.raises(StoreUnavailable):
        adapter(client).commit([Put("a/b", {})])
    assert client.calls == ATTEMPTS


class Retrying(Client):
    """A client that tries again as it is told, like Google's."""

    def commit(self, request: calls.CommitRequest, **options: Any) -> calls.CommitResponse:
        made: calls.CommitResponse = options["retry"](super().commit)(request)
        return made


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (api.ServiceUnavailable("down"), 2),
        (api.ResourceExhausted("quota"), 2),
        (api.InternalServerError("oops"), 1),
        (api.DeadlineExceeded("slow"), 1),
    ],
)
def test_a_commit_is_sent_again_only_after_a_failure_that_committed_nothing(
    failure: Exception, tries: int
) -> None:
    client = Retrying(failure)
    with contextlib.suppress(StoreUnavailable):
        adapter(client).commit([Put("a/b", {})])
    assert client.calls == tries


def test_a_refused_commit_names_the_first_document_that_is_not_as_expected() -> None:
    client = Client(api.FailedPrecondition("stale"), existing=[["a/1"], ["a/3"]])
    writes: list[DocumentWrite] = [Update("a/1", {"v": 1}), Put("a/2", {}), Create("a/3", {})]
    writes.append(Create("a/4", {}))
    with pytest.raises(PreconditionFailed) as refused:
        adapter(client).commit(writes)
    assert refused.value.path == "a/3"


def test_a_commit_refused_for_what_is_undone_meanwhile_is_tried_again() -> None:
    client = Client(api.AlreadyExists("a/1"), existing=[[], []])
    assert len(adapter(client).commit([Create("a/1", {})])) == 1
    assert client.calls == 2


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (api.ServiceUnavailable("down"), StoreUnavailable),
        (api.DeadlineExceeded("slow"), StoreUnavailable),
        (api.ResourceExhausted("quota"), StoreUnavailable),
        (api.InternalServerError("oops"), StoreUnavailable),
        (api.Unknown("?"), StoreUnavailable),
        (api.RetryError("gave up", api.ServiceUnavailable("down")), StoreUnavailable),
        (api.InvalidArgument("exceeds the maximum allowed size"), TooLarge),
        (api.InvalidArgument("Transaction too big. Decrease transaction size."), TooLarge),
        (api.ResourceExhausted("gRPC message exceeds maximum size 4194304: 7854725"), TooLarge),
        (api.InvalidArgument("reserved"), InvalidWrite),
        (api.PermissionDenied("no"), StoreError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_failures_are_told_in_the_words_of_the_store(failure: Exception, told: type[StoreError]) -> None:
    with pytest.raises(StoreError) as raised:
        adapter(Client(failure)).commit([Put("a/b", {})])
    assert type(raised.value) is told
    with pytest.raises(StoreError) as raised:
        adapter(Client(failure)).get("a/b")
    assert type(raised.value) is told


def test_what_is_no_version_is_refused_without_asking() -> None:
    client = Client()
    with pytest.raises(PreconditionFailed):
        adapter(client).commit([Update("a/b", {"v": 1}, "W/etag")])
    assert client.calls == 0


def test_an_empty_commit_asks_nothing() -> None:
    client = Client()
    assert adapter(client).commit([]) == []
    assert client.calls == 0


def test_a_store_that_does_not_answer_says_so() -> None:
    assert not DocumentStore(adapter(Client(api.ServiceUnavailable("down")))).ping()


def write_one(reader: Reader) -> tuple[str, Sequence[DocumentWrite]]:
    found = reader.get("a/b")
    return ("there" if found else "absent"), [Put("a/b", {})]


@pytest.mark.parametrize("at", [0, 1], ids=["at the read", "at the commit"])
def test_a_transaction_that_meets_contention_runs_again(at: int) -> None:
    client = Client(*[None] * at, api.Aborted("contention"))
    assert adapter(client).transact(write_one) == "absent"
    assert client.calls == at + 3


def test_a_transaction_that_meets_nothing_but_contention_gives_up() -> None:
    with pytest.raises(StoreUnavailable):
        adapter(Client(*[api.Aborted("contention")] * 99)).transact(write_one)


def test_an_outage_in_a_transaction_is_told_as_one() -> None:
    with pytest.raises(StoreUnavailable):
        adapter(Client(api.ServiceUnavailable("down"))).transact(write_one)


def test_a_query_of_too_many_alternatives_is_not_sent() -> None:
    with pytest.raises(ValueError, match="takes 1 to 30"):
        adapter(Client()).count(Query("a", (Filter("v", "in", list(range(31))),)))


def test_a_transaction_that_fails_frees_what_it_has_locked() -> None:
    client = Client(None, api.ServiceUnavailable("down"))
    with pytest.raises(StoreUnavailable):
        adapter(client).transact(write_one)
    assert client.rolled_back == [b"t"]


@pytest.mark.parametrize(
    "version", ["", "yesterday", "2026-01-01T00:00:00", "2026-01-01T00:00:00.1234567890Z"]
)
def test_a_text_that_is_no_version_is_told(version: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        write_version(changes.WriteResult.pb()().update_time, version)


@pytest.mark.parametrize(
    "version",
    ["2026-01-01T00:00:00.123456789Z", "1969-12-31T23:59:59.000000001Z", "2001-09-09T01:46:40.000000000Z"],
)
def test_a_version_is_exact_to_the_nanosecond(version: str) -> None:
    time = changes.WriteResult.pb()().update_time
    write_version(time, version)
    assert version_of(time) == version


@pytest.mark.parametrize(
    "moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)]
)
def test_the_ends_of_time_come_back(moment: datetime) -> None:
    value = documents.Value.pb()()
    write_value(value, moment)
    assert read_value(value) == moment


def test_what_the_store_never_writes_is_read_as_bytes_which_no_record_asks_for() -> None:
    value = documents.Value.pb()(reference_value=f"{ROOT}a/b")
    assert read_value(value) == value.SerializeToString()


def test_what_a_document_cannot_hold_is_told() -> None:
    with pytest.raises(TypeError, match="a document holds no object"):
        write_value(documents.Value.pb()(), object())


def test_the_documents_are_those_of_the_database_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    for name, database in (((), DATABASE), (("crm-staging",), "projects/p/databases/crm-staging")):
        made = connect("p", *name)
        seen: list[dict[str, Any]] = []

        def run_query(seen: list[dict[str, Any]] = seen, **call: Any) -> list[Any]:
            seen.append(call)
            return []

        monkeypatch.setattr(made._client, "run_query", run_query)
        assert made.query(Query("users")) == []
        made.close()
        [call] = seen
        assert call["request"].parent == f"{database}/documents"
        assert ("google-cloud-resource-prefix", database) in call["metadata"]


def test_in_the_cloud_the_documents_are_those_of_the_project_by_google_s_own_channel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, dict[str, int]]] = []

    def create_channel(host: str, options: Sequence[tuple[str, int]]) -> grpc.Channel:
        asked.append((host, dict(options)))
        return grpc.insecure_channel("127.0.0.1:1")

    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setattr(FirestoreGrpcTransport, "create_channel", create_channel)
    connect("p").close()
    [(host, options)] = asked
    assert host == "firestore.googleapis.com"
    assert options["grpc.max_receive_message_length"] == -1, "Google's answers are larger than gRPC's 4 MiB"
