"""One person twice in the CRM: the second contact is held back from Google until somebody says who it is."""

from dataclasses import replace
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

from crmsync.core.model import Email
from crmsync.core.people import alike, matching
from crmsync.engine.status import Standing, standings, status
from tests.core.people.somebody import contact
from tests.engine.lessons import phone_edit
from tests.engine.who.conftest import AGAIN, ZOE
from tests.engine.who.end_state import at_google, linked, settle
from tests.quiet import quiet
from tests.stage import Stage


def asked(stage: Stage) -> list[tuple[tuple[str, ...], str]]:
    return [(each.crms, each.held) for each in stage.store.doubles_in(stage.scope, "asked", None, 99)]


def test_the_second_waits_and_the_record_and_the_button_say_so(zoes: Stage) -> None:
    assert (asked(zoes), linked(zoes), at_google(zoes)) == ([(("one", "two"), "two")], ["one"], ["Zoe Quist"])
    user = zoes.store.user(zoes.scope)
    assert user is not None
    found = standings(zoes.deps, user, "contacts", [zoes.contact("one"), zoes.contact("two")])
    assert found == {"one": Standing("synced"), "two": Standing("waiting", "twice", ("Zoe Quist",))}
    headline = status(zoes.deps, zoes.scope).headline
    assert (headline.state, [it.code for it in headline.problems]) == ("attention", ["doubles"])


def test_of_two_that_are_new_at_once_the_first_is_sent(stage: Stage) -> None:
    stage.add("b", ZOE)
    stage.add("a", AGAIN)
    settle(stage)
    assert (asked(stage), linked(stage)) == ([(("a", "b"), "a")], ["b"])


def test_it_is_sent_when_an_edit_of_its_own_takes_the_evidence_away(zoes: Stage) -> None:
    zoes.edit("two", contact("Mia|Lund", emails=["mia@lund.example"]))
    settle(zoes)
    assert (asked(zoes), linked(zoes)) == ([], ["one", "two"])


@pytest.mark.parametrize("archived", [True, None], ids=["archived", "edited"])
def test_it_is_sent_when_the_other_one_is_that_no_more(zoes: Stage, archived: bool | None) -> None:
    value = ZOE if archived else contact("Mia|Lund", emails=["mia@lund.example"])
    zoes.edit("one", value, archived=archived)
    settle(zoes)
    assert asked(zoes) == []
    assert "two" in linked(zoes)


def test_it_is_sent_when_the_phone_makes_somebody_else_of_the_other_one(zoes: Stage) -> None:
    [name] = zoes.book.contents()
    phone_edit(zoes, name, {"names": [{"givenName": "Mia", "familyName": "Lund"}], "emailAddresses": []})
    settle(zoes)
    assert (asked(zoes), linked(zoes)) == ([], ["one", "two"])


def test_it_is_forgotten_when_it_is_archived(zoes: Stage) -> None:
    zoes.edit("two", AGAIN, archived=True)
    settle(zoes)
    assert (asked(zoes), at_google(zoes)) == ([], ["Zoe Quist"])


def test_a_couple_at_one_mailbox_waits_for_nothing(stage: Stage) -> None:
    for given in ("Marc", "Lise"):
        stage.add(given.lower(), contact(f"{given}|Roy", emails=["home@roy.example"]))
    settle(stage)
    assert (asked(stage), linked(stage)) == ([], ["lise", "marc"])


def test_while_it_waits_an_idle_sync_writes_nothing(zoes: Stage) -> None:
    zoes.meter.reset()
    zoes.sync()
    assert zoes.meter.used().writes == 0


def test_who_waits_goes_on_to_when_the_other_one_goes_to_google_once_more(zoes: Stage) -> None:
    """A walk found it: the one was deleted at Google, and edited here."""
    [name] = zoes.book.contents()
    zoes.book.phone_delete(name)
    zoes.edit("one", replace(ZOE, notes="tall"))
    settle(zoes)
    assert (asked(zoes), linked(zoes), at_google(zoes)) == ([(("one", "two"), "two")], ["one"], ["Zoe Quist"])


def test_a_third_one_waits_too_and_all_are_freed_one_by_one(zoes: Stage) -> None:
    zoes.add("three", replace(ZOE, emails=(Email("zoe@quist.example"),), nickname="Z"))
    settle(zoes)
    assert sorted(asked(zoes)) == [
        (("one", "three"), "three"),
        (("one", "two"), "two"),
        (("three", "two"), "three"),
    ]
    zoes.edit("one", ZOE, archived=True)
    settle(zoes)
    assert (asked(zoes), "two" in linked(zoes)) == ([(("three", "two"), "three")], True)


@pytest.mark.parametrize("victim", ["one", "two"])
@pytest.mark.parametrize("place", [(matching, "prepare"), (alike, "between")], ids=["read", "compared"])
def test_an_error_at_one_of_two_keeps_nobody_else_from_google(
    zoes: Stage, victim: str, place: tuple[ModuleType, str]
) -> None:
    module, name = place
    real = getattr(module, name)

    def fails(*given: Any, **named: Any) -> Any:
        if "poison" in repr(given):
            raise OverflowError("date value out of range")
        return real(*given, **named)

    value = zoes.contact(victim).value
    with patch.object(module, name, fails), quiet():
        zoes.edit(victim, replace(value, nickname="poison", phones=()))
        for n in range(3):
            zoes.add(f"c{n}", contact(f"Cem{n}|Other", emails=[f"cem{n}@example.com"]))
        settle(zoes)
        assert {"c0", "c1", "c2"} <= set(linked(zoes))
    zoes.later(3600)
    settle(zoes)
    assert {"one", "c0", "c1", "c2"} <= set(linked(zoes))
    assert {link.crm for link in zoes.store.quarantined(zoes.scope, None, 9)} == set()
