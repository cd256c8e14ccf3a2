"""Contacts that come back: deleted at Google, taken out of Google's bin. Each finds its record again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Literal

import pytest

from crmsync.core.account import ImportRun
from crmsync.core.model import Consent, Contact, Email, Phone
from crmsync.core.state import Candidate, Link
from crmsync.engine.account import connect
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.engine.review import approvals
from crmsync.store.documents.port import Delete
from crmsync.store.ports import CandidateQuery, DropLink, PutLink, PutRecord
from local.google.clock import Clock
from local.google.world import World
from tests.engine.allowing import come_back
from tests.engine.lessons import mutations, tick_all
from tests.engine.test_region import choose
from tests.engine.who.end_state import asked, at_google, in_crm, linked, person, row, saying, settle
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage


@pytest.fixture
def server() -> Iterator[InProcessGoogle]:
    """A simulated Google without a network."""
    with InProcessGoogle(World(Clock(START))) as google:
        yield google


REVOKED = Consent("revoked", obtained_on=date(2026, 1, 5), source="by phone")
REX = Contact(
    given_name="Rex",
    family_name="Optout",
    emails=(Email("rex@optout.example"),),
    phones=(Phone("416-555-0140"),),
    contact_type="business",
    consent=REVOKED,
)


def only(stage: Stage) -> str:
    """The resource name of the only contact at Google."""
    [person] = stage.persons()
    return str(person["resourceName"])


def known(stage: Stage) -> list[Link]:
    return list(stage.store.gone_links_page(stage.scope, None, 100))


def idle(stage: Stage) -> tuple[int, int]:
    """Calls to Google that change something, and writes, of one more sync."""
    stage.later(3700)
    stage.sync()
    stage.later(3700)
    stage.meter.reset()
    stage.world.controls.forget_calls()
    stage.sync()
    return mutations(stage), stage.meter.used().writes


@pytest.fixture
def rex(stage: Stage) -> Stage:
    """Rex was pushed; his consent is revoked."""
    stage.add("rex", REX)
    stage.sync()
    stage.later(3700)
    return stage


@pytest.fixture
def delia(stage: Stage) -> Stage:
    """Delia was imported."""
    stage.book.phone_create(person("Delia", "Undo", emails=["delia@undo.example"]))
    stage.sync()
    tick_all(stage)
    stage.sync()
    stage.later(3700)
    assert in_crm(stage) == ["Delia Undo"]
    return stage


def binned(stage: Stage) -> str:
    """The phone deletes the only contact, and the record follows into the archive; its resource name."""
    name = only(stage)
    stage.book.phone_delete(name)
    stage.sync()
    stage.later(3700)
    assert (in_crm(stage), at_google(stage), linked(stage)) == ([], [], [])
    return name


def test_H6_undo(delia: Stage) -> None:
    name = binned(delia)
    delia.book.phone_restore(name)
    delia.sync()
    delia.sync()
    assert in_crm(delia) == at_google(delia) == ["Delia Undo"]
    [crm] = linked(delia)
    assert len(list(delia.store.changed(delia.scope, "contacts", None, None, 9))) == 1
    assert asked(delia) == {}
    [link] = delia.store.links_page(delia.scope, "contacts", None, 9)
    assert (link.crm, link.made_crm) == (crm, True)
    assert idle(delia) == (0, 0)


def test_bin_forgets_consent(rex: Stage) -> None:
    name = binned(rex)
    rex.book.phone_restore(name)
    rex.sync()
    back = rex.contact("rex")
    assert (back.archived_at, back.value) == (None, REX)
    assert (linked(rex), at_google(rex), asked(rex)) == (["rex"], ["Rex Optout"], {})
    assert idle(rex) == (0, 0)


def test_a_contact_that_comes_back_costs_one_read_and_one_commit(rex: Stage) -> None:
    rex.book.phone_restore(binned(rex))
    rex.later(3700)
    rex.world.controls.forget_calls()
    rex.meter.reset()
    rex.sync()
    assert mutations(rex) == 0
    assert rex.world.controls.count("people.people.getBatchGet") <= 1
    # The record, its link, the journal, the user; and the end of the job.
    assert rex.meter.used().writes <= 5


def test_deleted_and_back_between_two_syncs_is_no_news(rex: Stage) -> None:
    name = only(rex)
    rex.book.phone_delete(name)
    rex.book.phone_restore(name)
    rex.sync()
    assert (linked(rex), in_crm(rex), at_google(rex)) == (["rex"], ["Rex Optout"], ["Rex Optout"])


def test_deleted_and_back_many_times_is_one_contact(rex: Stage) -> None:
    for _ in range(3):
        name = binned(rex)
        rex.book.phone_restore(name)
        rex.sync()
        rex.later(3700)
        assert (linked(rex), in_crm(rex), at_google(rex)) == (["rex"], ["Rex Optout"], ["Rex Optout"])


def test_what_was_edited_out_of_the_bin_is_merged_as_if_it_had_never_been_there(rex: Stage) -> None:
    name = binned(rex)
    rex.book.phone_restore(name)
    rex.book.phone_edit(name, {"phoneNumbers": [{"value": "416-555-0199"}], "nicknames": [{"value": "Rexy"}]})
    rex.sync()
    back = rex.contact("rex").value
    assert ([it.value for it in back.phones], back.nickname) == (["416-555-0199"], "Rexy")
    assert back.consent == REVOKED
    assert [it["value"] for it in rex.persons()[0]["phoneNumbers"]] == ["416-555-0199"]
    assert rex.store.count_conflicts(rex.scope) == 0
    assert idle(rex) == (0, 0)


def test_what_was_edited_in_the_archive_goes_to_google_with_the_contact(rex: Stage) -> None:
    name = binned(rex)
    rex.edit("rex", replace(REX, job_title="Baker"))
    rex.sync()
    rex.book.phone_restore(name)
    settle(rex)
    assert rex.contact("rex").archived_at is None
    assert rex.persons()[0]["organizations"][0]["title"] == "Baker"
    assert (linked(rex), len(rex.persons())) == (["rex"], 1)
    assert idle(rex) == (0, 0)


def test_a_contact_that_comes_back_under_another_name_is_known(rex: Stage) -> None:
    name = binned(rex)
    rex.book.phone_restore(name, "people/c777")
    rex.sync()
    assert (linked(rex), in_crm(rex)) == (["rex"], ["Rex Optout"])
    rex.edit("rex", replace(REX, job_title="Baker"))
    settle(rex)
    assert rex.persons()[0]["organizations"][0]["title"] == "Baker"


def test_another_region_changes_nothing_about_who_comes_back(rex: Stage) -> None:
    name = binned(rex)
    choose(rex, "FR")
    rex.sync()
    rex.book.phone_restore(name)
    rex.book.phone_edit(name, {"phoneNumbers": [{"value": "416-555-0199"}]})
    settle(rex)
    assert [it.value for it in rex.contact("rex").value.phones] == ["416-555-0199"]
    assert [it["value"] for it in rex.persons()[0]["phoneNumbers"]] == ["416-555-0199"]
    assert (linked(rex), idle(rex)) == (["rex"], (0, 0))


@pytest.mark.parametrize("first", ["phone", "crm"])
def test_a_record_that_was_restored_meanwhile_meets_its_contact(rex: Stage, first: str) -> None:
    """However the two restore: there is one contact on either side, and nothing is pushed a second time."""
    name = binned(rex)
    if first == "phone":
        rex.book.phone_restore(name)
        rex.edit("rex", REX, archived=False)
    else:
        rex.edit("rex", REX, archived=False)
        rex.book.phone_restore(name)
    rex.world.controls.forget_calls()
    settle(rex)
    assert (linked(rex), in_crm(rex), at_google(rex)) == (["rex"], ["Rex Optout"], ["Rex Optout"])
    assert mutations(rex) == 0
    assert idle(rex) == (0, 0)


def test_who_is_restored_on_both_sides_meets_though_listings_lag(rex: Stage) -> None:
    name = binned(rex)
    rex.book.lag(600)
    rex.book.phone_restore(name)
    rex.edit("rex", REX, archived=False)
    settle(rex)
    assert (linked(rex), in_crm(rex), at_google(rex)) == (["rex"], ["Rex Optout"], ["Rex Optout"])


def test_a_listing_that_lags_brings_nobody_back(rex: Stage) -> None:
    """Google shows the contact still that the sync has just deleted."""
    rex.book.lag(600)
    rex.edit("rex", REX, archived=True)
    rex.sync()
    rex.book.report_all_changed()
    rex.sync()
    assert (in_crm(rex), at_google(rex), asked(rex)) == ([], [], {})
    settle(rex)
    assert (in_crm(rex), at_google(rex), asked(rex)) == ([], [], {})


def test_a_record_that_was_made_anew_is_asked_about_when_the_first_one_comes_back(rex: Stage) -> None:
    """Restored here and pushed; then the phone takes the first one out of the bin: two at Google, by hand."""
    name = binned(rex)
    rex.edit("rex", REX, archived=False)
    settle(rex)
    assert at_google(rex) == ["Rex Optout"]
    rex.book.phone_restore(name)
    settle(rex)
    assert (linked(rex), in_crm(rex)) == (["rex"], ["Rex Optout"])
    assert asked(rex) == {"Rex Optout": ["rex"]}
    assert row(rex, "Rex Optout").matches[0].reasons == ("formerly",)
    assert idle(rex) == (0, 0)


def test_of_two_copies_the_one_that_is_left_is_linked(rex: Stage) -> None:
    """The phone deletes the one that was made anew: the record stays with the first one."""
    name = binned(rex)
    rex.edit("rex", REX, archived=False)
    settle(rex)
    second = only(rex)
    rex.book.phone_restore(name)
    settle(rex)
    rex.book.phone_delete(second)
    settle(rex)
    assert (linked(rex), in_crm(rex), at_google(rex)) == (["rex"], ["Rex Optout"], ["Rex Optout"])
    assert (only(rex), asked(rex)) == (name, {})
    assert rex.contact("rex").value.consent == REVOKED
    assert idle(rex) == (0, 0)


def test_a_copy_that_the_user_called_the_same_takes_the_place_of_the_one_that_is_deleted(rex: Stage) -> None:
    first = only(rex)
    rex.book.phone_create(person("Rex", "Optout", emails=["rex@optout.example"]))
    settle(rex)
    answer(rex, same=True)
    assert len(at_google(rex)) == 2
    rex.book.phone_delete(first)
    settle(rex)
    assert (linked(rex), in_crm(rex), at_google(rex)) == (["rex"], ["Rex Optout"], ["Rex Optout"])
    assert idle(rex) == (0, 0)


def test_who_takes_a_merge_back_at_google_has_both_again(rex: Stage) -> None:
    rex.add("mia", Contact(given_name="Mia", family_name="Roy", emails=(Email("mia@roy.example"),)))
    settle(rex)
    names = {it["names"][0]["givenName"]: it["resourceName"] for it in rex.persons()}
    rex.book.phone_merge(names["Mia"], names["Rex"])
    settle(rex)
    assert len(rex.persons()) == 1
    rex.book.phone_restore(names["Rex"])
    settle(rex)
    links = rex.store.links_page(rex.scope, "contacts", None, 9)
    assert sorted((link.crm, link.state) for link in links) == [("mia", "linked"), ("rex", "linked")]
    rex.edit("rex", replace(REX, job_title="Baker"))
    settle(rex)
    assert rex.book.person(names["Rex"])["organizations"][0]["title"] == "Baker"


# --- put into the archive by a person


@pytest.fixture
def put_away(rex: Stage) -> Stage:
    """The user archives Rex in the CRM, which deletes him at Google; the phone takes him out of the bin."""
    name = only(rex)
    rex.edit("rex", REX, archived=True)
    settle(rex)
    assert at_google(rex) == []
    rex.book.phone_restore(name)
    settle(rex)
    return rex


def answer(stage: Stage, *, same: bool) -> ImportRun:
    """Answers the only row, ticks it, and ends the sheet."""
    found = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 100).rows
    [only_row] = found

    def chosen(it: Candidate) -> object:
        return replace(saying(it, same=same), selected=True)

    sheet.save(stage.deps, stage.scope, {only_row.key: chosen})  # type: ignore[dict-item]
    run_id = importing.start(stage.deps, stage.scope, "done", None)
    stage.run()
    settle(stage)
    run = stage.store.import_run(stage.scope, run_id)
    assert run is not None
    return run


def test_who_was_archived_on_purpose_does_not_come_back_silently(put_away: Stage) -> None:
    assert (in_crm(put_away), linked(put_away), at_google(put_away)) == ([], [], ["Rex Optout"])
    assert asked(put_away) == {"Rex Optout": ["rex"]}
    assert row(put_away, "Rex Optout").matches[0].reasons == ("formerly",)
    assert idle(put_away) == (0, 0)


def test_who_was_archived_on_purpose_and_is_imported_as_the_same_comes_out_of_the_archive(
    put_away: Stage,
) -> None:
    assert answer(put_away, same=True).linked == 1
    back = put_away.contact("rex")
    assert (back.archived_at, back.value) == (None, REX)
    assert (linked(put_away), at_google(put_away), asked(put_away)) == (["rex"], ["Rex Optout"], {})
    assert idle(put_away) == (0, 0)


def test_that_import_taken_back_puts_the_record_into_the_archive_again(put_away: Stage) -> None:
    run = answer(put_away, same=True)
    undoing.start(put_away.deps, put_away.scope, run.id)
    put_away.run()
    settle(put_away)
    assert (in_crm(put_away), linked(put_away), at_google(put_away)) == ([], [], ["Rex Optout"])
    assert asked(put_away) == {"Rex Optout": ["rex"]}


def test_who_was_archived_on_purpose_and_is_somebody_else_is_a_new_record(put_away: Stage) -> None:
    assert answer(put_away, same=False).imported == 1
    assert put_away.contact("rex").archived_at is not None
    assert (in_crm(put_away), at_google(put_away)) == (["Rex Optout"], ["Rex Optout"])
    assert idle(put_away) == (0, 0)


def test_who_is_restored_in_the_crm_meets_the_contact_that_the_sheet_asks_about(put_away: Stage) -> None:
    put_away.edit("rex", REX, archived=False)
    put_away.world.controls.forget_calls()
    settle(put_away)
    assert (linked(put_away), in_crm(put_away), at_google(put_away)) == (
        ["rex"],
        ["Rex Optout"],
        ["Rex Optout"],
    )
    assert (mutations(put_away), asked(put_away)) == (0, {})
    assert idle(put_away) == (0, 0)


def test_who_was_archived_on_purpose_after_a_deletion_is_asked_about(rex: Stage) -> None:
    """Deleted on the phone, restored in the CRM, and put into the archive there by hand."""
    name = binned(rex)
    rex.edit("rex", REX, archived=False)
    rex.edit("rex", REX, archived=True)
    rex.later(3700)
    rex.book.phone_restore(name)
    settle(rex)
    assert (in_crm(rex), asked(rex)) == ([], {"Rex Optout": ["rex"]})


# --- the same account, and nothing that remembers


def test_the_same_account_connected_again_knows_who_comes_back(delia: Stage) -> None:
    name = binned(delia)
    leave(delia, "keep")
    delia.book.phone_restore(name)
    delia.later(86_400)
    come_back(delia, delia.account)
    settle(delia)
    assert in_crm(delia) == at_google(delia) == ["Delia Undo"]
    assert len(linked(delia)) == 1
    assert idle(delia) == (0, 0)


def test_what_a_disconnect_archived_is_asked_about_when_the_account_is_connected_again(delia: Stage) -> None:
    leave(delia, "archive")
    assert (in_crm(delia), at_google(delia)) == ([], ["Delia Undo"])
    delia.later(86_400)
    come_back(delia, delia.account)
    settle(delia)
    assert (in_crm(delia), linked(delia)) == ([], [])
    [[crm]] = asked(delia).values()
    assert answer(delia, same=True).linked == 1
    assert (linked(delia), in_crm(delia), at_google(delia)) == ([crm], ["Delia Undo"], ["Delia Undo"])


def leave(stage: Stage, crm_copies: Literal["keep", "archive"]) -> None:
    """The user disconnects."""
    connect.disconnect(stage.deps, stage.scope, "keep", crm_copies)
    stage.run()


def forget_links(stage: Stage) -> None:
    """As an older version left it, or another account that was connected in between."""
    stage.store.commit(stage.scope, [DropLink(link.key) for link in known(stage)])


def test_our_key_in_a_contact_is_enough_to_know_its_record(rex: Stage) -> None:
    name = binned(rex)
    forget_links(rex)
    rex.book.phone_restore(name)
    settle(rex)
    assert (linked(rex), in_crm(rex), at_google(rex)) == (["rex"], ["Rex Optout"], ["Rex Optout"])
    assert rex.contact("rex").value.consent == REVOKED
    assert idle(rex) == (0, 0)


def test_our_key_alone_brings_nobody_back_who_was_archived_on_purpose(rex: Stage) -> None:
    name = only(rex)
    rex.edit("rex", REX, archived=True)
    settle(rex)
    forget_links(rex)
    rex.book.phone_restore(name)
    settle(rex)
    assert (in_crm(rex), asked(rex)) == ([], {"Rex Optout": ["rex"]})


def test_the_row_that_somebody_was_imported_from_is_enough_to_know_the_record(delia: Stage) -> None:
    name = binned(delia)
    forget_links(delia)
    delia.book.phone_restore(name)
    settle(delia)
    assert in_crm(delia) == at_google(delia) == ["Delia Undo"]
    assert len(linked(delia)) == 1


def test_a_contact_whose_record_the_host_has_removed_is_offered_as_a_new_one(delia: Stage) -> None:
    name = binned(delia)
    [stored] = delia.store.changed(delia.scope, "contacts", None, None, 9)
    delia.meter.commit([Delete(f"users/{delia.uid}/contacts/{stored.id}")])
    delia.book.phone_restore(name)
    settle(delia)
    assert asked(delia) == {"Delia Undo": []}


def test_a_pair_that_an_undo_has_parted_is_not_joined_by_a_way_through_the_bin(rex: Stage) -> None:
    [link] = rex.store.links_page(rex.scope, "contacts", None, 9)
    assert link.made_here
    rex.store.commit(rex.scope, [PutLink(replace(link, state="detached"))])
    rex.store.commit(rex.scope, [PutRecord("contacts", "rex", REX, None)])
    name = only(rex)
    rex.book.phone_delete(name)
    rex.sync()
    rex.book.phone_restore(name)
    settle(rex)
    assert [it.state for it in rex.store.links_page(rex.scope, "contacts", None, 9)] == ["detached"]


def test_a_clean_up_by_the_guard_that_the_user_confirms_is_remembered_too(stage: Stage) -> None:
    """More deletions than the guard lets pass, a yes, and one of them out of the bin."""
    for n in range(12):
        stage.add(f"c{n}", Contact(given_name=f"Ann{n}", emails=(Email(f"a{n}@x.example"),)))
    stage.sync()
    stage.later(3700)
    names = {it["names"][0]["givenName"]: it["resourceName"] for it in stage.persons()}
    for name in names.values():
        stage.book.phone_delete(name)
    stage.sync()
    [hold] = stage.store.holds(stage.scope)
    approvals.choose(stage.deps, stage.scope, hold.id, "apply", hold.digest)
    stage.run()
    stage.later(3700)
    assert in_crm(stage) == []
    stage.book.phone_restore(names["Ann3"])
    settle(stage)
    assert (in_crm(stage), linked(stage)) == (["Ann3"], ["c3"])
