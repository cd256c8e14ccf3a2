"""The pages' words: two languages of one shape, and no text outside of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from crmsync.core.shown import closed, refusals, status, waits
from crmsync.engine.frame import answers
from local.runner import LocalSystem, Options
from tests.web.conftest import Snap
from tests.web.stage import Stage

pytestmark = pytest.mark.browser

WEB = Path(__file__).parents[2] / "web"

NOT_WORDS = frozenset(
    (
        *("Accept", "Authorization", "Bearer", "Content-Type", "Idempotency-Key"),
        *("Enter", "Escape", "Home", "End", "Shift", "Tab"),
        *("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"),
        *("If-Match", "If-None-Match"),
        *("America/Toronto", "ApiError"),
    )
)
"""What looks like a word of a language and is one of a protocol, a key or a name."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A CRM with one contact and one appointment."""
    with LocalSystem(Options(store="memory", seed="empty")) as system:
        stage = Stage(system)
        stage.crm_has({"given_name": "Anne", "family_name": "Roy", "emails": [{"value": "anne@example.com"}]})
        yield stage


@pytest.fixture(scope="module")
def french(browser: Browser, stage: Stage) -> Iterator[BrowserContext]:
    """A browser that prefers French."""
    context = browser.new_context(locale="fr-CA", viewport={"width": 1280, "height": 800})
    yield context
    context.close()


SHAPE = """async () => {
  const { LANGUAGES } = await import("/js/words/strings.js");
  const shape = (value, path, found) => {
    if (typeof value === "function") found.push(`${path}(${value.length})`);
    else if (typeof value !== "object") found.push(path);
    else for (const key of Object.keys(value)) shape(value[key], `${path}.${key}`, found);
    return found;
  };
  const flat = (words) => Object.keys(words).flatMap((name) => shape(words[name], name, [])).sort();
  return [flat(LANGUAGES.en), flat(LANGUAGES.fr)];
}"""


def test_both_languages_have_the_same_words_with_the_same_parameters(
    french: BrowserContext, stage: Stage
) -> None:
    page = french.new_page()
    page.goto(f"{stage.url}/favicon.svg")
    english, other = page.evaluate(SHAPE)
    page.close()
    assert len(english) > 300
    assert sorted(set(english) ^ set(other)) == []


def test_each_report_of_the_service_has_its_sentence(french: BrowserContext, stage: Stage) -> None:
    page = french.new_page()
    page.goto(f"{stage.url}/favicon.svg")
    reports = page.evaluate(
        """async () => {
          const { text } = await import("/js/words/strings.js");
          const { problems, refusals } = text.reports;
          const counts = { holds: 2, refused: 2, conflicts: 2 };
          const names = [problems, refusals, text.waits.titles].map((words) => Object.keys(words));
          const { problemWords, refusalWords } = await import("/js/words/reports.js");
          const odd = { code: "of_tomorrow", message: "No.", action: "" };
          const unknown = [problemWords(odd, counts), refusalWords(odd.code, odd.message)];
          return [...names, problems.conflicts(counts), ...unknown];
        }"""
    )
    page.close()
    problems = {status.RECONNECT, *status.NOT_ALLOWED.values(), status.NOT_HEARD}
    problems |= {answers.SLOWED, answers.UNREACHABLE, answers.CALENDAR_GONE, answers.UNEXPECTED}
    problems |= set(closed.PROBLEMS.values())
    assert {problem.code for problem in problems} <= set(reports[0])
    assert set(refusals.REASONS) == set(reports[1])
    assert reports[3].startswith("2 valeurs différaient")
    assert [each.partition(" ")[0] for each in reports[4:]] == ["Google", "Google"], "and never in English"
    reasons = {waits.RATE_LIMITED, waits.RETRY, waits.IN_DOUBT, waits.DEFERRED, waits.QUEUED}
    assert reasons | {answers.UNREACHABLE.code} == set(reports[2])


LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)
WORDS = re.compile(r"^[A-ZÀ-Ý][a-zà-ÿ’']+|[a-zà-ÿ]{3,} [a-zà-ÿ]{2,}[^a-z]* [a-zà-ÿ]{3,}")
INNER = re.compile(r"\$\{[^}]*\}")


def test_no_module_has_text_of_its_own() -> None:
    """Sentences and capitalised words are text; class names, paths and codes are not."""
    found = []
    translations = {*WEB.glob("js/words/*/*.js")}
    modules = {*WEB.glob("*.js"), *WEB.glob("js/**/*.js")} - translations - {WEB / "js/button/style.js"}
    for file in sorted(modules):
        for line in COMMENT.sub("", file.read_text()).splitlines():
            if re.search(r"\bclass\b|className|new (Type)?Error|^\s*import |svg|PATHS", line):
                continue
            for match in LITERAL.finditer(line):
                words = INNER.sub("", match[1] or match[2] or "").strip()
                if WORDS.search(words) and words not in NOT_WORDS:
                    found.append(f"{file.name}: {words}")
    assert found == []


PAGES = ("connect", "import", "review", "settings")


@pytest.mark.parametrize("name", ["demo", *PAGES])
def test_no_page_has_text_of_its_own(name: str) -> None:
    html = (WEB / f"{name}.html").read_text()
    body = re.sub(r"<(noscript|title)>.*?</\1>|<[^>]*>", "", html, flags=re.DOTALL)
    assert body.strip() == ""


FOREIGN = """async () => {
  const { LANGUAGES } = await import("/js/words/strings.js");
  const words = new Set();
  const gather = (value, other) => {
    if (typeof value === "string") value !== other && /[A-Za-z]{3}/.test(value) && words.add(value);
    else if (value && typeof value === "object")
      for (const key of Object.keys(value)) gather(value[key], other?.[key]);
  };
  gather({ ...LANGUAGES.en }, { ...LANGUAGES.fr });
  const all = (value) => typeof value === "string" ? [value]
    : value && typeof value === "object" ? Object.values(value).flatMap(all) : [];
  for (const word of all({ ...LANGUAGES.fr })) words.delete(word);
  const found = [document.title];
  const look = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node instanceof Text) {
        if (!node.parentElement?.closest("[lang=en], noscript, script")) found.push(node.data.trim());
        continue;
      }
      for (const name of ["aria-label", "placeholder", "title"]) found.push(node.getAttribute(name) ?? "");
      if (node.shadowRoot) look(node.shadowRoot);
    }
  };
  look(document.body);
  const foreign = found.filter((each) => words.has(each));
  return [foreign, document.documentElement.lang, found.filter(Boolean).length];
}"""


def speaks_french(page: Page) -> None:
    """Nothing that is seen or said is English."""
    foreign, language, count = page.evaluate(FOREIGN)
    assert (foreign, language) == ([], "fr-CA")
    assert count > 5


def test_a_browser_that_prefers_french_gets_french_pages(
    french: BrowserContext, stage: Stage, snap: Snap
) -> None:
    crm = french.new_page()
    crm.goto(stage.url)
    expect(crm.get_by_role("heading", name="Connexion")).to_be_visible()
    speaks_french(crm)
    crm.get_by_role("button", name="Ann Martin").click()
    expect(crm.get_by_text("1 contact", exact=True)).to_be_visible()
    expect(crm.locator("google-sync-button .main")).to_have_text("Activer la synchronisation Google")
    speaks_french(crm)
    snap(crm, "fr-crm")
    crm.locator(".row-open").click()
    expect(crm.locator("dialog[open]")).to_be_visible()
    speaks_french(crm)
    snap(crm, "fr-contact")
    crm.keyboard.press("Escape")
    for name in PAGES:
        with crm.expect_popup() as opened:
            crm.evaluate("(address) => void window.open(address)", f"/{name}.html")
        page = opened.value
        expect(page.locator(".acting")).to_have_text("Pour Ann Martin")
        page.wait_for_load_state("networkidle")
        speaks_french(page)
        snap(page, f"fr-{name}")
        page.close()


def test_the_language_can_be_switched_and_is_passed_on_by_the_button(
    french: BrowserContext, stage: Stage
) -> None:
    crm = french.new_page()
    crm.goto(stage.url)
    crm.get_by_role("button", name="Ann Martin").click()
    crm.get_by_role("button", name="English").click()
    expect(crm.get_by_role("heading", name="Contacts", level=1)).to_be_visible()
    button = crm.locator("google-sync-button .main")
    expect(button).to_have_text("Enable Google Sync")
    with crm.expect_popup() as opened:
        button.click()
    expect(opened.value.get_by_role("button", name="Enable")).to_be_visible()
    opened.value.close()
    crm.get_by_role("button", name="Français").click()
    expect(button).to_have_text("Activer la synchronisation Google")
    crm.close()


def test_an_embedded_button_speaks_the_language_of_the_nearest_lang(
    french: BrowserContext, stage: Stage
) -> None:
    page = french.new_page()
    page.goto(f"{stage.url}/js/service/api.js")
    said = page.evaluate(
        """async () => {
          document.documentElement.lang = "de";
          await import("/google-sync-button.js");
          const button = document.createElement("google-sync-button");
          button.lang = "en-GB";
          button.tokenProvider = () => null;
          document.body.append(button);
          return button.shadowRoot.querySelector(".more").getAttribute("aria-label");
        }"""
    )
    page.close()
    assert said == "Google Sync menu"
