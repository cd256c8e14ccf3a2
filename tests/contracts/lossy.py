"""Documents whose answers to commits get lost on the way: Firestore's behind a faulty network, and the twin
in memory doing the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from crmsync.store.documents.firestore import FirestoreDocuments
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.documents.port import Documents, DocumentWrite, PreconditionFailed
from crmsync.store.errors import StoreUnavailable
from tests.contracts.conftest import FixedClock

Code = Literal["UNAVAILABLE", "ABORTED", "DEADLINE_EXCEEDED"]


def nothing() -> None:
    """Nothing happens in between."""


@dataclass(frozen=True)
class Loss:
    """What becomes of one try of a commit.

    landed: whether it was carried out before its answer was lost. code: what the client is told instead.
    between: what others do before it tries again.
    """

    landed: bool
    code: Code = "UNAVAILABLE"
    between: Callable[[], object] = nothing


@dataclass
class Losses:
    """What becomes of the next tries."""

    planned: list[Loss] = field(default_factory=list)

    def plan(self, *losses: Loss) -> None:
        self.planned += losses

    def take(self) -> Loss | None:
        return self.planned.pop(0) if self.planned else None


class LossyMemory(MemoryDocuments):
    """The twin, behind a client that tries a commit again whose answer was lost."""

    def __init__(self, losses: Losses) -> None:
        super().__init__(FixedClock())
        self._losses = losses

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        loss = self._losses.take()
        if loss is None:
            return super().commit(writes)
        if loss.landed:
            super().commit(writes)
        loss.between()
        if loss.code == "DEADLINE_EXCEEDED":
            raise StoreUnavailable("deadline exceeded")
        try:
            return self.commit(writes)
        except PreconditionFailed as failed:
            lost = failed.doubtful or loss.code == "UNAVAILABLE"
            raise PreconditionFailed(failed.path, doubtful=lost) from failed


class Lost(grpc.RpcError):
    """What grpc raises instead of an answer."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self._code = code

    def code(self) -> grpc.StatusCode:
        found: grpc.StatusCode = grpc.StatusCode[self._code]
        return found

    def details(self) -> str:
        return "lost on the way"

    def trailing_metadata(self) -> tuple[()]:
        return ()

    def result(self) -> None:
        """As a call that has failed, which is what interceptors make of it."""
        raise self


class _Continuation(Protocol):
    def __call__(self, details: Any, request: Any) -> Any: ...


class LossyChannel(grpc.UnaryUnaryClientInterceptor):
    """A network that loses answers to commits."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses

    def intercept_unary_unary(self, continuation: _Continuation, details: Any, request: Any) -> Any:
        loss = self._losses.take() if details.method.endswith("/Commit") else None
        if loss is None:
            return continuation(details, request)
        if loss.landed:
            continuation(details, request).result()
        loss.between()
        raise Lost(loss.code)


def lossy_firestore(project: str, host: str, losses: Losses) -> FirestoreDocuments:
    """The real adapter and client library, over such a network to the emulator."""
    channel = grpc.intercept_channel(grpc.insecure_channel(host), LossyChannel(losses))
    client = FirestoreClient(transport=FirestoreGrpcTransport(host=host, channel=channel))
    database = f"projects/{project}/databases/(default)"
    metadata = [("google-cloud-resource-prefix", database), ("authorization", "Bearer owner")]
    return FirestoreDocuments(client, database, metadata)


def lossy_memory(losses: Losses) -> Documents:
    """The twin that does the same."""
    return LossyMemory(losses)
