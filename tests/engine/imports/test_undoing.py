"""An import taken back: what it made leaves the CRM, Google stays as it is, and nothing returns by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import ImportRun
from crmsync.core.model import Contact, Email
from crmsync.engine import jobs
from crmsync.engine.account import connect
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.store.ports import CandidateQuery, PutUser
from tests.engine.imports.test_importing import EXPRESS, contacts, finish, names, present, tick
from tests.machine.crashes import Crash
from tests.stage import Stage


@pytest.fixture
def imported(stage: Stage) -> tuple[Stage, str]:
    """Ada and Bo imported by *Done*, Cem declined by it."""
    for given in ("Ada", "Bo", "Cem"):
        stage.book.phone_create(
            {"names": [{"givenName": given}], "emailAddresses": [{"value": f"{given.lower()}@example.org"}]}
        )
    stage.sync()
    present(stage)
    tick(stage, "Ada", contact_type="lead", detail={"temperature": "hot"}, consent=EXPRESS)
    tick(stage, "Bo")
    return stage, finish(stage, "done")


def run_of(stage: Stage, import_id: str) -> ImportRun:
    run = stage.store.import_run(stage.scope, import_id)
    assert run is not None
    return run


def undo(stage: Stage, import_id: str) -> ImportRun:
    undoing.start(stage.deps, stage.scope, import_id)
    stage.run()
    return run_of(stage, import_id)


def named(stage: Stage, given: str, *, archived: bool = False) -> str:
    page, _ = stage.store.page(stage.scope, "contacts", archived=archived, after=None, limit=50)
    [id] = [stored.id for stored in page if stored.value.given_name == given]
    return id


def settle(stage: Stage) -> None:
    """Two whole looks at Google, a day and a full listing apart."""
    stage.later()
    stage.sync()
    stage.book.expire_sync_tokens()
    stage.later(86_400)
    stage.sync()


def test_contacts_leave_the_crm_and_every_row_is_undecided_again(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    before = stage.persons()
    run = undo(stage, import_id)
    assert (run.undo, run.undone, run.kept) == ("done", 2, ())
    assert contacts(stage) == []
    rows = {row.name: row for row in stage.candidates()}
    assert list(rows) == ["Ada", "Bo", "Cem"], "those declined by it too"
    ada = rows["Ada"].choice
    assert (ada.selected, ada.contact_type, ada.consent) == (False, "lead", EXPRESS)
    settle(stage)
    assert stage.persons() == before, "nothing was changed at Google"
    assert contacts(stage) == []
    assert names(stage) == ["Ada", "Bo", "Cem"]
    assert stage.store.count_links(stage.scope, "contacts") == 0


def test_a_row_says_what_google_says_by_now(imported: tuple[Stage, str]) -> None:
    """Of an imported contact nobody keeps the row up to date, and no delta tells an old change again."""
    stage, import_id = imported
    [ada] = [it["resourceName"] for it in stage.persons() if it["names"][0]["givenName"] == "Ada"]
    new = stage.book.link_profile(ada, "100000000000000000007")
    stage.later()
    stage.sync()
    undo(stage, import_id)
    assert {row.name: row.remote_id for row in stage.candidates()}["Ada"] == new


def test_undoing_twice_or_by_two_jobs_changes_nothing_more(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    undoing.start(stage.deps, stage.scope, import_id)
    undoing.start(stage.deps, stage.scope, import_id)
    [task] = [task for task in stage.queue.tasks if task.job == "undo"]
    stage.queue.enqueue("undo", task.payload)
    stage.run()
    tick(stage, "Ada")
    again = finish(stage, "revisit")
    assert run_of(stage, again).imported == 1
    assert undo(stage, import_id).undone == 2
    assert [contact.given_name for contact in contacts(stage)] == ["Ada"]


def test_an_undo_that_dies_at_any_commit_goes_on_where_it_was(
    imported: tuple[Stage, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, import_id = imported
    undoing.start(stage.deps, stage.scope, import_id)
    commit = stage.store.commit
    dying = iter(range(3))

    def dies(*args: Any, **more: Any) -> Any:
        step = next(dying, None)
        if step is not None and step % 2:
            commit(*args, **more)
        if step is not None:
            raise Crash
        return commit(*args, **more)

    monkeypatch.setattr(stage.store, "commit", dies)
    for _ in range(3):
        with pytest.raises(Crash):
            stage.run()
    stage.run()
    run = run_of(stage, import_id)
    assert (run.undo, run.undone) == ("done", 2)
    assert names(stage) == ["Ada", "Bo", "Cem"]


@pytest.mark.parametrize("where", ["crm", "google", "type", "consent"])
def test_a_contact_that_was_edited_since_stays_in_step_and_is_named(
    imported: tuple[Stage, str], where: str
) -> None:
    stage, import_id = imported
    ada = named(stage, "Ada")
    value = stage.contact(ada).value
    if where == "google":
        person = stage.persons_named("Ada")[0]["resourceName"]
        stage.book.phone_edit(person, {"nicknames": [{"value": "Lady"}]})
        stage.later()
    elif where == "crm":
        stage.edit(ada, replace(value, nickname="Lady"))
    elif where == "type":
        stage.edit(ada, replace(value, detail={"temperature": "cold"}))
    else:
        stage.edit(ada, replace(value, consent=replace(value.consent, status="revoked")))
    stage.sync()
    after = stage.contact(ada).value
    run = undo(stage, import_id)
    assert (run.undone, run.kept) == (1, ((ada, "edited"),))
    settle(stage)
    assert stage.contact(ada).value == after
    assert stage.contact(ada).archived_at is None
    assert stage.store.links_of(stage.scope, "contacts", [ada])
    assert names(stage) == ["Bo", "Cem"]


def test_importing_again_makes_a_new_contact_and_leaves_the_archived_one(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    old = named(stage, "Ada")
    undo(stage, import_id)
    tick(stage, "Ada", contact_type="business", consent={"status": "none"})
    finish(stage, "revisit")
    [ada] = contacts(stage)
    assert (ada.contact_type, ada.consent.status) == ("business", "none")
    assert named(stage, "Ada") != old
    archived = stage.contact(old)
    assert archived.archived_at is not None
    assert archived.value.consent.status == "express", "evidence is kept as it was"
    settle(stage)
    assert len(stage.persons()) == 3


def test_a_contact_that_was_archived_since_is_not_deleted_at_google_by_the_undo(
    imported: tuple[Stage, str],
) -> None:
    stage, import_id = imported
    ada = named(stage, "Ada")
    stage.edit(ada, stage.contact(ada).value, archived=True)
    undo(stage, import_id)
    settle(stage)
    assert len(stage.persons()) == 3
    assert names(stage) == ["Ada", "Bo", "Cem"]


def test_a_row_whose_contact_is_gone_at_google_stays_gone(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    stage.book.phone_delete(stage.persons_named("Ada")[0]["resourceName"])
    stage.later()
    stage.sync()
    undo(stage, import_id)
    assert names(stage) == ["Bo", "Cem"]


def test_an_archived_contact_that_its_user_restores_is_not_linked_by_itself(
    imported: tuple[Stage, str],
) -> None:
    stage, import_id = imported
    ada = named(stage, "Ada")
    undo(stage, import_id)
    stage.edit(ada, stage.contact(ada).value, archived=False)
    settle(stage)
    assert stage.store.links_of(stage.scope, "contacts", [ada]) == {}
    assert len(stage.persons()) == 3
    [row] = [row for row in stage.candidates() if row.name == "Ada"]
    assert row.matches[0].crm == ada


@pytest.fixture
def joined(stage: Stage) -> tuple[Stage, str]:
    """A CRM contact that the user said is the same person as one at Google."""
    stage.book.phone_create(
        {
            "names": [{"givenName": "Ada", "familyName": "Roy"}],
            "emailAddresses": [{"value": "ada@example.org"}],
            "phoneNumbers": [{"value": "+1 416 555 0111"}],
        }
    )
    mine = Contact(given_name="Zed", emails=(Email("ada@example.org"),), nickname="Z", contact_type="lead")
    stage.add("a1", mine)
    stage.sync()
    present(stage)
    tick(stage, "Ada Roy", same_person=True, consent=EXPRESS, contact_type="business")
    import_id = finish(stage, "done")
    assert stage.contact("a1").value.family_name == "Roy"
    return stage, import_id


def test_what_same_person_merged_is_put_back_and_the_two_are_parted(joined: tuple[Stage, str]) -> None:
    stage, import_id = joined
    merged = stage.persons()
    run = undo(stage, import_id)
    assert (run.undone, run.kept) == (1, ())
    settle(stage)
    a1 = stage.contact("a1")
    assert (a1.value.given_name, a1.value.family_name, a1.value.phones) == ("Zed", "", ())
    assert (a1.value.contact_type, a1.value.consent.status, a1.archived_at) == ("lead", "none", None)
    assert stage.store.links_of(stage.scope, "contacts", ["a1"]) == {}
    assert stage.persons() == merged, "neither pushed nor created anew"
    [row] = stage.candidates()
    assert (row.matches[0].crm, row.answer) == ("a1", "a1")


def test_an_agreeing_pair_is_not_matched_again_but_may_be_joined_again(
    joined: tuple[Stage, str],
) -> None:
    stage, import_id = joined
    undo(stage, import_id)
    settle(stage)
    [row] = stage.candidates()
    assert [claim.crm for claim in row.claims] == ["a1"]
    assert row.claims[0].verdict == "maybe", "the user has parted them"
    assert stage.store.links_of(stage.scope, "contacts", ["a1"]) == {}
    tick(stage, "Zed Roy", same_person=True)
    assert run_of(stage, finish(stage, "revisit")).linked == 1
    assert stage.store.links_of(stage.scope, "contacts", ["a1"])


def test_a_field_that_was_edited_since_is_left_and_the_contact_named(joined: tuple[Stage, str]) -> None:
    stage, import_id = joined
    stage.edit("a1", replace(stage.contact("a1").value, family_name="Roy-Singh"))
    run = undo(stage, import_id)
    assert run.kept == (("a1", "edited"),)
    value = stage.contact("a1").value
    assert (value.family_name, value.phones) == ("Roy-Singh", ())


def test_a_key_of_ours_at_google_joins_nobody_whom_the_undo_has_parted(joined: tuple[Stage, str]) -> None:
    stage, import_id = joined
    undo(stage, import_id)
    person = stage.persons()[0]["resourceName"]
    stage.book.phone_edit(person, {"clientData": [{"key": stage.own_key, "value": "a1"}]})
    settle(stage)
    assert stage.store.links_of(stage.scope, "contacts", ["a1"]) == {}


def test_a_sync_that_is_under_way_creates_nobody_anew(
    imported: tuple[Stage, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, import_id = imported
    ada = named(stage, "Ada")
    without_address = replace(stage.contact(ada).value, emails=())
    stage.edit(ada, without_address)
    links_of = stage.store.known_links_of
    meanwhile: list[Callable[[], object]] = [
        lambda: undoing.start(stage.deps, stage.scope, import_id),
        lambda: jobs.run(stage.deps, "undo", {"uid": stage.uid, "id": import_id}),
    ]

    def links_after_the_undo(*args: Any) -> Any:
        while meanwhile:
            meanwhile.pop(0)()
        return links_of(*args)

    monkeypatch.setattr(stage.store, "known_links_of", links_after_the_undo)
    stage.sync()
    settle(stage)
    assert len(stage.persons()) == 3
    assert [contact.given_name for contact in contacts(stage)] == ["Ada"]
    assert names(stage) == ["Bo", "Cem"]


def test_an_undo_waits_while_a_job_writes_to_google(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    user = stage.store.user(stage.scope)
    assert user is not None
    until = stage.clock.now() + timedelta(seconds=30)
    leased = replace(user.contacts, lease_by="another", lease_until=until)
    stage.store.commit(stage.scope, [PutUser({"contacts": leased})])
    assert undo(stage, import_id).undo == "done"
    assert stage.clock.now() >= until


def test_it_works_without_a_connection_and_holds_after_the_same_account_came_back(
    imported: tuple[Stage, str],
) -> None:
    stage, import_id = imported
    connect.disconnect(stage.deps, stage.scope, "keep", "keep")
    stage.run()
    assert undo(stage, import_id).undone == 2
    stage.connect()
    settle(stage)
    assert names(stage) == ["Ada", "Bo", "Cem"]
    assert contacts(stage) == []


def test_another_account_s_import_is_left_as_it_is(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    user = stage.store.user(stage.scope)
    assert user is not None
    stage.store.clear_sync_state(stage.scope, user.generation)
    run = undo(stage, import_id)
    assert (run.undo, run.undone) == ("done", 0)
    assert {reason for _, reason in run.kept} == {"other_account"}
    assert len(contacts(stage)) == 2


def test_what_was_closed_since_stays_closed(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    stage.book.phone_create({"names": [{"givenName": "Dee"}]})
    stage.later()
    stage.sync()
    present(stage)
    finish(stage, "done")
    undo(stage, import_id)
    assert names(stage) == ["Ada", "Bo"], "Cem and Dee stay declined"


def test_a_done_without_ticks_can_be_undone_too(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    undo(stage, import_id)
    second = finish(stage, "done")
    assert names(stage) == []
    assert undo(stage, second).undo == "done"
    assert names(stage) == ["Ada", "Bo", "Cem"]


def test_only_for_thirty_days_and_only_what_did_something(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    nothing = finish(stage, "no_import")
    stage.later(30 * 86_400)
    for id, state in ((import_id, "expired"), (nothing, "nothing")):
        with pytest.raises(undoing.NotPossible) as refused:
            undoing.start(stage.deps, stage.scope, id)
        assert refused.value.state == state
    with pytest.raises(undoing.UnknownImport):
        undoing.start(stage.deps, stage.scope, "unknown")
    assert len(contacts(stage)) == 2


def test_no_sheet_is_finished_while_an_undo_is_at_work_and_the_reverse(imported: tuple[Stage, str]) -> None:
    stage, import_id = imported
    undoing.start(stage.deps, stage.scope, import_id)
    with pytest.raises(importing.ImportRunning):
        importing.start(stage.deps, stage.scope, "revisit", None)
    stage.queue.enqueue("import", {"uid": stage.uid, "id": import_id})
    stage.run()
    tick(stage, "Ada")
    second = importing.start(stage.deps, stage.scope, "revisit", None)
    with pytest.raises(undoing.NotPossible):
        undoing.start(stage.deps, stage.scope, second)
    stage.run()
    assert undo(stage, second).undone == 1


def test_a_declined_contact_never_comes_back_by_itself(imported: tuple[Stage, str]) -> None:
    stage, _ = imported
    cem = stage.persons_named("Cem")[0]["resourceName"]
    changes: list[Callable[[], object]] = [
        lambda: stage.book.phone_edit(cem, {"emailAddresses": [{"value": "other@example.org"}]}),
        lambda: stage.book.phone_edit(cem, {"names": [{"givenName": "Cemal"}]}),
        lambda: stage.book.phone_label(cem, "Clients"),
        stage.book.report_all_changed,
        stage.book.expire_sync_tokens,
        lambda: connect.disconnect(stage.deps, stage.scope, "keep", "keep"),
    ]
    for change in changes:
        change()
        stage.run()
        user = stage.store.user(stage.scope)
        if user is not None and user.connection is None:
            stage.connect()
        settle(stage)
        assert names(stage) == []
    page = sheet.page(stage.deps, stage.scope, CandidateQuery("declined"), None, 9)
    assert [row.name for row in page.rows] == ["Cemal"]
