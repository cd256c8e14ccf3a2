"""GET /api/export as one document: it tells all that is kept, of every collection, and no secret."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from crmsync.api.export.everything import LEFT_OUT, PARTS
from crmsync.core.model import AllDay, Appointment, Contact
from crmsync.core.state import Base, Link
from crmsync.store.documents.port import Query
from crmsync.store.encoding import paths
from crmsync.store.errors import StoreUnavailable
from crmsync.store.ports import CreateRecord, PutLink, Withdraw
from crmsync.store.repository import DocumentStore
from tests.api.activity.test_history import journal
from tests.api.export.filled import SECOND, Kept, everything, leaves
from tests.api.service import Service, candidate, refused
from tests.scopes import ANN, BOB

NOT_TOLD = {
    ("users", "contacts.sync_token"): "Google's cursor",
    ("users", "contacts.page_token"): "Google's cursor",
    ("users", "contacts.lease_by"): "which job is at work",
    ("users", "contacts.watch.channel"): "a notification is believed by it",
    ("grants", "token"): "a secret",
    ("grants", "holder"): "a digest",
    ("grants", "key"): "the fingerprint of a key",
    ("grants", "id"): "an id of the store's own",
    ("channels", "id"): "a notification is believed by it",
    ("channels", "resource_id"): "a notification is believed by it",
    ("channels", "token_digest"): "a digest",
    ("oauth_states", "state"): "a secret",
    ("oauth_states", "binding"): "a secret",
    ("oauth_states", "verifier"): "a secret",
    ("offers", "id"): "a digest of a secret",
    ("offers", "email"): "encrypted",
    ("offers", "grant.token"): "a secret",
    ("offers", "grant.holder"): "a digest",
    ("offers", "grant.key"): "the fingerprint of a key",
    ("offers", "grant.id"): "an id of the store's own",
    ("offers", "holder"): "a digest",
    ("links", "base.local"): "digests",
    ("links", "base.remote"): "digests",
    ("links", "match_keys"): "digests",
    ("links", "etag"): "a version at Google",
    ("links", "tried"): "a digest",
    ("links", "stuck"): "a version at Google",
    ("links", "key"): "an id of the store's own",
    ("links", "canon_version"): "of digests",
    ("links", "generation"): "part of the event's id, which is told",
    ("candidates", "match_keys"): "digests",
    ("candidates", "content"): "a digest",
    ("candidates", "sort"): "the name again",
    ("journal", "changes.key"): "an id of the store's own",
    ("holds", "digest"): "a digest",
    ("imports", "after"): "how far a job has come",
    ("candidates", "choice.person"): "told as same_person while it holds",
    ("candidates", "choice.denied"): "whom an answer was about; which of them are asked about still is told",
    ("candidates", "claims.keys"): "digests by which the store finds who may be whom",
    ("candidates", "claims.mark"): "a digest of what the two said when they were compared",
    ("candidates", "alike.mark"): "a digest of what the two said when they were compared",
    ("candidates", "linked.keys"): "digests by which the store finds who may be whom",
    ("candidates", "linked.mark"): "a digest of what the two said when they were compared",
    ("candidates", "was.keys"): "digests by which the store finds who may be whom",
    ("candidates", "was.mark"): "a digest of what the two said when they were compared",
    ("links", "gone_at"): "told by the clock of the records, as the time at which it was written",
    ("doubles", "id"): "a digest of the two ids, which are told",
    ("doubles", "keys"): "digests by which the store finds who may be whom",
    ("imports", "undo_after"): "how far a job has come",
}
"""Collection and field -> why the export does not tell it."""


def reason(collection: str, path: str) -> str | None:
    collection = "users" if collection == "accounts" else collection
    path = path.replace("calendar.", "contacts.", 1) if collection == "users" else path
    return NOT_TOLD.get((collection, path))


@pytest.fixture
def kept(service: Service) -> list[Kept]:
    return everything(service.store, service.meter)


@pytest.fixture
def exported(service: Service, kept: list[Kept]) -> dict[str, Any]:
    # Values are made up, and so not of the forms that are described.
    answer = service.call("GET", "/api/export", described=False)
    assert answer.status_code == 200
    body = answer.json
    assert isinstance(body, dict)
    return body


def test_every_collection_has_its_part_or_a_reason(service: Service, kept: list[Kept]) -> None:
    assert PARTS.keys() | LEFT_OUT.keys() == paths.COLLECTIONS.keys(), (
        "say where the export tells it, or why not"
    )
    assert not PARTS.keys() & LEFT_OUT.keys()
    for name, place in paths.COLLECTIONS.items():
        for scope in (ANN, SECOND) if place == "account" else (ANN,):
            path = name if place == "top" else paths.collection(scope, name)
            assert service.meter.query(Query(path, limit=1)), (
                f"tests/api/export/filled.py has nothing in {path}"
            )
    assert PARTS.keys() == {each.collection for each in kept}


def test_every_value_is_told_or_there_is_a_reason(exported: dict[str, Any], kept: list[Kept]) -> None:
    told = {part: set(scalars(exported[part])) for part in set(PARTS.values())}
    missing, listed = set(), set()
    for each in kept:
        for path, value in leaves(each.value):
            if reason(each.collection, path) is not None:
                listed.add((each.collection, path))
            elif forms(value).isdisjoint(told[PARTS[each.collection]]):
                missing.add((each.collection, path))
    assert missing == set()
    assert {key for key in NOT_TOLD if key not in listed} == set(), "not among what is stored any more"


def test_what_is_not_told_stands_nowhere(exported: dict[str, Any], kept: list[Kept]) -> None:
    text = json.dumps(exported, ensure_ascii=False)
    for each in kept:
        for path, value in leaves(each.value):
            if reason(each.collection, path) is not None and isinstance(value, str):
                assert value not in text, (each.collection, path)


def scalars(value: object) -> Iterator[object]:
    """Every text and number of a document, the names of its fields too."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from scalars(each)
    elif isinstance(value, list):
        for each in value:
            yield from scalars(each)
    else:
        yield value


def forms(value: object) -> set[object]:
    """How a value may stand in JSON."""
    if isinstance(value, datetime):
        local = {value.isoformat(), value.isoformat().replace("+00:00", "Z")}
        return {*local}
    if isinstance(value, date):
        return {value.isoformat()}
    return {value}


def test_a_withdrawn_address_is_told_as_a_record_has_it_and_its_digest_never(
    exported: dict[str, Any], service: Service
) -> None:
    service.store.commit(ANN, [Withdraw(("nobody@x.example",), service.clock.now())])
    answer = service.call("GET", "/api/export", described=False)
    assert answer.json is not None
    told, before = answer.json["withdrawn"], exported["withdrawn"]
    assert sorted(each["address"] or "" for each in told) == ["", before[0]["address"]]
    assert before[0]["address"].startswith("Email.value ~")
    for each in service.store.withdrawals(ANN):
        assert each.digest not in answer.text


def test_what_belongs_to_an_account_says_so(exported: dict[str, Any]) -> None:
    for part in ("accounts", "links", "candidates", "intents", "conflicts", "holds"):
        assert [each["account"] for each in exported[part]] == ["", "second"]


def test_a_record_that_cannot_be_read_is_told_as_it_lies(exported: dict[str, Any]) -> None:
    [wrong] = [each for each in exported["appointments"] if each["id"] == "wrong"]
    assert wrong["readable"] is False
    assert wrong["more"]["given_name"] == 7


def test_it_holds_pages_of_everything_and_nothing_of_anybody_else(service: Service) -> None:
    service.connect()
    day = AllDay(service.clock.now().date())
    contacts = [
        CreateRecord("contacts", f"c{number}", Contact(given_name=f"Ann {number}")) for number in range(350)
    ]
    service.store.commit(ANN, contacts)
    service.store.commit(ANN, [CreateRecord("appointments", "a1", Appointment("Viewing", day, day))])
    service.store.commit(BOB, [CreateRecord("contacts", "b1", Contact(given_name="Bob"))])
    link = Link("g1", "contacts", "c1", "people/g1", "people/g1", "e", service.clock.now(), Base())
    service.store.commit(ANN, [PutLink(link)])
    service.offer(candidate("open"), candidate("taken", status="imported"), candidate("gone", status="gone"))
    journal(service, "r1", "c1")
    answer = service.call("GET", "/api/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="google-sync-2026-03-02.json"'
    document = answer.json
    assert document is not None
    assert document["user"] == "ann"
    assert document["account"]["email"] == "ann@gmail.example"
    assert len({contact["id"] for contact in document["contacts"]}) == len(document["contacts"]) == 350
    assert document["appointments"][0]["title"] == "Viewing"
    assert document["links"][0]["google_id"] == "people/g1"
    assert {row["id"] for row in document["candidates"]} == {"open", "taken", "gone"}
    assert [entry["run"] for entry in document["activity"]] == ["r1"]
    assert document["accounts"][0]["permission"] == {
        "google_id": "sub-1",
        "granted": ["calendar", "contacts"],
        "token": "kept encrypted",
    }
    assert "Bob" not in answer.text
    assert "sealed" not in answer.text


def test_a_stranger_gets_an_empty_one(service: Service) -> None:
    document = service.call("GET", "/api/export", user="nobody").json
    assert document is not None
    assert (document["account"], document["contacts"], document["candidates"]) == (None, [], [])


@pytest.mark.parametrize("format", ["json", "zip"])
def test_one_that_breaks_off_is_no_whole_answer_and_stands_in_the_log(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, format: str
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("the store does not answer")

    monkeypatch.setattr(DocumentStore, "all_candidates", away)
    with pytest.raises(StoreUnavailable):
        service.call("GET", f"/api/export?format={format}")
    assert "export broke off" in caplog.messages


@pytest.mark.parametrize("query", ["format=csv", "language=de", "uid=bob"])
def test_a_wrong_parameter_is_refused(service: Service, query: str) -> None:
    refused(service, "GET", f"/api/export?{query}", None)
