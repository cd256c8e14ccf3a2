"""What becomes certain because another claimant goes is acted on; declined rows that come again ask again."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crmsync.engine.imports import sheet, undoing
from crmsync.store.ports import CandidateQuery
from local.google.clock import Clock
from local.google.world import World
from tests.core.people.somebody import contact
from tests.engine.who.end_state import asked, linked, person, settle
from tests.engine.who.test_answers import done
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage

MAIL = ["ann@roy.example"]


@pytest.fixture
def server() -> Iterator[InProcessGoogle]:
    """A simulated Google without a network."""
    with InProcessGoogle(World(Clock(START))) as google:
        yield google


@pytest.fixture
def two(stage: Stage) -> Stage:
    """Two records may be the Ann of Google."""
    for id in ("a1", "a2"):
        stage.add(id, contact("Ann|Roy", emails=MAIL))
    stage.book.phone_create(person("Ann", "Roy", emails=MAIL))
    settle(stage)
    assert ({*asked(stage)["Ann Roy"]}, linked(stage)) == ({"a1", "a2"}, [])
    return stage


def test_who_is_left_when_the_other_is_archived_is_linked(two: Stage) -> None:
    two.edit("a1", two.contact("a1").value, archived=True)
    two.sync()
    assert (linked(two), asked(two)) == (["a2"], {})


def test_who_is_left_when_the_other_becomes_somebody_else_is_linked(two: Stage) -> None:
    two.edit("a1", contact("Zoe|Quist", emails=["zoe@quist.example"]))
    two.sync()
    assert (sorted(linked(two)), asked(two)) == (["a1", "a2"], {})


def test_who_is_left_when_the_other_is_deleted_at_google_is_linked(stage: Stage) -> None:
    """One of the two is linked with another contact, and goes with it."""
    first = stage.book.phone_create(person("Ann", "Roy", emails=MAIL))
    stage.add("a1", contact("Ann|Roy", emails=MAIL))
    settle(stage)
    assert linked(stage) == ["a1"]
    stage.add("a2", contact("Ann|Roy", emails=MAIL))
    stage.book.phone_create(person("Ann", "Roy", emails=MAIL))
    settle(stage)
    assert asked(stage)
    assert "a2" not in linked(stage)
    stage.book.phone_delete(first)
    settle(stage)
    assert (linked(stage), asked(stage)) == (["a2"], {})


def test_who_is_left_when_the_other_is_edited_at_google_is_linked(stage: Stage) -> None:
    first = stage.book.phone_create(person("Ann", "Roy", emails=MAIL))
    stage.add("a1", contact("Ann|Roy", emails=MAIL))
    settle(stage)
    stage.add("a2", contact("Ann|Roy", emails=MAIL))
    stage.book.phone_create(person("Ann", "Roy", emails=MAIL))
    settle(stage)
    stage.book.phone_edit(first, person("Zoe", "Quist", emails=["zoe@quist.example"]))
    stage.sync()
    assert (sorted(linked(stage)), asked(stage)) == (["a1", "a2"], {})


def test_a_row_that_is_brought_back_asks_again_about_whom_it_hardly_is(stage: Stage) -> None:
    stage.add("lou", contact("Lou|Beta", emails=["s@beta.example"]))
    stage.book.phone_create(person("Vic", "Beta", emails=["s@beta.example"]))
    settle(stage)
    done(stage)
    settle(stage)
    assert linked(stage) == ["lou"]
    [declined] = sheet.page(stage.deps, stage.scope, CandidateQuery("declined"), None, 9).rows
    assert (declined.name, declined.matches) == ("Vic Beta", ())
    back = sheet.restore(stage.deps, stage.scope, declined.key)
    assert back is not None
    assert [it.crm for it in back.matches] == ["lou"]
    query = CandidateQuery("open", frozenset(("possible_duplicate",)))
    [shown] = sheet.page(stage.deps, stage.scope, query, None, 9).rows
    assert [it.crm for it in shown.matches] == [it.crm for it in shown.linked] == ["lou"]
    settle(stage)
    assert asked(stage) == {"Vic Beta": ["lou"]}
    stage.edit("lou", replace(stage.contact("lou").value, notes="x"))
    settle(stage)
    assert asked(stage) == {"Vic Beta": ["lou"]}


def test_rows_of_a_sheet_that_is_open_again_ask_again_too(stage: Stage) -> None:
    """Done was taken back: nobody has brought the row back by itself."""
    stage.add("lou", contact("Lou|Beta", emails=["s@beta.example"]))
    stage.book.phone_create(person("Vic", "Beta", emails=["s@beta.example"]))
    settle(stage)
    run = done(stage)
    settle(stage)
    undoing.start(stage.deps, stage.scope, run.id)
    stage.run()
    [shown] = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 9).rows
    assert (shown.name, [it.crm for it in shown.matches]) == ("Vic Beta", ["lou"])
