"""Whole collections, each document once: what an export reads."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from crmsync.core.account import ImportRun
from crmsync.core.model import Contact
from crmsync.core.scope import Scope
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import SERVER_TIME, Merge, Put, Sentinel, Value
from crmsync.store.ports import CreateRecord, KeptRecord, PutCandidate, PutImport, PutRecord
from crmsync.store.repository import DocumentStore
from tests.contracts.samples import ALL_DAY, FULL_APPOINTMENT, FULL_CONTACT, NOW, candidate
from tests.scopes import ANN, BOB

T = TypeVar("T")


def walked(page: Callable[[Scope, str | None, int], Sequence[T]], id_of: Callable[[T], str]) -> list[T]:
    found: list[T] = []
    while some := page(ANN, id_of(found[-1]) if found else None, 2):
        found += some
    assert page(BOB, None, 9) == []
    return found


def kept(store: DocumentStore, kind: str) -> list[KeptRecord]:
    return walked(
        lambda scope, after, limit: store.kept_records(
            scope, "contacts" if kind == "contacts" else "appointments", after, limit
        ),
        lambda each: each.id,
    )


def test_records_come_whatever_their_state(store: DocumentStore) -> None:
    ids = ["b", "a/%", "c", "d"]
    store.commit(ANN, [CreateRecord("contacts", id, replace(FULL_CONTACT, nickname=id)) for id in ids])
    store.commit(ANN, [PutRecord("contacts", "c", FULL_CONTACT, None, archived=True)])
    found = {each.id: each for each in kept(store, "contacts")}
    assert sorted(found) == sorted(ids)
    assert {id: each.record for id, each in found.items()} == store.records(ANN, "contacts", ids)
    assert [each.more for each in found.values()] == [{}] * 4
    assert found["c"].record is not None
    assert found["c"].record.archived_at is not None


def test_a_record_that_changes_during_the_walk_comes_once(store: DocumentStore) -> None:
    store.commit(ANN, [CreateRecord("appointments", id, ALL_DAY) for id in "abcd"])
    first = store.kept_records(ANN, "appointments", None, 2)
    changes = [PutRecord("appointments", id, FULL_APPOINTMENT, None) for id in "ad"]
    store.commit(ANN, changes)
    rest = store.kept_records(ANN, "appointments", first[-1].id, 9)
    assert [each.id for each in [*first, *rest]] == ["a", "b", "c", "d"]


def test_what_a_host_put_beside_a_record_comes_with_it(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    store.commit(ANN, [CreateRecord("contacts", "c1", Contact(given_name="Ann"))])
    at = datetime(2026, 5, 4, tzinfo=UTC)
    theirs: dict[str, Value | Sentinel] = {
        "board": ["MLS", {"since": at}],
        "rating": float("nan"),
        "seal": b"\x00\xff",
    }
    metered.commit([Merge("users/ann/contacts/c1", theirs)])
    [found] = store.kept_records(ANN, "contacts", None, 9)
    assert found.record is not None
    shown = {"board": ["MLS", {"since": "2026-05-04T00:00:00+00:00"}], "rating": "nan", "seal": "AP8="}
    assert found.more == shown


@pytest.mark.parametrize("kind", ["contacts", "appointments"])
def test_what_is_no_record_comes_as_it_lies(
    store: DocumentStore, metered: MeteredDocuments, kind: str
) -> None:
    metered.commit(
        [Put(f"users/ann/{kind}/x", {"given_name": 7, "start": "soon", "updated_at": SERVER_TIME})]
    )
    [found] = kept(store, kind)
    assert (found.id, found.record) == ("x", None)
    assert (found.more["given_name"], found.more["start"]) == (7, "soon")


def test_candidates_of_every_status_come_in_the_order_of_keys(store: DocumentStore) -> None:
    made = [candidate("g2"), candidate("g1", status="gone"), candidate("g3", status="imported", crm="c1")]
    store.commit(ANN, [PutCandidate(each) for each in made])
    found = walked(store.all_candidates, lambda each: each.key)
    assert [(each.key, each.status) for each in found] == [("g1", "gone"), ("g2", "open"), ("g3", "imported")]


def test_imports_come_also_without_the_time_they_were_made(store: DocumentStore) -> None:
    made = [ImportRun(f"m{n}", "done", "finished", n, created_at=NOW if n else None) for n in range(3)]
    store.commit(ANN, [PutImport(each) for each in made])
    assert walked(store.all_imports, lambda each: each.id) == made
