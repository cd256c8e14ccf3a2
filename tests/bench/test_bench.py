"""The measurements themselves: they run, count what happens, and say honestly what is missed."""

import json
from pathlib import Path

import pytest

from bench import table
from bench.__main__ import main
from bench.rows import Row, each, pages
from bench.scenarios_process import cold_start, memory
from tests.threads import in_own_thread


def test_a_small_run_measures_every_row_and_keeps_it_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "bench.json"
    parts = "push,pull,sheet,fleet"
    arguments = ["contacts", "--store", "memory", "--sizes", "60", "--latency", "0", "--only", parts]
    assert main([*arguments, "--json", str(saved)]) == 0

    rows = {row["scenario"]: row for row in json.loads(saved.read_text(encoding="utf-8"))["rows"]}
    pushed = rows["first push of contacts"]["raw"]["ours"]
    assert pushed["traffic"]["operations"]["people.people.batchCreateContacts"] == 1
    assert rows["first push of contacts"]["raw"]["floor"]["traffic"]["calls"] == 1
    assert rows["own echo"]["raw"]["store"]["writes"] == 0
    assert rows["idle job, contacts + calendar"]["raw"]["ours"]["traffic"]["calls"] == 2
    assert rows["import of 6 ticked rows"]["raw"]["ours"]["store"]["writes"] >= 3 * 6
    printed = capsys.readouterr().out
    for scenario in ("a sheet page of 100: the last", "Done with 150 unticked rows", "fleet tick"):
        assert scenario in printed


def test_the_summary_names_what_is_missed() -> None:
    rows = [Row("a", 10, "1", "1", True), Row("b", 10, "2", "1", False), Row("c", 0, "3", "", None)]
    assert table.summary(rows) == "1 of 2 met; missed: b (10)"
    assert table.markdown(rows).splitlines()[3] == "| b | 10 | 2 | 1 | missed |"
    assert table.markdown(rows).splitlines()[4] == "| c |  | 3 |  | – |"


def test_counts_are_told_by_record_and_by_page() -> None:
    assert (pages(200, 200), pages(201, 200), pages(1, 1000)) == (1, 2, 1)
    assert (each(1026, 1000), each(2000, 1000), each(0, 0)) == ("1.026", "2", "0")


@pytest.mark.parametrize(
    "arguments",
    [
        ["contacts", "--sizes", "0"],
        ["contacts", "--only", "all"],
        ["calendar", "--only", "sheet"],
        ["events"],
    ],
)
def test_what_cannot_be_measured_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)


def test_a_cold_start_is_measured_in_a_fresh_interpreter() -> None:
    row = cold_start()
    assert 0 < row.raw["seconds"] < 60


def test_a_jobs_memory_is_its_own_and_not_that_of_its_starter() -> None:
    ballast = bytearray(300 * 2**20)
    row = memory(10, 20)
    assert len(ballast) > row.raw["large"]["peak"] >= row.raw["large"]["before"]
    assert row.raw["large"]["writes"] > 2 * 20


def test_a_small_run_of_the_calendar_counts_batches_pages_and_what_a_peer_calls(tmp_path: Path) -> None:
    saved = tmp_path / "bench.json"
    parts = "push,pull,quota,gcal_sync"
    arguments = ["calendar", "--store", "memory", "--sizes", "60", "--latency", "0", "--only", parts]
    assert in_own_thread(lambda: main([*arguments, "--json", str(saved)])) == 0

    rows = {row["scenario"]: row for row in json.loads(saved.read_text(encoding="utf-8"))["rows"]}
    pushed = rows["first push of events"]["raw"]
    assert pushed["ours"]["traffic"]["operations"]["calendar.batch"] == 2
    assert pushed["ours"]["traffic"]["operations"]["calendar.events.insert"] == 60
    assert pushed["ours"]["traffic"]["calls"] == 2 + 1 + 1
    assert pushed["floor"]["traffic"]["calls"] == 2
    assert rows["one appointment edited in the CRM → Google"]["raw"]["traffic"]["calls"] == 2
    [peer] = [row for name, row in rows.items() if name.startswith("gcal_sync") and "first push" in name]
    assert peer["raw"]["traffic"]["calls"] == 100
    assert [name for name, row in rows.items() if row["met"] is False] == []
