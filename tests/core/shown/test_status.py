from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.account import (
    Asked,
    Connection,
    Pace,
    Problem,
    ResourceState,
    Stall,
    User,
    UserSettings,
    Watch,
)
from crmsync.core.model import Resource
from crmsync.core.shown.status import Headline, Progress, is_at_work, label_and_state
from crmsync.core.shown.waits import Wait
from crmsync.core.state import Intent
from tests.core.records import NOON

IDLE = ResourceState(last_synced_at=NOON)
BOTH: frozenset[Resource] = frozenset(("contacts", "calendar"))
CONNECTED = User(
    "ann",
    Connection("sub", "ann@gmail.example", BOTH, NOON),
    contacts=IDLE,
    calendar=IDLE,
    settings=UserSettings(ways_chosen=True),
)
WAIT = Problem("rate_limited", "Google asks us to wait.", "wait")
BROKEN = Problem("misconfigured", "Google refuses the sync.")


LATER = NOON + timedelta(minutes=12)
DOUBT = Intent("i", ("a", "b"), NOON)
IMPORT = Asked("import", "i", NOON, LATER)


def shown(user: User, waiting: int = 0, conflicts: int = 0, holds: int = 0) -> Headline:
    return label_and_state(user, waiting, conflicts, holds)


def contacts(**changes: Any) -> User:
    return replace(CONNECTED, contacts=replace(IDLE, **changes))


def granted(*scopes: Resource, state: Any = "active") -> User:
    connection = Connection("sub", "ann@gmail.example", frozenset(scopes), NOON, state)
    return replace(CONNECTED, connection=connection)


def test_disconnected() -> None:
    assert shown(User("ann"), waiting=3, holds=1) == Headline("disconnected", "Enable Google Sync", None, ())


def test_paused_comes_before_what_is_found_and_after_what_needs_the_user() -> None:
    all_paused = replace(CONNECTED.settings, paused={"contacts": NOON, "calendar": NOON})
    user = replace(CONNECTED, settings=all_paused)
    assert shown(user, waiting=3).state == "paused"
    assert shown(user, holds=1).state == "attention"
    half = replace(CONNECTED, settings=replace(all_paused, paused={"contacts": NOON}))
    assert (shown(half).state, [it.code for it in shown(half).problems]) == ("complete", ["contacts_paused"])


def test_complete() -> None:
    assert shown(CONNECTED) == Headline("complete", "Complete", None, ())


def test_contacts_found() -> None:
    found = shown(CONNECTED, waiting=12)
    assert (found.state, found.label) == ("contacts_found", "New Contacts Found (12)")


@pytest.mark.parametrize(
    ("user", "progress", "label"),
    [
        (contacts(requested_at=NOON), Progress("starting", 0, None), "Starting…"),
        (contacts(phase="waiting", requested_at=NOON), Progress("starting", 0, None), "Starting…"),
        (contacts(decided_at=NOON), Progress("starting", 0, None), "Starting…"),
        (
            replace(CONNECTED, asked=(IMPORT,)),
            Progress("importing", 0, None),
            "Importing contacts…",
        ),
        (
            replace(CONNECTED, asked=(replace(IMPORT, kind="undo"),)),
            Progress("undoing", 0, None),
            "Undoing an import…",
        ),
        (contacts(phase="pulling", done=50), Progress("pulling", 50, None), "Reading from Google…"),
        (
            contacts(phase="pushing", done=50, total=200),
            Progress("pushing", 50, 200),
            "Sending to Google: 50 of 200",
        ),
        (
            contacts(phase="pushing", done=250, total=200),
            Progress("pushing", 250, 250),
            "Sending to Google: 250 of 250",
        ),
        (contacts(phase="matching", done=0, total=0), Progress("matching", 0, 0), "Comparing…"),
        (
            contacts(phase="pulling", failures=3, problem=WAIT),
            Progress("pulling", 0, None),
            "Reading from Google…",
        ),
        (
            replace(
                CONNECTED,
                contacts=replace(IDLE, phase="waiting", done=10, total=100),
                calendar=replace(IDLE, phase="pushing", done=5, total=20),
            ),
            Progress("pushing", 15, 120),
            "Sending to Google: 15 of 120",
        ),
    ],
)
def test_syncing_shows_the_progress_of_both_resources(user: User, progress: Progress, label: str) -> None:
    found = shown(user, waiting=5, holds=1)
    assert (found.state, found.progress, found.label) == ("syncing", progress, label)


def test_what_is_left_is_told_by_the_resource_that_takes_longest() -> None:
    def going(done: int, total: int | None = 1000) -> ResourceState:
        pace = Pace("pushing", NOON - timedelta(seconds=100), 0)
        return replace(IDLE, phase="pushing", done=done, total=total, pace=pace, changed_at=NOON)

    def left(contacts: ResourceState, calendar: ResourceState) -> timedelta | None:
        progress = shown(replace(CONNECTED, contacts=contacts, calendar=calendar)).progress
        return progress.left if progress else None

    assert left(going(500), going(200)) == timedelta(seconds=400)
    assert left(going(500), IDLE) == timedelta(seconds=100)
    assert left(going(500), going(200, total=None)) is None


def test_a_dead_grant_comes_before_everything_with_the_click_that_mends_it() -> None:
    user = replace(granted("contacts", state="dead"), contacts=replace(IDLE, phase="pushing"))
    found = shown(user, waiting=5)
    assert (found.state, found.label, found.progress) == ("attention", "Action needed", None)
    assert found.problems[0].action == "reconnect"


def test_held_deletions_need_the_user() -> None:
    found = shown(CONNECTED, waiting=5, holds=2)
    assert (found.state, found.label) == ("attention", "Action needed")
    assert found.problems == (
        Problem("deletions_held", "2 sets of deletions wait for your decision.", "review"),
    )


def test_a_part_that_was_not_allowed_is_told_but_the_rest_is_complete() -> None:
    found = shown(granted("contacts"))
    assert found.state == "complete"
    assert [problem.action for problem in found.problems] == ["allow_calendar"]
    assert shown(granted("calendar"), waiting=1).state == "contacts_found"


def test_a_part_that_was_not_allowed_is_not_waited_for() -> None:
    user = replace(granted("contacts"), calendar=ResourceState(phase="pulling"))
    assert shown(user).state == "complete"


def test_a_problem_that_does_not_pass_needs_the_user_and_is_no_endless_progress() -> None:
    user = contacts(problem=BROKEN, requested_at=NOON, phase="pushing")
    found = shown(user)
    assert (found.state, found.problems) == ("attention", (BROKEN,))


def test_a_wait_whose_end_nobody_knows_is_told_and_needs_nobody() -> None:
    found = shown(contacts(problem=WAIT), waiting=2)
    assert (found.state, found.progress, found.problems) == ("syncing", Progress("waiting", 0, None), (WAIT,))
    assert found.waits == (Wait("contacts", None, None, "rate_limited"),)


def test_a_problem_that_passes_is_not_told_any_more_once_the_sync_is_at_work_again() -> None:
    assert shown(contacts(problem=WAIT, phase="pushing")).problems == ()
    assert shown(contacts(problem=WAIT, requested_at=NOON)).problems == ()


def test_that_google_announces_nothing_keeps_nothing_waiting() -> None:
    found = shown(replace(CONNECTED, calendar=replace(IDLE, watch=Watch(failures=3))))
    assert (found.state, [problem.code for problem in found.problems]) == ("complete", ["push_failed"])


# What there is, and what the button says of it when no job is at work: the first that holds.
ORDER: list[tuple[str, dict[str, Any], dict[str, Any], str, str]] = [
    ("a hold and a wait", {"deferred": 2}, {"holds": 1}, "attention", "Action needed"),
    ("a refused record and a wait", {"deferred": 2}, {"refused": 1}, "attention", "Action needed"),
    ("a problem for people and rows", {"problem": BROKEN}, {"waiting": 3}, "attention", "Action needed"),
    ("a hold and rows", {}, {"holds": 1, "waiting": 3}, "attention", "Action needed"),
    (
        "a closed account that is tried again",
        {"problem": BROKEN, "paused_until": LATER},
        {},
        "attention",
        "Action needed",
    ),
    ("records left for later and rows", {"deferred": 2}, {"waiting": 3}, "syncing", "Trying again soon…"),
    (
        "creates in doubt and rows",
        {},
        {"doubts": [DOUBT], "waiting": 3},
        "syncing",
        "Making sure of new contacts…",
    ),
    ("Google's wait and rows", {"paused_until": LATER}, {"waiting": 3}, "syncing", "Waiting for Google…"),
    (
        "Google's wait in the middle of a push",
        {"paused_until": LATER, "phase": "waiting", "done": 10, "total": 100},
        {},
        "syncing",
        "Waiting for Google: 10 of 100",
    ),
    (
        "Google's wait although asked for",
        {"paused_until": LATER, "requested_at": NOON},
        {},
        "syncing",
        "Waiting for Google…",
    ),
    ("a first failure", {"paused_until": LATER, "failures": 1}, {}, "syncing", "Trying again soon…"),
    (
        "an outage",
        {"paused_until": LATER, "failures": 3, "problem": Problem("unavailable", "No answer.", "wait")},
        {"waiting": 3},
        "syncing",
        "Google does not answer…",
    ),
    ("no sync ever", {"last_synced_at": None}, {"waiting": 3}, "syncing", "Starting…"),
    ("rows and conflicts", {}, {"waiting": 3, "conflicts": 1}, "contacts_found", "New Contacts Found (3)"),
    ("conflicts alone", {}, {"conflicts": 1}, "complete", "Complete"),
    ("nothing", {}, {}, "complete", "Complete"),
]


@pytest.mark.parametrize(
    ("state", "counts", "said", "label"), [row[1:] for row in ORDER], ids=[row[0] for row in ORDER]
)
def test_attention_comes_before_a_wait_and_that_before_contacts_found_and_that_before_complete(
    state: dict[str, Any], counts: dict[str, Any], said: str, label: str
) -> None:
    found = label_and_state(contacts(**state), **{"waiting": 0, "conflicts": 0, "holds": 0, **counts})
    assert (found.state, found.label) == (said, label)
    assert (found.progress is not None) == (said == "syncing")
    if found.progress is not None:
        assert (found.progress.phase, bool(found.waits)) == ("waiting", True)


def test_while_one_resource_waits_the_other_goes_on_and_both_are_told() -> None:
    waits = replace(IDLE, phase="waiting", done=10, total=100, paused_until=LATER)
    found = shown(
        replace(CONNECTED, contacts=waits, calendar=replace(IDLE, phase="pushing", done=5, total=20))
    )
    assert (found.state, found.progress) == ("syncing", Progress("pushing", 15, 120))
    assert found.waits == (Wait("contacts", 90, LATER, "rate_limited"),)


def test_an_import_that_did_not_get_through_waits_and_its_end_is_told() -> None:
    found = shown(replace(CONNECTED, asked=(IMPORT,), stalls=STALLED), waiting=3)
    assert (found.state, found.label) == ("syncing", "Trying again soon…")
    assert found.waits == (Wait("import", None, LATER, "retry"),)


def test_a_disconnect_that_did_not_get_through_is_told_beside_the_invitation() -> None:
    asked = replace(IMPORT, kind="disconnect")
    found = shown(User("ann", asked=(asked,), stalls={"disconnect": Stall(1, LATER)}))
    assert (found.state, found.waits) == ("disconnected", (Wait("disconnect", None, LATER, "retry"),))


STALLED = {"import": Stall(1, LATER)}
STATES = st.builds(
    ResourceState,
    phase=st.sampled_from(("idle", "waiting", "pulling", "matching", "pushing")),
    paused_until=st.sampled_from((None, LATER)),
    requested_at=st.sampled_from((None, NOON)),
    decided_at=st.sampled_from((None, NOON)),
    last_synced_at=st.sampled_from((None, NOON)),
    failures=st.integers(0, 4),
    deferred=st.integers(0, 2),
    done=st.integers(0, 3),
    total=st.sampled_from((None, 0, 3)),
    problem=st.sampled_from((None, WAIT, BROKEN)),
)
COUNTS = st.fixed_dictionaries(
    {
        "waiting": st.integers(0, 2),
        "conflicts": st.integers(0, 2),
        "holds": st.integers(0, 1),
        "refused": st.integers(0, 1),
        "doubts": st.sampled_from(((), (DOUBT,))),
    }
)


@given(STATES, STATES, st.sampled_from(((), (IMPORT,))), st.sampled_from(({}, STALLED)), COUNTS)
def test_complete_is_said_when_and_only_when_nothing_is_left(
    contacts: ResourceState, calendar: ResourceState, running: Any, stalls: Any, counts: dict[str, Any]
) -> None:
    user = replace(CONNECTED, contacts=contacts, calendar=calendar, asked=running, stalls=stalls)
    found = label_and_state(user, **counts)
    urgent = counts["holds"] or counts["refused"] or BROKEN in (contacts.problem, calendar.problem)
    asked = any(
        state.requested_at or state.decided_at or state.phase != "idle" for state in (contacts, calendar)
    )
    waits = any(state.paused_until or state.problem or state.deferred for state in (contacts, calendar))
    begun = all(state.last_synced_at for state in (contacts, calendar))
    nothing = begun and not (asked or waits or urgent or running or counts["doubts"] or counts["waiting"])
    assert (found.state == "complete") == nothing, found
    assert (found.state == "syncing") == (found.progress is not None)
    if found.progress is not None and found.progress.phase == "waiting":
        assert found.waits, "what waits is named"
        assert not urgent, "attention comes first"
        assert not is_at_work(user)


def test_conflicts_are_offered_and_not_urgent() -> None:
    found = shown(CONNECTED, waiting=1, conflicts=2)
    assert found.state == "contacts_found"
    assert [problem.code for problem in found.problems] == ["conflicts"]


def test_one_problem_of_both_resources_is_told_once_urgent_ones_first() -> None:
    user = replace(CONNECTED, contacts=replace(IDLE, problem=WAIT), calendar=replace(IDLE, problem=WAIT))
    assert shown(user, holds=1).problems == (
        Problem("deletions_held", "A deletion waits for your decision.", "review"),
        WAIT,
    )


def test_records_that_google_does_not_take_need_the_user() -> None:
    found = label_and_state(CONNECTED, waiting=2, conflicts=0, holds=0, refused=1)
    assert (found.state, found.label) == ("attention", "Action needed")
    assert found.problems == (Problem("records_refused", "A record could not be sent to Google.", "review"),)
