"""The button in another site's page, by the two lines of docs/embed.md."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from local import ports
from local.runner import LocalSystem, Options
from tests.web.agent import Agent
from tests.web.conftest import NewAgent, Snap
from tests.web.sheet import DONE
from tests.web.stage import GOOGLE, Stage, crowd

pytestmark = pytest.mark.browser

PAGE = """<!doctype html>
<html lang="en">
<title>Another CRM</title>
<script type="module" src="{service}/google-sync-button.js"></script>
<google-sync-button token="{token}"></google-sync-button>
</html>"""


class Host:
    """A host page's server on an origin of its own, as strict as the documentation allows it to be."""

    def __init__(self) -> None:
        self.body = b""
        self.policy = ""
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", host.policy)
                self.send_header("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
                self.end_headers()
                self.wfile.write(host.body)

            def log_message(self, format: str, *args: object) -> None:
                """Keeps the tests' output to the tests."""

        self.server = ThreadingHTTPServer((ports.HOST, 0), Handler)
        self.url = f"http://{ports.HOST}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def embeds(self, stage: Stage) -> None:
        """Shows the button of this service, for Ann."""
        self.body = PAGE.format(service=stage.url, token=stage.system.identity.user_token("ann")).encode()
        self.policy = f"default-src 'none'; script-src {stage.url}; connect-src {stage.url}"


@pytest.fixture
def host() -> Iterator[Host]:
    """Another site."""
    other = Host()
    yield other
    other.server.shutdown()
    other.server.server_close()


@pytest.fixture
def embeddable(host: Host) -> Iterator[Stage]:
    """A system that names the other site in EMBED_ORIGINS."""
    with LocalSystem(Options(store="memory", seed="empty", embed_origins=(host.url,))) as system:
        yield Stage(system)


def visit(agent: Agent, host: Host) -> Page:
    """Opens the other site's page."""
    host.embeds(agent.stage)
    agent.page.goto(host.url)
    return agent.page


def test_the_whole_path_works_from_another_sites_page(
    embeddable: Stage, host: Host, new_agent: NewAgent, snap: Snap
) -> None:
    embeddable.google_has(*crowd(2))
    ann = new_agent(embeddable)
    visit(ann, host)
    ann.sees("Enable Google Sync")
    ann.connects()
    ann.sees("New Contacts Found (2)")
    snap(ann.page, "embedded")
    sheet = ann.opens_sheet()
    expect(sheet.rows).to_have_count(2)
    status = ann.evaluate("document.querySelector('google-sync-button').status")
    assert status["account"] == {"email": GOOGLE["ann"]}


def test_a_page_that_may_not_embed_learns_nothing(stage: Stage, host: Host, new_agent: NewAgent) -> None:
    ann = new_agent(stage)
    visit(ann, host)
    expect(ann.button).to_have_text("Google Sync is unreachable")


def test_the_host_can_dress_the_button_and_hears_of_each_change(
    embeddable: Stage, host: Host, new_agent: NewAgent
) -> None:
    ann = new_agent(embeddable)
    visit(ann, host)
    ann.sees("Enable Google Sync")
    ann.evaluate(
        """() => {
          const button = document.querySelector("google-sync-button");
          button.style.setProperty("--google-sync-accent", "rgb(91, 61, 245)");
          window.heard = [];
          button.addEventListener("google-sync-status", (event) => window.heard.push(event.detail.state));
        }"""
    )
    pill = ann.page.locator("google-sync-button .pill")
    expect(pill).to_have_css("background-color", "rgb(91, 61, 245)")
    ann.connects()
    ann.sees("Complete")
    assert ann.evaluate("window.heard").count("complete") >= 1
    # A new attribute is another caller: Bob has not connected anything.
    token = embeddable.system.identity.user_token("bob")
    ann.evaluate("token => document.querySelector('google-sync-button').setAttribute('token', token)", token)
    ann.sees("Enable Google Sync")


def test_the_example_walks_from_its_own_login_to_the_contacts_that_came_in(
    new_agent: NewAgent, snap: Snap
) -> None:
    with LocalSystem(Options(store="memory", seed="empty", example="embed")) as system:
        stage = Stage(system)
        stage.google_has(*crowd(2))
        ann = new_agent(stage)
        page = ann.page
        page.goto(str(system.example))
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill("bob")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("The password is the name")
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill("ann")
        page.get_by_role("button", name="Sign in").click()
        ann.sees("Enable Google Sync")
        ann.connects()
        ann.sees("New Contacts Found (2)")
        sheet = ann.opens_sheet()
        sheet.ticks("Person000", "Person001")
        sheet.ends(DONE, "Import 2")
        expect(page.get_by_role("listitem")).to_have_count(2)
        snap(page, "example")
        # Signing out at the CRM ends what the button knew.
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("google-sync-button")).to_have_count(0)
        expect(page.get_by_label("Name")).to_be_visible()
