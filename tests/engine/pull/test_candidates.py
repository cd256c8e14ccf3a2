"""A contact of the sheet that changes at Google: who may be the same person is asked anew."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from crmsync.core.model import Contact, Email
from crmsync.engine.imports import importing
from crmsync.store.ports import PutCandidate
from tests.engine.lessons import phone_edit
from tests.engine.who.end_state import saying
from tests.stage import Stage

ADDRESS = "ada@example.com"


@pytest.fixture
def offered(stage: Stage) -> str:
    """Zed, who is not in the CRM; his resource name."""
    name = stage.book.phone_create(
        {"names": [{"givenName": "Zed"}], "emailAddresses": [{"value": "zed@example.com"}]}
    )
    stage.later()
    stage.sync()
    return str(name)


def has(stage: Stage, name: str, *addresses: str) -> None:
    phone_edit(stage, name, {"emailAddresses": [{"value": address} for address in addresses]})
    stage.sync()


def given_names(stage: Stage) -> list[str]:
    return sorted(person["names"][0]["givenName"] for person in stage.persons())


def claims(stage: Stage) -> Sequence[str]:
    [row] = stage.candidates()
    return [claim.crm for claim in row.claims]


def ada(address: str = ADDRESS) -> Contact:
    return Contact(given_name="Ada", emails=(Email(address),))


def creates(stage: Stage) -> int:
    return stage.world.controls.count("people.people.batchCreateContacts") + stage.world.controls.count(
        "people.people.createContact"
    )


def test_who_matches_by_a_new_address_is_held_back(stage: Stage, offered: str) -> None:
    has(stage, offered, "zed@example.com", ADDRESS)
    stage.add("ada", ada())
    stage.sync()
    assert creates(stage) == 0
    assert given_names(stage) == ["Zed"]
    assert claims(stage) == ["ada"]


def test_who_matched_by_an_address_that_is_gone_is_free_before_it_claims(stage: Stage, offered: str) -> None:
    has(stage, offered, ADDRESS)
    has(stage, offered, "zed@example.com")
    stage.add("ada", ada())
    stage.sync()
    assert given_names(stage) == ["Ada", "Zed"]
    assert claims(stage) == []


@pytest.fixture
def held_back(stage: Stage, offered: str) -> str:
    """Ada claims Zed by his address since long ago, and their names disagree; his resource name."""
    has(stage, offered, ADDRESS)
    stage.add("ada", ada())
    for wait in (3700, 3700):
        stage.sync()
        stage.later(wait)
    assert claims(stage) == ["ada"]
    assert given_names(stage) == ["Zed"]
    return offered


def test_who_was_held_back_for_an_address_that_is_gone_is_sent(stage: Stage, held_back: str) -> None:
    has(stage, held_back, "zed@example.com")
    assert given_names(stage) == ["Ada", "Zed"]
    assert creates(stage) == 1
    assert claims(stage) == []
    stage.later()
    stage.sync()
    assert given_names(stage) == ["Ada", "Zed"]


def test_who_still_shares_an_address_stays_held_back(stage: Stage, held_back: str) -> None:
    before = stage.contact("ada")
    has(stage, held_back, ADDRESS, "zed@example.com")
    assert (creates(stage), claims(stage)) == (0, ["ada"])
    assert stage.contact("ada") == before, "nor is it touched"


def test_only_who_shares_nothing_any_more_is_sent(stage: Stage, held_back: str) -> None:
    has(stage, held_back, ADDRESS, "bo@example.com")
    stage.add("bo", Contact(given_name="Bo", emails=(Email("bo@example.com"),)))
    stage.sync()
    assert claims(stage) == ["ada", "bo"]
    has(stage, held_back, "bo@example.com")
    assert given_names(stage) == ["Ada", "Zed"]
    assert claims(stage) == ["bo"]


def test_who_was_called_the_same_person_stays_that(stage: Stage, held_back: str) -> None:
    [row] = stage.candidates()
    chosen = replace(row, choice=replace(saying(row, same=True), selected=True))
    stage.store.commit(stage.scope, [PutCandidate(chosen)])
    has(stage, held_back, "zed@example.com")
    assert (creates(stage), claims(stage)) == (0, ["ada"])
    importing.start(stage.deps, stage.scope, "done", None)
    stage.run()
    assert len(stage.persons()) == 1
    assert stage.store.count_links(stage.scope, "contacts") == 1


def test_who_is_archived_meanwhile_claims_nothing_and_stays_so(stage: Stage, held_back: str) -> None:
    stage.edit("ada", ada(), archived=True)
    has(stage, held_back, "zed@example.com")
    assert claims(stage) == []
    assert stage.contact("ada").archived_at is not None
    assert given_names(stage) == ["Zed"]


def test_who_is_gone_is_missed_although_another_row_was_shown_and_taken_over_by_a_contact_of_the_crm(
    stage: Stage, offered: str
) -> None:
    """As many rows were open as had been shown: one of them was linked since, so another one was missing."""
    stage.add("ada", ada())
    gone = stage.book.phone_create({"names": [{"givenName": "Yan"}]})
    stage.sync()
    assert len(stage.candidates()) == 2
    [ada_there] = [it["resourceName"] for it in stage.persons_named("Ada")]
    stage.book.phone_merge(offered, ada_there)
    stage.book.phone_delete(gone)
    stage.book.expire_sync_tokens()
    stage.later()
    stage.sync()
    assert stage.candidates() == []
