"""What goes wrong with a user's contacts: refusals, outages, quota; nothing is doubled, nobody is held up."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from crmsync.core.errors import (
    NotFound,
    RateLimited,
    Refused,
    ScopeMissing,
    Stale,
    Unavailable,
)
from crmsync.core.model import Contact
from crmsync.core.state import Observation
from crmsync.engine.ports import New, Remote, Update
from crmsync.gateway import oauth, people_update, tokens, transport
from crmsync.gateway.google import GoogleGateway
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.server import GoogleServer
from local.google.world import World
from tests.gateway.people_stage import create, listed, made, simple
from tests.gateway.simulated import User, link_to, settings_at

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


CREATES = "people.people.batchCreateContacts"
UPDATES = "people.people.batchUpdateContacts"


def unspecific(times: int | None = 1) -> Fault:
    """A refused create that does not say whose fault it is."""
    message = "Request contains an invalid argument."
    return Fault(CREATES, status=400, reason="INVALID_ARGUMENT", message=message, times=times)


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


def test_an_update_whose_answer_is_no_person_is_in_doubt(
    contacts: Remote[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    (seen,) = create(contacts, simple(1))
    monkeypatch.setattr(people_update, "seen_person", lambda _: None)
    update = Update(link_to(seen), replace(simple(1), notes="x"), frozenset({"notes"}))
    outcome = contacts.update([update])[seen.key]
    assert isinstance(outcome, Unavailable)
    assert (outcome.reason, outcome.ambiguous) == ("malformed_answer", True)


@pytest.fixture
def hanging(user: User, server: GoogleServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """Google accepts calls and does not answer; patience is short, so that the test is."""
    for module in (transport, tokens, oauth):
        monkeypatch.setattr(module, "TIMEOUT", (5.0, 0.1))
    server.world.controls.forget_calls()
    server.world.controls.latency = 0.6
    yield user
    server.world.controls.latency = 0.0
    transport.session().close()


def test_a_read_that_hangs_is_one_failure_at_its_time_out_and_is_not_repeated(
    hanging: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging.world.controls.latency = 0.0
    contacts = hanging.session().contacts()
    hanging.world.controls.latency = 0.6
    sent: list[str] = []
    plain = transport.Transport._send

    def noted(self: transport.Transport, uri: str, method: str, *more: Any) -> Any:
        sent.append(method)
        return plain(self, uri, method, *more)

    monkeypatch.setattr(transport.Transport, "_send", noted)
    with pytest.raises(Unavailable) as caught:
        listed(contacts)
    assert (caught.value.reason, caught.value.ambiguous) == ("timeout", False)
    assert sent == ["GET"]


def test_a_token_endpoint_that_hangs_is_a_failure_at_its_time_out(hanging: User) -> None:
    with pytest.raises(Unavailable) as caught:
        hanging.session()
    assert caught.value.reason == "refresh_failed"
