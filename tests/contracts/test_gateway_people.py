"""The contacts of a user, whole flows through the real client against the simulated Google."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from crmsync.core.errors import (
    CursorExpired,
    Stale,
)
from crmsync.core.model import Birthday, Contact, Email, Phone
from crmsync.core.state import Observation
from crmsync.engine.ports import Remote, Update
from crmsync.gateway.google import GoogleGateway
from crmsync.gateway.person_shape import PERSON_FIELD
from local.google.clock import Clock
from local.google.server import GoogleServer
from local.google.world import World
from tests.gateway.contacts import ADA, HOSTILE
from tests.gateway.people_stage import create, listed, made, simple
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


def test_deleting_many_counts_who_is_gone_already_as_done(user: User, contacts: Remote[Contact]) -> None:
    seen = create(contacts, *[simple(number) for number in range(5)])
    user.account.people.phone_delete(seen[1].remote_id)
    links = [link_to(item) for item in seen]
    assert contacts.delete(links) == {item.key: None for item in seen}
    assert user.account.people.contents() == {}
    assert contacts.delete(links) == {item.key: None for item in seen}
    assert contacts.delete(links[:1]) == {seen[0].key: None}
    assert contacts.delete([]) == {}


def test_who_is_gone_is_asked_for_once_however_many_are_to_be_deleted(
    user: User, contacts: Remote[Contact]
) -> None:
    seen = create(contacts, *[simple(number) for number in range(5)])
    user.account.people.phone_delete(seen[1].remote_id)
    before = len(user.calls)
    contacts.delete([link_to(item) for item in seen])
    assert [address.rpartition("/")[2] for _, address, _ in user.calls[before:]] == [
        "people:batchDeleteContacts",
        "people:batchGet",
        "people:batchDeleteContacts",
    ]


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
    system = {name.removeprefix("contactGroups/") for name in names if name.count("/") == 1}
    assert {"starred", "friends", "family", "coworkers"} <= system
    assert not {"myContacts", "all", "blocked", "chatBuddies"} & system


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


def long_lists(user: User, number: int) -> str:
    """A contact made on the phone with so many addresses; its resource name."""
    values = [{"value": f"e{n}@many.example"} for n in range(number)]
    name: str = user.account.people.phone_create({"names": [{"givenName": "M"}], "emailAddresses": values})
    return name


def addresses(seen: Observation[Contact]) -> int:
    assert seen.value is not None
    return len(seen.value.emails)


@pytest.mark.parametrize(("number", "reads"), [(99, 0), (100, 1), (120, 1)])
def test_a_listing_shows_contacts_whole_reading_those_that_google_may_have_cut(
    user: User, contacts: Remote[Contact], number: int, reads: int
) -> None:
    name = long_lists(user, number)
    create(contacts, simple(1))
    user.account.people.phone_create({"names": [{"givenName": "Ann"}]})
    found, token = listed(contacts)
    assert {item.remote_id: addresses(item) for item in found}[name] == number
    assert len(found) == 3
    assert len(user.made("people.people.getBatchGet")) == reads
    assert all(item.raw is None for item in found)
    user.account.people.phone_edit(name, {"nicknames": [{"value": "Manny"}]})
    changed, _ = listed(contacts, token)
    assert [addresses(item) for item in changed] == [number]


def test_who_is_gone_when_the_rest_is_read_is_left_to_the_next_delta(
    user: User, contacts: Remote[Contact]
) -> None:
    user.account.people.lag(60)
    name = long_lists(user, 120)
    user.world.clock.advance(timedelta(seconds=61))
    user.account.people.phone_delete(name)
    found, token = listed(contacts)
    assert found == []
    user.world.clock.advance(timedelta(seconds=61))
    [gone], _ = listed(contacts, token)
    assert (gone.remote_id, gone.deleted) == (name, True)


def test_more_values_than_a_listing_shows_are_written_and_answered_whole(
    user: User, contacts: Remote[Contact]
) -> None:
    name = long_lists(user, 120)
    [seen], _ = listed(contacts)
    assert seen.value is not None
    less = replace(seen.value, emails=seen.value.emails[1:], job_title="Broker")
    fields = frozenset({"emails", "job_title"})
    answer = made(contacts.update([Update(link_to(seen), less, fields)])[seen.key])
    assert answer.value == less
    assert contacts.read([name])[name].value == less


def test_a_listing_that_nobody_goes_on_from_spends_no_full_sync(
    user: User, contacts: Remote[Contact]
) -> None:
    create(contacts, simple(1), simple(2))
    user.world.controls.forget_calls()
    page = contacts.list_page(None, None, resumes=False)
    assert (len(page.items), page.next_page_token, page.next_sync_token) == (2, None, None)
    assert user.world.controls.charged("people.full_sync") == 0
    assert contacts.list_page(None, None).next_sync_token
    assert user.world.controls.charged("people.full_sync") == 1


def test_contacts_of_another_user_or_installation_carry_no_key_of_ours(server: GoogleServer) -> None:
    user = User(server, f"user{next(_numbers)}@gmail.example")
    mine = user.session().contacts()
    (seen,) = create(mine, simple(1))
    assert (seen.keys, seen.bare) == (("crm-0",), ())
    another = user.google.session("another", user.sealed)
    assert another is not None
    [theirs], _ = listed(another.contacts())
    assert (theirs.key, theirs.keys, theirs.bare) == (seen.key, (), ())
    key = base64.urlsafe_b64encode(bytes(range(1, 33))).decode()
    staging = GoogleGateway(settings_at(server.origin, DIGEST_KEY=key), user.world.clock)
    elsewhere = staging.session("uid", user.sealed)
    assert elsewhere is not None
    [again] = elsewhere.contacts().read([seen.remote_id]).values()
    assert again.keys == ()
    (own,) = create(elsewhere.contacts(), simple(2))
    assert own.keys == ("crm-0",)
    assert sorted(item.keys for item in listed(mine)[0]) == [(), ("crm-0",)]


def test_an_update_leaves_what_others_keep_beside_the_contact(user: User, contacts: Remote[Contact]) -> None:
    (seen,) = create(contacts, simple(1))
    before = user.account.people.person(seen.remote_id)["clientData"]
    theirs = [*({"key": each["key"], "value": each["value"]} for each in before), {"key": "x", "value": "y"}]
    user.account.people.phone_edit(seen.remote_id, {"clientData": theirs})
    [now], _ = listed(contacts)
    made(contacts.update([Update(link_to(now), simple(2), EVERY_FIELD)])[now.key])
    after = user.account.people.person(seen.remote_id)["clientData"]
    assert [(each["key"], each["value"]) for each in after] == [(t["key"], t["value"]) for t in theirs]
