"""The pages' own reckoning, module by module, as the browser runs it: time, consent, names, saving."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from local.runner import LocalSystem, Options

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page of our origin, from which the modules can be imported."""
    with LocalSystem(Options(store="memory", seed="empty")) as system:
        context = browser.new_context(timezone_id="America/Toronto", locale="en-CA")
        page = context.new_page()
        page.goto(f"{system.url}/favicon.svg")
        yield page
        context.close()


def run(page: Page, module: str, call: str) -> Any:
    """The value of an expression over a module, which is called `m`."""
    return page.evaluate(f"async () => {{ const m = await import('/js/{module}.js'); return {call}; }}")


@pytest.mark.parametrize(
    ("date", "time", "zone", "expected"),
    [
        ("2026-01-15", "09:30", "America/Toronto", "2026-01-15T09:30:00-05:00"),
        ("2026-07-15", "09:30", "America/Toronto", "2026-07-15T09:30:00-04:00"),
        ("2026-07-15", "00:00", "Asia/Kathmandu", "2026-07-15T00:00:00+05:45"),
        ("2026-07-15", "12:00", "America/St_Johns", "2026-07-15T12:00:00-02:30"),
        ("2026-12-31", "23:59", "Pacific/Kiritimati", "2026-12-31T23:59:00+14:00"),
        ("2026-01-15", "12:00", "UTC", "2026-01-15T12:00:00+00:00"),
        # The clocks skip 2:30 and it moves on by an hour; 1:30 comes twice and the first is meant.
        ("2026-03-08", "02:30", "America/Toronto", "2026-03-08T03:30:00-04:00"),
        ("2026-11-01", "01:30", "America/Toronto", "2026-11-01T01:30:00-04:00"),
        ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T02:30:00+02:00"),
    ],
)
def test_wall_clock_time_gets_its_zones_offset(
    page: Page, date: str, time: str, zone: str, expected: str
) -> None:
    assert run(page, "words/time", f"m.zoned('{date}', '{time}', '{zone}')") == expected


@pytest.mark.parametrize(
    ("date", "months", "expected"),
    [("2026-01-31", 1, "2026-02-28"), ("2024-02-29", 24, "2026-02-28"), ("2026-08-31", 6, "2027-02-28")],
)
def test_months_end_on_the_last_day_of_a_shorter_month(
    page: Page, date: str, months: int, expected: str
) -> None:
    assert run(page, "words/time", f"m.shiftMonths('{date}', {months})") == expected


def test_implied_consent_lapses_by_its_basis_and_no_other_does(page: Page) -> None:
    def lapse(**consent: str) -> Any:
        return run(page, "choice/choice", f"m.lapse({consent})")

    assert lapse(status="implied", basis="transaction", obtained_on="2026-03-02") == "2028-03-02"
    assert lapse(status="implied", basis="inquiry", obtained_on="2026-03-02") == "2026-09-02"
    assert lapse(status="implied", basis="inquiry") is None
    assert lapse(status="express", basis="inquiry", obtained_on="2026-03-02") is None


def test_a_detail_has_only_what_its_type_has(page: Page) -> None:
    assert run(page, "choice/choice", "m.detailOf('contact', {grade: 'B', temperature: 'hot'})") == {
        "grade": "B"
    }
    assert run(page, "choice/choice", "m.detailOf('contact')") == {}
    assert run(page, "choice/choice", "m.detailOf('lead', {horizon: 'lt1y'})") == {
        "temperature": "new",
        "horizon": "lt1y",
        "transaction": "unknown",
    }


def test_initials_are_whole_letters_of_any_script(page: Page) -> None:
    names = ["Ann Martin", "田中", "علي حسن", "e\u0301lodie", "(204) 555-0147", "", "<script>"]
    assert run(page, "parts/person", f"{names}.map((name) => m.initials(name))") == [
        "AM",
        "田",
        "عح",
        "É",
        "",
        "",
        "S",
    ]


SAVER = """async () => {
  const { ChoiceSaver } = await import("/js/sheet/saver.js");
  const { ApiError } = await import("/js/service/errors.js");
  const sent = [];
  const states = [];
  let answer = () => {};
  const saver = new ChoiceSaver(
    async (rows) => { sent.push(rows.map((row) => row.id)); await answer(rows); },
    (state) => states.push(state),
  );
  const choice = { selected: true, contact_type: "contact", detail: {}, consent: { status: "none" } };
  %s
}"""


def test_choices_made_together_are_saved_in_one_call(page: Page) -> None:
    sent, states = page.evaluate(
        SAVER
        % """
        for (const id of ["a", "b", "a"]) saver.set(id, choice);
        const done = await saver.flush();
        return [sent, [...states, done]];
        """
    )
    assert sent == [["a", "b"]]
    assert states == ["saving", "saving", "saving", "saved", True]


def test_one_refused_row_does_not_keep_the_others_from_being_saved(page: Page) -> None:
    sent, state, done = page.evaluate(
        SAVER
        % """
        answer = (rows) => {
          if (rows.some((row) => row.id === "bad")) throw new ApiError(400, "invalid_request", "No.");
        };
        for (const id of ["a", "bad", "b", "c"]) saver.set(id, choice);
        const done = await saver.flush();
        return [sent, states.at(-1), done];
        """
    )
    assert sent == [["a", "bad", "b", "c"], ["a", "bad"], ["a"], ["bad"], ["b", "c"]]
    assert (state, done) == ("refused", False)


def test_a_choice_made_while_saving_fails_is_not_undone_by_the_repetition(page: Page) -> None:
    choices = page.evaluate(
        SAVER
        % """
        const unticked = { ...choice, selected: false };
        answer = () => {
          answer = () => {};
          saver.set("a", unticked);
          throw new ApiError(503, "unavailable", "No.");
        };
        saver.set("a", choice);
        await saver.flush();
        const waiting = saver.unsaved("a").selected;
        const done = await saver.flush();
        return [waiting, done, saver.unsaved("a") === undefined];
        """
    )
    assert choices == [False, True, True]
