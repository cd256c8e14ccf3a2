"""What google-api-python-client makes of a discovery document, as far as types can tell, and Google's bodies.

The client has no types of its own: its objects are built at run time, a method for each method of the API.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from googleapiclient.errors import HttpError

WireBody = Mapping[str, Any]
"""A body as Google sent it.

Its shape is in Google's discovery documents and is asked for by the `fields` of each call. It is no
`JsonObject`: the mappers go two and three steps into it, and narrowing at each step would bury what they do.
"""


class Request(Protocol):
    """A call of one method that has not been made yet."""

    headers: dict[str, str]

    def execute(self, *, http: object) -> object:
        """Makes the call through that transport; answers the parsed body."""
        ...


class Method(Protocol):
    """One method of an API."""

    def __call__(self, **parameters: object) -> Request:
        """Only makes the request; a parameter that is None is left out."""
        ...


class Collection(Protocol):
    """A collection of an API, such as "events": all its methods, by their names."""

    def __getattr__(self, name: str) -> Method: ...


class Batch(Protocol):
    """Requests that travel as one HTTP call."""

    def add(self, request: Request, *, request_id: str | None = None) -> None:
        """Adds a request, by whose id its answer is told."""
        ...

    def execute(self, *, http: object) -> None:
        """Makes the call; each answer is told to the batch's callback."""
        ...


class Service(Protocol):
    """One API: its batches, and its collections by their names."""

    def new_batch_http_request(self, *, callback: Callable[[str, object, HttpError | None], None]) -> Batch:
        """An empty batch; the callback is told of each request's id, answer and error."""
        ...

    def __getattr__(self, name: str) -> Callable[[], Collection]: ...
