"""PeopleBook by itself, without HTTP: a mirror kept by deltas alone ends up equal, whatever happens."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from local.google.clock import Clock
from local.google.errors import GoogleError
from local.google.people.book import PeopleBook
from local.google.people.fields import WRITABLE
from local.google.people.sync import ConnectionLister, ListQuery
from tests.local.google.people.stage import START, person

MASK = frozenset({"names", "metadata"})


def query(size: int, page: str = "", sync: str = "") -> ListQuery:
    return ListQuery(MASK, size, "LAST_MODIFIED_ASCENDING", (), True, page, sync)


class Mirror:
    """What a client knows that lists once and then follows the deltas."""

    def __init__(self, lister: ConnectionLister, size: int) -> None:
        self.lister = lister
        self.size = size
        self.token = ""
        self.people: dict[str, list[dict[str, Any]]] = {}

    def pull(self, between: Any = lambda: None) -> None:
        sync, page = self.token, ""
        while True:
            answer = self.lister.page(query(self.size, page, sync))
            for version in answer.people:
                self.people.pop(version.source_id, None)
                if not version.deleted:
                    self.people[version.source_id] = version.fields.get("names", [])
            if answer.next_page is None:
                assert answer.next_sync is not None
                self.token = answer.next_sync
                return
            page = answer.next_page
            between()


@pytest.mark.parametrize("seed", range(8))
def test_a_mirror_that_follows_deltas_ends_up_equal(seed: int) -> None:
    chance = random.Random(seed)
    clock = Clock(START)
    book = PeopleBook(clock)
    mirror = Mirror(ConnectionLister(book), size=chance.choice((1, 3, 50)))

    def something() -> None:
        names = [version.resource_name for version in book]
        draw = chance.random()
        if draw < 0.4 or len(names) < 3:
            book.phone_create(person(f"P{chance.randrange(1000)}"))
        elif draw < 0.6:
            book.phone_edit(chance.choice(names), person(f"E{chance.randrange(1000)}"))
        elif draw < 0.75:
            book.phone_delete(chance.choice(names))
        elif draw < 0.85:
            book.phone_merge(*chance.sample(names, 2))
        elif draw < 0.9:
            book.link_profile(chance.choice(names), str(10**20 + chance.randrange(10**9)))
        elif draw < 0.95:
            book.lag(chance.choice((0, 5, 60)))
        else:
            clock.advance(timedelta(seconds=chance.randrange(40)))

    for _ in range(120):
        something()
        if chance.random() < 0.2:
            mirror.pull(between=something)
    book.lag(0)
    mirror.pull()
    assert mirror.people == {v.source_id: v.fields.get("names", []) for v in book}


def test_the_book_refuses_in_peoples_words_without_http() -> None:
    book = PeopleBook(Clock(START))
    with pytest.raises(GoogleError) as caught:
        book.create({"names": [{"givenName": "A"}, {"givenName": "B"}]})
    assert caught.value.body["error"]["status"] == "INVALID_ARGUMENT"
    with pytest.raises(GoogleError):
        book.phone_delete("people/c404")


def test_every_writable_field_is_kept_and_read_back() -> None:
    samples: dict[str, Any] = {
        "genders": {"value": "female"},
        "imClients": {"username": "ann", "protocol": "jabber"},
        "miscKeywords": {"value": "x", "type": "OUTLOOK_KEYWORD"},
        "birthdays": {"text": "spring"},
        "events": {"date": {"day": 1, "month": 2}, "type": "anniversary"},
        "relations": {"person": "Bob", "type": "spouse"},
        "calendarUrls": {"url": "https://example.com/c"},
        "names": {"givenName": "Ann"},
        "clientData": {"key": "k", "value": "v"},
        "userDefined": {"key": "k", "value": "v"},
        "organizations": {"name": "Acme"},
        "addresses": {"city": "Toronto"},
    }
    sent = {field: [samples.get(field, {"value": "x"})] for field in WRITABLE if field != "imClients"}
    sent["imClients"] = [samples["imClients"]]
    book = PeopleBook(Clock(START))
    name = book.create(sent).resource_name
    assert book.contents()[name] == sent
    assert set(WRITABLE) <= set(book.person(name))
    assert book.person(name)["imClients"][0]["formattedProtocol"] == "jabber"
    assert book.person(name)["genders"][0]["formattedValue"] == "Female"
