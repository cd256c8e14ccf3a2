"""What went wrong elsewhere with data, tokens, quotas and size, and does not here.

Each test is named after what it prevents; the number is that of the complaint in the collection the project
started from. Recurrence, all-day dates, guests and notifications are tested with the calendar.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.core.model import Address, Birthday, Contact, Email, Phone, Url
from crmsync.engine.imports import importing, sheet
from crmsync.engine.status import status
from crmsync.store.ports import CandidateQuery
from local.google.faults import Fault
from tests.engine.lessons import (
    ANN,
    archived,
    contact,
    mutations,
    person,
    phone_edit,
    tick_all,
    with_ann,
    with_many,
)
from tests.engine.who.end_state import saying
from tests.machine.crashes import Fuse
from tests.stage import Stage

# --- lost or damaged data


def test_19_no_address_is_dropped_because_there_are_many(stage: Stage) -> None:
    name = with_ann(stage)
    addresses = [{"value": f"a{n}@example.com"} for n in range(6)]
    phone_edit(stage, name, {"emailAddresses": addresses, "relations": [{"person": "Kim"}]})
    stage.sync()
    assert len(stage.contact("ann").value.emails) == 6
    stage.edit("ann", replace(stage.contact("ann").value, nickname="Annie"))
    stage.sync()
    found = stage.book.contents()[name]
    assert [item["value"] for item in found["emailAddresses"]] == [item["value"] for item in addresses]
    assert found["relations"][0]["person"] == "Kim"


@pytest.mark.parametrize("known", [True, False], ids=["seen by the same job", "seen long before"])
def test_19_a_second_employer_added_on_the_phone_survives_an_edit_in_the_crm(
    stage: Stage, known: bool
) -> None:
    """What our model lacks is no change that the pull writes down: the update has to find out for itself."""
    name = with_ann(stage)
    first, second = {"name": "Realty", "title": "Agent"}, {"name": "Night School", "title": "Teacher"}
    phone_edit(stage, name, {"organizations": [first]})
    stage.sync()
    phone_edit(stage, name, {"organizations": [first, second]})
    if not known:
        stage.later(3700)
        stage.sync()
        stage.later()
    stage.edit("ann", replace(stage.contact("ann").value, organization="Homes"))
    stage.sync()
    found = stage.book.contents()[name]["organizations"]
    assert [(item["name"], item["title"]) for item in found] == [
        ("Homes", "Agent"),
        ("Night School", "Teacher"),
    ]


def test_19_a_second_nickname_comes_up_when_the_first_is_cleared(stage: Stage) -> None:
    """Neither dropped at Google nor left to differ for ever."""
    name = with_ann(stage)
    phone_edit(stage, name, {"nicknames": [{"value": "Annie"}, {"value": "Nan"}]})
    stage.sync()
    stage.edit("ann", replace(stage.contact("ann").value, nickname=""))
    stage.sync()
    stage.later(900)
    stage.sync()
    assert [item["value"] for item in stage.book.contents()[name]["nicknames"]] == ["Nan"]
    assert stage.contact("ann").value.nickname == "Nan"


def test_20_leading_pluses_stay(stage: Stage) -> None:
    stage.add("ann", replace(ANN, phones=(Phone("+1 (416) 555-0134", "mobile"), Phone("+44 20 7946 0000"))))
    stage.sync()
    stage.book.report_all_changed()
    stage.later()
    stage.sync()
    numbers = ["+1 (416) 555-0134", "+44 20 7946 0000"]
    assert [item["value"] for item in stage.persons()[0]["phoneNumbers"]] == numbers
    assert [item.value for item in stage.contact("ann").value.phones] == numbers


def test_21_numbers_without_a_label_or_with_one_of_their_own_are_kept(stage: Stage) -> None:
    name = with_ann(stage)
    numbers = [{"value": "416-555-0101"}, {"value": "416-555-0102", "type": "Cottage"}]
    phone_edit(stage, name, {"phoneNumbers": numbers})
    stage.sync()
    kept = stage.contact("ann").value.phones
    assert kept == (Phone("416-555-0101"), Phone("416-555-0102", "Cottage"))
    stage.edit("ann", replace(stage.contact("ann").value, phones=(*kept, Phone("416-555-0103", "work"))))
    stage.sync()
    found = stage.book.contents()[name]["phoneNumbers"]
    assert [(item["value"], item.get("type", "")) for item in found] == [
        ("416-555-0101", ""),
        ("416-555-0102", "Cottage"),
        ("416-555-0103", "work"),
    ]


def test_22_nobody_gets_anothers_number_when_names_at_google_change(stage: Stage) -> None:
    with_many(stage, 3)
    for n, found in enumerate(stage.persons()):
        stage.book.link_profile(found["resourceName"], f"1{n:020d}")
    stage.later()
    for n in range(3):
        stage.edit(f"c{n}", replace(contact(n), phones=(Phone(f"416-555-010{n}"),)))
    stage.sync()
    numbers = {p["names"][0]["givenName"]: p["phoneNumbers"][0]["value"] for p in stage.persons()}
    assert numbers == {f"Ann{n}": f"416-555-010{n}" for n in range(3)}


def test_23_an_update_empties_nothing_that_it_does_not_mean(stage: Stage) -> None:
    stage.add("ann", replace(ANN, organization="Elm Realty", job_title="Agent", notes="call first"))
    stage.sync()
    stage.edit("ann", replace(stage.contact("ann").value, job_title="Broker"))
    stage.sync()
    [found] = stage.persons()
    assert (found["organizations"][0]["name"], found["organizations"][0]["title"]) == ("Elm Realty", "Broker")
    assert found["biographies"][0]["value"] == "call first"


def test_24_what_is_sent_comes_back_as_it_was(stage: Stage) -> None:
    full = Contact(
        given_name="Zoë",
        middle_name="M.",
        family_name="Ångström",
        prefix="Dr",
        suffix="Jr",
        nickname="Z",
        organization="Elm Realty",
        job_title="Agent",
        emails=(Email("zoe@example.com", "work"), Email("z@example.com", "Cottage")),
        phones=(Phone("+1 416 555 0134", "mobile"),),
        addresses=(Address("12 Elm St", "Unit 3", "Toronto", "ON", "M5V 1A1", "Canada", "home"),),
        urls=(Url("https://example.com/zoe", "work"),),
        birthday=Birthday(2, 29),
        notes="first line\nsecond line",
    )
    stage.add("zoe", full)
    stage.sync()
    grant = stage.store.grant(stage.scope)
    assert grant is not None
    session = stage.google.session(stage.uid, grant.token)
    assert session is not None
    name = stage.persons()[0]["resourceName"]
    assert session.contacts().read([name])[name].value == full


# --- tokens, quota, loops


def test_29_a_dead_grant_pauses_and_says_so_and_reconnecting_goes_on(stage: Stage) -> None:
    with_ann(stage)
    with stage.world.lock:
        stage.world.grants.expire_refresh_tokens()
    stage.later(3600)
    stage.edit("ann", replace(ANN, nickname="Annie"))
    stage.sync()
    headline = status(stage.deps, stage.scope).headline
    assert (headline.state, headline.label) == ("attention", "Action needed")
    stage.world.controls.forget_calls()
    stage.sync()
    assert stage.world.controls.count("*") == 0, "a paused user's jobs end at once"
    stage.connect()
    stage.sync()
    [found] = stage.persons()
    assert found["nicknames"][0]["value"] == "Annie"


def test_29_any_other_failure_to_refresh_is_tried_again(stage: Stage) -> None:
    with_ann(stage)
    stage.later(3600)
    stage.world.controls.plan(Fault("*token*", times=3))
    stage.edit("ann", replace(ANN, nickname="Annie"))
    stage.sync()
    user = stage.store.user(stage.scope)
    assert user is not None
    assert user.connection is not None
    assert user.connection.state == "active"
    assert stage.persons()[0]["nicknames"][0]["value"] == "Annie"


def test_phantom_changes_cost_no_write_and_no_call(stage: Stage) -> None:
    with_many(stage)
    stage.later(100)
    # Moves the cursors, which is done once an hour at most.
    stage.sync()
    stage.later(900)
    stage.book.report_all_changed()
    for found in stage.persons():
        stage.book.phone_label(found["resourceName"], "Clients")
    stage.world.controls.forget_calls()
    stage.meter.reset()
    stage.sync()
    assert mutations(stage) == 0
    assert stage.meter.used().writes == 0


def test_an_edit_among_phantom_changes_costs_one_update_and_no_look(stage: Stage) -> None:
    """The new etags cost no write, and the job that sees them is not refused for the old ones."""
    with_many(stage)
    stage.later(100)
    stage.sync()
    stage.later(900)
    stage.book.report_all_changed()
    for found in stage.persons():
        stage.book.phone_label(found["resourceName"], "Clients")
    stage.sync()
    stage.edit("c3", replace(contact(3), nickname="Nan"))
    stage.world.controls.forget_calls()
    stage.sync()
    assert stage.persons_named("Ann3")[0]["nicknames"][0]["value"] == "Nan"
    assert mutations(stage) == 1
    assert stage.world.controls.count("people.people.getBatchGet") == 0


def test_a_quota_refusal_ends_the_job_which_comes_back_after_the_wait(stage: Stage) -> None:
    with_ann(stage)
    stage.edit("ann", replace(ANN, nickname="Annie"))
    fault = Fault("people.people.updateContact", "before", 429, "RATE_LIMIT_EXCEEDED", retry_after=120)
    stage.world.controls.plan(fault)
    stage.world.controls.forget_calls()
    before = stage.clock.now()
    stage.sync()
    assert stage.world.controls.count("people.people.updateContact") == 2
    assert stage.clock.now() - before >= timedelta(seconds=120)
    assert stage.persons()[0]["nicknames"][0]["value"] == "Annie"


def test_one_record_that_google_refuses_does_not_stop_the_others(stage: Stage) -> None:
    stage.add("big", replace(contact(1), notes="x" * 200_000))
    stage.add("ann", ANN)
    stage.sync()
    assert [p["names"][0]["givenName"] for p in stage.persons()] == ["Ann"]
    [link] = stage.store.links_of(stage.scope, "contacts", ["big"]).values()
    assert link.state == "quarantined"
    stage.edit("big", contact(1))
    stage.sync()
    assert len(stage.persons()) == 2, "tried again when it changed"


def test_an_edit_on_the_phone_moments_before_a_deletion_in_the_crm_is_not_deleted_unseen(
    stage: Stage,
) -> None:
    name = with_ann(stage)
    stage.book.lag(240)
    phone_edit(stage, name, {"nicknames": [{"value": "Annie"}]})
    stage.edit("ann", ANN, archived=True)
    stage.sync()
    assert len(stage.persons()) == 1
    assert stage.contact("ann").archived_at is None
    assert stage.contact("ann").value.nickname == "Annie"


def test_an_edit_on_the_phone_while_another_is_saved_from_deletion_is_not_deleted_unseen(
    stage: Stage,
) -> None:
    """Between the last look and the deletion comes nothing, not even the commit of what a look found."""
    with_many(stage, 2)
    names = [stage.persons_named(f"Ann{n}")[0]["resourceName"] for n in range(2)]
    stage.book.lag(240)
    phone_edit(stage, names[0], {"nicknames": [{"value": "A"}]})
    for n in range(2):
        stage.edit(f"c{n}", contact(n), archived=True)
    fuse = Fuse()
    stage.fuse(fuse)
    # The first commit takes the lease, the second restores the one that was edited.
    fuse.set(1, after=True, event=lambda _: phone_edit(stage, names[1], {"nicknames": [{"value": "B"}]}))
    stage.sync()
    assert fuse.blown == 1
    assert [stage.contact(f"c{n}").value.nickname for n in range(2)] == ["A", "B"]
    assert archived(stage) == []
    assert len(stage.persons()) == 2


def test_a_contact_held_back_for_a_candidate_that_goes_away_is_sent(stage: Stage) -> None:
    first = stage.book.phone_create(
        {"names": [{"givenName": "Zed"}], "emailAddresses": [{"value": "ann@example.com"}]}
    )
    stage.add("ann", ANN)
    stage.sync()
    assert len(stage.persons()) == 1, "held back: the names disagree"
    stage.book.phone_delete(first)
    stage.later()
    stage.sync()
    assert [p["names"][0]["givenName"] for p in stage.persons()] == ["Ann"]


def test_a_contact_that_vanished_while_the_token_was_expired_is_no_longer_offered(stage: Stage) -> None:
    """A complete listing has no tombstones: who is missing in it has to be missed."""
    with_ann(stage)
    address = [{"value": "bo@example.com"}]
    zed = stage.book.phone_create({"names": [{"givenName": "Zed"}], "emailAddresses": address})
    stage.add("bo", Contact(given_name="Bo", emails=(Email("bo@example.com"),)))
    stage.later()
    stage.sync()
    assert len(stage.persons()) == 2, "Bo is held back: the names disagree"
    stage.book.phone_delete(zed)
    stage.book.expire_sync_tokens()
    stage.later()
    stage.sync()
    assert stage.candidates() == []
    assert sorted(p["names"][0]["givenName"] for p in stage.persons()) == ["Ann", "Bo"]


def test_the_same_person_as_a_linked_contact_is_not_imported_beside_it(stage: Stage) -> None:
    with_ann(stage)
    stage.book.phone_create(
        {"names": [{"givenName": "Ann"}], "emailAddresses": [{"value": "ann@example.com"}]}
    )
    stage.later()
    stage.sync()
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(
        stage.deps,
        stage.scope,
        {row.key: lambda it: replace(saying(it, same=True), selected=True) for row in rows},
    )
    importing.start(stage.deps, stage.scope, "done", None)
    stage.run()
    assert stage.store.count(stage.scope, "contacts") == 1
    assert stage.store.count_links(stage.scope, "contacts") == 1
    assert stage.candidates() == []


def test_a_change_made_while_others_are_sent_is_not_passed_over(stage: Stage) -> None:
    """The cursor may not move past what showed only after the job had looked."""
    with_many(stage, 2)
    stage.book.phone_edit(stage.persons_named("Ann0")[0]["resourceName"], {"nicknames": [{"value": "A"}]})
    stage.edit("c1", replace(contact(1), nickname="B"))
    stage.book.report_all_changed()
    fuse = Fuse()
    stage.fuse(fuse)

    def meanwhile(_: object) -> None:
        stage.edit("c0", replace(stage.contact("c0").value, job_title="Agent"))

    fuse.set(1, after=False, event=meanwhile)
    stage.sync()
    for _ in range(2):
        stage.later(900)
        stage.sync()
    assert fuse.blown == 1
    assert stage.persons_named("Ann0")[0]["organizations"][0]["title"] == "Agent"


LONG = "long note " * 6_000
"""Near to what a CRM record takes; two hundred of them are more than Firestore takes at once."""


def test_long_notes_on_many_phones_do_not_stop_the_pull(stage: Stage) -> None:
    with_many(stage, 250)
    for found in stage.persons():
        stage.book.phone_edit(found["resourceName"], {"biographies": [{"value": LONG}]})
    stage.later()
    stage.sync()
    assert all(stage.contact(f"c{n}").value.notes == LONG for n in range(250))


def test_long_notes_in_many_records_do_not_stop_the_push(stage: Stage) -> None:
    with_many(stage, 200)
    for n in range(200):
        stage.edit(f"c{n}", replace(contact(n), notes=LONG))
    stage.sync()
    assert all(found["biographies"][0]["value"] == LONG for found in stage.persons())
    entries, _ = stage.store.journal(stage.scope, crm="c7", run=None, after=None, limit=10)
    assert any(change.after == {"notes": LONG} for entry in entries for change in entry.changes)


def test_long_notes_of_many_contacts_do_not_stop_an_import(stage: Stage) -> None:
    for n in range(100):
        stage.book.phone_create({**person(n), "biographies": [{"value": LONG}]})
    stage.sync()
    tick_all(stage)
    assert stage.store.count(stage.scope, "contacts") == 100
