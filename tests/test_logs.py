import ast
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crmsync import logs

FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Logging set up as in production; answers the lines since the last call."""
    root = logging.getLogger()
    before, levels = list(root.handlers), (root.level, logging.getLogger("crmsync").level)
    logs.configure("project-1")
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    root.handlers[:] = before
    root.setLevel(levels[0])
    logging.getLogger("crmsync").setLevel(levels[1])


def test_one_json_object_a_line_with_the_ids_that_are_bound(lines: Any) -> None:
    with logs.bound(user="ann", trace="t1"), logs.bound(job="sync"):
        logs.event("pushed", count=3, resource="contacts")
    logs.event("idle")
    first, second = lines()
    assert first == {
        "severity": "INFO",
        "message": "pushed",
        "user": "ann",
        "trace": "t1",
        "job": "sync",
        "logging.googleapis.com/trace": "projects/project-1/traces/t1",
        "count": 3,
        "resource": "contacts",
    }
    assert second == {"severity": "INFO", "message": "idle"}


def test_ids_learnt_on_the_way_hold_until_the_end_of_the_call(lines: Any) -> None:
    with logs.bound(trace="t1"):
        logs.add(user="ann")
        logs.event("inside")
    logs.event("outside")
    inside, outside = lines()
    assert (inside["user"], inside["trace"]) == ("ann", "t1")
    assert "user" not in outside


def test_fields_given_in_the_standard_library_s_way_are_kept_too(lines: Any) -> None:
    logging.getLogger("crmsync.engine.jobs").warning("sync failed", extra={"reason": "quota"})
    assert lines() == [{"severity": "WARNING", "message": "sync failed", "reason": "quota"}]


def test_arguments_of_our_own_loggers_are_told(lines: Any) -> None:
    ours = logging.getLogger("crmsync.store.parts.records")
    ours.warning("unreadable record %s: %s", "users/ann/contacts/w1", "Contact.given_name")
    assert lines()[0]["message"] == "unreadable record users/ann/contacts/w1: Contact.given_name"


def test_a_template_that_its_arguments_do_not_fit_breaks_no_job() -> None:
    record = logging.makeLogRecord({"name": "crmsync", "msg": "%d of %d", "args": ("three",)})
    assert json.loads(logs.JsonLines().format(record))["message"] == "%d of %d three"


def test_our_own_calls_name_an_event_and_put_the_rest_into_fields() -> None:
    calls = [
        (path, node)
        for path in sorted(FUNCTIONS.rglob("*.py"))
        if path.name != "logs.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("log.", "_log."))
    ]
    assert calls
    for path, call in calls:
        told = f"{path}:{call.lineno}"
        assert len(call.args) == 1, told
        assert isinstance(call.args[0], ast.Constant), told
        assert "%" not in str(call.args[0].value), told
        assert {keyword.arg for keyword in call.keywords} <= {"extra"}, told


def test_a_field_may_have_the_name_of_a_record_s_own_attribute(lines: Any) -> None:
    logs.event("made", name="x", args="y")
    assert lines() == [{"severity": "INFO", "message": "made", "name_": "x", "args_": "y"}]


def test_of_a_foreign_error_the_text_is_not_logged(lines: Any) -> None:
    for tell, known in (((), False), ((ValueError,), True)):
        try:
            raise ValueError("ann@mail.example")
        except ValueError as error:
            logs.failure("failed", error, tell=tell)
        [line] = lines()
        assert line["error"] == "ValueError"
        assert line["at"][0].startswith("test_logs.py:")
        assert (line.get("text") == "ann@mail.example") is known


def test_of_other_libraries_only_warnings_without_their_values(lines: Any) -> None:
    other = logging.getLogger("urllib3")
    other.info("GET %s", "https://people.example/?token=secret")
    other.warning("retrying %s", "https://people.example/?token=secret")
    assert lines() == [{"severity": "WARNING", "message": "retrying %s", "logger": "urllib3"}]


def test_long_texts_are_cut_and_line_ends_stay_inside(lines: Any) -> None:
    logs.event("x" * 1000, value="a\nb" + "y" * 1000)
    [line] = lines()
    assert (len(line["message"]), len(line["value"])) == (logs.LONGEST_TEXT, logs.LONGEST_TEXT)


def test_configuring_twice_logs_once(lines: Any) -> None:
    logs.configure("project-1")
    logs.event("once")
    assert len(lines()) == 1


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ({"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}, "a" * 32),
        ({"X-Cloud-Trace-Context": f"{'C' * 32}/123;o=1"}, "c" * 32),
        ({"X-Cloud-Trace-Context": "C" * 32}, "c" * 32),
    ],
)
def test_the_trace_is_the_caller_s(headers: dict[str, str], trace: str) -> None:
    assert logs.trace_id(headers.get) == trace


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"traceparent": "x\ny"},
        {"traceparent": f"00-{'0' * 32}-{'b' * 16}-01"},
        {"traceparent": f"ff-{'a' * 32}-{'b' * 16}-01"},
        {"X-Cloud-Trace-Context": "../../x"},
    ],
)
def test_a_trace_that_is_none_is_replaced(headers: dict[str, str]) -> None:
    found = logs.trace_id(headers.get)
    assert len(found) == 32
    assert found not in ("0" * 32, "a" * 32)


def test_the_trace_goes_on_in_a_new_span() -> None:
    assert logs.traceparent() is None
    with logs.bound(trace="a" * 32):
        first, second = logs.traceparent(), logs.traceparent()
    assert first != second
    for told in (first, second):
        assert told is not None
        assert logs.trace_id({"traceparent": told}.get) == "a" * 32
