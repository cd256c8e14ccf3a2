"""A base says what was agreed in the terms of a telephone region: another region does not make it unknown."""

from dataclasses import replace

import pytest

from crmsync.core.account import UserSettings
from crmsync.core.model import Contact, Email, Phone
from crmsync.core.state import Link
from crmsync.store.ports import PutLink, PutUser
from tests.engine.lessons import contact, mutations, tick_all
from tests.stage import Stage


def choose(stage: Stage, region: str) -> None:
    """The user chooses another region, as the settings' call writes it."""
    user = stage.store.user(stage.scope)
    assert user is not None
    stage.store.commit(stage.scope, [PutUser({"settings": user.settings.changed({"region": region})})])


def called(stage: Stage, given: str) -> Contact:
    """The CRM's contact of this name."""
    found = stage.store.changed(stage.scope, "contacts", None, None, 100)
    [stored] = [each for each in found if each.value.given_name == given]
    assert isinstance(stored.value, Contact)
    return stored.value


def numbers(stage: Stage, given: str) -> tuple[list[str], list[str]]:
    """The person's numbers in the CRM and at Google."""
    [person] = stage.persons_named(given)
    there = [item["value"] for item in person.get("phoneNumbers", [])]
    return [phone.value for phone in called(stage, given).phones], there


def links(stage: Stage) -> list[Link]:
    return list(stage.store.links_page(stage.scope, "contacts", None, 100))


def forget_regions(stage: Stage) -> None:
    """The links as they were written before they remembered a region."""
    old = [PutLink(replace(link, region="")) for link in links(stage)]
    stage.store.commit(stage.scope, old)


@pytest.fixture(params=["remembered", "older"])
def two(stage: Stage, request: pytest.FixtureRequest) -> Stage:
    """Caro and Cora on both sides since the region was Canada; links of either age."""
    for given, number in (("Caro", "416-555-0101"), ("Cora", "416-555-0103")):
        names = [{"givenName": given, "familyName": "Can"}]
        stage.book.phone_create({"names": names, "phoneNumbers": [{"value": number}]})
    stage.sync()
    tick_all(stage)
    stage.sync()
    stage.later(3)
    for n in range(2):
        stage.add(f"c{n}", contact(n))
        stage.sync()
        stage.later(3)
    if request.param == "older":
        forget_regions(stage)
    return stage


def test_H1_region(two: Stage) -> None:
    choose(two, "FR")
    two.sync()
    caro, cora = (two.persons_named(given)[0]["resourceName"] for given in ("Caro", "Cora"))
    two.book.phone_edit(caro, {"phoneNumbers": [{"value": "416-555-0199"}]})
    two.book.phone_edit(cora, {"phoneNumbers": []})
    two.sync()
    two.sync()
    assert numbers(two, "Caro") == (["416-555-0199"], ["416-555-0199"])
    assert numbers(two, "Cora") == ([], [])


def test_what_was_removed_in_the_crm_after_a_change_of_region_is_removed_at_google(two: Stage) -> None:
    choose(two, "FR")
    two.sync()
    two.later(3600)
    [caro] = [
        each
        for each in two.store.changed(two.scope, "contacts", None, None, 9)
        if each.value.given_name == "Caro"
    ]
    two.edit(caro.id, replace(caro.value, phones=(Phone("06 12 34 56 78"),)))
    two.sync()
    assert numbers(two, "Caro") == (["06 12 34 56 78"], ["06 12 34 56 78"])


def test_a_change_of_region_alone_writes_nothing_on_either_side(two: Stage) -> None:
    two.later(3600)
    two.sync()
    choose(two, "FR")
    two.meter.reset()
    two.world.controls.forget_calls()
    two.later(3600)
    two.sync()
    assert (two.meter.used().writes, mutations(two)) == (0, 0)


def test_a_base_moves_to_the_region_of_today_with_the_next_change_of_its_pair(two: Stage) -> None:
    choose(two, "FR")
    two.sync()
    [caro] = two.persons_named("Caro")
    two.book.phone_edit(caro["resourceName"], {"nicknames": [{"value": "Caz"}]})
    two.sync()
    by_region = {link.region for link in links(two) if link.remote_id == caro["resourceName"]}
    assert by_region == {"FR"}
    two.later(3600)
    two.book.phone_edit(caro["resourceName"], {"phoneNumbers": [{"value": "06 12 34 56 78"}]})
    two.sync()
    assert numbers(two, "Caro")[0] == ["06 12 34 56 78"]
    two.later(3600)
    two.book.phone_edit(caro["resourceName"], {"phoneNumbers": [{"value": "+33 6 12 34 56 78"}]})
    two.meter.reset()
    two.sync()
    assert numbers(two, "Caro")[0] == ["06 12 34 56 78"], "the same number, in the region of today"


def test_regions_that_change_more_than_once_keep_each_base_comparable(two: Stage) -> None:
    choose(two, "FR")
    two.add(
        "late", Contact(given_name="Luc", phones=(Phone("06 12 34 56 78"),), emails=(Email("l@x.example"),))
    )
    two.sync()
    choose(two, "GB")
    two.sync()
    for given in ("Caro", "Cora", "Luc"):
        [person] = two.persons_named(given)
        two.book.phone_edit(person["resourceName"], {"phoneNumbers": []})
    two.sync()
    two.sync()
    assert [numbers(two, given) for given in ("Caro", "Cora", "Luc")] == [([], [])] * 3


def test_the_first_region_is_remembered_once() -> None:
    first = UserSettings(region="CA")
    assert first.changed({"push_contacts": False}).first_region == ""
    second = first.changed({"region": "FR"})
    assert (second.region, second.first_region) == ("FR", "CA")
    assert second.changed({"region": "GB"}).first_region == "CA"
    assert second.base_region("") == "CA"
    assert second.base_region("FR") == "FR"
    assert first.base_region("") == "CA"


@pytest.mark.parametrize("regions", [("FR",), ("FR", "GB")])
def test_who_is_linked_since_another_region_is_still_known_by_the_number(
    two: Stage, regions: tuple[str, ...]
) -> None:
    """A second contact of a part of the name, with the number as it was written before: the sheet says so."""
    for region in regions:
        choose(two, region)
        two.sync()
    two.book.phone_create({"names": [{"givenName": "Caro"}], "phoneNumbers": [{"value": "416-555-0101"}]})
    two.sync()
    [caro] = [row for row in two.candidates() if row.name == "Caro"]
    assert [it.name for it in caro.matches] == ["Caro Can"]


def test_who_was_linked_in_one_of_several_regions_is_known_by_the_number(two: Stage) -> None:
    choose(two, "FR")
    luc = Contact(given_name="Luc", family_name="Blanc", phones=(Phone("06 12 34 56 78"),))
    two.add("luc", luc)
    two.sync()
    choose(two, "GB")
    two.sync()
    two.book.phone_create({"names": [{"givenName": "Luc"}], "phoneNumbers": [{"value": "06 12 34 56 78"}]})
    two.sync()
    [row] = [row for row in two.candidates() if row.name == "Luc"]
    assert [it.name for it in row.matches] == ["Luc Blanc"]
    two.later(3600)
    two.sync()
    two.meter.reset()
    two.world.controls.forget_calls()
    two.sync()
    assert (two.meter.used().writes, mutations(two)) == (0, 0)
