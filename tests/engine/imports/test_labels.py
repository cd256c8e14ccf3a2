"""Labels of rows are known by Google's ids: what they are called follows Google."""

from collections.abc import Iterator

import pytest

from crmsync.core.sheet.labels import called, named, names_of, renamed
from crmsync.engine.imports import sheet
from crmsync.store.ports import CandidateQuery
from local.google.clock import Clock
from local.google.world import World
from tests.contracts.samples import candidate
from tests.engine.lessons import mutations
from tests.engine.who.end_state import person
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage

GROUPS = "people.contactGroups.list"


@pytest.fixture
def server() -> Iterator[InProcessGoogle]:
    """A simulated Google without a network."""
    with InProcessGoogle(World(Clock(START))) as google:
        yield google


@pytest.fixture
def lena(stage: Stage) -> Stage:
    """Lena at Google has a label."""
    name = stage.book.phone_create(person("Lena", "Label"))
    stage.book.phone_label(name, "Buyers")
    stage.sync()
    stage.later(3700)
    assert (rows(stage), sheet.labels(stage.deps, stage.scope)) == (
        {"Lena Label": ("Buyers",)},
        [("Buyers", 1)],
    )
    return stage


def rows(stage: Stage, label: str | None = None) -> dict[str, tuple[str, ...]]:
    """The labels of the undecided rows, as the sheet shows them. label: of those with this one."""
    page = sheet.page(stage.deps, stage.scope, CandidateQuery("open", label=label), None, 100)
    return {row.name: row.labels for row in page.rows}


def rename(stage: Stage, old: str, new: str) -> None:
    group = stage.book.groups.named(old)
    assert group is not None
    stage.book.groups.rename(group, new)


def test_H11_label(lena: Stage) -> None:
    rename(lena, "Buyers", "Hot buyers")
    lena.sync()
    assert rows(lena) == {"Lena Label": ("Hot buyers",)}
    assert sheet.labels(lena.deps, lena.scope) == [("Hot buyers", 1)]
    assert (rows(lena, "Hot buyers"), rows(lena, "Buyers")) == ({"Lena Label": ("Hot buyers",)}, {})


def test_a_renamed_label_costs_one_write_however_many_rows_have_it(lena: Stage) -> None:
    for n in range(30):
        lena.book.phone_label(lena.book.phone_create(person(f"Ann{n}", "Roy")), "Buyers")
    lena.sync()
    lena.later(3700)
    rename(lena, "Buyers", "Hot buyers")
    lena.meter.reset()
    lena.world.controls.forget_calls()
    lena.sync()
    assert (lena.meter.used().writes, len(rows(lena, "Hot buyers"))) == (1, 31)
    assert (lena.world.controls.count(GROUPS), mutations(lena)) == (1, 0)
    lena.later(3700)
    lena.meter.reset()
    lena.sync()
    assert lena.meter.used().writes == 0


def test_a_second_contact_with_a_renamed_label_says_what_the_first_says(lena: Stage) -> None:
    rename(lena, "Buyers", "Hot buyers")
    lena.book.phone_label(lena.book.phone_create(person("Max", "Roy")), "Hot buyers")
    lena.sync(reason="schedule")
    assert rows(lena) == {"Lena Label": ("Buyers",), "Max Roy": ("Buyers",)}, "nobody has asked"
    lena.sync()
    assert sheet.labels(lena.deps, lena.scope) == [("Hot buyers", 2)]


def test_the_schedule_asks_for_no_names(lena: Stage) -> None:
    lena.world.controls.forget_calls()
    lena.sync(reason="schedule")
    assert lena.world.controls.count(GROUPS) == 0


def test_a_deleted_label_goes(lena: Stage) -> None:
    lena.book.phone_label(lena.persons_named("Lena")[0]["resourceName"], "VIP")
    lena.sync()
    assert rows(lena) == {"Lena Label": ("Buyers", "VIP")}
    group = lena.book.groups.named("Buyers")
    assert group is not None
    lena.book.delete_group(group)
    lena.sync()
    assert (rows(lena), sheet.labels(lena.deps, lena.scope)) == ({"Lena Label": ("VIP",)}, [("VIP", 1)])


def test_a_label_that_is_deleted_while_its_contacts_are_not_listed_goes_too(lena: Stage) -> None:
    """Google says that the label is gone before it lists the contacts without it."""
    lena.book.phone_label(lena.persons_named("Lena")[0]["resourceName"], "VIP")
    lena.sync()
    lena.book.lag(600)
    group = lena.book.groups.named("Buyers")
    assert group is not None
    lena.book.delete_group(group)
    lena.sync()
    assert (rows(lena), sheet.labels(lena.deps, lena.scope)) == ({"Lena Label": ("VIP",)}, [("VIP", 1)])


def test_two_labels_that_swap_names_stay_with_their_rows(lena: Stage) -> None:
    lena.book.phone_label(lena.book.phone_create(person("Max", "Roy")), "Sellers")
    lena.sync()
    for old, new in (("Buyers", "Between"), ("Sellers", "Buyers"), ("Between", "Sellers")):
        rename(lena, old, new)
    lena.sync()
    assert rows(lena) == {"Lena Label": ("Sellers",), "Max Roy": ("Buyers",)}
    assert (rows(lena, "Buyers"), rows(lena, "Sellers")) == (
        {"Max Roy": ("Buyers",)},
        {"Lena Label": ("Sellers",)},
    )


def test_an_empty_list_of_labels_proves_nothing() -> None:
    assert renamed({"a": "Buyers"}, {}) == {"a": "Buyers"}
    assert renamed({"a": "Buyers", "b": "VIP"}, {"a": "Hot", "c": "New"}) == {"a": "Hot"}


def test_a_row_that_kept_names_shows_them() -> None:
    names = {"contactGroups/1": "Buyers", "contactGroups/2": "Amis"}
    assert names_of(["contactGroups/1", "Old", "contactGroups/9", "contactGroups/2"], names) == (
        "Amis",
        "Buyers",
        "Old",
    )
    assert named(candidate(labels=("contactGroups/2",)), names).labels == ("Amis",)
    assert called("Buyers", names) == {"contactGroups/1"}
