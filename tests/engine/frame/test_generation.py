"""What is queued belongs to one connection: when the user connects anew, it ends before its next effect."""

from typing import Any

import pytest

from crmsync.core.account import User
from crmsync.core.model import Contact, Email
from crmsync.core.state import Choice
from crmsync.engine import jobs
from crmsync.engine.account import connect
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.engine.requests import Reason, request_sync
from crmsync.engine.schedule.tick import resync_due
from crmsync.store.ports import CandidateQuery
from tests.engine.allowing import come_back
from tests.machine.crashes import Fuse
from tests.stage import Stage, Task


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def disconnect(stage: Stage) -> None:
    connect.disconnect(stage.deps, stage.scope, "delete", "keep")


def reconnect(stage: Stage) -> None:
    stage.later(1)
    assert come_back(stage, stage.account).kind == "connected"


def gone_and_back(stage: Stage) -> None:
    """The user disconnects and connects the same account again; nothing that was queued for that runs."""
    disconnect(stage)
    reconnect(stage)


def contact(name: str) -> Contact:
    return Contact(name, emails=(Email(f"{name.lower()}@example.com"),))


def tick_all(stage: Stage) -> None:
    rows = sheet.page(stage.deps, stage.scope, CandidateQuery("open"), None, 10).rows
    sheet.save(stage.deps, stage.scope, {row.key: lambda _: Choice(selected=True) for row in rows})


# --- counting


def test_connects_and_disconnects_are_counted(stage: Stage) -> None:
    first = user_of(stage).generation
    disconnect(stage)
    assert user_of(stage).generation == first + 1
    reconnect(stage)
    assert user_of(stage).generation == first + 2


def test_a_connection_that_goes_on_with_more_allowed_is_the_same(stage: Stage) -> None:
    before = user_of(stage).generation
    reconnect(stage)
    assert user_of(stage).generation == before


def test_another_account_is_another_connection(stage: Stage) -> None:
    before = user_of(stage).generation
    other = stage.world.add_account("other@gmail.example", "Ann")
    come_back(stage, other, afresh=True)
    assert user_of(stage).generation > before


# --- what is queued


@pytest.mark.parametrize("reason", ["login", "manual", "change", "connect", "push", "schedule"])
def test_every_sync_names_the_connection_that_it_is_queued_for(stage: Stage, reason: Reason) -> None:
    gone_and_back(stage)
    stage.queue.tasks.clear()
    request_sync(stage.deps, stage.scope, reason)
    assert [task.payload["generation"] for task in stage.queue.tasks] == [2, 2]


def test_all_other_jobs_of_a_user_do_too(stage: Stage) -> None:
    stage.book.phone_create({"names": [{"givenName": "Ada"}]})
    gone_and_back(stage)
    stage.run()
    resync_due(stage.deps, "tick")
    ticked = [task.payload["generation"] for task in stage.queue.tasks]
    stage.run()
    tick_all(stage)
    started = importing.start(stage.deps, stage.scope, "done", None)
    [importing_task] = stage.queue.tasks
    stage.run()
    undoing.start(stage.deps, stage.scope, started)
    [undo_task] = stage.queue.tasks
    stage.run()
    disconnect(stage)
    [disconnect_task] = stage.queue.tasks
    tasks = (importing_task, undo_task, disconnect_task)
    assert ticked == [2, 2]
    assert [(task.job, task.payload["generation"]) for task in tasks] == [
        ("import", 2),
        ("undo", 2),
        ("disconnect", 3),
    ]


# --- what is at work


@pytest.mark.parametrize("effect", range(4))
@pytest.mark.parametrize("after", [False, True])
def test_a_sync_at_work_when_the_user_goes_and_comes_back_ends_with_its_next_commit(
    stage: Stage, effect: int, after: bool
) -> None:
    stage.add("ada", contact("Ada"))
    stage.add("bo", contact("Bo"))
    plain, fuse = stage.deps, Fuse()
    stage.fuse(fuse)
    fused = stage.deps

    def happens(_: object) -> None:
        stage.deps = plain
        gone_and_back(stage)

    fuse.set(effect, after=after, event=happens)
    jobs.run(fused, "sync", {"uid": stage.uid, "resource": "contacts", "reason": "schedule"})
    assert fuse.blown == 1
    assert user_of(stage).contacts.lease_by is None
    assert {each.payload["generation"] for each in stage.queue.tasks} <= {1, 2}, "of the old one none is left"
    stage.run()
    stage.later(20 * 60)
    stage.sync()
    assert sorted(p["names"][0]["givenName"] for p in stage.persons()) == ["Ada", "Bo"]


def test_an_import_at_work_goes_on_as_a_job_of_the_new_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PAGE", 1)
    for given in ("Ada", "Bo", "Cem"):
        stage.book.phone_create({"names": [{"givenName": given}]})
    stage.sync()
    tick_all(stage)
    id = importing.start(stage.deps, stage.scope, "done", None)
    [task] = stage.queue.tasks
    stage.queue.tasks.clear()
    took: list[int] = []
    plain = importing._take

    def take(*told: Any, **more: Any) -> Any:
        took.append(user_of(stage).generation)
        done = plain(*told, **more)
        if len(took) == 1:
            gone_and_back(stage)
        return done

    monkeypatch.setattr(importing, "_take", take)
    jobs.run(stage.deps, task.job, task.payload)
    assert took == [0], "no page after the first"
    stage.run()
    assert took == [0, 2, 2]
    run = stage.store.import_run(stage.scope, id)
    assert run is not None
    assert (run.state, run.imported, run.failures) == ("finished", 3, 0)


def test_a_disconnect_at_work_when_the_user_comes_back_deletes_no_more_and_revokes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ada", "Bo", "Cem"):
        stage.add(name.lower(), contact(name))
    stage.sync()
    people: Any = type(stage.google.session("x", user_grant(stage)).contacts())  # type: ignore[union-attr]
    monkeypatch.setattr(people, "delete_size", 1)
    disconnect(stage)
    task: Task = stage.queue.tasks.pop(0)
    plain, deleted = people.delete, []

    def delete(self: Any, links: Any, **more: Any) -> Any:
        done = plain(self, links, **more)
        deleted.append(links)
        reconnect(stage)
        return done

    monkeypatch.setattr(people, "delete", delete)
    jobs.run(stage.deps, task.job, task.payload)
    assert (len(deleted), len(stage.persons())) == (1, 2)
    monkeypatch.setattr(people, "delete", plain)
    stage.run()
    connection = user_of(stage).connection
    assert connection is not None
    assert connection.state == "active"
    assert stage.store.grant(stage.scope) is not None


def user_grant(stage: Stage) -> str:
    grant = stage.store.grant(stage.scope)
    assert grant is not None
    return grant.token


def test_a_disconnect_that_comes_late_leaves_the_new_connection_alone(stage: Stage) -> None:
    stage.add("ada", contact("Ada"))
    stage.sync()
    disconnect(stage)
    [late] = stage.queue.tasks
    stage.queue.tasks.clear()
    reconnect(stage)
    stage.run()
    stage.world.controls.forget_calls()
    jobs.run(stage.deps, late.job, late.payload)
    assert stage.world.controls.calls() == []
    assert (len(stage.persons()), user_of(stage).connection is not None) == (1, True)
