"""One way to call Google: google-api-python-client on its static discovery documents, with our errors.

A service object only builds requests and holds no connection, so that one is shared by the whole process;
each request is executed on the calling thread's transport. Reads are tried once more after an outage, unless
they hung; mutations never.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import requests
from googleapiclient import discovery, discovery_cache
from googleapiclient.errors import BatchError, HttpError

from crmsync.core.errors import SyncError, Unavailable
from crmsync.gateway import errors
from crmsync.gateway.errors import Attempt
from crmsync.gateway.quota import Quota
from crmsync.gateway.transport import Transport
from crmsync.gateway.wire import Collection, Request, Service, WireBody

Api = Literal["people.v1", "calendar.v3"]
Outcome = WireBody | SyncError

BATCH_SIZE = 50
"""Calls in one Calendar batch. The present page allows 1,000, older ones 50; each counts as a call anyway."""


class _NoHttp:
    """Stands where a service object wants a transport; every request is given its own when executed."""

    def request(self, *_: object, **__: object) -> None:
        """Never called by a request that is executed with its transport."""
        raise RuntimeError("a request must be executed with the transport of its user")


@lru_cache(maxsize=8)
def service(api: Api, root: str) -> Service:
    """The API's request builder with `root` (an origin with a trailing slash) in place of Google's host."""
    path = Path(discovery_cache.__file__).parent / "documents" / f"{api}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["rootUrl"] = root
    built: Service = discovery.build_from_document(document, http=_NoHttp())
    return built


@lru_cache(maxsize=32)
def resource(api: Api, root: str, path: str) -> Collection:
    """A collection of the API, such as "people.connections"; kept, for building one takes milliseconds."""
    first, *others = path.split(".")
    found: Collection = getattr(service(api, root), first)()
    for name in others:
        found = getattr(found, name)()
    return found


class Client:
    """The calls of one user on one thread. All raise the tree of `crmsync.core.errors`."""

    def __init__(self, user: str, transport: Transport, quota: Quota) -> None:
        """`user`: whose quota is spent."""
        self._user = user
        self._transport = transport
        self._quota = quota

    def call(self, request: Request, attempt: Attempt, costs: Mapping[str, int]) -> WireBody:
        """Executes one request and answers its parsed body; a read that was refused for an outage is repeated
        once.
        """
        self._quota.spend(self._user, costs)
        try:
            return self._perform(lambda: request.execute(http=self._transport), attempt)
        except Unavailable as error:
            if attempt.mutates or error.reason in ("token_rejected", "timeout"):
                raise
        return self._perform(lambda: request.execute(http=self._transport), attempt)

    def batch(
        self, api: Service, parts: Mapping[str, Request], attempt: Attempt, costs: Mapping[str, int]
    ) -> dict[str, Outcome]:
        """Executes up to `BATCH_SIZE` requests of one API in one HTTP call, each with an outcome of its own.

        `parts` by any name. What every part meets alike because it concerns the whole call (quota, scope,
        outage) is raised, when nothing succeeded; otherwise it stays with its part.
        """
        if len(parts) == 1:
            ((name, request),) = parts.items()
            return {name: self._single(request, attempt, costs)}
        self._quota.spend(self._user, costs)
        outcomes: dict[str, Outcome] = {}
        names = list(parts)

        def note(request_id: str, answer: object, error: HttpError | None) -> None:
            mapped = None if error is None else _mapped(error, attempt)
            outcomes[names[int(request_id)]] = _body(answer, attempt) if mapped is None else mapped

        batch = api.new_batch_http_request(callback=note)
        for index, name in enumerate(names):
            batch.add(parts[name], request_id=str(index))
        self._perform(lambda: batch.execute(http=self._transport), attempt)
        _raise_if_general(list(outcomes.values()))
        return outcomes

    def _single(self, request: Request, attempt: Attempt, costs: Mapping[str, int]) -> Outcome:
        try:
            return self.call(request, attempt, costs)
        except SyncError as error:
            if is_general(error):
                raise
            return error

    def _perform(self, execute: Callable[[], object], attempt: Attempt) -> WireBody:
        try:
            return _body(execute(), attempt)
        except (BatchError, ValueError, KeyError, IndexError):
            # A batch answer that is not multipart, or lacks a part.
            raise errors.malformed(attempt) from None
        except HttpError as error:
            raise _mapped(error, attempt) from None
        except requests.RequestException as error:
            raise errors.from_transport(error, attempt) from None


def is_general(error: SyncError) -> bool:
    """Whether an error concerns the whole call rather than the record it was about."""
    return not isinstance(error, errors.ABOUT_THE_RECORD)


def _body(answer: object, attempt: Attempt) -> WireBody:
    """A parsed answer; nothing (204) is an empty one. The client passes text that is no JSON through."""
    if not answer:
        return {}
    if not isinstance(answer, dict):
        raise errors.malformed(attempt)
    return answer


def _mapped(error: HttpError, attempt: Attempt) -> SyncError:
    return errors.from_answer(error.resp.status, error.content, error.resp, attempt)


def _raise_if_general(outcomes: Sequence[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if isinstance(outcome, SyncError)]
    general = [error for error in failed if is_general(error)]
    if general and len(general) == len(outcomes):
        raise general[0]
