"""Bodies of the contact calls."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from crmsync.api.http.body import Body
from crmsync.api.schemas.common import VALUES, ConsentBody, Detail, Filled, Label, Line, Prose, TypeId


class LabelledBody(Body):
    """A phone number, e-mail or web address with its label."""

    value: Filled
    type: Label = ""


class EmailBody(LabelledBody):
    """An e-mail address with its label. What is computed of it may be sent back as it was answered: it is not
    looked at.
    """

    can_email: Annotated[bool | None, Field(exclude=True)] = None
    withdrawn: Annotated[str | None, Field(exclude=True)] = None


class AddressBody(Body):
    """A postal address in parts."""

    street: Line = ""
    extended: Line = ""
    city: Line = ""
    region: Line = ""
    postal_code: Line = ""
    country: Line = ""
    type: Label = ""


class BirthdayBody(Body):
    """A birthday, with or without its year."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    year: Annotated[int, Field(ge=1, le=9999)] | None = None

    @model_validator(mode="after")
    def _exists(self) -> Self:
        try:
            # 2000 had a 29 February: without a year it may be one.
            date(self.year or 2000, self.month, self.day)
        except ValueError:
            raise ValueError("There is no such day.") from None
        return self


Labelled = Annotated[tuple[LabelledBody, ...], Field(max_length=VALUES)]


class ContactBody(Body):
    """A new contact, or the fields of one that are to change.

    A list or an object replaces the one before as a whole.
    """

    given_name: Line = ""
    middle_name: Line = ""
    family_name: Line = ""
    prefix: Line = ""
    suffix: Line = ""
    nickname: Line = ""
    organization: Line = ""
    job_title: Line = ""
    emails: Annotated[tuple[EmailBody, ...], Field(max_length=VALUES)] = ()
    phones: Labelled = ()
    addresses: Annotated[tuple[AddressBody, ...], Field(max_length=VALUES)] = ()
    urls: Labelled = ()
    birthday: BirthdayBody | None = None
    notes: Prose = ""
    contact_type: TypeId = "contact"
    detail: Detail = Field(default_factory=dict)
    consent: ConsentBody = ConsentBody(status="none")
