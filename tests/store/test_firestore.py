"""The Firestore adapter when the service misbehaves: what it repeats, how it tells what it cannot mend."""

from collections.abc import Sequence
from typing import Any

import pytest
from google.api_core import exceptions
from google.api_core.datetime_helpers import DatetimeWithNanoseconds

from crmsync.store.documents import (
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
from crmsync.store.firestore import ATTEMPTS, FirestoreDocuments
from crmsync.store.repository import DocumentStore

api: Any = exceptions
"""The library's errors; their constructors have no types."""

TIME = DatetimeWithNanoseconds(2026, 1, 1, nanosecond=123456789)  # type: ignore[no-untyped-call]


class Result:
    update_time = TIME


class Snapshot:
    """A document that exists, or not."""

    create_time = update_time = TIME

    def __init__(self, path: str, exists: bool) -> None:
        self.exists = exists
        self.reference = Reference(path)

    def to_dict(self) -> dict[str, Any]:
        return {}


class Reference:
    def __init__(self, path: str) -> None:
        self.path = path


class Batch:
    """Takes writes; its commit raises the client's next failure."""

    def __init__(self, client: "Client") -> None:
        self.client = client
        self.size = 0

    def create(self, *_: Any) -> None:
        self.size += 1

    def update(self, *_: Any, option: Any = None) -> None:
        self.size += 1

    def set(self, *_: Any, merge: Any = False) -> None:
        self.size += 1

    def commit(self, **_: Any) -> list[Result]:
        self.client.fail()
        return [Result()] * self.size


class Client:
    """A client whose calls meet these failures, one by one."""

    def __init__(self, *failures: Exception | None, existing: Sequence[Sequence[str]] = ()) -> None:
        self.failures = list(failures)
        self.existing = list(existing)
        self.calls = 0

    def fail(self) -> None:
        self.calls += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure

    def document(self, path: str) -> Reference:
        return Reference(path)

    def batch(self) -> Batch:
        return Batch(self)

    def get_all(self, references: list[Reference], **_: Any) -> list[Snapshot]:
        if not self.existing:
            self.fail()
        there = self.existing.pop(0) if self.existing else ()
        return [Snapshot(reference.path, reference.path in there) for reference in references]

    def write_option(self, **_: Any) -> object:
        return object()


def adapter(client: Client, pauses: list[float] | None = None) -> FirestoreDocuments:
    return FirestoreDocuments(client, (pauses if pauses is not None else []).append)  # type: ignore[arg-type]


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


class Transaction(Batch):
    """A transaction of the client library, as far as its decorator uses one."""

    _max_attempts = 1
    _read_only = False
    _id: bytes | None = None

    def _clean_up(self) -> None:
        self._id = None

    def _begin(self, retry_id: Any = None) -> None:
        self._id = b"t"

    def _rollback(self) -> None:
        self._id = None

    def _commit(self) -> list[Result]:
        return self.commit()

    def get(self, reference: Reference) -> list[Snapshot]:
        return self.client.get_all([reference])


class TransactionalClient(Client):
    def transaction(self) -> Transaction:
        return Transaction(self)


def write_one(reader: Reader) -> tuple[str, Sequence[DocumentWrite]]:
    found = reader.get("a/b")
    return ("there" if found else "absent"), [Put("a/b", {})]


@pytest.mark.parametrize("at", [0, 1], ids=["at the read", "at the commit"])
def test_a_transaction_that_meets_contention_runs_again(at: int) -> None:
    client = TransactionalClient(*[None] * at, api.Aborted("contention"))
    assert adapter(client).transact(write_one) == "absent"
    assert client.calls == at + 3


def test_a_transaction_that_meets_nothing_but_contention_gives_up() -> None:
    with pytest.raises(StoreUnavailable):
        adapter(TransactionalClient(*[api.Aborted("contention")] * 99)).transact(write_one)


def test_an_outage_in_a_transaction_is_told_as_one() -> None:
    with pytest.raises(StoreUnavailable):
        adapter(TransactionalClient(api.ServiceUnavailable("down"))).transact(write_one)


def test_a_query_of_too_many_alternatives_is_not_sent() -> None:
    with pytest.raises(ValueError, match="takes 1 to 30"):
        adapter(Client()).count(Query("a", (Filter("v", "in", list(range(31))),)))
