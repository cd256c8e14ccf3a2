"""Leaving is final and only what was asked, whatever happens midway: deaths, a return, another account."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import User
from crmsync.core.calendar.series import exception_of
from crmsync.core.departure import Departure, Left
from crmsync.core.errors import Unavailable
from crmsync.core.model import Appointment, Contact, Email, Resource
from crmsync.core.pair.ids import exception_id
from crmsync.core.state import Choice
from crmsync.engine.account import connect, deleting, leaving
from crmsync.engine.deps import Deps
from crmsync.engine.imports import importing, sheet
from crmsync.store.ports import CandidateQuery
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.world import Account, World
from tests.engine.allowing import come_back
from tests.engine.appointments import SECOND, WEEKLY, exceptions, synced, timed
from tests.engine.schedule.days import pass_time
from tests.machine.crashes import Crash, Effect, Event, Fuse, FusedGoogle, die
from tests.machine.in_process import InProcessGoogle
from tests.stage import CLIENT_ID, START, Stage
from tests.timeline import Timeline

BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")
MOST_EFFECTS = 30
DAY = timedelta(hours=24)


class Door(FusedGoogle):
    """Google whose revocation is an effect, too, and which remembers what was revoked."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        super().__init__(inner, fuse)
        self.revoked: list[str] = []

    def revoke(self, token: str) -> None:
        self.fuse.before("delete")
        self.inner.revoke(token)
        self.revoked.append(token)
        self.fuse.done("delete")


@pytest.fixture(autouse=True)
def small_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call deletes two, so that there is something between two calls."""
    people: Any = InProcessGoogle(World(Clock(START)))
    with people as google:
        stage = Stage(google)
        stage.connect()
        session = stage.google.session("x", token_of(stage))
        assert session is not None
        for remote in (session.contacts(), session.calendar("primary")):
            monkeypatch.setattr(type(remote), "delete_size", 2)


def token_of(stage: Stage) -> str:
    grant = stage.store.grant(stage.scope)
    assert grant is not None
    return grant.token


def contact(name: str) -> Contact:
    return Contact(name, emails=(Email(f"{name.lower()}@example.com"),))


def phone(name: str) -> dict[str, Any]:
    return {"names": [{"givenName": name}], "emailAddresses": [{"value": f"{name.lower()}@example.com"}]}


@contextmanager
def prepared() -> Iterator[Stage]:
    """Ann, Bo and Cem went to Google, and two appointments; Zoe came from there by an import."""
    with InProcessGoogle(World(Clock(START))) as google:
        stage = Stage(google)
        stage.connect()
        stage.book.phone_create(phone("Zoe"))
        for name in ("Ann", "Bo", "Cem"):
            stage.add(name.lower(), contact(name))
        for hour, title in enumerate(("lunch", "visit"), start=12):
            stage.add(title, Appointment(title=title, start=timed(10, hour), end=timed(10, hour + 1)))
        stage.sync()
        stage.sync("calendar")
        rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 9).rows
        sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
        importing.start(stage.deps, stage.scope, "done", None)
        stage.run()
        stage.later(3600)
        yield stage


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def there(stage: Stage) -> tuple[list[str], list[str]]:
    """Names of contacts and titles of events at Google."""
    names = sorted(person["names"][0]["givenName"] for person in stage.persons())
    return names, sorted(event["summary"] for event in stage.events())


def here(stage: Stage) -> list[str]:
    """The CRM's living contacts and appointments."""
    contacts, _ = stage.store.page(stage.scope, "contacts", archived=False, after=None, limit=99)
    appointments, _ = stage.store.page(stage.scope, "appointments", archived=False, after=None, limit=99)
    return sorted([*(c.value.given_name for c in contacts), *(a.value.title for a in appointments)])


EVERYBODY = (["Ann", "Bo", "Cem", "Zoe"], ["lunch", "visit"])
ALL_HERE = ["Ann", "Bo", "Cem", "Zoe", "lunch", "visit"]


def leave(stage: Stage, google: Any = "delete", crm: Any = "keep") -> None:
    connect.disconnect(stage.deps, stage.scope, google, crm)


def fused(stage: Stage, effect: int, *, after: bool, event: Event = die) -> tuple[Fuse, Door]:
    fuse = Fuse()
    stage.fuse(fuse)
    door = Door(stage.google, fuse)
    stage.deps = replace(stage.deps, google=door)
    fuse.set(effect, after=after, event=event)
    return fuse, door


def rest(stage: Stage) -> None:
    """Whatever is queued is done, whatever was set aside for later too."""
    pass_time(stage, timedelta(minutes=45))


# --- only what was asked


@pytest.mark.parametrize("crm", ["keep", "archive"])
@pytest.mark.parametrize("google", ["keep", "delete"])
def test_what_was_asked_is_done_and_nothing_else(google: str, crm: str) -> None:
    with prepared() as stage:
        leave(stage, google, crm)
        stage.run()
        assert there(stage) == (EVERYBODY if google == "keep" else (["Zoe"], []))
        assert here(stage) == [name for name in ALL_HERE if name != "Zoe" or crm == "keep"]
        user = user_of(stage)
        assert (stage.store.grant(stage.scope), user.departure) == (None, None)
        assert [each.kind for each in user.asked if each.kind == "disconnect"] == []
        assert stage.world.grants.granted(stage.account.sub, "stage") == frozenset()


def test_what_was_edited_at_google_since_the_last_sync_stays_and_is_told() -> None:
    """No text of the user's is lost: the CRM has never seen it."""
    with prepared() as stage:
        [visit] = [event for event in stage.events() if event["summary"] == "visit"]
        stage.calendar.phone_edit(visit["id"], {"summary": "Visit, moved"})
        [bo] = stage.persons_named("Bo")
        stage.book.phone_edit(bo["resourceName"], {"nicknames": [{"value": "Bobo"}]})
        leave(stage)
        stage.run()
        assert there(stage) == (["Bo", "Zoe"], ["Visit, moved"])
        assert told(stage).left == (
            Left("contacts", "google", 1, "edited"),
            Left("calendar", "google", 1, "edited"),
        )


def test_what_a_sync_has_brought_in_is_no_such_edit_and_a_moved_etag_is_none() -> None:
    with prepared() as stage:
        [visit] = [event for event in stage.events() if event["summary"] == "visit"]
        [bo] = stage.persons_named("Bo")
        stage.book.phone_edit(bo["resourceName"], {"nicknames": [{"value": "Bobo"}]})
        stage.sync()
        stage.book.phone_label(bo["resourceName"], "Clients")
        stage.calendar.phone_edit(visit["id"], {"colorId": "5"})
        leave(stage)
        stage.run()
        assert (there(stage), user_of(stage).departure) == ((["Zoe"], []), None)


# --- deaths


@pytest.mark.no_cover
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_any_effect_changes_nothing_in_the_end(after: bool) -> None:
    for effect in range(MOST_EFFECTS):
        with prepared() as stage:
            leave(stage, "delete", "archive")
            _, door = fused(stage, effect, after=after)
            died = False
            try:
                stage.run()
            except Crash:
                died = True
            rest(stage)
            assert there(stage) == (["Zoe"], []), f"died at effect {effect}"
            assert here(stage) == ["Ann", "Bo", "Cem", "lunch", "visit"]
            assert (stage.store.grant(stage.scope), user_of(stage).departure) == (None, None)
            assert door.revoked
        if not died:
            assert effect > 10, "there is something to die at"
            return
    raise AssertionError("the job never survives")


# --- coming back midway


def back(stage: Stage) -> connect.Outcome:
    stage.later(1)
    return come_back(stage, stage.account)


def comes_back(stage: Stage, effect: int, *, after: bool, dies: bool) -> tuple[connect.Outcome, Door] | None:
    """Runs a clean-up in which the user comes back at this effect; None when it has no such effect."""
    plain, came = stage.deps, list[connect.Outcome]()

    def comes(_: Effect) -> None:
        fused_deps, stage.deps = stage.deps, plain
        came.append(back(stage))
        stage.deps = fused_deps
        if dies:
            raise Crash

    fuse, door = fused(stage, effect, after=after, event=comes)
    with suppress(Crash):
        stage.run()
    fuse.clear()
    return (came[0], door) if came else None


def is_connected(stage: Stage) -> bool:
    connection = user_of(stage).connection
    return connection is not None and connection.state == "active"


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("after", "dies"), [(False, False), (True, False), (True, True)], ids=["before", "after", "dead"]
)
def test_who_comes_back_at_any_effect_has_everything_in_step_again(after: bool, dies: bool) -> None:
    """At once, beside the job that goes on, or after it has died there. No tombstone of ours archives
    anything, and the guard holds nothing for them.
    """
    for effect in range(MOST_EFFECTS):
        with prepared() as stage:
            leave(stage)
            came = comes_back(stage, effect, after=after, dies=dies)
            if came is None:
                assert effect > 8
                return
            outcome, door = came
            assert outcome.kind == "connected"
            rest(stage)
            if not is_connected(stage):
                # Google was asked to revoke a moment before the new grant came: all that is left is to ask.
                assert door.revoked
                assert back(stage).kind == "connected"
                rest(stage)
            assert is_connected(stage), f"came back at effect {effect}"
            assert there(stage) == EVERYBODY
            assert here(stage) == ALL_HERE
            assert list(stage.store.holds(stage.scope)) == []
            user = user_of(stage)
            assert [state.marked for state in (user.contacts, user.calendar)] == [False, False]
            assert (user.departure, user.asked) == (None, ())
            for resource in RESOURCES:
                links = stage.store.links_page(stage.scope, resource, None, 99)
                assert [link.key for link in links if link.leaving] == []
    raise AssertionError("the job never survives")


def test_exceptions_that_went_with_their_series_go_to_google_again_with_it() -> None:
    """The clean-up died between the deletion of the series and the commit that says so."""
    with InProcessGoogle(World(Clock(START))) as google:
        stage = Stage(google)
        stage.connect(frozenset(("calendar",)))
        synced(stage)
        moved = exception_of(WEEKLY, "s", SECOND)
        stage.add(exception_id(stage.deps.canon("CA"), "s", SECOND), replace(moved, title="Elsewhere"))
        stage.sync("calendar")
        titles = sorted(event["summary"] for event in stage.events())
        leave(stage)
        came = comes_back(stage, 1, after=True, dies=True)
        assert came is not None
        assert stage.events() == []
        rest(stage)
        assert sorted(event["summary"] for event in stage.events()) == titles == ["Coaching", "Elsewhere"]
        assert [record.value.title for record in exceptions(stage)] == ["Elsewhere"]


# --- calls take their time


def test_the_first_sync_waits_until_no_deletion_is_under_way() -> None:
    """A deletion that arrives after the look would leave pairs whose contact is gone, for the next listing to
    archive them.
    """
    with prepared() as stage:
        leave(stage)
        day = Timeline(stage, lambda call: 40.0 if call == "delete" else 0.1)
        day.at(5, lambda: back(stage))
        day.go(10)
        assert (len(there(stage)[0]), day.at_it) == (4, ["disconnect"]), "it has not arrived yet"
        assert user_of(stage).contacts.phase == "waiting"
        day.go(1500)
        day.close()
        assert there(stage) == EVERYBODY
        assert here(stage) == ALL_HERE
        assert list(stage.store.holds(stage.scope)) == []


def test_a_create_that_was_under_way_when_the_user_left_is_taken_back_too() -> None:
    """Its sync can commit nothing any more, so that no link names what it has made."""
    with prepared() as stage:
        stage.add("dee", contact("Dee"))
        day = Timeline(stage, lambda call: 20.0 if call == "create" else 0.1)
        day.at(0, lambda: stage.queue.enqueue("sync", sync_of(stage)))
        day.at(5, lambda: leave(stage))
        day.go(60)
        assert stage.store.grant(stage.scope) is not None, "what it has made is not known yet"
        day.go(1200)
        day.close()
        assert there(stage) == (["Zoe"], [])
        assert (stage.store.intents(stage.scope), user_of(stage).departure) == ([], None)
        assert stage.store.grant(stage.scope) is None


def test_so_is_an_event_but_for_copies_that_a_person_made_of_it() -> None:
    with prepared() as stage:
        copied = {"private": {"crmsync": "lunch"}}
        made = stage.calendar.phone_create(
            {"summary": "Copy", **at_noon(), "extendedProperties": copied, "id": "madebyaperson"}
        )
        stage.add("talk", Appointment(title="talk", start=timed(10, 15), end=timed(10, 16)))
        day = Timeline(stage, lambda call: 20.0 if call == "create" else 0.1)
        day.at(0, lambda: stage.queue.enqueue("sync", sync_of(stage, "calendar")))
        day.at(5, lambda: leave(stage))
        day.go(300)
        day.close()
        assert [event["id"] for event in stage.events()] == [made["id"]]
        assert (stage.store.grant(stage.scope), user_of(stage).departure) == (None, None)


def at_noon() -> dict[str, Any]:
    return {"start": {"dateTime": "2026-03-10T12:00:00Z"}, "end": {"dateTime": "2026-03-10T13:00:00Z"}}


def sync_of(stage: Stage, resource: Resource = "contacts") -> dict[str, Any]:
    return {"uid": stage.uid, "resource": resource, "reason": "manual"}


# --- the time that there is


@dataclass
class Down:
    """Google, where some calls fail, or all of an account, for as long as the test wants."""

    inner: Any
    failing: set[str]

    def session(self, account: str, sealed_token: str | None) -> Any:
        if {"session", account.rpartition(":")[2]} & self.failing:
            raise Unavailable("refresh_failed")
        return self.inner.session(account, sealed_token)

    def revoke(self, token: str) -> None:
        if "revoke" in self.failing:
            raise Unavailable("revoke_failed")
        self.inner.revoke(token)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def told(stage: Stage) -> Departure:
    departure = user_of(stage).departure
    assert departure is not None
    return departure


LEFT = (Left("contacts", "google", 3, "deadline"), Left("calendar", "google", 2, "deadline"))


def test_after_a_day_the_grant_goes_whatever_fails_and_what_remained_is_told() -> None:
    with prepared() as stage:
        token = token_of(stage)
        stage.deps = replace(stage.deps, google=Down(stage.google, {"session"}))
        leave(stage, "delete", "archive")
        pass_time(stage, timedelta(hours=22))
        assert "Zoe" not in here(stage), "what needs no Google is done meanwhile"
        assert stage.store.grant(stage.scope) is not None
        pass_time(stage, timedelta(hours=1, minutes=55))
        assert stage.store.grant(stage.scope) is None
        assert (told(stage).left, told(stage).access_left) == (LEFT, False)
        assert not [each for each in user_of(stage).asked if each.kind == "disconnect"]
        assert stage.world.grants.use_refresh(opened(stage, token), CLIENT_ID) is None, "it is revoked"
        assert there(stage) == EVERYBODY


def opened(stage: Stage, sealed: str) -> str:
    return stage.deps.vault.open(sealed)


def test_a_revocation_that_fails_for_a_day_keeps_no_grant() -> None:
    with prepared() as stage:
        stage.deps = replace(stage.deps, google=Down(stage.google, {"revoke"}))
        leave(stage)
        pass_time(stage, timedelta(hours=23, minutes=50))
        assert stage.store.grant(stage.scope) is not None
        assert there(stage) == (["Zoe"], [])
        pass_time(stage, timedelta(minutes=25))
        assert (stage.store.grant(stage.scope), told(stage).access_left) == (None, True)
        assert told(stage).left == ()


@pytest.mark.unexpected
def test_a_fault_of_ours_keeps_no_grant_either(monkeypatch: pytest.MonkeyPatch) -> None:
    with prepared() as stage:
        monkeypatch.setattr(deleting, "read_all", lambda *_: 1 / 0)
        monkeypatch.setattr(deleting.Deleting, "perform", lambda *_: 1 / 0)
        leave(stage)
        pass_time(stage, timedelta(hours=23, minutes=15))
        assert stage.store.grant(stage.scope) is None
        assert told(stage).left == LEFT


def test_a_wait_that_google_names_does_not_pass_the_time() -> None:
    with prepared() as stage:
        wait = 30 * 3600
        fault = Fault("people.people.*", status=429, reason="rateLimitExceeded", times=None, retry_after=wait)
        stage.world.controls.plan(fault)
        leave(stage)
        pass_time(stage, timedelta(hours=23, minutes=15))
        assert stage.store.grant(stage.scope) is None
        assert told(stage).left == LEFT[:1]


def test_asking_again_moves_no_deadline() -> None:
    with prepared() as stage:
        stage.deps = replace(stage.deps, google=Down(stage.google, {"session"}))
        leave(stage)
        first = told(stage)
        pass_time(stage, timedelta(hours=10))
        leave(stage, "delete", "archive")
        assert (told(stage).since, told(stage).crm_copies) == (first.since, "archive")
        assert told(stage).id != first.id


def test_a_dead_grant_leaves_what_it_cannot_take_back_and_says_so() -> None:
    with prepared() as stage:
        stage.world.grants.revoke(stage.account.sub)
        leave(stage)
        stage.run()
        assert stage.store.grant(stage.scope) is None
        assert [(left.resource, left.count, left.reason) for left in told(stage).left] == [
            ("contacts", 3, "no_grant"),
            ("calendar", 2, "no_grant"),
        ]


def test_what_there_is_to_tell_ends_with_a_look_or_with_the_next_connection() -> None:
    with prepared() as stage:
        stage.world.grants.revoke(stage.account.sub)
        leave(stage)
        stage.run()
        assert back(stage).kind == "connected"
        assert user_of(stage).departure is None
        stage.world.grants.revoke(stage.account.sub)
        leave(stage)
        leaving.dismiss(stage.deps, stage.scope)
        assert user_of(stage).departure is not None, "it is not over"
        stage.run()
        leaving.dismiss(stage.deps, stage.scope)
        assert user_of(stage).departure is None


# --- another account


def another(stage: Stage) -> connect.Outcome:
    stage.later(1)
    return come_back(stage, other_account(stage), afresh=True)


def other_account(stage: Stage) -> Account:
    found = [each for each in stage.world.accounts() if each.email == "other@gmail.example"]
    return found[0] if found else stage.world.add_account("other@gmail.example", "Ann")


def connected_as(stage: Stage) -> str | None:
    connection = user_of(stage).connection
    return None if connection is None else connection.email


@pytest.mark.parametrize(("google", "crm"), [("delete", "keep"), ("keep", "archive"), ("delete", "archive")])
def test_another_account_waits_until_the_one_before_is_cleaned_up_with_its_grant(
    google: str, crm: str
) -> None:
    with prepared() as stage:
        old = token_of(stage)
        leave(stage, google, crm)
        outcome = another(stage)
        assert (outcome.kind, outcome.until) == ("waiting", told(stage).deadline)
        assert (token_of(stage), connected_as(stage)) == (old, None)
        stage.run()
        assert there(stage) == (EVERYBODY if google == "keep" else (["Zoe"], []))
        assert connected_as(stage) == "other@gmail.example"
        book = other_account(stage).people
        names = sorted(book.person(name)["names"][0]["givenName"] for name in book.contents())
        assert names == ["Ann", "Bo", "Cem", *(["Zoe"] if crm == "keep" else [])]
        assert stage.world.grants.use_refresh(opened(stage, old), CLIENT_ID) is None
        assert (user_of(stage).departure, user_of(stage).asked) == (None, ())


@pytest.mark.no_cover
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_it_is_connected_in_the_end_wherever_the_clean_up_dies(after: bool) -> None:
    for effect in range(0, MOST_EFFECTS, 2):
        with prepared() as stage:
            leave(stage, "delete", "keep")
            assert another(stage).kind == "waiting"
            fuse, _ = fused(stage, effect, after=after)
            died = False
            try:
                stage.run()
            except Crash:
                died = True
            fuse.clear()
            rest(stage)
            assert there(stage) == (["Zoe"], [])
            assert (connected_as(stage), is_connected(stage)) == ("other@gmail.example", True), f"{effect}"
            assert stage.store.offers_of(stage.scope) == []
        if not died:
            return
    raise AssertionError("the job never survives")


@pytest.mark.no_cover
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_clean_up_that_comes_late_connects_nobody_over_a_newer_connection(after: bool) -> None:
    """It hangs while the user leaves once more and comes back with the account that had waited."""
    for effect in range(8, MOST_EFFECTS):
        with prepared() as stage:
            leave(stage, "delete", "keep")
            another(stage)
            plain = stage.deps

            def meanwhile(_: Effect, stage: Stage = stage, plain: Deps = plain) -> None:
                late, stage.deps = stage.deps, plain
                leave(stage, "keep", "keep")
                another(stage)
                stage.deps = late

            fuse, _ = fused(stage, effect, after=after, event=meanwhile)
            stage.run()
            fuse.clear()
            rest(stage)
            assert (connected_as(stage), is_connected(stage)) == ("other@gmail.example", True), f"{effect}"
            assert stage.google.session("fresh", token_of(stage)) is not None, "its grant is alive"
        if not fuse.blown:
            return
    raise AssertionError("the job never survives")


def test_it_waits_for_the_deadline_at_most_and_what_remained_is_told_beside_it() -> None:
    with prepared() as stage:
        leave(stage)
        assert another(stage).kind == "waiting"
        stage.deps = replace(stage.deps, google=Down(stage.google, {stage.account.sub}))
        pass_time(stage, timedelta(hours=23, minutes=15))
        assert (connected_as(stage), is_connected(stage)) == ("other@gmail.example", True)
        assert (told(stage).left, told(stage).email) == (LEFT, "ann@gmail.example")


def test_the_same_account_ends_the_wait_of_another() -> None:
    with prepared() as stage:
        leave(stage)
        assert another(stage).kind == "waiting"
        outcome = back(stage)
        assert (outcome.kind, outcome.ended_clean_up) == ("connected", True)
        rest(stage)
        assert there(stage) == EVERYBODY
        assert stage.store.offers_of(stage.scope) == []
        assert stage.world.grants.granted(other_account(stage).sub, "stage") == frozenset()


def test_leaving_once_more_ends_it_too() -> None:
    with prepared() as stage:
        leave(stage)
        assert another(stage).kind == "waiting"
        leave(stage)
        rest(stage)
        assert (there(stage), connected_as(stage)) == ((["Zoe"], []), None)
        assert stage.store.offers_of(stage.scope) == []


def test_nothing_to_clean_up_is_nothing_to_wait_for() -> None:
    with prepared() as stage:
        leave(stage, "keep", "keep")
        outcome = another(stage)
        assert (outcome.kind, outcome.ended_clean_up) == ("connected", False)
        rest(stage)
        assert there(stage) == EVERYBODY
        assert stage.store.offers_of(stage.scope) == []
