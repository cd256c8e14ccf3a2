"""Building blocks of request bodies: lengths, addresses, consent and the parts that several bodies share."""

import re
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from crmsync.api.http.body import Body
from crmsync.core.model import ConsentBasis, ConsentStatus

LINE = 16_384
"""Characters of a one-line text. Generous: what a person typed is kept as typed, and pages can show it."""
PROSE = 65_536
"""Characters of notes and descriptions."""
LABEL = 1_024
"""What Google takes of one line, labels among them."""
ELEMENTS = 100
"""Elements of a list that is the CRM's own."""
VALUES = 500
"""Elements of a list that Google keeps too, which takes 500 fields on a contact in all.

A limit below Google's would refuse a person who takes one of many away.
"""
LONGEST_EMAIL = 320
"""64 for the mailbox, 255 for the domain (RFC 5321)."""

Line = Annotated[str, StringConstraints(max_length=LINE)]
Prose = Annotated[str, StringConstraints(max_length=PROSE)]
Label = Annotated[str, StringConstraints(max_length=LABEL)]
Filled = Annotated[str, StringConstraints(max_length=LINE, pattern=r"\S")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=256)]

_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[^\s@<>\"(),:;\\\[\].]+(\.[^\s@<>\"(),:;\\\[\].]+)+")


def is_email(text: str) -> bool:
    """Whether text looks like an e-mail address: one mailbox, one domain with a dot, in any script."""
    mailbox, _, _ = text.partition("@")
    return len(text) <= LONGEST_EMAIL and len(mailbox) <= 64 and _EMAIL.fullmatch(text) is not None


class ConsentBody(Body):
    """Consent as a person states it. What follows from it, and who recorded it, is the server's to say."""

    status: ConsentStatus
    basis: ConsentBasis | None = None
    obtained_on: date | None = None
    source: Line = ""
    note: Prose = ""

    @field_validator("obtained_on")
    @classmethod
    def _plausible(cls, day: date | None) -> date | None:
        if day is not None and not 1900 <= day.year <= 2200:
            raise ValueError("There is no such day in this business.")
        return day


TypeId = Annotated[str, StringConstraints(max_length=60)]
"""A contact type; checked against the lists of the installation."""
Detail = Annotated[
    dict[Annotated[str, StringConstraints(max_length=60)], Annotated[str, StringConstraints(max_length=60)]],
    Field(max_length=10),
]
"""What a contact type has of its own; the values are checked against the type."""
