"""Contact data that would do harm if it were anything but text."""

import pytest
from playwright.sync_api import expect

from tests.web.agent import Agent
from tests.web.conftest import Snap
from tests.web.sheet import DONE
from tests.web.stage import Stage, person

pytestmark = pytest.mark.browser

LONG = "Ω" * 10_000
HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(2)">',
    "'\"><svg onload=alert(3)>",
    '=HYPERLINK("http://evil.example","x")',
    "javascript:alert(4)",
    "\u202egnissecorp\u202c left",
    "\u2067محمد العلي",
    "👩‍👩‍👧‍👦 e\u0301\u0301\u0301",
]
FOREIGN_PICTURES = [
    "https://tracker.example/lh3.googleusercontent.com/x",
    "https://lh3.googleusercontent.com.evil.example/x",
    "http://lh3.googleusercontent.com/x",
    "javascript:alert(5)",
]
PICTURES = """async (urls) => {
  const { avatar } = await import("/js/parts/person.js");
  return urls.map((url) => avatar("A", url).querySelector("img") !== null);
}"""


def test_hostile_values_are_text_on_every_page_and_come_through_unchanged(
    agent: Agent, stage: Stage, snap: Snap
) -> None:
    stage.google_has(
        *(person(value, "Zz", organization=value, notes=value, phones=[value]) for value in HOSTILE),
        person(LONG),
    )
    agent.connects()
    sheet = agent.opens_sheet()
    expect(sheet.rows).to_have_count(len(HOSTILE) + 1)
    shown = "\n".join(sheet.page.locator(".sheet-row .name").all_text_contents())
    for value in HOSTILE:
        assert value in shown
    snap(sheet.page, "sheet-hostile")
    long_row = sheet.row("ΩΩΩ")
    long_row.get_by_role("button", name="Show more").click()
    assert LONG in (long_row.text_content() or "")
    sheet.page.get_by_label("Tick all on this page").check()
    sheet.ends(DONE, f"Import {len(HOSTILE) + 1}")

    brought = {each["given_name"]: each for each in stage.crm_shows()}
    assert LONG in brought
    expect(agent.page.locator(".row")).to_have_count(len(HOSTILE) + 1)
    listed = "\n".join(agent.page.locator(".row .name").all_text_contents())
    for value in HOSTILE:
        assert brought[value]["notes"] == value
        assert value in listed
    snap(agent.page, "crm-hostile")
    dialog = agent.open_record(HOSTILE[1])
    expect(dialog.get_by_label("Organisation")).to_have_value(HOSTILE[1])
    expect(dialog.get_by_label("Notes")).to_have_value(HOSTILE[1])
    # Had any of it run, an alert or a blocked script would be among the agent's complaints.
    assert (
        agent.evaluate("document.querySelectorAll('.row script, .row img[src=x], .row svg[onload]').length")
        == 0
    )
    loaded = agent.page.evaluate(PICTURES, [f"{stage.system.google_origin}/photos/x", *FOREIGN_PICTURES])
    assert loaded == [True, *(False for _ in FOREIGN_PICTURES)]


def test_no_page_is_wider_than_a_phone_whatever_the_values(agent: Agent, stage: Stage) -> None:
    stage.google_has(person("W" * 400, emails=["w" * 60 + "@" + "example." * 20 + "com"]))
    agent.connects()
    sheet = agent.opens_sheet()
    for page in (agent.page, sheet.page):
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
