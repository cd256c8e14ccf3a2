from typing import Any

import pytest

from crmsync.core.account import Leaving
from crmsync.core.pair.sharing import CHOICES
from crmsync.core.scope import Scope
from crmsync.engine.account import calendars
from crmsync.engine.ports import CalendarEntry
from crmsync.store.ports import PutUser
from tests.api.service import Service, refused, said
from tests.scopes import ANN

DEFAULTS: dict[str, Any] = {
    "directions": {"contacts": "both", "calendar": "both"},
    "sharing": {name: "both" for choices in CHOICES.values() for name in choices} | {"notes": "to_crm"},
    "sharing_chosen": False,
    "paused": {"contacts": False, "calendar": False},
    "google_events": "off",
    "show_declined": True,
    "preview_first": False,
    "region": "CA",
    "time_zone": "America/Toronto",
    "owners": {},
    "calendar_id": "primary",
}


def change(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    answer = service.call("PATCH", "/api/settings", body)
    return said(answer)


def test_a_new_user_has_the_defaults(service: Service) -> None:
    assert service.call("GET", "/api/settings").json == DEFAULTS


def test_given_settings_change_and_the_rest_stays(service: Service) -> None:
    given = {"owners": {"phones": "google", "when": "crm"}, "region": "US"}
    assert change(service, given) == {**DEFAULTS, **given}
    assert change(service, {"google_events": "busy"}) == {**DEFAULTS, **given, "google_events": "busy"}
    assert service.call("GET", "/api/settings").json == {**DEFAULTS, **given, "google_events": "busy"}


def test_directions_and_ways_are_chosen_one_by_one_and_remembered(service: Service) -> None:
    service.connect()
    assert change(service, {"directions": {"calendar": "to_google"}})["directions"] == {
        "contacts": "both",
        "calendar": "to_google",
    }
    shown = change(service, {"sharing": {"notes": "never", "emails": "both"}})
    assert (shown["sharing"]["notes"], shown["sharing"]["emails"], shown["sharing_chosen"]) == (
        "never",
        "both",
        True,
    )
    user = service.store.user(ANN)
    assert user is not None
    assert user.settings.ways == {"notes": "never"}
    rev = user.contacts.rev
    change(service, {"sharing": {"notes": "never"}})
    assert service.store.user(ANN) == user, "the same choice is no change"
    shown = change(service, {"sharing": {}, "directions": {"calendar": "both"}})
    user = service.store.user(ANN)
    assert user is not None
    assert user.contacts.rev > rev
    assert (user.contacts.sync_token, user.contacts.local) == (None, None)


def test_what_is_paused_is_said_since_when_and_asked_for_no_more(service: Service) -> None:
    service.connect()
    assert change(service, {"paused": {"contacts": True}})["paused"] == {"contacts": True, "calendar": False}
    assert service.queue.syncs() == [("calendar", "change")]
    shown = service.call("GET", "/api/sync").json
    assert shown is not None
    since = {name: resource["paused_at"] for name, resource in shown["resources"].items()}
    assert since["contacts"] is not None
    assert since["calendar"] is None
    assert [problem["action"] for problem in shown["problems"]] == ["resume"]
    change(service, {"paused": {"calendar": True}})
    shown = service.call("GET", "/api/sync").json
    assert shown is not None
    assert (shown["state"], shown["label"]) == ("paused", "Paused")


def test_a_change_is_followed_by_a_sync_and_a_repetition_is_not(service: Service) -> None:
    service.connect()
    for _ in range(2):
        change(service, {"directions": {"contacts": "from_google"}})
    assert service.queue.syncs() == [("calendar", "change"), ("contacts", "change")]


def test_a_job_that_commits_at_the_same_moment_is_not_overwritten(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.connect()
    read = service.store.user
    meanwhile = iter([PutUser({"next_due_at": service.clock.now()})])

    def read_then_committed(scope: Scope) -> Any:
        found = read(scope)
        for other in meanwhile:
            service.store.commit(scope, [other])
        return found

    monkeypatch.setattr(service.store, "user", read_then_committed)
    change(service, {"region": "GB"})
    user = read(ANN)
    assert user is not None
    assert (user.settings.region, user.next_due_at) == ("GB", service.clock.now())


def test_the_first_region_is_kept_for_what_was_agreed_in_it_and_not_shown(service: Service) -> None:
    service.connect()
    for region in ("FR", "FR", "GB"):
        assert "first_region" not in change(service, {"region": region})
    user = service.store.user(ANN)
    assert user is not None
    assert (user.settings.region, user.settings.first_region) == ("GB", "CA")


def test_another_calendar_can_be_chosen_only_when_google_tells_which_there_are(service: Service) -> None:
    service.connect()
    assert change(service, {"calendar_id": "primary"})["calendar_id"] == "primary"
    assert service.queue.jobs == [], "it was that one before"
    before = service.call("GET", "/api/settings").json
    answer = service.call("PATCH", "/api/settings", {"calendar_id": "work", "region": "US"})
    assert said(answer, 409)["error"]["code"] == "conflict"
    assert service.call("GET", "/api/settings").json == before
    assert said(service.call("GET", "/api/google/calendars")) == {"allowed": False, "items": []}


def test_a_calendar_that_may_be_changed_is_chosen_and_others_are_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [
        CalendarEntry("primary", "Ann", primary=True, writable=True),
        CalendarEntry("work", "Work", primary=False, writable=True),
        CalendarEntry("holidays", "Holidays", primary=False, writable=False),
    ]
    monkeypatch.setattr(calendars, "listed", lambda deps, user: entries)
    service.connect()
    shown = said(service.call("GET", "/api/google/calendars"))
    assert [(each["id"], each["writable"]) for each in shown["items"]] == [
        ("primary", True),
        ("work", True),
        ("holidays", False),
    ]
    for wrong in ("holidays", "elsewhere"):
        assert refused(service, "PATCH", "/api/settings", {"calendar_id": wrong})["field"] == "calendar_id"
    assert change(service, {"calendar_id": "work", "old_copies": "remove"})["calendar_id"] == "work"
    user = service.store.user(ANN)
    assert user is not None
    assert user.calendar.leaving == Leaving("primary", "remove")
    assert ("calendar", "change") in service.queue.syncs()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"directions": {"contacts": "never"}}, "directions.contacts"),
        ({"sharing": {"notes": "up"}}, "sharing.notes"),
        ({"sharing": {"family_name": "never"}}, "sharing.family_name"),
        ({"sharing": {"consent": "both"}}, "sharing.consent"),
        ({"google_events": "all"}, "google_events"),
        ({"region": "Canada"}, "region"),
        ({"region": "CA\n"}, "region"),
        ({"time_zone": "Toronto"}, "time_zone"),
        ({"owners": {"phones": "me"}}, "owners.phones"),
        ({"owners": {"consent": "google"}}, "owners.consent"),
        ({"owners": {"contact_type": "google"}}, "owners.contact_type"),
        ({"calendar_id": ""}, "calendar_id"),
        ({"calendar_id": "x" * 300}, "calendar_id"),
        ({"calendar_id": "primary", "old_copies": "burn"}, "old_copies"),
        ({"uid": "bob"}, "uid"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(service: Service, body: dict[str, Any], field: str) -> None:
    assert refused(service, "PATCH", "/api/settings", body)["field"] == field
    assert service.call("GET", "/api/settings").json == DEFAULTS
