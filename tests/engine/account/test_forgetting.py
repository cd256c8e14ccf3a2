"""After a disconnect nothing is kept of Google contacts that were never imported but what was decided."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import ImportRounds, User
from crmsync.core.model import Contact, Email
from crmsync.core.sheet.candidates import reduced
from crmsync.core.state import Candidate, Choice
from crmsync.engine import jobs
from crmsync.engine.account import connect, forgetting
from crmsync.engine.imports import importing, sheet
from crmsync.store.documents.port import Query
from crmsync.store.ports import CandidateQuery
from crmsync.store.sheet.rows import unpacked
from local.google.clock import Clock
from local.google.world import World
from tests.contracts.samples import FULL_CANDIDATE
from tests.engine.allowing import come_back
from tests.engine.imports.test_importing import present
from tests.engine.schedule.days import pass_time
from tests.machine.crashes import Crash, Fuse
from tests.machine.in_process import InProcessGoogle
from tests.stage import START, Stage

EVERY = ImportRounds(closed=-1)
DRAFT = Choice(selected=True, contact_type="client", consent={"status": "express", "source": "form"})
DAY = timedelta(hours=23, minutes=30)


def user_of(stage: Stage) -> User:
    user = stage.store.user(stage.scope)
    assert user is not None
    return user


def phone(name: str) -> dict[str, Any]:
    return {
        "names": [{"givenName": name}],
        "emailAddresses": [{"value": f"{name.lower()}@example.com"}],
        "phoneNumbers": [{"value": "+1 416 555 0123"}],
    }


@contextmanager
def prepared() -> Iterator[Stage]:
    """Ivy is imported, Deb declined. Of the rows that came later Sam is ticked with a draft, Max is said not
    to be Nat, who has the same address, and nobody has looked at Una.
    """
    with InProcessGoogle(World(Clock(START))) as google:
        stage = Stage(google)
        stage.connect(frozenset(("contacts",)))
        for name in ("Ivy", "Deb"):
            stage.book.phone_create(phone(name))
        stage.sync()
        present(stage)
        save(stage, "Ivy", Choice(selected=True))
        importing.start(stage.deps, stage.scope, "done", None)
        stage.run()
        for name in ("Sam", "Max", "Una"):
            stage.book.phone_create(phone(name))
        stage.add("nat", Contact("Nat", emails=(Email("max@example.com"),)))
        stage.later(60)
        stage.sync()
        save(stage, "Sam", DRAFT)
        save(stage, "Max", Choice(person="none", denied=("nat",)))
        yield stage


def save(stage: Stage, name: str, choice: Choice) -> None:
    [key] = [row.key for row in rows(stage) if row.name == name]
    assert sheet.save(stage.deps, stage.scope, {key: lambda _: choice})


def rows(stage: Stage, tab: Any = "open") -> list[Candidate]:
    page, _ = stage.store.candidate_page(stage.scope, CandidateQuery(tab), user_of(stage).rounds, None, 99)
    return list(page)


def kept(stage: Stage) -> str:
    """All that the sheet's documents say."""
    candidates = stage.meter.inner.query(Query("users/ann/candidates"))
    leaves = stage.meter.inner.query(Query("users/ann/sheet"))
    packed = [leaf.data.get("rows") for leaf in leaves]
    directory = [unpacked(each) for each in packed if isinstance(each, bytes)]
    return str([[each.data for each in candidates], directory]).lower()


def leave(stage: Stage) -> None:
    connect.disconnect(stage.deps, stage.scope, "keep", "keep")


def test_within_a_day_nothing_is_kept_of_whoever_was_not_imported() -> None:
    with prepared() as stage:
        leave(stage)
        pass_time(stage, timedelta(hours=21))
        assert "una@example.com" in kept(stage), "the user may come back"
        pass_time(stage, DAY - timedelta(hours=21))
        assert not [name for name in ("una", "sam@", "sam'", "deb", "max@") if name in kept(stage)]
        assert (rows(stage), rows(stage, "declined")) == ([], [])
        assert [row.name for row in rows(stage, "imported")] == ["Ivy"]
        assert (user_of(stage).asked, user_of(stage).next_due_at) == ((), None)


def test_the_same_account_finds_what_was_decided() -> None:
    with prepared() as stage:
        before = {row.name: (row.choice, row.distinct, row.generation) for row in rows(stage)}
        leave(stage)
        pass_time(stage, DAY)
        assert come_back(stage, stage.account, frozenset(("contacts",))).kind == "connected"
        pass_time(stage, timedelta(minutes=30))
        after = {row.name: (row.choice, row.distinct, row.generation) for row in rows(stage)}
        assert after == before
        assert after["Sam"][0] == DRAFT
        assert [row.name for row in rows(stage, "declined")] == ["Deb"]
        assert [row.emails for row in rows(stage, "declined")] == [("deb@example.com",)]
        assert [it.crm for row in rows(stage) for it in row.matches] == ["nat"], (
            "who is asked about is found anew"
        )


def test_who_comes_back_before_keeps_all() -> None:
    with prepared() as stage:
        before = rows(stage)
        leave(stage)
        stage.run()
        [late] = [each for each in user_of(stage).asked if each.kind == "forget"]
        generation = user_of(stage).generation
        pass_time(stage, timedelta(hours=20))
        assert come_back(stage, stage.account, frozenset(("contacts",))).kind == "connected"
        pass_time(stage, timedelta(hours=10))
        told = {"uid": stage.uid, "generation": generation, "id": late.id, "turn": late.turn}
        jobs.run(stage.deps, "forget", told)
        assert [row.name for row in rows(stage)] == [row.name for row in before]
        assert user_of(stage).asked == ()


def test_leaving_again_moves_nothing() -> None:
    with prepared() as stage:
        leave(stage)
        [first] = [each for each in user_of(stage).asked if each.kind == "forget"]
        pass_time(stage, timedelta(hours=2))
        connect.disconnect(stage.deps, stage.scope, "delete", "keep")
        assert first in user_of(stage).asked


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_any_effect_forgets_all_in_the_end(after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "PAGE", 2)
    for effect in range(10):
        with prepared() as stage:
            leave(stage)
            pass_time(stage, timedelta(hours=21))
            fuse = Fuse()
            stage.fuse(fuse)
            [late] = [each for each in user_of(stage).asked if each.kind == "forget"]
            told = {"uid": stage.uid, "id": late.id, "turn": late.turn}
            fuse.set(effect, after=after)
            with suppress(Crash):
                jobs.run(stage.deps, "forget", told)
            died = fuse.left is None
            fuse.clear()
            pass_time(stage, timedelta(hours=3))
            assert "una" not in kept(stage)
            assert user_of(stage).asked == ()
        if not died:
            assert effect >= 3
            return
    raise AssertionError("the job never survives")


def test_what_is_kept_of_a_row_names_nobody() -> None:
    kept = reduced(FULL_CANDIDATE)
    assert reduced(kept) == kept
    assert (kept.key, kept.round, kept.choice, kept.distinct, kept.parted) == (
        FULL_CANDIDATE.key,
        FULL_CANDIDATE.round,
        FULL_CANDIDATE.choice,
        FULL_CANDIDATE.distinct,
        FULL_CANDIDATE.parted,
    )
    said = str(replace(kept, choice=Choice()))
    assert not [
        word for word in (FULL_CANDIDATE.name, *FULL_CANDIDATE.emails, *FULL_CANDIDATE.phones) if word in said
    ]
