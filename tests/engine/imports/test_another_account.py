"""Another Google account is confirmed while an import of the one before is at work."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from crmsync.core.account import User
from crmsync.core.state import Choice
from crmsync.engine import jobs
from crmsync.engine.imports import importing, sheet
from crmsync.store.parts import trail
from crmsync.store.ports import CandidateQuery, Conflicted
from local.google.world import Account
from tests.engine.allowing import come_back
from tests.machine.crashes import Crash, Fuse
from tests.stage import Stage
from tests.timeline import Timeline

OLD = ("Ada", "Bo", "Cem", "Dee", "Eli", "Fay")
NEW = ("Xan", "Yan", "Zoe")
CALL = 10.0


@pytest.fixture
def other(stage: Stage) -> Account:
    """Another account of the user's, with three contacts."""
    made = stage.world.add_account("ann.too@gmail.example", "Ann")
    for given in NEW:
        made.people.phone_create({"names": [{"givenName": given}]})
    return made


@pytest.fixture
def started(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    """Six rows are ticked, and the sheet is finished; the job, which takes two at a time, has not begun."""
    monkeypatch.setattr(importing, "PAGE", 2)
    for given in OLD:
        stage.book.phone_create({"names": [{"givenName": given}]})
    stage.sync()
    return finish(stage)


def finish(stage: Stage) -> str:
    """All rows are ticked, and the sheet is finished."""
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})
    return importing.start(stage.deps, stage.scope, "done", None)


def change_account(stage: Stage, other: Account) -> None:
    """The user comes back from Google with the other account, and confirms it."""
    assert come_back(stage, other, afresh=True).kind == "connected"


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def in_the_crm(stage: Stage) -> list[str]:
    page, _ = stage.store.page(stage.scope, "contacts", archived=False, after=None, limit=100)
    return sorted(stored.value.given_name for stored in page)


def state_of(stage: Stage, import_id: str) -> tuple[str, int]:
    run = stage.store.import_run(stage.scope, import_id)
    assert run is not None
    return run.state, run.imported


def linked(stage: Stage) -> set[str]:
    """Resource names of the contacts that have a link."""
    return {link.remote_id for link in stage.store.links_page(stage.scope, "contacts", None, 100)}


def given_names(account: Account) -> list[str]:
    people: Any = account.people
    return sorted(people.person(name)["names"][0]["givenName"] for name in people.contents())


def test_the_import_ends_and_the_sheet_of_the_new_account_can_be_finished(
    stage: Stage, other: Account, started: str
) -> None:
    timeline = Timeline(stage, lambda _: CALL)
    # One page is in the CRM; the second has been read, and its answer is on its way.
    timeline.at(1.8 * CALL, partial(change_account, stage, other))
    timeline.run()
    brought = in_the_crm(stage)
    assert (len(brought), set(brought) - set(OLD)) == (2, set()), "CRM records stay, and nothing follows them"
    assert state_of(stage, started) == ("finished", 2)
    assert user_of(stage).rounds.running is None
    assert sorted(row.name for row in stage.candidates()) == list(NEW)
    assert linked(stage).isdisjoint(stage.book.contents())
    second = finish(stage)
    stage.run()
    assert state_of(stage, second) == ("finished", 3)
    assert in_the_crm(stage) == [*brought, *NEW]
    assert given_names(other) == [*brought, *NEW]
    assert given_names(stage.account) == list(OLD)


def test_jobs_of_the_account_before_are_overtaken_on_both_sides(stage: Stage, other: Account) -> None:
    before = user_of(stage)
    change_account(stage, other)
    after = user_of(stage)
    assert (after.contacts.rev, after.calendar.rev) == (before.contacts.rev + 1, before.calendar.rev + 1)


def test_an_import_that_comes_late_leaves_the_rows_of_the_new_account_alone(
    stage: Stage, other: Account, started: str
) -> None:
    """Its last page is read when the new sheet has been finished already."""
    change_account(stage, other)
    late = stage.queue.tasks.pop(0)
    assert late.job == "import"
    stage.run()
    second = finish(stage)
    jobs.run(stage.deps, late.job, late.payload)
    assert state_of(stage, started) == ("finished", 0), "with the account its rows were those of"
    [again] = [task for task in stage.queue.tasks if task.payload.get("id") == started]
    jobs.run(stage.deps, again.job, again.payload)
    assert (state_of(stage, started), state_of(stage, second)) == (("finished", 0), ("running", 0))
    assert user_of(stage).rounds.running == second
    stage.run()
    assert state_of(stage, second) == ("finished", 3)


def late_page(stage: Stage, started: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """The commit of the import's first page, which is on its way."""
    commits: list[Callable[[], object]] = []
    commit = stage.store.commit

    def on_its_way(*args: Any, **more: Any) -> Any:
        commits.append(partial(commit, *args, **more))
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(stage.store, "commit", on_its_way)
        with pytest.raises(Crash):
            jobs.run(stage.deps, "import", {"uid": stage.uid, "id": started})
    [page] = commits
    return page


@pytest.mark.parametrize("step", range(9))
def test_no_link_of_the_old_account_is_left_wherever_a_page_lands_meanwhile(
    stage: Stage, other: Account, started: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While what belongs to the old account is forgotten, commit by commit."""
    monkeypatch.setattr(trail, "_DELETED_AT_ONCE", 2)
    page = late_page(stage, started, monkeypatch)
    outcomes: list[str] = []

    def lands(_: object) -> None:
        try:
            page()
        except Conflicted:
            outcomes.append("refused")
        else:
            outcomes.append("landed")

    fuse = Fuse()
    stage.fuse(fuse)
    fuse.set(step, after=False, event=lands)
    change_account(stage, other)
    assert len(outcomes) == 1
    assert linked(stage) == set()
    stage.run()
    assert linked(stage).isdisjoint(stage.book.contents())
    assert user_of(stage).rounds.running is None
