"""Bodies of searches: what people type stays out of addresses, which logs and histories keep."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from crmsync.api.http.body import Body
from crmsync.api.http.paging import DEFAULT_SIZE, LARGEST_SIZE

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Filters = Annotated[str, StringConstraints(max_length=400)]


class PageBody(Body):
    """Which page of what was found."""

    page_size: Annotated[int, Field(ge=1, le=LARGEST_SIZE)] = DEFAULT_SIZE
    page_token: str | None = None


class RecordSearchBody(PageBody):
    """A search among CRM records."""

    q: Words = ""
    archived: bool = False


class SheetSearchBody(PageBody):
    """A search among the rows of the import sheet."""

    status: Literal["open", "declined", "imported"] = "open"
    q: Words = ""
    filter: Filters = ""
    order: Literal["name", "recent"] = "name"
