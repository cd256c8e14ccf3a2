"""Two sides of a stage as people see them, and the answers that they give on the sheet."""

from collections.abc import Sequence
from typing import Any

from crmsync.core.model import Contact
from crmsync.core.state import NOBODY, Candidate, Choice
from crmsync.gateway.person import contact_of
from tests.stage import Stage


def person(
    given: str = "",
    family: str = "",
    *,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    suffix: str = "",
    born: tuple[int, int, int] | None = None,
    organization: str = "",
) -> dict[str, Any]:
    """A contact as Google has it."""
    name = {"givenName": given, "familyName": family, "honorificSuffix": suffix}
    made: dict[str, Any] = {
        "names": [{key: text for key, text in name.items() if text}] if given or family else [],
        "emailAddresses": [{"value": value} for value in emails],
        "phoneNumbers": [{"value": value} for value in phones],
        "organizations": [{"name": organization}] if organization else [],
    }
    if born:
        made["birthdays"] = [{"date": dict(zip(("year", "month", "day"), born, strict=True))}]
    return {field: items for field, items in made.items() if items}


def settle(stage: Stage) -> None:
    """Three syncs, far apart."""
    for _ in range(3):
        stage.sync()
        stage.later(3700)


def at_google(stage: Stage) -> list[str]:
    return sorted(_name(contact_of(found)) for found in stage.book.contents().values())


def in_crm(stage: Stage) -> list[str]:
    page = stage.store.changed(stage.scope, "contacts", None, None, 100)
    return sorted(_name(stored.value) for stored in page if stored.archived_at is None)


def linked(stage: Stage) -> list[str]:
    """The CRM ids that have a link."""
    return sorted(link.crm for link in stage.store.links_page(stage.scope, "contacts", None, 100))


def asked(stage: Stage) -> dict[str, list[str]]:
    """Of each row of the sheet the CRM ids that it asks about, best first."""
    return {row.name: [it.crm for it in row.matches] for row in stage.candidates() if row.status == "open"}


def row(stage: Stage, name: str) -> Candidate:
    [found] = [it for it in stage.candidates() if it.name == name]
    return found


def saying(row: Candidate, *, same: bool) -> Choice:
    """The row's choice with the answer that it is whom it asks about first, or none of those."""
    return row.answered(row.matches[0].crm if same else NOBODY)


def _name(contact: Contact) -> str:
    parts = (contact.given_name, contact.family_name, contact.suffix)
    return " ".join(part for part in parts if part) or contact.organization
