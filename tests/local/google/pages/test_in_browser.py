"""The pages of the simulated Google in a browser: they fit a phone, axe finds nothing, the forms work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from local.google.clock import Clock
from local.google.seed.people import fill
from local.google.server import GoogleServer
from local.google.world import World
from tests.local.google.people.stage import CLIENT_ID, CLIENT_SECRET, CONTACTS, EVENTS

pytestmark = pytest.mark.browser


class _App(BaseHTTPRequestHandler):
    """The app that people come from, where Google sends them back to."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"back at the app")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def callback() -> Iterator[str]:
    """The address of the app's callback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _App) as app:
        thread = Thread(target=app.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{app.server_port}/oauth/callback"
        app.shutdown()
        thread.join()


@pytest.fixture
def server(callback: str) -> Iterator[GoogleServer]:
    world = World(Clock())
    fill(world.add_account("ann.martin@gmail.example", "Ann Martin").people, 30, "browser")
    world.register_client(CLIENT_ID, CLIENT_SECRET, [callback])
    with GoogleServer(world) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def authorization(server: GoogleServer, callback: str) -> str:
    """Where the app sends a person to."""
    query = {"client_id": CLIENT_ID, "redirect_uri": callback, "response_type": "code", "state": "s"}
    return f"{server.origin}/o/oauth2/v2/auth?" + urlencode(
        query | {"scope": f"openid email {CONTACTS} {EVENTS}"}
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone_and_axe_finds_nothing(
    server: GoogleServer, authorization: str, page: Page, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    # In the dark only the colours differ.
    rules = {"runOnly": ["color-contrast"]} if scheme == "dark" else None
    someone = next(iter(server.world.accounts()[0].people)).resource_name
    pages = [
        authorization,
        authorization + "&login_hint=ann.martin@gmail.example",
        authorization + "unknown",
        f"{server.origin}/contacts",
        f"{server.origin}/contacts/person/{someone.removeprefix('people/')}",
        f"{server.origin}/contacts/labels",
        f"{server.origin}/controls",
    ]
    for address in pages:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
        found = Axe().run(page, options=rules)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


def test_a_person_allows_contacts_only(
    server: GoogleServer, authorization: str, callback: str, page: Page
) -> None:
    page.goto(authorization)
    page.get_by_role("button", name="Ann Martin").click()
    page.get_by_role("checkbox", name="your contacts").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(re.compile(re.escape(callback)))
    sub = server.world.account("ann.martin@gmail.example").sub
    granted = server.world.grants.granted_anywhere(sub)
    assert CONTACTS in granted
    assert EVENTS not in granted


def test_a_person_selects_all_with_another_account(
    server: GoogleServer, authorization: str, page: Page
) -> None:
    page.goto(authorization)
    page.get_by_text("Use another account").click()
    page.get_by_label("E-mail").fill("new.person@gmail.example")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Select all").click()
    expect(page.get_by_role("checkbox", name="events")).to_be_checked()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(re.compile("code="))
    assert EVENTS in server.world.grants.granted_anywhere(
        server.world.account("new.person@gmail.example").sub
    )


def test_a_person_cancels(authorization: str, page: Page) -> None:
    page.goto(authorization + "&login_hint=ann.martin@gmail.example")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url(re.compile("error=access_denied"))


def test_a_person_adds_edits_and_deletes_a_contact(server: GoogleServer, page: Page) -> None:
    book = server.world.account("ann.martin@gmail.example").people
    before = len(book)
    page.goto(f"{server.origin}/contacts")
    page.get_by_role("link", name="Create contact").click()
    page.get_by_label("First name").fill("Aaaron")
    page.get_by_label("E-mail 1", exact=True).fill("first@example.com")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Contact added.")
    page.get_by_role("link", name="Aaaron").click()
    page.get_by_label("Phone 1", exact=True).fill("604 555 0101")
    page.get_by_role("checkbox", name="Clients", exact=True).check()
    page.get_by_role("button", name="Save").click()
    (made,) = [version for version in book if version.display_name == "Aaaron"]
    assert made.fields["phoneNumbers"] == [{"value": "604 555 0101"}]
    assert len(made.groups) == 2
    page.get_by_role("link", name="Aaaron").click()
    page.get_by_role("button", name="Delete contact").click()
    expect(page.get_by_role("status")).to_have_text("Contact deleted.")
    assert len(book) == before
