"""What the explorer does not do again comes to the same: against every order, gone one by one. And faults
that are planted are found.
"""

from collections.abc import Callable
from typing import Any

import pytest

from crmsync.engine import sync_job
from crmsync.engine.push.changes_pass import Push
from crmsync.engine.run import ledger
from crmsync.engine.run.work import Work
from crmsync.store.parts.commits import Commits
from crmsync.store.parts.users import user_from
from local.google.people import book
from tests.interleave.explorer import Explorer
from tests.interleave.orders import Broken, Scenario, explore, stood
from tests.interleave.scenarios import JOBS

SMALL = (
    Scenario("contacts", "busy", JOBS),
    Scenario("calendar", "busy", JOBS),
    Scenario("calendar", "busy", ("job 1", "phone"), reads=True),
    Scenario("contacts", "busy", ("job 1", "crm", "phone on bo")),
    Scenario("contacts", "busy", ("job 1", "crm"), fates=("unheard",)),
    Scenario("contacts", "at rest", JOBS, fates=("dies", "refused")),
    Scenario("calendar", "busy", ("job 1", "disconnect")),
    Scenario("contacts", "busy", ("job 1", "import")),
)

Ends = dict[tuple[str, ...], bytes]


def ends(scenario: Scenario, *, reduced: bool) -> Ends:
    """Every order that is gone to its end, and the state there."""
    found: Ends = {}
    with stood(scenario) as order:

        def ended() -> None:
            found[tuple(step.choice for step in order.hub.steps)] = order.everything.state(acting=False)

        Explorer(order, reduced).explore(ended)
    return found


def end_of(scenario: Scenario, choices: tuple[str, ...]) -> bytes:
    """The state in which an order ends, of which nothing is remembered."""
    with stood(scenario) as order:
        for choice in choices:
            order.step(choice)
        assert order.over
        return order.everything.state(acting=False)


@pytest.mark.parametrize("scenario", SMALL, ids=str)
def test_every_end_is_reached(scenario: Scenario) -> None:
    every, some = ends(scenario, reduced=False), ends(scenario, reduced=True)
    assert set(some.values()) == set(every.values())
    assert some.items() <= every.items()
    assert len(some) < len(every)


@pytest.mark.parametrize("scenario", SMALL[:2], ids=str)
def test_an_order_ends_as_when_it_is_gone_alone(scenario: Scenario) -> None:
    """Actors are not run again for what they have been told before, and the rest is restored."""
    for choices, end in ends(scenario, reduced=False).items():
        assert end_of(scenario, choices) == end


def the_lease_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "refuse_held", lambda *_: None)
    patch.setattr(sync_job, "refuse_held", lambda *_: None)


def the_fence_is_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Commits, "_still_holding", lambda self, found, guard: self._remember(user_from(found)))


def the_cursor_is_committed_before_anything_is_sent(patch: pytest.MonkeyPatch) -> None:
    send = Push._send

    def early(self: Any, exceptions: Any, links: Any, work: Work[Any]) -> None:
        self._advance(Work(progress=work.progress, page=work.page, last=work.last, initial=work.initial))
        self.run.ledger.commit(None, local=self.mark.cursor)
        send(self, exceptions, links, work)

    patch.setattr(Push, "_send", early)


def google_takes_any_etag(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(book, "check_etag", lambda *_: None)


@pytest.mark.parametrize(
    ("plant", "scenario", "found"),
    [
        (the_lease_is_ignored, Scenario("calendar", "first", JOBS), "calls to Google"),
        (the_fence_is_not_checked, Scenario("contacts", "first", JOBS), "linked twice"),
        (
            the_cursor_is_committed_before_anything_is_sent,
            Scenario("contacts", "busy", JOBS, fates=("dies",)),
            "ada differs",
        ),
        (google_takes_any_etag, Scenario("contacts", "busy", ("job 1", "crm", "phone")), "phone9x"),
    ],
)
def test_a_fault_that_is_planted_is_found(
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    scenario: Scenario,
    found: str,
) -> None:
    plant(monkeypatch)
    with pytest.raises(Broken, match=found):
        explore(scenario)
