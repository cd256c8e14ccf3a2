"""`script/pictures`: the pictures of the README, taken of the running product with its demo data."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from local import chromium
from local.runner import LocalSystem, Options
from tests.web.agent import Agent
from tests.web.stage import Stage

IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"
ZOE = ("Zoë", "Campbell")
WIDTH, HEIGHT = 1200, 640


def main() -> int:
    """Take them anew; 0."""
    program = chromium.find() or chromium.install()
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright, LocalSystem(Options(store="memory", seed="demo")) as system:
        browser = playwright.chromium.launch(executable_path=program, args=list(chromium.ARGUMENTS))
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            locale="en-CA",
            timezone_id="America/Toronto",
            reduced_motion="reduce",
        )
        context.set_default_timeout(60_000)
        _walk(Agent(context, Stage(system), "ann"))
        context.close()
        browser.close()
    return 0


def _walk(ann: Agent) -> None:
    ann.sign_in()
    ann.connects()
    ann.sees("New Contacts Found (225)")
    _take(ann.page, "button")
    sheet = ann.opens_sheet()
    sheet.loaded()
    sheet.ticks("Aaron Carter")
    sheet.choose("Aaron Carter", "Contact type", "Lead")
    sheet.is_saved()
    _take(sheet.page, "import-sheet")
    _conflict(ann)
    with ann.page.expect_popup() as opened:
        ann.menu("Review and activity")
    review = opened.value
    expect(review.get_by_text("Zoë Campbell").first).to_be_visible()
    _take(review, "review")


def _conflict(ann: Agent) -> None:
    """Zoë gets another nickname on each side before the two meet."""
    stage = ann.stage
    [zoe] = [each for each in stage.crm_shows() if (each["given_name"], each["family_name"]) == ZOE]
    names = {(name, found.get("givenName"), found.get("familyName")) for name, found in _names(stage)}
    [there] = [name for name, *both in names if tuple(both) == ZOE]
    stage.edits_at_google(there, {"nicknames": [{"value": "Zo"}]})
    stage.call("PATCH", f"/api/contacts/{zoe['id']}", {"nickname": "Zizi"})
    stage.settle()


def _names(stage: Stage) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, fields in stage.contacts_at_google().contents().items():
        yield from ((name, dict(each)) for each in fields.get("names", ()))


def _take(page: Page, name: str) -> None:
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
