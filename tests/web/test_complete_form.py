"""A field of the table is known to the pages: whoever adds one and forgets a place is told which.

Each test takes one field to one place, with values made from the field's type.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from crmsync.core.fields import as_json, record_to_data
from crmsync.core.model import R
from local.runner import LocalSystem, Options
from tests.field_samples import CASES, Case
from tests.web.stage import Stage

pytestmark = pytest.mark.browser

FORMS = {
    "contacts": "web/js/records/contact-form.js",
    "appointments": "web/js/records/appointments/form.js",
}

each_field = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with LocalSystem(Options(store="memory", seed="empty")) as system:
        yield Stage(system)


@pytest.fixture(scope="module")
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    """An empty page of our origin, from which the modules can be imported."""
    context = browser.new_context(timezone_id="America/Toronto", locale="en-CA")
    page = context.new_page()
    page.route("**/empty.html", lambda route: route.fulfill(content_type="text/html", body="<!doctype html>"))
    page.goto(f"{stage.url}/empty.html")
    yield page
    context.close()


NAMES = """async ([kind, attributes, name]) => {
  const { LANGUAGES } = await import("/js/words/strings.js");
  const record = kind === "contacts" ? "contact" : "appointment";
  const wanted = [...attributes.map((each) => [record, each]), ["values", name]];
  return Object.entries(LANGUAGES).flatMap(([language, words]) =>
    wanted.filter(([set, each]) => !words[set].fields[each])
      .map(([set, each]) => `${language}: ${set}.fields.${each}`));
}"""


@each_field
def test_the_field_has_a_name_in_both_languages(page: Page, case: Case[R]) -> None:
    lacking = page.evaluate(NAMES, [case.kind, case.attributes, case.field.name])
    assert lacking == [], f"{case.row} web/js/words/ has no name for it ({lacking})"


SAID = """async ([name, values]) => {
  const { sayValue, showValue } = await import("/js/parts/field-values.js");
  const shown = values.map((each) => showValue(name, each).textContent);
  return [values.map((each) => sayValue(name, each)), shown];
}"""
UNNAMED = """async (values) => {
  const { LANGUAGES } = await import("/js/words/strings.js");
  return Object.entries(LANGUAGES).flatMap(([language, words]) =>
    values.filter((each) => !words.values.words[each]).map((each) => `${language}: values.words.${each}`));
}"""


@each_field
def test_each_value_can_be_read_in_the_activity_and_in_a_choice(page: Page, case: Case[R]) -> None:
    name = case.field.name
    values = [as_json(record, [name])[name] for record in case.records]
    both: list[list[str]] = page.evaluate(SAID, [name, values])
    for said in both:
        told = len(set(said)) == len(values) and "[object" not in "".join(said)
        assert told, f"{case.row} web/js/parts/field-values.js does not say its values: {said}"
        if case.is_chosen:
            raw = {str(value) for value in values}.intersection(said)
            assert not raw, f"{case.row} CHOSEN in web/js/parts/field-values.js lacks it: {said}"


@pytest.mark.parametrize("case", [case for case in CASES if case.is_chosen], ids=str)
def test_a_value_out_of_a_few_has_words_in_both_languages(page: Page, case: Case[R]) -> None:
    values = [json.dumps(value).strip('"') for value in case.values if value != ""]
    unnamed = page.evaluate(UNNAMED, values)
    assert unnamed == [], f"{case.row} web/js/words/*/review.js has no words for its values ({unnamed})"


FORM = """async ([kind, record, attributes]) => {
  const { BLANK_CONTACT, contactForm } = await import("/js/records/contact-form.js");
  const { appointmentForm, blankAppointment } = await import("/js/records/appointments/form.js");
  const form = kind === "contacts"
    ? contactForm(record ?? BLANK_CONTACT)
    : appointmentForm({}, record ?? blankAppointment());
  const labels = attributes.map((name) => {
    const control = form.element.querySelector(`[name="${name}"], [name^="${name}."]`);
    const label = control?.closest("label")?.querySelector("span");
    return control && (control.getAttribute("aria-label") ?? label?.textContent ?? "");
  });
  const buttons = [...form.element.querySelectorAll("button")];
  const named = buttons.every((each) => (each.getAttribute("aria-label") ?? each.textContent).trim());
  return [form.read(), labels, named && !form.element.outerHTML.includes("undefined")];
}"""


def given(value: Any) -> Any:
    """What the service answers, without what it computes of the elements of a list."""
    computed = ("can_email", "withdrawn")
    if not isinstance(value, list):
        return value
    return [
        {name: part for name, part in each.items() if name not in computed}
        if isinstance(each, dict)
        else each
        for each in value
    ]


@each_field
def test_the_form_shows_the_field_and_saves_it(page: Page, stage: Stage, case: Case[R]) -> None:
    module = FORMS[case.kind]
    for record in case.records:
        data = record_to_data(record)
        read, labels, worded = page.evaluate(FORM, [case.kind, data, case.attributes])
        for name in case.attributes:
            assert name in read, f"{case.row} {module} does not save it (`read`)"
        made = stage.call("POST", f"/api/{case.kind}", read)
        for name in case.attributes:
            assert given(made[name]) == data[name], f"{case.row} {module} makes something else of it"
        if record is case.blank:
            continue
        for label in labels:
            assert label is not None, f"{case.row} {module} has no control of that name"
            assert label.strip(), f"{case.row} its control in {module} has no label"
        assert worded, f"{case.row} web/js/words/ lacks words that {module} asks for"


@each_field
def test_a_new_record_starts_with_the_field_blank(page: Page, case: Case[R]) -> None:
    lacking = f"{case.row} what a new record starts from in {FORMS[case.kind]} lacks it"
    try:
        read, _, worded = page.evaluate(FORM, [case.kind, None, case.attributes])
    except Error as error:
        raise AssertionError(lacking) from error
    blank: dict[str, Any] = record_to_data(case.blank)
    for name in case.attributes:
        starts = name in read and (case.field.name == "when" or read[name] == blank[name])
        assert starts, lacking
    assert worded, f"{case.row} web/js/words/ lacks words that {FORMS[case.kind]} asks for"


OWNERS = """async (name) => {
  const { showOwners } = await import("/js/settings/owners.js");
  const body = document.createElement("div");
  let saved;
  document.body.replaceChildren(body);
  showOwners({ body, save: async (patch) => (saved = patch) }, { owners: {} });
  const select = body.querySelector(`select[name="${name}"]`);
  const label = select?.closest("label").querySelector("span").textContent;
  [...body.querySelectorAll("input[type=radio]")].find(({ value }) => value === "google").click();
  return [label, saved.owners[name]];
}"""


@each_field
def test_the_settings_let_either_side_own_the_field(page: Page, case: Case[R]) -> None:
    label, owner = page.evaluate(OWNERS, case.field.name)
    assert (bool(label), owner) == (True, "google"), (
        f"{case.row} FIELDS in web/js/settings/owners.js lacks it"
    )
