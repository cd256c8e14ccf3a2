"""Bodies of the calls about contacts that are in the CRM twice."""

from typing import Annotated, Literal

from pydantic import Field

from crmsync.api.http.body import Body
from crmsync.api.schemas.common import Id


class MergeBody(Body):
    """Which contact stays, which one it takes in, and whose value counts, by field, where it is not as the
    comparison has it. The etags say as what the two were seen.
    """

    keep: Id
    other: Id
    take: Annotated[dict[Id, Literal["kept", "other", "both"]], Field(max_length=60)] = Field(
        default_factory=dict
    )
    keep_etag: Id | None = None
    other_etag: Id | None = None


class DifferentBody(Body):
    """Two contacts that are two people."""

    contacts: Annotated[tuple[Id, Id], Field(min_length=2, max_length=2)]
