"""Seeded walks of the contact machine; `script/soak` runs many more."""

from datetime import UTC, datetime, timedelta

import pytest

from crmsync.store.documents.firestore import FirestoreDocuments, connect
from crmsync.store.documents.port import Documents
from local.google.clock import Clock
from local.google.server import GoogleServer
from tests.machine.contacts_machine import ContactsMachine
from tests.machine.soak import walk


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.timeout(240)
def test_people_google_and_dying_jobs_do_their_worst(seed: int) -> None:
    walk(15, seed)


@pytest.mark.timeout(240)
def test_the_same_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ContactsMachine, "google", GoogleServer)
    walk(10, 1, steps=20)


@pytest.mark.emulator
@pytest.mark.timeout(240)
def test_the_same_over_the_firestore_emulator(
    monkeypatch: pytest.MonkeyPatch, firestore_project: str
) -> None:
    opened: list[FirestoreDocuments] = []

    def documents(_: Clock) -> Documents:
        opened.append(connect(f"{firestore_project}-{len(opened)}"))
        return opened[-1]

    monkeypatch.setattr(ContactsMachine, "documents", staticmethod(documents))
    # The emulator stamps records with the real time: the walk's own, which runs ahead, must stay behind it.
    monkeypatch.setattr(ContactsMachine, "start", datetime.now(UTC) - timedelta(days=1000))
    walk(2, 1, steps=12)
    for each in opened:
        each.close()


@pytest.mark.parametrize("edit", ["clears", "types"])
def test_a_merge_that_is_told_in_two_parts_is_not_undone_by_an_edit(edit: str) -> None:
    """A walk found it: the part of the listing that shows who vanished does not show yet who took over."""
    state = ContactsMachine()
    state.connected(owners={}, synced=True, small=True)
    if edit == "clears":
        state.crm_clears(field="given_name", which=0)
        state.phone_merges(other=0, which=1)
    else:
        state.phone_merges(other=0, which=1)
        state.crm_types(field="given_name", which=0, word="Ada")
    state.teardown()


def test_a_ticked_contact_whose_name_changes_while_the_import_is_at_work_is_imported() -> None:
    """Its resource name, when it turns out to be a Google user: the listing tells it before the commit."""
    state = ContactsMachine()
    state.connected(owners={}, synced=True, small=False)
    state.crm_finishes_the_sheet(action="done", same=None, ticked=2)
    state.phone_joins_a_profile(which=3)
    state.job_comes_late(after=False, effect=0)
    links = state.stage.store.links_page(state.stage.scope, "contacts", None, 99)
    assert [link.remote_id for link in links if link.remote_id.startswith("people/1")]
    state.teardown()
