import re
from pathlib import Path
from typing import get_args

from crmsync import tally
from crmsync.workers import Workers


def test_what_is_done_inside_is_counted_by_name() -> None:
    with tally.opened() as did:
        tally.count(google_calls=1)
        tally.count(google_calls=2, linked=1, held=0)
        tally.ended("overtaken")
    assert did.counts == {"google_calls": 3, "linked": 1}
    assert did.outcome == "overtaken"


def test_each_job_has_its_own_and_outside_nothing_is_counted() -> None:
    tally.count(google_calls=1)
    tally.ended("failed")
    with tally.opened() as first:
        tally.count(google_calls=1)
    tally.count(google_calls=1)
    with tally.opened() as second:
        pass
    assert (first.counts, second.counts) == ({"google_calls": 1}, {})
    assert (first.outcome, second.outcome) == ("done", "done")


def test_what_its_workers_do_counts_for_the_job_that_gave_them_the_work() -> None:
    with Workers(max_workers=1) as one, Workers(max_workers=1) as other:
        with tally.opened() as first:
            calls = [worker.submit(tally.count, google_calls=1) for worker in [one, other] * 500]
            for call in calls:
                call.result()
        with tally.opened() as second:
            one.submit(tally.count, google_calls=1).result()
    assert (first.counts, second.counts) == ({"google_calls": 1000}, {"google_calls": 1})


def test_the_docs_tell_every_outcome() -> None:
    text = (Path(__file__).resolve().parent.parent / "docs" / "running.md").read_text()
    table = text.partition("| outcome | meaning |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(get_args(tally.Outcome))
