"""The table of how jobs end, row by row."""

from typing import Any

import pytest

from crmsync.core import errors
from crmsync.engine.frame import answers
from crmsync.engine.frame.answers import Answer, Early, Ended, answer_to, backoff, is_unexpected
from crmsync.engine.run.generation import Outdated
from crmsync.engine.run.lease import LeaseHeld, Yield
from crmsync.store.ports import Conflicted, InvalidWrite, StoreUnavailable, Superseded, TooLarge

CONTACTS = Ended("contacts")

ROWS: dict[str, tuple[Exception, Ended, Answer]] = {
    "time is up": (Yield(), CONTACTS, Answer("go_on", "unfinished", 2.0)),
    "lease held": (LeaseHeld("x", 5.0), CONTACTS, Answer("follow_up", "lease_held")),
    "before a wait is over": (Early(), CONTACTS, Answer("sit_out", "waiting")),
    "another connection": (Outdated(), CONTACTS, Answer("let_go", "outdated")),
    "overtaken": (Superseded("x"), CONTACTS, Answer("leave_to_winner", "overtaken", 2.0)),
    "a record moved": (Conflicted("x"), CONTACTS, Answer("leave_to_winner", "overtaken", 2.0)),
    "store down": (StoreUnavailable("x"), CONTACTS, Answer("redeliver", "failed")),
    "queue down": (errors.Unavailable("queue_unavailable"), CONTACTS, Answer("redeliver", "failed")),
    "grant dead": (errors.GrantDead("invalid_grant"), CONTACTS, Answer("pause", "failed")),
    "token stale": (errors.Unavailable("token_rejected"), CONTACTS, Answer("renew_token", "failed")),
    "token expired": (errors.Unavailable("token_expired"), CONTACTS, Answer("renew_token", "failed")),
    "token stale though fresh": (
        errors.Unavailable("token_rejected"),
        Ended("contacts", fresh=True),
        Answer("back_off", "failed", 15.0),
    ),
    "scope not in the token": (errors.ScopeMissing("scope"), CONTACTS, Answer("renew_token", "failed")),
    "scope not allowed": (
        errors.ScopeMissing("scope"),
        Ended("calendar", fresh=True),
        Answer("pause", "failed", missing="calendar"),
    ),
    "a short wait": (errors.RateLimited("quota", 60.0), CONTACTS, Answer("wait", "failed", 60.0)),
    "a long wait": (
        errors.RateLimited("quota", 61.0),
        CONTACTS,
        Answer("wait", "failed", 61.0, answers.SLOWED),
    ),
    "an outage": (errors.Unavailable("timeout"), CONTACTS, Answer("back_off", "failed", 15.0)),
    "the second of an outage": (
        errors.Unavailable("timeout"),
        Ended("contacts", failures=1),
        Answer("back_off", "failed", 30.0),
    ),
    "the third of an outage": (
        errors.Unavailable("timeout"),
        Ended("contacts", failures=2),
        Answer("back_off", "failed", 60.0, answers.UNREACHABLE),
    ),
    "the calendar is gone": (
        errors.NotFound("not_found"),
        Ended("calendar"),
        Answer("stop", "failed", problem=answers.CALENDAR_GONE),
    ),
    "too large": (TooLarge("x"), CONTACTS, Answer("back_off", "unexpected", 15.0)),
    "the store cannot hold it": (InvalidWrite("x"), CONTACTS, Answer("back_off", "unexpected", 15.0)),
    "anything else": (ZeroDivisionError(), CONTACTS, Answer("back_off", "unexpected", 15.0)),
    "anything else for the third time": (
        ZeroDivisionError(),
        Ended("contacts", failures=2),
        Answer("back_off", "unexpected", 60.0, answers.UNEXPECTED),
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_each_end_has_its_answer(row: str) -> None:
    error, ended, answer = ROWS[row]
    assert answer_to(error, ended) == answer


@pytest.mark.parametrize(
    "error",
    [
        errors.Misconfigured("invalid_client"),
        errors.Misconfigured("token_key_unknown"),
        errors.Refused("forbidden"),
        errors.NotFound("not_found"),
        errors.Stale("etag"),
    ],
    ids=lambda error: f"{type(error).__name__} {error.reason}",
)
def test_what_only_the_vendor_can_mend_is_told_at_once_and_tried_ever_more_rarely(error: Any) -> None:
    first = answer_to(error, CONTACTS)
    later = answer_to(error, Ended("contacts", failures=20))
    assert (first.name, first.wait, later.wait) == ("back_off", 15.0, 3600.0)
    assert first.problem is not None
    assert (first.problem.code, first.problem.action) == (error.reason, "")
    assert first.problem == later.problem


def test_only_what_no_row_names_needs_its_stack_in_the_log() -> None:
    unexpected = {name for name, (error, _, _) in ROWS.items() if is_unexpected(error)}
    assert unexpected == {name for name, (_, _, answer) in ROWS.items() if answer.outcome == "unexpected"}


def test_waits_double_up_to_an_hour() -> None:
    assert [backoff(number) for number in (1, 2, 3, 8, 9, 99)] == [15, 30, 60, 1920, 3600, 3600]
