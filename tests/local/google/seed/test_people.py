"""The demo contacts: deterministic, invented, and as varied as promised."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from local.demo_people import overlap
from local.google.clock import Clock
from local.google.json import inner, text
from local.google.people.book import PeopleBook
from local.google.seed.accounts import new_world
from local.google.seed.people import fill
from local.google.world import World

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return new_world("demo", Clock(START))


@pytest.fixture(scope="module")
def large(world: World) -> PeopleBook:
    return world.account("bob.tremblay@gmail.example").people


def test_two_accounts_with_250_and_1500_contacts(world: World) -> None:
    assert [len(account.people) for account in world.accounts()] == [250, 1500]


def test_an_empty_seed_has_no_accounts_and_others_do_not_exist() -> None:
    assert new_world("empty").accounts() == []
    with pytest.raises(ValueError, match="no such seed"):
        new_world("full")


def test_the_same_contacts_at_every_start(large: PeopleBook) -> None:
    again = PeopleBook(Clock(START), large.owner)
    fill(again, 1500, "bob.tremblay@gmail.example")
    assert again.contents() == large.contents()


def test_both_accounts_hold_the_people_that_the_crm_has_too(world: World) -> None:
    assert len(overlap()) == 25
    for account in world.accounts():
        people = [version.fields for version in account.people]
        emails = {text(e, "value").lower() for fields in people for e in fields.get("emailAddresses", ())}
        assert {person["email"] for person in overlap()} <= emails


@pytest.mark.parametrize(
    "script",
    [
        "А-я",
        "Α-ω",
        "\u0590-\u05ff",
        "\u0600-\u06ff",
        "\u0900-\u097f",
        "\u0e00-\u0e7f",
        "\u4e00-\u9fff",
        "\uac00-\ud7af",
        "\u3040-\u309f",
        "À-ÿ",
    ],
)
def test_several_scripts(large: PeopleBook, script: str) -> None:
    assert any(re.search(f"[{script}]", version.display_name) for version in large)


def test_what_address_books_have(large: PeopleBook) -> None:
    people = [version.fields for version in large]
    assert any("names" not in fields for fields in people)
    assert any(len(fields.get("emailAddresses", ())) == 3 for fields in people)
    assert any(len(fields.get("phoneNumbers", ())) == 4 for fields in people)
    dates = [inner(b, "date") for fields in people for b in fields.get("birthdays", ())]
    assert any("year" in date for date in dates)
    assert any("year" not in date for date in dates)
    assert any(version.photo for version in large)
    assert any(not version.photo for version in large)
    assert any(len(version.groups) > 2 for version in large)
    every = [repr(sorted(fields.items())) for fields in people if "names" in fields]
    assert len(set(every)) < len(every), "some are complete duplicates"


def test_numbers_are_messy_and_most_are_understood(large: PeopleBook) -> None:
    shown = [
        n for v in large for n in large.person(v.resource_name, ["phoneNumbers"]).get("phoneNumbers", ())
    ]
    understood = [number for number in shown if "canonicalForm" in number]
    assert 0.7 < len(understood) / len(shown) < 1
    assert len({re.sub(r"\d", "9", number["value"]) for number in shown}) > 10


def test_every_address_and_number_is_one_kept_for_fiction(large: PeopleBook) -> None:
    for version in large:
        for email in version.fields.get("emailAddresses", ()):
            assert re.search(r"[.@]example\.(com|net|org)$", text(email, "value").lower())
        for phone in version.fields.get("phoneNumbers", ()):
            digits = re.sub(r"\D", "", text(phone, "value"))
            assert re.search(r"55501\d\d|7700900\d{3}|2079460\d{3}|491570\d{3}|6399801?\d+", digits), phone
