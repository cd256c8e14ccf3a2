"""Our key at Google names the installation and the user: records that bear one number are not one record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.model import Appointment, Contact, Email
from crmsync.core.state import Intent
from crmsync.gateway.person_shape import OWN_KEY
from crmsync.store.documents.memory import MemoryDocuments
from crmsync.store.ports import PutIntent, PutLink
from local.google.server import GoogleServer
from tests.engine.appointments import timed, wants
from tests.engine.lessons import mutations
from tests.stage import DIGEST_KEY, Stage

OTHERS_KEY = bytes(range(1, 33))


@pytest.fixture(params=["two users", "two installations"])
def other(server: GoogleServer, stage: Stage, request: pytest.FixtureRequest) -> Stage:
    """Somebody else, with the same Google account: of the same CRM, or the same user of another one."""
    one = request.param == "two users"
    found = Stage(
        server,
        uid="bob" if one else stage.uid,
        documents=stage.meter if one else MemoryDocuments(stage.clock),
        digest_key=DIGEST_KEY if one else OTHERS_KEY,
    )
    found.connect()
    return found


def person(word: str, number: int) -> Contact:
    return Contact(given_name=f"{word}{number}", emails=(Email(f"{word}{number}@x.example".lower()),))


def numbered(stage: Stage, word: str) -> None:
    """Three contacts whose host numbers its records, in step."""
    for number in range(1, 4):
        stage.add(str(number), person(word, number))
    stage.sync()
    stage.later(3600)


def names(stage: Stage) -> list[str]:
    return sorted(each["names"][0]["givenName"] for each in stage.persons())


def linked(stage: Stage) -> dict[str, str]:
    """The Google contact of each record, by its given name at Google."""
    there = {each["resourceName"]: each["names"][0]["givenName"] for each in stage.persons()}
    links = stage.store.links_page(stage.scope, "contacts", None, 100)
    return {link.crm: there.get(link.remote_id, "gone") for link in links}


def list_everything(*stages: Stage) -> None:
    for each in stages:
        each.book.expire_sync_tokens()
        each.sync()
        each.later(60)


def test_the_same_numbers_of_two_are_two_records_each_at_one_google_account(
    stage: Stage, other: Stage
) -> None:
    numbered(stage, "Ann")
    numbered(other, "Bob")
    list_everything(stage, other)
    assert names(stage) == ["Ann1", "Ann2", "Ann3", "Bob1", "Bob2", "Bob3"]
    assert linked(stage) == {"1": "Ann1", "2": "Ann2", "3": "Ann3"}
    assert linked(other) == {"1": "Bob1", "2": "Bob2", "3": "Bob3"}
    assert {row.name for row in other.candidates()} == {"Ann1", "Ann2", "Ann3"}, "contacts like any other"
    assert {row.name for row in stage.candidates()} == {"Bob1", "Bob2", "Bob3"}


def test_what_vanishes_does_not_move_to_the_contact_of_anothers_record(stage: Stage, other: Stage) -> None:
    numbered(stage, "Ann")
    numbered(other, "Bob")
    stage.book.phone_delete(stage.persons_named("Bob1")[0]["resourceName"])
    list_everything(other, stage)
    assert other.contact("1").archived_at is not None
    assert "1" not in linked(other)
    assert linked(stage)["1"] == "Ann1"


def test_what_one_archives_the_other_keeps(stage: Stage, other: Stage) -> None:
    numbered(stage, "Ann")
    numbered(other, "Bob")
    other.edit("2", other.contact("2").value, archived=True)
    list_everything(other, stage, other)
    assert names(stage) == ["Ann1", "Ann2", "Ann3", "Bob1", "Bob3"]
    assert stage.contact("2").archived_at is None


def test_two_that_share_a_contact_do_not_write_their_keys_in_turn(stage: Stage, other: Stage) -> None:
    numbered(stage, "Ann")
    other.add("9", person("Ann", 1))
    other.sync()
    assert linked(other) == {"9": "Ann1"}, "the same person, by name and address"
    for each in (stage, other):
        each.later(3600)
        each.sync()
    stage.later(3600)
    stage.world.controls.forget_calls()
    stage.sync()
    other.sync()
    assert mutations(stage) == 0
    [shared] = stage.persons_named("Ann1")
    assert [item["key"] for item in shared["clientData"]] == [stage.own_key]


def test_the_same_numbers_of_two_are_two_appointments_each(stage: Stage, other: Stage) -> None:
    for each, title in ((stage, "Ann's"), (other, "Bob's")):
        each.add("1", Appointment(title, timed(10, 9), timed(10, 10)))
        wants(each, "full")
        each.sync("calendar")
    for each in (stage, other, stage, other):
        each.later(3600)
        each.sync("calendar")
    assert sorted(event["summary"] for event in stage.events()) == ["Ann's", "Bob's"]
    assert stage.appointment("1").value.title == "Ann's"
    assert other.appointment("1").value.title == "Bob's"


# --- the bare keys of an older version


def as_before(stage: Stage) -> None:
    """Contacts and links as they were when keys named nobody."""
    for each in stage.persons():
        keys = [{"key": OWN_KEY, "value": item["value"]} for item in each.get("clientData", ())]
        stage.book.phone_edit(each["resourceName"], {"clientData": keys})
    links = stage.store.links_page(stage.scope, "contacts", None, 100)
    stage.store.commit(stage.scope, [PutLink(replace(link, named=False)) for link in links])
    stage.sync()
    stage.later(3600)


def test_links_with_bare_keys_stay_and_nothing_is_rewritten(stage: Stage) -> None:
    numbered(stage, "Ann")
    as_before(stage)
    stage.sync()
    stage.meter.reset()
    stage.world.controls.forget_calls()
    stage.sync()
    assert (stage.meter.used().writes, mutations(stage)) == (0, 0)
    list_everything(stage)
    assert linked(stage) == {"1": "Ann1", "2": "Ann2", "3": "Ann3"}
    assert mutations(stage) == 0
    assert all(item["key"] == OWN_KEY for each in stage.persons() for item in each["clientData"])


def test_a_bare_key_still_tells_of_a_merge_of_two_of_ours(stage: Stage) -> None:
    numbered(stage, "Ann")
    as_before(stage)
    kept, gone = (stage.persons_named(name)[0]["resourceName"] for name in ("Ann1", "Ann2"))
    stage.book.phone_merge(kept, gone)
    list_everything(stage)
    links = stage.store.links_of(stage.scope, "contacts", ["1", "2"])
    assert (links["1"].state, links["2"].state) == ("linked", "detached")
    assert stage.contact("2").archived_at is None


def test_a_bare_key_of_somebody_elses_is_believed_of_no_link_whose_contact_has_a_named_one(
    stage: Stage, other: Stage
) -> None:
    numbered(stage, "Ann")
    as_before(stage)
    numbered(other, "Bob")
    assert linked(other) == {"1": "Bob1", "2": "Bob2", "3": "Bob3"}
    stage.book.phone_delete(stage.persons_named("Bob3")[0]["resourceName"])
    list_everything(other)
    assert other.contact("3").archived_at is not None
    assert "3" not in linked(other)


def test_a_create_that_an_older_version_left_in_doubt_is_found_by_its_bare_key(stage: Stage) -> None:
    numbered(stage, "Ann")
    stage.add("4", person("Ann", 4))
    key = [{"key": OWN_KEY, "value": "4"}]
    body = {"names": [{"givenName": "Ann4"}], "clientData": key}
    stage.book.phone_create(body)
    stage.store.commit(stage.scope, [PutIntent(Intent("old", ("4",), stage.clock.now()))])
    stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "change"})
    stage.run_until(timedelta(minutes=1))
    assert linked(stage)["4"] == "Ann4"
    assert len(stage.persons_named("Ann4")) == 1
    assert not list(stage.store.intents(stage.scope))
