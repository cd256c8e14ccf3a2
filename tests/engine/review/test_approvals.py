"""What waits for the user: deletions on either side, and a contact that was cleared; both answers to each."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from crmsync.core.journal import Change, Hold
from crmsync.core.model import Contact, Email
from crmsync.core.pair.decide import IDENTITY_CLEARED
from crmsync.core.pair.guard import TOO_MANY
from crmsync.core.scope import Scope
from crmsync.engine import jobs
from crmsync.engine.requests import request_sync
from crmsync.engine.review import approvals
from crmsync.store.ports import PutHold
from tests.machine.crashes import Crash, Fuse
from tests.stage import Stage

COUNT = 12
"""One more than the guard lets pass, and another."""

Choice = Literal["apply", "discard"]


def contact(n: int) -> Contact:
    return Contact(given_name=f"Ann{n}", emails=(Email(f"a{n}@example.com"),))


def resource_name(stage: Stage, given: str) -> str:
    return str(stage.persons_named(given)[0]["resourceName"])


def the_hold(stage: Stage) -> Hold:
    [hold] = stage.store.holds(stage.scope)
    return hold


def decide(stage: Stage, choice: Choice) -> None:
    """The user decides the one hold there is."""
    hold = the_hold(stage)
    approvals.choose(stage.deps, stage.scope, hold.id, choice, hold.digest)


def archived(stage: Stage) -> set[int]:
    return {n for n in range(COUNT) if stage.contact(f"c{n}").archived_at is not None}


def given_names(stage: Stage) -> list[str]:
    return sorted(person["names"][0]["givenName"] for person in stage.persons())


def changes(stage: Stage) -> list[Change]:
    entries, _ = stage.store.journal(stage.scope, crm=None, run=None, after=None, limit=500)
    return [change for entry in entries for change in entry.changes]


def at_rest(stage: Stage) -> None:
    """Nothing is on hold, nothing is decided, and more jobs change nothing."""
    assert stage.store.holds(stage.scope) == []
    user = stage.store.user(stage.scope)
    assert user is not None
    assert user.contacts.decided_at is None
    stage.later(3700)
    stage.sync()
    stage.later(600)
    stage.meter.reset()
    stage.sync()
    assert stage.meter.used().writes == 0


@pytest.fixture
def synced(stage: Stage) -> Stage:
    """Contacts c0 … that are in step."""
    for n in range(COUNT):
        stage.add(f"c{n}", contact(n))
    stage.sync()
    stage.later(600)
    return stage


@pytest.fixture
def gone(synced: Stage) -> Stage:
    """All of them were deleted on the phone; held."""
    for found in synced.persons():
        synced.book.phone_delete(found["resourceName"])
    synced.later()
    synced.sync()
    assert the_hold(synced).side == "crm"
    return synced


@pytest.fixture
def thrown_out(synced: Stage) -> Stage:
    """All of them were archived in the CRM; held."""
    for n in range(COUNT):
        synced.edit(f"c{n}", contact(n), archived=True)
    synced.sync()
    assert the_hold(synced).side == "google"
    return synced


@pytest.fixture
def emptied(synced: Stage) -> Stage:
    """The name and e-mail of c0 were cleared on the phone, and a note was left; held."""
    name = resource_name(synced, "Ann0")
    note = [{"value": "who was this?", "contentType": "TEXT_PLAIN"}]
    synced.book.phone_edit(name, {"names": [], "emailAddresses": [], "biographies": note})
    synced.later()
    synced.sync()
    assert the_hold(synced).reason == IDENTITY_CLEARED
    return synced


class TestOneByOne:
    """A mistake that arrives record by record, each with a job of its own, is no smaller for it."""

    def test_at_google_the_eleventh_within_the_hour_is_held(self, synced: Stage) -> None:
        for found in synced.persons():
            synced.book.phone_delete(found["resourceName"])
            synced.later()
            synced.sync()
        assert len(archived(synced)) == 10
        hold = the_hold(synced)
        assert (hold.side, hold.reason, len(hold.items)) == ("crm", TOO_MANY, 2), "asked once, for both"

    def test_in_the_crm_the_eleventh_within_the_hour_is_held(self, synced: Stage) -> None:
        for n in range(COUNT):
            synced.edit(f"c{n}", contact(n), archived=True)
            synced.sync()
        assert len(synced.persons()) == 2
        hold = the_hold(synced)
        assert (hold.side, hold.reason, len(hold.items)) == ("google", TOO_MANY, 2)

    def test_a_yes_to_fewer_is_no_yes_to_more(self, synced: Stage) -> None:
        for n in range(11):
            synced.edit(f"c{n}", contact(n), archived=True)
            synced.sync()
        shown = the_hold(synced)
        synced.edit("c11", contact(11), archived=True)
        synced.sync()
        with pytest.raises(approvals.Moved) as asked_again:
            approvals.choose(synced.deps, synced.scope, shown.id, "apply", shown.digest)
        assert asked_again.value.hold == the_hold(synced)
        assert len(synced.persons()) == 2

    def test_a_few_a_day_are_followed(self, synced: Stage) -> None:
        for n in range(COUNT):
            synced.edit(f"c{n}", contact(n), archived=True)
            synced.sync()
            synced.clock.advance(timedelta(hours=2))
        assert synced.persons() == []
        assert synced.store.holds(synced.scope) == []

    def test_after_a_yes_counting_begins_anew(self, synced: Stage) -> None:
        for n in range(11):
            synced.edit(f"c{n}", contact(n), archived=True)
            synced.sync()
        decide(synced, "apply")
        synced.run()
        synced.edit("c11", contact(11), archived=True)
        synced.sync()
        assert synced.persons() == []
        at_rest(synced)


class TestDeletedAtGoogle:
    def test_until_the_user_decides_nothing_is_archived_and_the_hold_stays_one(self, gone: Stage) -> None:
        before = the_hold(gone)
        for _ in range(2):
            gone.clock.advance(timedelta(days=7))
            gone.sync()
        assert the_hold(gone) == before
        assert archived(gone) == set()

    def test_apply_archives_them_and_forgets_the_links(self, gone: Stage) -> None:
        decide(gone, "apply")
        gone.run()
        assert archived(gone) == set(range(COUNT))
        assert gone.store.count_links(gone.scope, "contacts") == 0
        assert sum(change.action == "archive_local" for change in changes(gone)) == COUNT
        at_rest(gone)
        assert gone.persons() == []

    def test_discard_keeps_them_and_puts_them_into_google_again(self, gone: Stage) -> None:
        decide(gone, "discard")
        gone.run()
        assert archived(gone) == set()
        assert len(gone.persons()) == COUNT
        assert {change.why for change in changes(gone) if change.action == "recreate_remote"} == {
            "you kept it"
        }
        at_rest(gone)
        assert len(gone.persons()) == COUNT

    def test_a_yes_does_not_reach_a_contact_that_was_edited_in_the_crm_since(self, gone: Stage) -> None:
        gone.edit("c3", replace(contact(3), nickname="Trey"))
        decide(gone, "apply")
        gone.run()
        assert archived(gone) == set(range(COUNT)) - {3}
        assert given_names(gone) == ["Ann3"]
        at_rest(gone)

    @pytest.mark.parametrize("choice", ["apply", "discard"])
    def test_a_contact_that_came_back_at_google_stays_linked(self, synced: Stage, choice: Choice) -> None:
        name = resource_name(synced, "Ann5")
        before = synced.book.get(name)
        for found in synced.persons():
            synced.book.phone_delete(found["resourceName"])
        synced.later()
        synced.sync()
        synced.book.change(before)
        decide(synced, choice)
        synced.run()
        assert 5 not in archived(synced)
        assert [p["resourceName"] for p in synced.persons_named("Ann5")] == [name]
        at_rest(synced)
        assert len(synced.persons_named("Ann5")) == 1

    def test_a_contact_archived_in_the_crm_meanwhile_is_not_brought_back_by_discard(
        self, gone: Stage
    ) -> None:
        gone.edit("c1", contact(1), archived=True)
        decide(gone, "discard")
        gone.run()
        assert archived(gone) == {1}
        assert "Ann1" not in given_names(gone)
        at_rest(gone)

    def test_a_few_deleted_later_are_followed_and_do_not_join_the_hold(self, synced: Stage) -> None:
        synced.add("late", Contact(given_name="Late"))
        synced.sync()
        synced.later(600)
        for n in range(COUNT - 1):
            synced.book.phone_delete(resource_name(synced, f"Ann{n}"))
        synced.later()
        synced.sync()
        before = the_hold(synced)
        synced.book.phone_delete(resource_name(synced, "Late"))
        synced.later()
        synced.book.expire_sync_tokens()
        synced.sync()
        assert synced.contact("late").archived_at is not None
        assert the_hold(synced) == before
        assert archived(synced) == set()


class TestArchivedInTheCrm:
    def test_held_ones_do_not_slip_past_the_guard_one_by_one(self, thrown_out: Stage) -> None:
        before = the_hold(thrown_out)
        for _ in range(4):
            thrown_out.later(1)
            thrown_out.sync()
        assert len(thrown_out.persons()) == COUNT
        assert the_hold(thrown_out) == before

    def test_a_held_one_does_not_keep_later_changes_from_google(self, thrown_out: Stage) -> None:
        thrown_out.add("new", Contact(given_name="New"))
        thrown_out.sync()
        thrown_out.later(3700)
        thrown_out.sync()
        thrown_out.meter.reset()
        thrown_out.later(600)
        thrown_out.sync()
        assert len(thrown_out.persons_named("New")) == 1
        assert thrown_out.meter.used().reads <= 2, "they are not looked at again and again"

    def test_apply_deletes_them_at_google(self, thrown_out: Stage) -> None:
        decide(thrown_out, "apply")
        thrown_out.run()
        assert thrown_out.persons() == []
        assert thrown_out.store.count_links(thrown_out.scope, "contacts") == 0
        at_rest(thrown_out)
        assert archived(thrown_out) == set(range(COUNT))

    def test_discard_leaves_googles_copies_for_good(self, thrown_out: Stage) -> None:
        decide(thrown_out, "discard")
        thrown_out.run()
        at_rest(thrown_out)
        thrown_out.clock.advance(timedelta(days=7))
        thrown_out.sync()
        assert len(thrown_out.persons()) == COUNT
        assert archived(thrown_out) == set(range(COUNT))
        assert thrown_out.candidates() == [], "nor are they offered for import"
        links = thrown_out.store.links_page(thrown_out.scope, "contacts", None, 100)
        assert {link.state for link in links} == {"detached"}

    def test_a_yes_does_not_reach_a_contact_that_was_restored_since(self, thrown_out: Stage) -> None:
        thrown_out.edit("c2", replace(contact(2), nickname="Deux"), archived=False)
        decide(thrown_out, "apply")
        thrown_out.run()
        assert given_names(thrown_out) == ["Ann2"]
        assert thrown_out.persons()[0]["nicknames"][0]["value"] == "Deux"
        assert 2 not in archived(thrown_out)
        at_rest(thrown_out)

    def test_a_yes_does_not_reach_a_contact_that_was_edited_at_google_since(self, thrown_out: Stage) -> None:
        name = resource_name(thrown_out, "Ann4")
        thrown_out.book.phone_edit(name, {"nicknames": [{"value": "Quattro"}]})
        thrown_out.later()
        decide(thrown_out, "apply")
        thrown_out.run()
        assert given_names(thrown_out) == ["Ann4"]
        assert thrown_out.contact("c4").archived_at is None
        assert thrown_out.contact("c4").value.nickname == "Quattro"
        at_rest(thrown_out)

    def test_one_that_is_gone_at_google_already_is_no_obstacle(self, thrown_out: Stage) -> None:
        thrown_out.book.phone_delete(resource_name(thrown_out, "Ann0"))
        thrown_out.later()
        decide(thrown_out, "apply")
        thrown_out.run()
        assert thrown_out.persons() == []
        at_rest(thrown_out)


class TestClearedAtGoogle:
    def test_until_the_user_decides_both_sides_stay_as_they_are(self, emptied: Stage) -> None:
        before = the_hold(emptied)
        emptied.book.report_all_changed()
        emptied.sync()
        emptied.clock.advance(timedelta(days=7))
        emptied.sync()
        assert the_hold(emptied) == before
        assert emptied.contact("c0").value == contact(0)

    def test_apply_clears_it_in_the_crm_too_and_the_journal_keeps_what_it_was(self, emptied: Stage) -> None:
        decide(emptied, "apply")
        emptied.run()
        value = emptied.contact("c0").value
        assert (value.given_name, value.emails, value.notes) == ("", (), "who was this?")
        assert any(change.before and change.before.get("given_name") == "Ann0" for change in changes(emptied))
        at_rest(emptied)

    def test_discard_gives_google_its_values_back_and_takes_the_rest(self, emptied: Stage) -> None:
        decide(emptied, "discard")
        emptied.run()
        [found] = emptied.persons_named("Ann0")
        assert found["emailAddresses"][0]["value"] == "a0@example.com"
        assert found["biographies"][0]["value"] == "who was this?"
        assert emptied.contact("c0").value == replace(contact(0), notes="who was this?")
        at_rest(emptied)

    def test_an_edit_in_the_crm_since_is_kept_whatever_was_said(self, emptied: Stage) -> None:
        emptied.edit("c0", replace(contact(0), family_name="Martin"))
        decide(emptied, "apply")
        emptied.run()
        value = emptied.contact("c0").value
        assert (value.given_name, value.family_name) == ("", "Martin")
        at_rest(emptied)
        assert any(p.get("names", [{}])[0].get("familyName") == "Martin" for p in emptied.persons())

    def test_a_name_that_is_back_at_google_is_not_cleared_by_an_old_yes(self, emptied: Stage) -> None:
        [name] = [p["resourceName"] for p in emptied.persons() if not p.get("names")]
        emptied.book.phone_edit(name, {"names": [{"givenName": "Anna0"}]})
        emptied.later()
        decide(emptied, "discard")
        emptied.run()
        value = emptied.contact("c0").value
        assert value.given_name == "Anna0"
        at_rest(emptied)

    @pytest.mark.parametrize("choice", ["apply", "discard"])
    def test_archived_meanwhile_it_goes_at_google_too(self, emptied: Stage, choice: Choice) -> None:
        emptied.edit("c0", contact(0), archived=True)
        decide(emptied, choice)
        emptied.run()
        assert emptied.contact("c0").archived_at is not None
        assert len(emptied.persons()) == COUNT - 1
        at_rest(emptied)

    def test_deleted_meanwhile_it_is_archived_like_any_other(self, emptied: Stage) -> None:
        [name] = [p["resourceName"] for p in emptied.persons() if not p.get("names")]
        emptied.book.phone_delete(name)
        emptied.later()
        decide(emptied, "apply")
        emptied.run()
        assert archived(emptied) == {0}
        at_rest(emptied)


class TestDeciding:
    def test_an_unknown_hold_is_refused(self, gone: Stage) -> None:
        with pytest.raises(approvals.UnknownHold):
            approvals.choose(gone.deps, gone.scope, "nothing", "apply", "digest")
        with pytest.raises(approvals.UnknownHold):
            approvals.choose(
                gone.deps, Scope.of("stranger"), the_hold(gone).id, "apply", the_hold(gone).digest
            )

    def test_another_digest_is_refused_and_nothing_is_decided(self, gone: Stage) -> None:
        with pytest.raises(approvals.Moved):
            approvals.choose(gone.deps, gone.scope, the_hold(gone).id, "apply", "another")
        gone.sync()
        assert archived(gone) == set()

    def test_a_decision_holds_and_may_be_repeated(self, gone: Stage) -> None:
        hold = the_hold(gone)
        for _ in range(2):
            approvals.choose(gone.deps, gone.scope, hold.id, "discard", hold.digest)
        with pytest.raises(approvals.Moved):
            approvals.choose(gone.deps, gone.scope, hold.id, "apply", hold.digest)
        gone.run()
        assert archived(gone) == set()
        assert len(gone.persons()) == COUNT

    def test_it_is_carried_out_by_the_schedule_when_the_queue_lost_the_job(self, gone: Stage) -> None:
        decide(gone, "apply")
        gone.queue.tasks.clear()
        gone.sync()
        assert archived(gone) == set(range(COUNT))

    @pytest.mark.parametrize("effect", range(4))
    def test_a_decision_taken_while_a_sync_is_at_work_is_carried_out_after_it(
        self, gone: Stage, effect: int
    ) -> None:
        hold, deps = the_hold(gone), gone.deps
        gone.add("more", Contact(given_name="More"))
        fuse = Fuse()
        gone.fuse(fuse)
        fuse.set(
            effect,
            after=True,
            event=lambda _: approvals.choose(deps, gone.scope, hold.id, "apply", hold.digest),
        )
        request_sync(gone.deps, gone.scope, "manual")
        gone.run()
        assert fuse.blown == 1
        assert archived(gone) == set(range(COUNT))
        at_rest(gone)

    @pytest.mark.parametrize("effect", range(3))
    def test_a_decision_taken_while_a_sync_is_at_work_takes_one_job_more_at_once(
        self, gone: Stage, effect: int
    ) -> None:
        """The click joins the job at work, which must leave one behind; or there is the click's own."""
        hold, deps = the_hold(gone), gone.deps
        gone.add("more", Contact(given_name="More"))
        fuse = Fuse()
        gone.fuse(fuse)
        fuse.set(
            effect,
            after=True,
            event=lambda _: approvals.choose(deps, gone.scope, hold.id, "apply", hold.digest),
        )
        request_sync(deps, gone.scope, "manual", frozenset(("contacts",)))
        gone.queue.tasks.clear()
        jobs.run(gone.deps, "sync", {"uid": gone.uid, "resource": "contacts", "reason": "manual"})
        assert fuse.blown == 1
        assert archived(gone) == set()
        [following] = gone.queue.tasks
        assert (following.job, following.due) == ("sync", gone.clock.now())
        gone.queue.tasks.clear()
        jobs.run(gone.deps, following.job, following.payload)
        assert archived(gone) == set(range(COUNT))
        assert gone.queue.tasks == []
        at_rest(gone)

    def test_two_decisions_at_once_are_both_carried_out(self, gone: Stage) -> None:
        """The second comes while the first is being carried out."""
        first, deps = the_hold(gone), gone.deps
        second = replace(first, id="second", digest="second", items=())
        gone.store.commit(gone.scope, [PutHold(second)])
        fuse = Fuse()
        gone.fuse(fuse)
        approvals.choose(deps, gone.scope, first.id, "apply", first.digest)
        gone.later(1)
        fuse.set(
            0, after=True, event=lambda _: approvals.choose(deps, gone.scope, "second", "apply", "second")
        )
        gone.run()
        assert fuse.blown == 1
        assert archived(gone) == set(range(COUNT))
        at_rest(gone)


SITUATIONS = ("gone", "thrown_out", "emptied")


@pytest.mark.parametrize("choice", ["apply", "discard"])
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_job_that_dies_anywhere_is_carried_on_with_the_same_end(
    request: pytest.FixtureRequest, situation: str, choice: Choice, after: bool
) -> None:
    stage: Stage = request.getfixturevalue(situation)
    fuse = Fuse()
    stage.fuse(fuse)
    decide(stage, choice)
    effect = 0
    while True:
        fuse.set(effect, after=after)
        try:
            stage.run()
            break
        except Crash:
            effect += 1
            stage.later(20 * 60)
            stage.queue.enqueue("sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    fuse.clear()
    assert fuse.blown > 0
    stage.later(20 * 60)
    stage.sync()
    end: dict[tuple[str, str], Any] = {
        ("gone", "apply"): (COUNT, 0),
        ("gone", "discard"): (0, COUNT),
        ("thrown_out", "apply"): (COUNT, 0),
        ("thrown_out", "discard"): (COUNT, COUNT),
        ("emptied", "apply"): (0, COUNT),
        ("emptied", "discard"): (0, COUNT),
    }
    assert (len(archived(stage)), len(stage.persons())) == end[situation, choice]
    at_rest(stage)
