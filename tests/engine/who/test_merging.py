"""Two CRM contacts are merged: one stays with what both had, Google follows, and it can be undone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from crmsync.core.model import Appointment, Consent, Contact, Email, Phone
from crmsync.core.people.joining import Take
from crmsync.engine.doubles import merging, unmerging
from crmsync.engine.run.lease import LeaseHeld
from crmsync.store.ports import PutUser
from tests.core.people.somebody import contact
from tests.engine.appointments import timed
from tests.engine.lessons import phone_edit
from tests.engine.who.conftest import AGAIN, ZOE
from tests.engine.who.end_state import asked, at_google, in_crm, linked, settle
from tests.engine.who.test_doubles import asked as doubles
from tests.stage import Stage

EXPRESS = Consent("express", obtained_on=date(2026, 1, 2), source="fair", recorded_by="ann")
REVOKED = Consent("revoked", recorded_by="ann")
ELSEWHERE = contact("Mia|Lund", emails=["mia@lund.example"], organization="Lund")


def merge(stage: Stage, kept: str = "one", other: str = "two", **takes: Take) -> str:
    return merging.merge(stage.deps, stage.scope, kept, other, takes, {})


def meeting(contact_ids: tuple[str, ...]) -> Appointment:
    return Appointment("Viewing", timed(4, 9), timed(4, 10), contact_ids=contact_ids)


def undo(stage: Stage) -> unmerging.Undone:
    [merged] = unmerging.possible(stage.deps, stage.scope)
    found = unmerging.undo(stage.deps, stage.scope, merged.id)
    settle(stage)
    return found


@pytest.fixture
def both(stage: Stage) -> Stage:
    """Two contacts that are in step each, of which the user knows that they are one."""
    stage.add("one", contact("Zoe|Quist", emails=["zoe@quist.example"]))
    stage.add("two", ELSEWHERE)
    settle(stage)
    assert linked(stage) == ["one", "two"]
    return stage


def test_what_both_had_is_in_one_and_google_has_one(zoes: Stage) -> None:
    merge(zoes)
    settle(zoes)
    assert [it.value for it in zoes.contact("one").value.phones] == ["416-555-0130"]
    assert zoes.contact("two").archived_at is not None
    assert (in_crm(zoes), at_google(zoes), linked(zoes), doubles(zoes)) == (
        ["Zoe Quist"],
        ["Zoe Quist"],
        ["one"],
        [],
    )
    [person] = zoes.book.contents().values()
    assert [it["value"] for it in person["phoneNumbers"]] == ["416-555-0130"]


def test_the_one_that_waited_may_be_the_one_that_stays(zoes: Stage) -> None:
    merge(zoes, "two", "one")
    settle(zoes)
    assert (in_crm(zoes), at_google(zoes), linked(zoes)) == (["Zoe Quist"], ["Zoe Quist"], ["two"])
    assert zoes.contact("one").archived_at is not None


def test_of_two_in_step_one_stays_so_and_the_others_contact_is_left_alone(both: Stage) -> None:
    merge(both, organization="other")
    settle(both)
    assert (in_crm(both), at_google(both)) == (["Zoe Quist"], ["Mia Lund", "Zoe Quist"])
    states = {it.crm: it.state for it in both.store.links_page(both.scope, "contacts", None, 9)}
    assert states == {"one": "linked", "two": "copy"}
    [copy] = [name for name, it in both.book.contents().items() if it["names"][0]["givenName"] == "Mia"]
    phone_edit(both, copy, {"nicknames": [{"value": "M"}]})
    both.book.report_all_changed()
    both.edit("one", replace(both.contact("one").value, nickname="Zo"))
    settle(both)
    assert both.book.contents()[copy]["nicknames"] == [{"value": "M"}]
    assert (both.contact("one").value.nickname, asked(both)) == ("Zo", {})
    both.meter.reset()
    both.sync()
    assert both.meter.used().writes == 0


@pytest.mark.parametrize("survivor", ["Zoe", "Mia"])
def test_merged_at_google_afterwards_they_are_one_pair(both: Stage, survivor: str) -> None:
    merge(both)
    settle(both)
    names = {it["names"][0]["givenName"]: name for name, it in both.book.contents().items()}
    gone = "Mia" if survivor == "Zoe" else "Zoe"
    both.book.phone_merge(names[survivor], names[gone])
    settle(both)
    states = {it.crm: it.state for it in both.store.links_page(both.scope, "contacts", None, 9)}
    assert states["one"] == "linked"
    assert (len(in_crm(both)), len(at_google(both)), asked(both)) == (1, 1, {})


def test_deleted_at_google_afterwards_the_other_contact_takes_its_place(both: Stage) -> None:
    merge(both)
    settle(both)
    names = {it["names"][0]["givenName"]: name for name, it in both.book.contents().items()}
    both.book.phone_delete(names["Zoe"])
    settle(both)
    assert (in_crm(both), at_google(both)) == (["Zoe Quist"], ["Zoe Quist"])
    states = {it.crm: it.state for it in both.store.links_page(both.scope, "contacts", None, 9)}
    assert states["one"] == "linked"
    assert both.contact("two").archived_at is not None


def test_undone_both_are_there_again_as_they_were(both: Stage) -> None:
    before = [both.contact(id).value for id in ("one", "two")]
    merge(both, organization="other")
    settle(both)
    assert undo(both).kept == ()
    assert [both.contact(id).value for id in ("one", "two")] == before
    assert (in_crm(both), at_google(both)) == (["Mia Lund", "Zoe Quist"], ["Mia Lund", "Zoe Quist"])
    assert {it.state for it in both.store.links_page(both.scope, "contacts", None, 9)} == {"linked"}
    assert unmerging.possible(both.deps, both.scope) == []


def test_undone_what_has_been_edited_since_stays(both: Stage) -> None:
    merge(both, organization="other")
    settle(both)
    both.edit("one", replace(both.contact("one").value, organization="Quist & Co"))
    assert undo(both).kept == ("organization",)
    assert both.contact("one").value.organization == "Quist & Co"
    assert both.contact("one").value.emails == (Email("zoe@quist.example"),)
    assert at_google(both) == ["Mia Lund", "Zoe Quist"]


def test_undone_the_link_goes_back_to_whose_it_was(zoes: Stage) -> None:
    merge(zoes, "two", "one")
    settle(zoes)
    undo(zoes)
    assert (linked(zoes), doubles(zoes)) == (["one"], [(("one", "two"), "two")])
    assert zoes.contact("two").value == AGAIN
    assert at_google(zoes) == ["Zoe Quist"]


@pytest.mark.parametrize(("mine", "its"), [(EXPRESS, REVOKED), (REVOKED, EXPRESS), (EXPRESS, Consent())])
def test_the_stricter_consent_counts_and_comes_back_with_an_undo(
    zoes: Stage, mine: Consent, its: Consent
) -> None:
    zoes.edit("one", replace(ZOE, consent=mine))
    zoes.edit("two", replace(AGAIN, consent=its))
    merge(zoes)
    settle(zoes)
    assert zoes.contact("one").value.consent == (its if mine is EXPRESS else mine)
    undo(zoes)
    assert [zoes.contact(id).value.consent for id in ("one", "two")] == [mine, its]


def test_appointments_follow_and_come_back(zoes: Stage) -> None:
    for number in range(3):
        ids = ("two",) if number else ("one", "two")
        zoes.add(f"a{number}", meeting(ids))
    merge(zoes)
    assert {zoes.appointment(f"a{n}").value.contact_ids for n in range(3)} == {("one",)}
    undo(zoes)
    assert [zoes.appointment(f"a{n}").value.contact_ids for n in range(3)] == [
        ("one", "two"),
        ("two",),
        ("two",),
    ]


def test_they_follow_in_parts_where_they_are_many(zoes: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "AT_ONCE", 2)
    monkeypatch.setattr("crmsync.engine.run.parts.COMMIT_BYTES", 1)
    for number in range(5):
        zoes.add(f"a{number}", meeting(("two",)))
    merge(zoes)
    assert {zoes.appointment(f"a{n}").value.contact_ids for n in range(5)} == {("one",)}
    undo(zoes)
    assert {zoes.appointment(f"a{n}").value.contact_ids for n in range(5)} == {("two",)}


def test_appointments_of_any_size_follow_and_come_back(zoes: Stage) -> None:
    """Together they are larger than any commit."""
    for number in range(14):
        zoes.add(f"a{number}", replace(meeting(("two",)), description="x" * 900_000))
    merge(zoes)
    assert {zoes.appointment(f"a{n}").value.contact_ids for n in range(14)} == {("one",)}
    undo(zoes)
    assert {zoes.appointment(f"a{n}").value.contact_ids for n in range(14)} == {("two",)}


def test_told_apart_they_are_both_sent_and_nobody_asks_again(zoes: Stage) -> None:
    merging.tell_apart(zoes.deps, zoes.scope, "one", "two")
    settle(zoes)
    assert (linked(zoes), doubles(zoes), at_google(zoes)) == (["one", "two"], [], ["Zoe Quist", "Zoe Quist"])
    zoes.edit("two", replace(AGAIN, notes="x", nickname="Z"))
    settle(zoes)
    assert doubles(zoes) == []


def test_what_was_said_of_the_other_one_counts_for_the_one_that_stays(zoes: Stage) -> None:
    zoes.add("three", contact("Zoe|Quist", emails=["zoe@quist.example"], nickname="Third"))
    settle(zoes)
    merging.tell_apart(zoes.deps, zoes.scope, "two", "three")
    merging.tell_apart(zoes.deps, zoes.scope, "one", "three")
    merge(zoes)
    settle(zoes)
    assert (doubles(zoes), linked(zoes)) == ([], ["one", "three"])


def test_what_was_asked_of_the_other_one_is_asked_of_the_one_that_stays(zoes: Stage) -> None:
    zoes.add("three", contact("Zoe|Quist", emails=["zoe@quist.example"], nickname="Third"))
    settle(zoes)
    merge(zoes)
    settle(zoes)
    assert doubles(zoes) == [(("one", "three"), "three")]


def test_a_contact_that_has_changed_since_it_was_seen_is_not_merged(zoes: Stage) -> None:
    version = zoes.contact("two").version
    zoes.edit("two", replace(AGAIN, notes="x"))
    with pytest.raises(merging.Moved):
        merging.merge(zoes.deps, zoes.scope, "one", "two", {}, {"two": version})
    zoes.edit("two", AGAIN, archived=True)
    with pytest.raises(merging.NotThere):
        merge(zoes)


def test_while_a_job_writes_to_google_nothing_is_merged(zoes: Stage) -> None:
    user = zoes.store.user(zoes.scope)
    assert user is not None
    until = zoes.clock.now() + timedelta(minutes=5)
    state = replace(user.contacts, lease_until=until, lease_by="job")
    zoes.store.commit(zoes.scope, [PutUser({"contacts": state})])
    with pytest.raises(LeaseHeld):
        merge(zoes)
    assert zoes.contact("two").archived_at is None


def test_numbers_and_notes_of_both_are_kept_unless_said_otherwise(stage: Stage) -> None:
    stage.add("one", Contact("Zoe", family_name="Quist", notes="tall", phones=(Phone("416-555-0131"),)))
    stage.add("two", Contact("Zoe", family_name="Quist", notes="kind", phones=(Phone("416-555-0132"),)))
    found = merging.compared(stage.deps, stage.scope, "one", "two").joint
    assert (found.notes, [it.value for it in found.phones]) == (
        "tall\n\nkind",
        ["416-555-0131", "416-555-0132"],
    )
    merge(stage, notes="kept", phones="other")
    value = stage.contact("one").value
    assert (value.notes, [it.value for it in value.phones]) == ("tall", ["416-555-0132"])
