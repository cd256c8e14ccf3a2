"""The contacts of a user, whole flows through the real client against the simulated Google."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from crmsync.core.errors import (
    CursorExpired,
    NotFound,
    RateLimited,
    Refused,
    ScopeMissing,
    Stale,
    SyncError,
    Unavailable,
)
from crmsync.core.model import Birthday, Contact, Email, Phone
from crmsync.core.state import Observation
from crmsync.engine.ports import New, Remote, Update
from crmsync.gateway.google import GoogleGateway
from crmsync.gateway.person_shape import PERSON_FIELD
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.server import GoogleServer
from local.google.world import World
from tests.gateway.contacts import ADA, HOSTILE
from tests.gateway.simulated import User, link_to, settings_at

EVERY_FIELD = frozenset(PERSON_FIELD)
_numbers = count()


@pytest.fixture(scope="module")
def server() -> Iterator[GoogleServer]:
    world = World(Clock())
    world.controls.verify_answers = True
    with GoogleServer(world) as running:
        yield running


@pytest.fixture
def user(server: GoogleServer) -> Iterator[User]:
    """A new account for every test."""
    yield User(server, f"user{next(_numbers)}@gmail.example")
    server.world.controls.clear_faults()
    server.world.controls.use_generous_quotas()


@pytest.fixture
def contacts(user: User) -> Remote[Contact]:
    return user.session().contacts()


def simple(number: int) -> Contact:
    return Contact(
        given_name=f"Given{number}",
        family_name=f"Family{number}",
        emails=(Email(f"person{number}@example.test", "home"),),
        phones=(Phone(f"+1 416 555 {number:04}", "mobile"),),
    )


def made(outcome: Observation[Contact] | SyncError | None) -> Observation[Contact]:
    assert isinstance(outcome, Observation), outcome
    return outcome


def create(contacts: Remote[Contact], *values: Contact) -> list[Observation[Contact]]:
    answer = contacts.create([New(f"crm-{at}", value) for at, value in enumerate(values)])
    return [made(answer[f"crm-{at}"]) for at in range(len(values))]


def listed(contacts: Remote[Contact], token: str | None = None) -> tuple[list[Observation[Contact]], str]:
    found: list[Observation[Contact]] = []
    page_token: str | None = None
    while True:
        page = contacts.list_page(token, page_token)
        found += page.items
        page_token = page.next_page_token
        if page_token is None:
            assert page.next_sync_token is not None
            return found, page.next_sync_token


def test_a_contact_survives_the_way_to_google_and_back(contacts: Remote[Contact]) -> None:
    (seen,) = create(contacts, ADA)
    assert (seen.value, seen.own_key, seen.deleted) == (ADA, "crm-0", False)
    found, _ = listed(contacts)
    assert [(item.key, item.value, item.own_key) for item in found] == [(seen.key, ADA, "crm-0")]
    read = contacts.read([seen.remote_id])[seen.remote_id]
    assert read.value == ADA
    assert read.etag == found[0].etag == seen.etag
    assert read.raw is not None


def test_hostile_text_reaches_google_and_comes_back_unchanged(contacts: Remote[Contact]) -> None:
    values = [
        Contact(given_name=text, family_name=text, organization=text, notes=text, urls=()) for text in HOSTILE
    ]
    seen = create(contacts, *values)
    assert [item.value for item in seen] == values
    found, _ = listed(contacts)
    assert {item.own_key: item.value for item in found} == {
        f"crm-{at}": value for at, value in enumerate(values)
    }


def test_a_delta_has_what_changed_and_a_quiet_one_has_nothing(user: User, contacts: Remote[Contact]) -> None:
    first, second = create(contacts, simple(1), simple(2))
    _, token = listed(contacts)
    assert listed(contacts, token)[0] == []
    user.account.people.phone_edit(first.remote_id, {"biographies": [{"value": "met at the fair"}]})
    user.account.people.phone_delete(second.remote_id)
    changed, later = listed(contacts, token)
    by_key = {item.key: item for item in changed}
    assert by_key[first.key].value == replace(simple(1), notes="met at the fair")
    assert (by_key[second.key].deleted, by_key[second.key].value) == (True, None)
    assert listed(contacts, later)[0] == []


def test_an_expired_and_a_malformed_token_both_ask_for_a_full_listing(
    user: User, contacts: Remote[Contact]
) -> None:
    _, token = listed(contacts)
    user.account.people.expire_sync_tokens()
    with pytest.raises(CursorExpired):
        contacts.list_page(token, None)
    with pytest.raises(CursorExpired):
        contacts.list_page("made-up", None)
    with pytest.raises(CursorExpired):
        contacts.list_page(None, "made-up")


def test_a_listing_of_many_pages_is_one_call_a_thousand_and_lean(
    user: User, contacts: Remote[Contact]
) -> None:
    with user.world.lock:
        for number in range(1200):
            user.account.people.phone_create(
                {
                    "names": [{"givenName": f"Given{number}", "familyName": f"Family{number}"}],
                    "emailAddresses": [{"value": f"person{number}@example.test", "type": "home"}],
                    "phoneNumbers": [{"value": f"+1 416 555 {number:04}", "type": "mobile"}],
                }
            )
    found, _ = listed(contacts)
    calls = user.made("people.people.connections.list")
    assert len(found) == 1200
    assert len(calls) == 2
    assert sum(call.response_bytes for call in calls) / 1200 < 650
    assert sum(call.gzipped_bytes for call in calls) / 1200 < 110


def test_who_is_gone_is_absent_from_a_direct_read(user: User, contacts: Remote[Contact]) -> None:
    first, second = create(contacts, simple(1), simple(2))
    user.account.people.phone_delete(second.remote_id)
    assert set(contacts.read([first.remote_id, second.remote_id, "people/c424242"])) == {first.remote_id}
    assert contacts.read([]) == {}


def test_two_hundred_names_are_read_in_one_call(user: User, contacts: Remote[Contact]) -> None:
    seen = create(contacts, *[simple(number) for number in range(200)])
    read = contacts.read([item.remote_id for item in seen])
    assert len(read) == 200
    assert len(user.made("people.people.getBatchGet")) == 1
    assert len(user.made("people.people.batchCreateContacts")) == 1


def test_an_update_of_one_is_one_call_with_the_mask_of_what_changed(
    user: User, contacts: Remote[Contact]
) -> None:
    (seen,) = create(contacts, ADA)
    wanted = replace(ADA, job_title="Countess", birthday=Birthday(12, 10))
    link = link_to(seen)
    before = len(user.calls)
    answer = contacts.update([Update(link, wanted, frozenset({"job_title", "birthday"}))])
    assert made(answer[link.key]).value == wanted
    assert len(user.calls) - before == 1
    assert "updateContact" in user.calls[-1][1]


def test_a_stale_etag_is_stale_and_changes_nothing(user: User, contacts: Remote[Contact]) -> None:
    (seen,) = create(contacts, ADA)
    user.account.people.phone_edit(seen.remote_id, {"nicknames": [{"value": "Countess"}]})
    link = link_to(seen)
    answer = contacts.update([Update(link, replace(ADA, notes="x"), frozenset({"notes"}))])
    assert isinstance(answer[link.key], Stale)
    now = contacts.read([seen.remote_id])[seen.remote_id]
    assert now.value == replace(ADA, nickname="Countess")


def test_what_our_model_lacks_survives_an_update(user: User, contacts: Remote[Contact]) -> None:
    name = user.account.people.phone_create(
        {
            "names": [{"givenName": "Ada", "phoneticGivenName": "Eida"}],
            "organizations": [{"name": "Engines", "department": "Mill"}],
            "emailAddresses": [{"value": "a@x.test", "displayName": "Ada at work"}, {"value": "b@x.test"}],
            "relations": [{"person": "Byron", "type": "father"}],
        }
    )
    (seen,), _ = listed(contacts)
    assert seen.value is not None
    assert seen.rich >= {"given_name", "organization", "emails"}
    wanted = replace(
        seen.value,
        given_name="Augusta",
        job_title="Countess",
        emails=(Email("a@x.test", "work"), Email("c@x.test")),
    )
    fields = frozenset({"given_name", "job_title", "emails"})
    answer = contacts.update([Update(link_to(seen), wanted, fields)])
    assert made(answer[seen.key]).value == wanted
    person = user.account.people.person(name)
    assert person["names"][0]["phoneticGivenName"] == "Eida"
    assert person["organizations"][0]["department"] == "Mill"
    assert person["emailAddresses"][0]["displayName"] == "Ada at work"
    assert [item["value"] for item in person["emailAddresses"]] == ["a@x.test", "c@x.test"]
    assert person["relations"][0]["person"] == "Byron"


def test_a_raw_body_of_the_engine_s_own_read_is_patched_without_another_read(
    user: User, contacts: Remote[Contact]
) -> None:
    user.account.people.phone_create({"names": [{"givenName": "Ada", "phoneticGivenName": "Eida"}]})
    (seen,), _ = listed(contacts)
    user.account.people.phone_edit(seen.remote_id, {"nicknames": [{"value": "Countess"}]})
    read = contacts.read([seen.remote_id])[seen.remote_id]
    assert read.value is not None
    wanted = replace(read.value, given_name="Augusta")
    update = Update(link_to(seen), wanted, frozenset({"given_name"}), raw=read.raw)
    assert made(contacts.update([update])[seen.key]).value == wanted
    assert len(user.made("people.people.getBatchGet")) == 1


def test_many_updates_of_one_kind_are_one_call(user: User, contacts: Remote[Contact]) -> None:
    seen = create(contacts, *[simple(number) for number in range(50)])
    items = [
        Update(link_to(item), replace(simple(at), organization="Acme"), frozenset({"organization"}))
        for at, item in enumerate(seen)
    ]
    before = len(user.calls)
    answer = contacts.update(items)
    assert len(user.calls) - before == 1
    assert [made(answer[item.key]).value for item in seen] == [item.value for item in items]


def test_updates_of_many_kinds_share_one_call_and_lose_nothing_of_each_other(
    user: User, contacts: Remote[Contact]
) -> None:
    seen = create(contacts, *[replace(ADA, given_name=f"Ada{at}") for at in range(4)])
    for item in seen:
        user.account.people.phone_edit(item.remote_id, {"nicknames": [{"value": "Old"}, {"value": "Older"}]})
    seen = sorted(listed(contacts)[0], key=lambda item: item.own_key or "")
    changes: list[tuple[str, Any]] = [
        ("job_title", "Countess"),
        ("phones", (Phone("1", "Boat"),)),
        ("birthday", None),
        ("notes", ""),
    ]
    items = [
        Update(link_to(item), replace(made(item).value or ADA, **{field: value}), frozenset({field}))
        for item, (field, value) in zip(seen, changes, strict=True)
    ]
    before = len(user.calls)
    answer = contacts.update(items)
    assert [address.rpartition("/")[2] for _, address, _ in user.calls[before:]] == [
        "people:batchGet",
        "people:batchUpdateContacts",
    ]
    assert [made(answer[each.link.key]).value for each in items] == [each.value for each in items]
    for item in seen:
        nicknames = user.account.people.person(item.remote_id)["nicknames"]
        assert [each["value"] for each in nicknames] == ["Old", "Older"]


def test_one_moved_and_one_gone_do_not_stop_the_others_of_a_batch(
    user: User, contacts: Remote[Contact]
) -> None:
    seen = create(contacts, *[simple(number) for number in range(4)])
    user.account.people.phone_edit(seen[1].remote_id, {"nicknames": [{"value": "Moved"}]})
    user.account.people.phone_delete(seen[2].remote_id)
    items = [
        Update(link_to(item), replace(simple(at), notes="new"), frozenset({"notes"}))
        for at, item in enumerate(seen)
    ]
    answer = contacts.update(items)
    assert made(answer[seen[0].key]).value == items[0].value
    assert isinstance(answer[seen[1].key], Stale)
    assert isinstance(answer[seen[2].key], NotFound)
    assert made(answer[seen[3].key]).value == items[3].value


def test_one_bad_record_does_not_stop_the_others_of_a_create(user: User, contacts: Remote[Contact]) -> None:
    bad = Contact(given_name="Huge", notes="x" * 300_000)
    answer = contacts.create([New("good-1", simple(1)), New("bad", bad), New("good-2", simple(2))])
    refusal = answer["bad"]
    assert isinstance(refusal, Refused)
    assert made(answer["good-1"]).value == simple(1)
    assert made(answer["good-2"]).value == simple(2)
    assert len(user.account.people.contents()) == 2


def test_a_create_whose_answer_is_lost_is_never_sent_again(user: User, contacts: Remote[Contact]) -> None:
    for fault in (
        Fault("people.people.batchCreateContacts", when="after", drop=True),
        Fault("people.people.batchCreateContacts", when="after", status=503),
    ):
        contacts.list_page(None, None)
        user.world.controls.plan(fault)
        before = len(user.account.people.contents())
        with pytest.raises(Unavailable) as caught:
            contacts.create([New("crm-1", simple(1))])
        assert caught.value.ambiguous
        assert len(user.account.people.contents()) - before == 1
    found, _ = listed(contacts)
    assert [item.own_key for item in found] == ["crm-1", "crm-1"]


def test_a_read_is_tried_once_more_after_an_outage(user: User, contacts: Remote[Contact]) -> None:
    user.world.controls.plan(Fault("people.people.connections.list", status=503))
    assert contacts.list_page(None, None).items == ()
    user.world.controls.plan(Fault("people.people.connections.list", drop=True))
    assert contacts.list_page(None, None).items == ()
    user.world.controls.plan(Fault("people.people.connections.list", status=503, times=2))
    with pytest.raises(Unavailable) as caught:
        contacts.list_page(None, None)
    assert caught.value.ambiguous is False


def test_deleting_many_counts_who_is_gone_already_as_done(user: User, contacts: Remote[Contact]) -> None:
    seen = create(contacts, *[simple(number) for number in range(5)])
    user.account.people.phone_delete(seen[1].remote_id)
    links = [link_to(item) for item in seen]
    assert contacts.delete(links) == {item.key: None for item in seen}
    assert user.account.people.contents() == {}
    assert contacts.delete(links) == {item.key: None for item in seen}
    assert contacts.delete(links[:1]) == {seen[0].key: None}
    assert contacts.delete([]) == {}


def test_over_quota_is_told_with_a_wait_and_nothing_is_made(user: User, contacts: Remote[Contact]) -> None:
    user.world.controls.quotas["people.critical_write"] = 0
    with pytest.raises(RateLimited) as caught:
        contacts.create([New("crm-1", simple(1))])
    assert caught.value.retry_after == 60
    assert user.account.people.contents() == {}


def test_our_own_brake_holds_before_google_s(user: User, server: GoogleServer) -> None:
    clock = user.world.clock
    google = GoogleGateway(settings_at(server.origin), clock, quotas={"people.read": 2})
    session = google.session("uid", user.sealed)
    assert session is not None
    session.contacts().list_page(None, None)
    session.contacts().list_page(None, None)
    calls = len(user.made("people.*"))
    with pytest.raises(RateLimited) as caught:
        session.contacts().list_page(None, None)
    assert caught.value.reason == "own_quota"
    assert len(user.made("people.*")) == calls


def test_a_part_that_was_not_granted_says_so(server: GoogleServer) -> None:
    user = User(server, f"user{next(_numbers)}@gmail.example", scopes=["calendar"])
    with pytest.raises(ScopeMissing):
        user.session().contacts().list_page(None, None)


def test_a_merge_at_google_is_told_by_previous_names(user: User, contacts: Remote[Contact]) -> None:
    kept, merged = create(contacts, simple(1), simple(2))
    _, token = listed(contacts)
    user.account.people.phone_merge(kept.remote_id, merged.remote_id)
    changed, _ = listed(contacts, token)
    by_key = {item.key: item for item in changed}
    assert merged.remote_id in by_key[kept.key].previous
    assert by_key[kept.key].own_key == "crm-0"


def test_a_contact_keeps_its_key_when_google_renames_it(user: User, contacts: Remote[Contact]) -> None:
    (seen,) = create(contacts, simple(1))
    renamed = user.account.people.link_profile(seen.remote_id, "117000000000000000001")
    (found,), _ = listed(contacts)
    assert (found.key, found.remote_id) == (seen.key, renamed)
    answer = contacts.update([Update(link_to(found), replace(simple(1), notes="x"), frozenset({"notes"}))])
    assert made(answer[seen.key]).value == replace(simple(1), notes="x")


def test_labels_have_the_names_shown_and_leave_out_what_is_on_everyone(
    user: User, contacts: Remote[Contact]
) -> None:
    (seen,) = create(contacts, simple(1))
    user.account.people.phone_label(seen.remote_id, "Clients")
    (found,), _ = listed(contacts)
    names = user.session().labels()
    assert [names[label] for label in found.labels if label in names] == ["Clients"]
    assert "contactGroups/myContacts" in found.labels
    assert "contactGroups/myContacts" not in names


def test_every_field_can_be_cleared(contacts: Remote[Contact]) -> None:
    (seen,) = create(contacts, ADA)
    kept = Contact(given_name="Ada")
    answer = contacts.update([Update(link_to(seen), kept, EVERY_FIELD)])
    assert made(answer[seen.key]).value == kept


def test_a_week_old_token_is_expired(contacts: Remote[Contact], user: User) -> None:
    _, token = listed(contacts)
    user.world.clock.advance(timedelta(days=7, minutes=1))
    with pytest.raises(CursorExpired):
        contacts.list_page(token, None)


CREATES = "people.people.batchCreateContacts"
UPDATES = "people.people.batchUpdateContacts"


def unspecific(times: int | None = 1) -> Fault:
    """A refused create that does not say whose fault it is."""
    message = "Request contains an invalid argument."
    return Fault(CREATES, status=400, reason="INVALID_ARGUMENT", message=message, times=times)


def test_a_refusal_that_names_nobody_is_narrowed_down_without_making_anyone_twice(
    user: User, contacts: Remote[Contact]
) -> None:
    user.world.controls.plan(unspecific())
    items = [New(f"crm-{at}", simple(at)) for at in range(5)]
    answer = contacts.create(items)
    assert [made(answer[item.crm]).value for item in items] == [item.value for item in items]
    assert len(user.account.people.contents()) == 5


def test_a_refusal_of_everybody_is_told_of_each(user: User, contacts: Remote[Contact]) -> None:
    user.world.controls.plan(unspecific(times=None))
    answer = contacts.create([New(f"crm-{at}", simple(at)) for at in range(3)])
    assert {type(outcome) for outcome in answer.values()} == {Refused}
    assert user.account.people.contents() == {}


def test_a_quota_that_ends_while_narrowing_down_keeps_what_was_made(
    user: User, contacts: Remote[Contact]
) -> None:
    user.world.controls.plan(unspecific())
    user.world.controls.plan(Fault(CREATES, status=429, reason="RESOURCE_EXHAUSTED", skip=1))
    answer = contacts.create([New(f"crm-{at}", simple(at)) for at in range(4)])
    assert [isinstance(answer[f"crm-{at}"], Observation) for at in range(4)] == [True, True, False, False]
    assert isinstance(answer["crm-3"], RateLimited)


def test_a_doubt_while_narrowing_down_is_raised_even_when_some_were_made(
    user: User, contacts: Remote[Contact]
) -> None:
    user.world.controls.plan(unspecific())
    user.world.controls.plan(Fault(CREATES, when="after", status=503, skip=1))
    with pytest.raises(Unavailable) as caught:
        contacts.create([New(f"crm-{at}", simple(at)) for at in range(4)])
    assert caught.value.ambiguous
    found, _ = listed(contacts)
    assert sorted(item.own_key or "" for item in found) == [f"crm-{at}" for at in range(4)]


def test_a_full_address_book_is_told_of_each_contact_at_once(user: User, contacts: Remote[Contact]) -> None:
    message = "MY_CONTACTS_OVERFLOW_COUNT: too many contacts."
    full = Fault(CREATES, status=400, reason="FAILED_PRECONDITION", message=message, times=None)
    user.world.controls.plan(full)
    answer = contacts.create([New(f"crm-{at}", simple(at)) for at in range(3)])
    reasons = {outcome.reason for outcome in answer.values() if isinstance(outcome, Refused)}
    assert reasons == {"contacts_full"}
    assert len(user.made(CREATES)) == 1


@pytest.mark.parametrize("status", ["INVALID_ARGUMENT", "FAILED_PRECONDITION"])
def test_a_refused_batch_of_updates_that_names_nobody_stops_nobody(
    user: User, contacts: Remote[Contact], status: str
) -> None:
    seen = create(contacts, *[simple(number) for number in range(4)])
    user.account.people.phone_edit(seen[1].remote_id, {"nicknames": [{"value": "Moved"}]})
    message = "Request person.etag is different than the current person.etag."
    user.world.controls.plan(Fault(UPDATES, status=400, reason=status, message=message))
    items = [
        Update(link_to(item), replace(simple(at), notes="new"), frozenset({"notes"}))
        for at, item in enumerate(seen)
    ]
    answer = contacts.update(items)
    assert isinstance(answer[seen[1].key], Stale)
    for at in (0, 2, 3):
        assert made(answer[seen[at].key]).value == items[at].value


def test_an_update_over_quota_is_raised(user: User, contacts: Remote[Contact]) -> None:
    (seen,) = create(contacts, simple(1))
    user.world.controls.quotas["people.critical_write"] = 0
    with pytest.raises(RateLimited):
        contacts.update([Update(link_to(seen), replace(simple(1), notes="x"), frozenset({"notes"}))])
