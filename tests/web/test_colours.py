"""The pages' colours: one source of them, on which the button agrees, and what they are used for is seen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.agent import Agent
from tests.web.stage import Stage

WEB = Path(__file__).resolve().parents[2] / "web"
SOURCE = WEB / "colours.css"
BUTTON = WEB / "js" / "button" / "style.js"

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PROPERTY = re.compile(r"--([\w-]+):\s*([^;]+);")
HOST = re.compile(r":host \{\n(.*?)\n\}", re.DOTALL)
OPEN = re.compile(r"var\(--google-sync-[\w-]+, (.*)\)")
"""A property of the button that a host page may set, with what it is otherwise."""
VALUE = re.compile(r":[^;{}]*[;}]")
QUOTED = re.compile(r""""[^"\n]*"|'[^'\n]*'|`[^`]*`""")
COLOUR = re.compile(
    r"(?<![\w.&-])#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b"
    r"|\b(?:light-dark|rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\("
    r"|(?<![\w-])(?:white|black|gr[ae]y|silver|red|green|blue|yellow|orange|purple|pink|brown|teal|navy)(?![\w-])",
    re.IGNORECASE,
)


def colours(sheet: str) -> dict[str, str]:
    """The custom properties of a style sheet that are colours, as they are without a host page's own."""
    properties = {name: OPEN.sub(r"\1", value) for name, value in PROPERTY.findall(COMMENT.sub("", sheet))}
    return {name: value for name, value in properties.items() if COLOUR.search(value)}


def literals(path: Path) -> list[str]:
    """Where a file has a colour that it does not take from the source."""
    text = COMMENT.sub("", path.read_text())
    if path == BUTTON:
        text = HOST.sub("", text)
    where = VALUE if path.suffix == ".css" or path == BUTTON else QUOTED
    return [found for found in where.findall(text) if COLOUR.search(found)]


def test_a_colour_stands_in_the_source_and_nowhere_else() -> None:
    files = {path for kind in ("css", "js", "html") for path in WEB.rglob(f"*.{kind}")} - {SOURCE}
    assert {path.name: found for path in sorted(files) if (found := literals(path))} == {}


def test_the_button_has_the_colours_of_the_pages() -> None:
    block = HOST.search(BUTTON.read_text())
    assert block
    source, own = colours(SOURCE.read_text()), colours(block[1])
    assert {"accent", "surface", "text", "border"} <= own.keys()
    assert own == {name: source.get(name) for name in own}


def test_each_colour_is_in_use() -> None:
    styles = "".join(path.read_text() for path in [*WEB.glob("*.css"), BUTTON])
    assert [name for name in colours(SOURCE.read_text()) if f"var(--{name})" not in styles] == []


def shadow(page: Page, selector: str) -> str:
    """The shadow that an element throws."""
    thrown: str = page.locator(selector).evaluate("(element) => getComputedStyle(element).boxShadow")
    return thrown


@pytest.mark.browser
def test_what_lies_above_the_page_throws_a_shadow(agent: Agent, stage: Stage) -> None:
    page = agent.page
    for selector in (".skip", "#toast", "google-sync-button .panel", "google-sync-button .note"):
        assert shadow(page, selector) != "none", selector
    page.goto(f"{stage.url}/connect.html")
    expect(page.locator(".card")).to_be_visible()
    assert shadow(page, ".card") != "none"
