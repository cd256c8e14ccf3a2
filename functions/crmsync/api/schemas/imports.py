"""Bodies of the import sheet's calls."""

from typing import Annotated, Literal

from pydantic import Field

from crmsync.api.http.body import Body
from crmsync.api.schemas.common import ConsentBody, Detail, Id, TypeId
from crmsync.api.schemas.search import Filters, Words

ROWS = 500
OTHERS = 100


class ChoiceBody(Body):
    """What is picked for a row; fields that are left out stay as they are."""

    selected: bool = False
    contact_type: TypeId = "contact"
    detail: Detail = Field(default_factory=dict)
    consent: ConsentBody = ConsentBody(status="none")
    same_person: Id | None = None


class RowBody(ChoiceBody):
    """The choice for one row. same_row, other_rows: which rows it is one person with, and which it is not."""

    id: Id
    same_row: Id | None = None
    other_rows: Annotated[tuple[Id, ...], Field(max_length=OTHERS)] = ()


class ChoicesBody(Body):
    """Choices for rows of the sheet, as they are made."""

    rows: Annotated[tuple[RowBody, ...], Field(min_length=1, max_length=ROWS)]


class ChoiceForAllBody(ChoiceBody):
    """What is picked for many rows. use_suggestion: each gets its suggested type and detail."""

    use_suggestion: bool = False


class AllBody(Body):
    """One choice for every undecided row that `q` and `filter` let through; page_token goes on where the last
    call stopped.
    """

    choice: ChoiceForAllBody
    q: Words = ""
    filter: Filters = ""
    page_token: str | None = None


class FinishBody(Body):
    """How the sheet ends.

    round: the one the caller was shown. undecided: what becomes of ticked rows that ask about somebody and
    have no answer.
    """

    action: Literal["no_import", "done", "revisit"]
    round: Annotated[int, Field(ge=0)] | None = None
    undecided: Literal["later", "new"] | None = None
