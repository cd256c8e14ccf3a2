"""What a caller is told when something is wrong: a tree of errors, each with its status and stable code.

ApiError
├── InvalidRequest    400  invalid_request        wrong shape, value or parameter; `field` names it
├── InvalidPageToken  400  invalid_page_token     a token of another list, or of none
├── Unauthenticated   401  unauthenticated        no token, or one that does not verify
├── Forbidden         403  forbidden              a good token of somebody who may not
├── NotFound          404  not_found              unknown, or someone else's: the two are not told apart
├── WrongMethod       405  method_not_allowed
├── Conflict          409  conflict               the state has moved on; `current` shows it
├── Withdrawn         409  withdrawn              consent was withdrawn for addresses; `current` names them
├── Expired           410  expired                it was good once
├── Erasing           410  erasing                everything about the caller is being erased
├── TooLarge          413  too_large
├── WrongMediaType    415  unsupported_media_type
├── RateLimited       429  rate_limited           come back after `retry_after` seconds
├── Internal          500  internal               our fault; the log has the details, the caller none
└── Unavailable       503  unavailable            a part does not answer just now; `retry_after` seconds
"""

from typing import ClassVar

from crmsync.core.json_types import Json


class ApiError(Exception):
    """A refusal: a status, a stable code and one sentence for a person. It never repeats a secret."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        retry_after: int | None = None,
        current: Json = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after = retry_after
        self.current = current

    def body(self) -> dict[str, Json]:
        """The error body: `{"error": {"code", "message", "field"?, "retry_after"?, "current"?}}`."""
        error: dict[str, Json] = {"code": self.code, "message": self.message}
        for name in ("field", "retry_after", "current"):
            if (value := getattr(self, name)) is not None:
                error[name] = value
        return {"error": error}

    def headers(self) -> dict[str, str]:
        """Headers that belong to the refusal."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class InvalidRequest(ApiError):
    """The request has the wrong shape or a wrong value."""

    status = 400
    code = "invalid_request"


class InvalidPageToken(ApiError):
    """The token leads nowhere in this list: start again at its first page."""

    status = 400
    code = "invalid_page_token"

    def __init__(self) -> None:
        super().__init__("This page token does not belong to this list.", field="page_token")


class Unauthenticated(ApiError):
    """Nobody, or nobody provable, is calling."""

    status = 401
    code = "unauthenticated"

    def headers(self) -> dict[str, str]:
        """Names the scheme that is expected (RFC 6750)."""
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(ApiError):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"


class NotFound(ApiError):
    """There is no such thing for this caller."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "There is nothing here.", *, field: str | None = None) -> None:
        super().__init__(message, field=field)


class WrongMethod(ApiError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"Use one of: {self.allowed}.")

    def headers(self) -> dict[str, str]:
        """The methods that do exist."""
        return {"Allow": self.allowed}


class Conflict(ApiError):
    """The state is not what the caller took it for; `current` is the state as it is."""

    status = 409
    code = "conflict"


class Withdrawn(ApiError):
    """Consent is recorded for addresses for which it was withdrawn, without evidence that is newer; `current`
    names them.
    """

    status = 409
    code = "withdrawn"


class Expired(ApiError):
    """It was valid once and is no longer."""

    status = 410
    code = "expired"


class Erasing(ApiError):
    """Everything about the caller is being erased: nothing is written for them until that is done."""

    status = 410
    code = "erasing"

    def __init__(self) -> None:
        super().__init__(
            "Everything about you is being erased here. Until that is done nothing can be changed."
        )


class TooLarge(ApiError):
    """The body is larger than what this service reads."""

    status = 413
    code = "too_large"


class WrongMediaType(ApiError):
    """The body is not JSON."""

    status = 415
    code = "unsupported_media_type"


class RateLimited(ApiError):
    """Too much at once; `retry_after` says when to come back."""

    status = 429
    code = "rate_limited"


class Internal(ApiError):
    """A fault of ours. Nothing about it is told but that it happened."""

    status = 500
    code = "internal"

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side. Nothing was lost; please try again.")


class Unavailable(ApiError):
    """A part that the answer needs does not answer just now."""

    status = 503
    code = "unavailable"

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__("The service cannot answer just now. Please try again.", retry_after=retry_after)
