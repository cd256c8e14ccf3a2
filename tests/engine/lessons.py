"""People and gestures that the tests of the lessons share."""

from typing import Any

from crmsync.core.model import Contact, Email
from crmsync.core.state import Choice
from crmsync.engine.imports import importing, sheet
from crmsync.store.ports import CandidateQuery
from tests.stage import Stage

ANN = Contact(given_name="Ann", family_name="Martin", emails=(Email("ann@example.com", "work"),))


def contact(n: int) -> Contact:
    return Contact(given_name=f"Ann{n}", emails=(Email(f"a{n}@example.com"),))


def person(n: int) -> dict[str, Any]:
    return {"names": [{"givenName": f"Ann{n}"}], "emailAddresses": [{"value": f"A{n}@Example.com"}]}


def with_ann(stage: Stage) -> str:
    """Ann on both sides; her resource name."""
    stage.add("ann", ANN)
    stage.sync()
    stage.later(3600)
    return str(stage.persons()[0]["resourceName"])


def with_many(stage: Stage, count: int = 12) -> None:
    for n in range(count):
        stage.add(f"c{n}", contact(n))
    stage.sync()
    stage.later(3600)


def phone_edit(stage: Stage, name: str, fields: dict[str, Any]) -> None:
    stage.book.phone_edit(name, fields)
    stage.later()


def mutations(stage: Stage) -> int:
    """Calls that changed something at Google since they were forgotten."""
    names = (
        "batchCreateContacts",
        "batchUpdateContacts",
        "updateContact",
        "deleteContact",
        "batchDeleteContacts",
    )
    return sum(stage.world.controls.count(f"people.people.{name}") for name in names)


def archived(stage: Stage) -> list[str]:
    page = stage.store.changed(stage.scope, "contacts", None, None, 1000)
    return [stored.id for stored in page if stored.archived_at is not None]


def tick_all(stage: Stage) -> None:
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 100).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    importing.start(stage.deps, stage.scope, "done", None)
    stage.run()
