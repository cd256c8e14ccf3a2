"""A listing that loses its place, and batches whose commit is refused: begun anew, nothing half done."""

from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.model import Appointment, Contact, Email, Resource
from crmsync.core.state import Link
from crmsync.engine import jobs
from crmsync.engine.frame import answers
from crmsync.engine.run import attempts
from crmsync.gateway import events, people
from local.google.faults import Fault
from tests.engine.appointments import timed
from tests.machine.crashes import Effect, Fuse
from tests.stage import Stage
from tests.timeline import Timeline

NAMES = ("Ada", "Bo", "Cem")
PAGES: dict[Resource, str] = {
    "contacts": "people.people.connections.list",
    "calendar": "calendar.events.list",
}
CALL = 10.0


def contact(name: str) -> Contact:
    return Contact(given_name=name, emails=(Email(f"{name.lower()}@example.com"),))


def appointment(title: str) -> Appointment:
    return Appointment(title=title, start=timed(10, 9), end=timed(10, 10))


def in_step(stage: Stage) -> Stage:
    """Three of a kind on both sides, and cursors that stand."""
    for name in NAMES:
        stage.add(name.lower(), contact(name))
        stage.add(f"{name.lower()}-event", appointment(name))
    for wait in (3700, 600):
        stage.sync("contacts")
        stage.sync("calendar")
        stage.later(wait)
    stage.world.controls.forget_calls()
    return stage


def resource_name(stage: Stage, given: str) -> str:
    return str(stage.persons_named(given)[0]["resourceName"])


def event_id(stage: Stage, title: str) -> str:
    return next(str(event["id"]) for event in stage.events() if event["summary"] == title)


def link_of(stage: Stage, crm: str) -> Link:
    return stage.store.links_of(stage.scope, "contacts", [crm])[crm]


class TestACursorThatExpiresMidway:
    """Two are reported deleted on the first pages; before the last page the token expires, and one of the two
    is there again. What the first listing told of deletions counts no more.
    """

    @pytest.fixture
    def synced(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
        """Three of a kind in step; a page of a listing has one of them."""
        monkeypatch.setattr(people, "PAGE_SIZE", 1)
        monkeypatch.setattr(events, "PAGE_SIZE", 1)
        return in_step(stage)

    def test_of_contacts(self, synced: Stage) -> None:
        back = synced.book.get(resource_name(synced, "Ada"))
        synced.book.phone_delete(resource_name(synced, "Ada"))
        synced.later(1)
        synced.book.phone_delete(resource_name(synced, "Bo"))
        synced.later(1)
        synced.book.phone_edit(resource_name(synced, "Cem"), {"nicknames": [{"value": "C"}]})
        synced.later(1)

        def come_back() -> None:
            synced.book.change(back)
            synced.world.controls.plan(Fault(PAGES["contacts"], "before", 400, "EXPIRED_SYNC_TOKEN"))

        timeline = self.interrupted(synced, "contacts", come_back, calls_before=4)
        assert [id for id in ("ada", "bo", "cem") if synced.contact(id).archived_at] == ["bo"]
        assert synced.contact("cem").value.nickname == "C"
        assert sorted(p["names"][0]["givenName"] for p in synced.persons()) == ["Ada", "Cem"]
        assert self.listed(synced, "contacts") == 2 + 1 + 2, "two pages, the refusal, both who live"
        assert len(timeline.deliveries) == 1

    def test_of_a_calendar(self, synced: Stage) -> None:
        ada = event_id(synced, "Ada")
        for title in ("Ada", "Bo"):
            synced.calendar.phone_delete(event_id(synced, title))
            synced.later(1)
        synced.calendar.phone_edit(event_id(synced, "Cem"), {"location": "Hall"})
        synced.later(1)

        def come_back() -> None:
            synced.calendar.phone_restore(ada)
            synced.world.controls.plan(Fault(PAGES["calendar"], "before", 410, "fullSyncRequired"))

        timeline = self.interrupted(synced, "calendar", come_back, calls_before=4)
        ids = [f"{name.lower()}-event" for name in NAMES]
        assert [id for id in ids if synced.appointment(id).archived_at] == ["bo-event"]
        assert synced.appointment("cem-event").value.location == "Hall"
        assert sorted(event["summary"] for event in synced.events()) == ["Ada", "Cem"]
        assert self.listed(synced, "calendar") == 2 + 1 + 2, "two pages, the refusal, both who live"
        assert len(timeline.deliveries) == 1

    @staticmethod
    def interrupted(stage: Stage, resource: Resource, happens: Any, *, calls_before: int) -> Timeline:
        """One job, which lists two pages and looks at whom they report deleted; then something happens."""
        timeline = Timeline(stage, lambda _: CALL)
        stage.queue.enqueue("sync", {"uid": stage.uid, "resource": resource, "reason": "schedule"})
        timeline.at(CALL * calls_before + 1, happens)
        timeline.run()
        return timeline

    @staticmethod
    def listed(stage: Stage, resource: Resource) -> int:
        return stage.world.controls.count(PAGES[resource])


class TestABatchThatIsRefused:
    """A person writes a record of the batch in the CRM whenever the job is about to commit."""

    @pytest.fixture
    def edited(self, stage: Stage) -> Stage:
        """Edits of two contacts on the phone, which one batch brings."""
        in_step(stage)
        for name in ("Ada", "Bo"):
            stage.book.phone_edit(resource_name(stage, name), {"nicknames": [{"value": f"{name} G."}]})
        stage.later()
        return stage

    @staticmethod
    def refuse(stage: Stage, times: int) -> list[str]:
        """So many commits from here on meet an edit of Ada in the CRM; the titles that she got by them."""
        titles: list[str] = []
        fuse = Fuse()
        stage.fuse(fuse)

        def meanwhile(effect: Effect) -> None:
            assert effect == "commit"
            titles.append(f"Title {len(titles)}")
            stage.edit("ada", replace(stage.contact("ada").value, job_title=titles[-1]))
            if len(titles) < times:
                fuse.set(0, after=False, event=meanwhile)

        fuse.set(0, after=False, event=meanwhile)
        return titles

    @staticmethod
    def one_job(stage: Stage) -> None:
        jobs.run(stage.deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})

    @staticmethod
    def brought(stage: Stage) -> list[str]:
        return [stage.contact(id).value.nickname for id in ("ada", "bo")]

    def test_two_refusals_are_looked_at_again_by_the_same_job(self, edited: Stage) -> None:
        titles = self.refuse(edited, 2)
        self.one_job(edited)
        assert edited.queue.tasks == []
        assert len(titles) == 2
        assert self.brought(edited) == ["Ada G.", "Bo G."]
        assert edited.contact("ada").value.job_title == titles[-1]
        assert edited.persons_named("Ada")[0]["organizations"][0]["title"] == titles[-1]
        assert edited.world.controls.count(PAGES["contacts"]) == 1

    def test_what_is_refused_as_often_as_is_tried_is_left_to_the_next_job(self, edited: Stage) -> None:
        before = edited.store.user(edited.scope)
        links = [link_of(edited, id) for id in ("ada", "bo")]
        titles = self.refuse(edited, attempts.MOST)
        self.one_job(edited)
        after = edited.store.user(edited.scope)
        assert before is not None
        assert after is not None
        assert len(titles) == attempts.MOST
        assert self.brought(edited) == ["", ""], "nor is the half of it written that nobody was in the way of"
        assert [link_of(edited, id) for id in ("ada", "bo")] == links
        assert after.contacts.sync_token == before.contacts.sync_token
        [again] = edited.queue.tasks
        assert (again.due - edited.clock.now()).total_seconds() == answers.RACE_WAIT
        edited.run()
        assert self.brought(edited) == ["Ada G.", "Bo G."]
        assert edited.persons_named("Ada")[0]["organizations"][0]["title"] == titles[-1]
        assert edited.world.controls.count(PAGES["contacts"]) == 2


def test_a_long_listing_that_brings_nothing_new_keeps_its_place_page_by_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that dies after ten thousand contacts that were all offered before does not begin anew."""
    for name in NAMES:
        stage.book.phone_create({"names": [{"givenName": name}]})
    stage.sync()
    monkeypatch.setattr(people, "PAGE_SIZE", 1)
    stage.world.controls.plan(Fault(PAGES["contacts"], "before", 400, "EXPIRED_SYNC_TOKEN"))
    places: list[str] = []

    class Places(Fuse):
        def done(self, effect: Effect) -> None:
            user = stage.store.user(stage.scope)
            if user is not None and user.contacts.page_token:
                places.append(user.contacts.page_token)

    stage.fuse(Places())
    jobs.run(stage.deps, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    assert len(dict.fromkeys(places)) == len(NAMES) - 1, "all but the last page leave where to go on"


def test_a_complete_listing_that_changes_nothing_keeps_its_cursor_all_the_same(stage: Stage) -> None:
    in_step(stage)
    stage.book.phone_edit(resource_name(stage, "Ada"), {"nicknames": [{"value": "A"}]})
    stage.sync()
    stage.later(1)
    stage.world.controls.plan(Fault(PAGES["contacts"], "before", 400, "EXPIRED_SYNC_TOKEN"))
    stage.sync()
    user = stage.store.user(stage.scope)
    assert user is not None
    assert user.contacts.full_at == stage.clock.now()
    stage.world.controls.forget_calls()
    stage.sync()
    assert stage.world.controls.count(PAGES["contacts"]) == 1
