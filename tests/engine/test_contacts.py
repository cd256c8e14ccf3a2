"""Contacts in both directions, as a person at the CRM and a person at the phone live it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync import tally
from crmsync.core.model import Birthday, Consent, Contact, Email, Phone
from crmsync.store.ports import CreateRecord, PutUser
from tests.engine.push.effects import Moments, one_job, user
from tests.stage import Stage

ANN = Contact(given_name="Ann", family_name="Martin", emails=(Email("ann.martin@example.com", "work"),))
BEN = Contact(given_name="Ben", family_name="Okafor", phones=(Phone("+1 416 555 0134", "mobile"),))


def person(given: str, family: str, email: str) -> dict[str, object]:
    return {
        "names": [{"givenName": given, "familyName": family}],
        "emailAddresses": [{"value": email, "type": "home"}],
    }


def test_a_crm_contact_is_created_at_google_once(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    [found] = stage.persons()
    assert found["names"][0]["familyName"] == "Martin"
    assert found["emailAddresses"][0]["value"] == "ann.martin@example.com"
    stage.sync()
    assert len(stage.persons()) == 1


def test_an_idle_job_makes_one_call_and_writes_nothing(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    stage.later(3700)
    stage.sync()
    stage.later(600)
    stage.world.controls.forget_calls()
    stage.meter.reset()
    stage.sync()
    used = stage.meter.used()
    assert stage.world.controls.count("people.*") == 1
    assert (used.reads, used.writes) == (1, 0)


def test_a_google_contact_becomes_a_candidate_and_nothing_enters_the_crm(stage: Stage) -> None:
    stage.book.phone_create(person("Zoë", "Ångström", "zoe@example.org"))
    stage.sync()
    [candidate] = stage.candidates()
    assert candidate.name == "Zoë Ångström"
    assert stage.store.count(stage.scope, "contacts") == 0


def test_a_crm_contact_that_is_already_in_google_is_linked_not_doubled(stage: Stage) -> None:
    stage.book.phone_create(person("Ann", "Martin", "Ann.Martin@example.com"))
    stage.add("ann", replace(ANN, phones=(Phone("416-555-0199", "work"),)))
    stage.sync()
    [found] = stage.persons()
    assert found["phoneNumbers"][0]["value"] == "416-555-0199", "what Google lacked was filled in"
    assert stage.candidates() == []
    assert {item.value for item in stage.contact("ann").value.emails} == {"ann.martin@example.com"}


def test_who_is_held_back_is_not_written_again_when_it_is_looked_at_again(stage: Stage) -> None:
    """As the job after does: it looks back over what was written a moment ago."""
    for _ in range(2):
        stage.book.phone_create(person("Ann", "Martin", "ann.martin@example.com"))
    stage.sync()
    stage.store.commit(stage.scope, [CreateRecord("contacts", "ann", ANN)])
    one_job(stage)
    assert [[claim.crm for claim in row.claims] for row in stage.candidates()] == [["ann"], ["ann"]]
    stage.later(10)
    stage.meter.reset()
    one_job(stage)
    assert stage.meter.used().writes == 0


def test_one_that_is_added_while_others_are_being_matched_is_matched_by_the_same_job(stage: Stage) -> None:
    """Else it would be held back from Google until a claim of somebody else came up."""
    stage.book.phone_create(person("Ann", "Martin", "ann.martin@example.com"))
    stage.book.phone_create(person("Ben", "Okafor", "ben@example.com"))
    stage.add("ann", ANN)
    left = [True]

    def happen(effect: str) -> None:
        if effect == "commit" and left and stage.store.links_of(stage.scope, "contacts", ["ann"]):
            left.pop()
            stage.add("ben", replace(BEN, emails=(Email("ben@example.com"),)))

    stage.fuse(Moments(happen))
    one_job(stage)
    assert not left
    assert set(stage.store.links_of(stage.scope, "contacts", ["ann", "ben"])) == {"ann", "ben"}
    assert len(stage.persons()) == 2


def test_two_crm_contacts_that_could_be_one_google_contact_wait_for_the_user(stage: Stage) -> None:
    stage.book.phone_create(person("Ann", "Martin", "ann.martin@example.com"))
    stage.add("ann", ANN)
    stage.add("ann2", replace(ANN, nickname="Annie"))
    stage.sync()
    assert len(stage.persons()) == 1
    [candidate] = stage.candidates()
    assert {claim.crm for claim in candidate.claims} == {"ann", "ann2"}


def test_an_edit_in_the_crm_reaches_google_field_by_field(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    name = stage.persons()[0]["resourceName"]
    stage.book.phone_edit(name, {"relations": [{"person": "Kim", "type": "spouse"}]})
    stage.edit("ann", replace(ANN, job_title="Lawyer"))
    stage.sync()
    [found] = stage.persons()
    assert found["organizations"][0]["title"] == "Lawyer"
    assert found["relations"][0]["person"] == "Kim", "what the CRM does not model is kept"
    assert found["emailAddresses"][0]["type"] == "work"


def test_an_edit_on_the_phone_reaches_the_crm_and_leaves_consent_alone(stage: Stage) -> None:
    consent = Consent("express", source="open house")
    stage.add("ann", replace(ANN, consent=consent))
    stage.sync()
    stage.book.phone_edit(stage.persons()[0]["resourceName"], {"nicknames": [{"value": "Annie"}]})
    stage.later()
    stage.sync()
    assert stage.contact("ann").value == replace(ANN, nickname="Annie", consent=consent)


def test_what_a_cleared_field_uncovers_at_google_comes_in_with_the_same_job(stage: Stage) -> None:
    """A contact that was merged at Google has two nicknames, of which one is shown."""
    stage.add("ann", ANN)
    stage.sync()
    nicknames = [{"value": "Annie"}, {"value": "Nan"}]
    stage.book.phone_edit(stage.persons()[0]["resourceName"], {"nicknames": nicknames})
    stage.later()
    stage.sync()
    assert stage.contact("ann").value == replace(ANN, nickname="Annie")
    stage.edit("ann", ANN)
    one_job(stage)
    assert [it["value"] for it in stage.persons()[0]["nicknames"]] == ["Nan"]
    assert stage.contact("ann").value == replace(ANN, nickname="Nan")


def test_edits_of_different_fields_on_both_sides_are_merged(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    stage.book.phone_edit(stage.persons()[0]["resourceName"], {"nicknames": [{"value": "Annie"}]})
    stage.edit("ann", replace(ANN, job_title="Lawyer", phones=(Phone("+1 416 555 0100", "home"),)))
    stage.sync()
    [found] = stage.persons()
    assert found["nicknames"][0]["value"] == "Annie"
    assert found["organizations"][0]["title"] == "Lawyer"
    assert stage.contact("ann").value.nickname == "Annie"
    assert stage.contact("ann").value.job_title == "Lawyer"


def test_when_both_sides_changed_a_field_the_crm_wins_and_the_other_value_is_kept(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    stage.book.phone_edit(stage.persons()[0]["resourceName"], {"nicknames": [{"value": "Annie"}]})
    stage.edit("ann", replace(ANN, nickname="Nan"))
    stage.sync()
    assert stage.persons()[0]["nicknames"][0]["value"] == "Nan"
    [conflict] = stage.store.conflicts(stage.scope, None, 10)
    assert (conflict.field, conflict.kept, conflict.lost, conflict.lost_side) == (
        "nickname",
        "Nan",
        "Annie",
        "google",
    )


def test_archiving_in_the_crm_deletes_at_google(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    stage.edit("ann", ANN, archived=True)
    stage.sync()
    assert stage.persons() == []


def test_deleting_on_the_phone_archives_in_the_crm_and_never_erases(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    stage.book.phone_delete(stage.persons()[0]["resourceName"])
    stage.later()
    stage.sync()
    assert stage.contact("ann").archived_at is not None
    assert stage.contact("ann").value == ANN
    stage.sync()
    assert stage.persons() == []


def test_an_edit_in_the_crm_beats_a_deletion_on_the_phone(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    stage.book.phone_delete(stage.persons()[0]["resourceName"])
    stage.edit("ann", replace(ANN, nickname="Nan"))
    stage.sync()
    assert stage.contact("ann").archived_at is None
    [found] = stage.persons()
    assert found["nicknames"][0]["value"] == "Nan"


def test_an_edit_on_the_phone_beats_archiving_in_the_crm(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    stage.book.phone_edit(stage.persons()[0]["resourceName"], {"nicknames": [{"value": "Annie"}]})
    stage.edit("ann", ANN, archived=True)
    stage.sync()
    assert stage.contact("ann").archived_at is None
    assert stage.contact("ann").value.nickname == "Annie"


def test_a_birthday_without_a_year_stays_so_on_both_sides(stage: Stage) -> None:
    stage.add("ann", replace(ANN, birthday=Birthday(2, 29)))
    stage.sync()
    date = stage.persons()[0]["birthdays"][0]["date"]
    assert (date["month"], date["day"], date.get("year", 0)) == (2, 29, 0)
    assert stage.contact("ann").value.birthday == Birthday(2, 29)


def test_hostile_text_survives_the_round_trip_unchanged(stage: Stage) -> None:
    hostile = Contact(
        given_name="<script>alert(1)</script>",
        family_name="\u202e" + "x" * 10_000,
        organization='=HYPERLINK("http://x")',
        notes="👩‍👩‍👧 & <b>bold</b>\nsecond line",
        emails=(Email("a+b@example.com", "<img src=x>"),),
    )
    stage.add("h", hostile)
    stage.sync()
    stage.later(600)
    stage.book.phone_edit(stage.persons()[0]["resourceName"], {"nicknames": [{"value": "H"}]})
    stage.later()
    stage.sync()
    assert stage.contact("h").value == replace(hostile, nickname="H")


def test_an_expired_sync_token_lists_everything_and_writes_no_record(stage: Stage) -> None:
    for n in range(5):
        stage.add(f"c{n}", replace(ANN, given_name=f"Ann{n}", emails=(Email(f"a{n}@example.com"),)))
    stage.sync()
    stage.later(600)
    before = [stage.contact(f"c{n}").version for n in range(5)]
    stage.book.expire_sync_tokens()
    stage.sync()
    assert [stage.contact(f"c{n}").version for n in range(5)] == before
    assert len(stage.persons()) == 5


def test_a_deletion_that_only_a_full_listing_can_show_is_confirmed_and_archived(stage: Stage) -> None:
    for n in range(12):
        stage.add(f"c{n}", replace(ANN, given_name=f"Ann{n}", emails=(Email(f"a{n}@example.com"),)))
    stage.sync()
    stage.book.phone_delete(stage.persons()[0]["resourceName"])
    stage.clock.advance(timedelta(days=40))
    stage.sync()
    archived = [n for n in range(12) if stage.contact(f"c{n}").archived_at is not None]
    assert len(archived) == 1


def test_a_mass_deletion_at_google_is_held_not_followed(stage: Stage) -> None:
    for n in range(15):
        stage.add(f"c{n}", replace(ANN, given_name=f"Ann{n}", emails=(Email(f"a{n}@example.com"),)))
    stage.sync()
    for found in stage.persons():
        stage.book.phone_delete(found["resourceName"])
    stage.later()
    stage.sync()
    assert all(stage.contact(f"c{n}").archived_at is None for n in range(15))
    [hold] = stage.store.holds(stage.scope)
    assert len(hold.items) == 15


def test_without_an_open_candidate_nobody_is_looked_for_among_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    matching = stage.store.candidates_matching

    def count(*wanted: Any) -> Any:
        nonlocal asked
        asked += 1
        return matching(*wanted)

    monkeypatch.setattr(stage.store, "candidates_matching", count)
    stage.add("ann", ANN)
    stage.sync()
    assert (len(stage.persons()), asked) == (1, 0)
    stage.book.phone_create(person("Zoë", "Ångström", "zoe@example.org"))
    stage.sync()
    asked = 0
    stage.add("ben", BEN)
    stage.sync()
    assert (len(stage.persons()), asked) == (3, 1)


def test_a_sheet_that_is_presented_anew_while_a_contact_is_created_overtakes_no_job(stage: Stage) -> None:
    def present(effect: str) -> None:
        if effect == "create":
            rounds = replace(user(stage).rounds, presented=user(stage).rounds.presented + 1)
            stage.store.commit(stage.scope, [PutUser({"rounds": rounds})])

    stage.add("ann", ANN)
    stage.fuse(Moments(present))
    with tally.opened() as did:
        one_job(stage)
    assert did.outcome == "done"
    assert (len(stage.persons()), stage.queue.tasks) == (1, [])
    assert user(stage).rounds.presented == 1


def test_the_journal_of_an_edit_tells_the_fields_that_went_and_no_other(stage: Stage) -> None:
    stage.add("ann", ANN)
    stage.sync()
    stage.edit("ann", replace(ANN, job_title="Lawyer"))
    stage.sync()
    entries, _ = stage.store.journal(stage.scope, crm="ann", run=None, after=None, limit=10)
    told = [change.after for entry in entries for change in entry.changes if change.side == "google"]
    assert told[0] == {"job_title": "Lawyer"}


def test_filling_google_s_blanks_is_no_write_to_the_crm(stage: Stage) -> None:
    """Else a record would be taken for one that another program keeps changing back twice as soon."""
    stage.book.phone_create(person("Ann", "Martin", "ann.martin@example.com"))
    known = replace(ANN, emails=(Email("ann.martin@example.com", "home"),), nickname="Annie")
    stage.add("ann", known)
    stage.sync()
    assert stage.contact("ann").value == known
    link = stage.store.links_of(stage.scope, "contacts", ["ann"])["ann"]
    assert [write.side for write in link.writes] == ["google"]
