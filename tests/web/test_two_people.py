"""Two people on one browser: a window acts for whoever opened it, and for nobody else."""

from collections.abc import Iterator
from itertools import permutations

import jwt
import pytest
from playwright.sync_api import Locator, Page, Request, expect

from local.runner import LocalSystem, Options
from tests.web.agent import NAMES, Agent
from tests.web.conftest import NewAgent
from tests.web.stage import GOOGLE, Stage

pytestmark = pytest.mark.browser

CARDS = ("other", "signed_out", "alone", "away", "expired")
"""What windows show that end without having done anything."""

ORDERS = list(permutations(("open", "sign out", "sign in", "press")))


@pytest.fixture(scope="module")
def office() -> Iterator[Stage]:
    """A system that nobody has connected to Google."""
    with LocalSystem(Options(store="memory", seed="empty")) as system:
        yield Stage(system)


def ended(window: Page) -> Locator:
    """What a window shows that may not act: who it was for, and nothing of theirs."""
    return window.locator(", ".join((*(f"[data-card={card}]" for card in CARDS), "dialog.veil[open]")))


class Desk:
    """One browser at which Ann, and after her Bob, opens a window and presses in it.

    Pop-ups are blocked, so that the window is a tab that nobody but the person can close.
    """

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.signed_in = "ann"
        self.window: Page | None = None
        self.opened_by = ""
        self.asked: list[tuple[str, str]] = []
        """Who was signed in, and for whom a window of ours asked the service."""
        agent.context.on("request", self._watch)
        agent.context.add_init_script("window.open = () => null")

    def _watch(self, request: Request) -> None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and request.frame.page != self.agent.page:
            claims = jwt.decode(token, options={"verify_signature": False})
            self.asked.append((self.signed_in, claims["sub"]))

    def open(self) -> None:
        """Whoever is signed in presses the button."""
        if self.signed_in:
            self.agent.button.click()
            with self.agent.page.expect_popup() as opened:
                self.agent.note.get_by_role("link", name="Open it in a new tab").click()
            self.window, self.opened_by = self.agent.reads_popup(opened.value), self.signed_in
            expect(self.window.locator(".acting")).to_have_text(f"For {NAMES[self.signed_in]}")

    def sign_out(self) -> None:
        """Whoever sat there leaves."""
        if self.signed_in:
            self.signed_in = ""
            self.agent.page.get_by_role("button", name="Sign out").click()
            expect(self.agent.page.locator("[data-card=sign-in]")).to_be_visible()

    def sign_in(self) -> None:
        """Bob comes, when Ann has left; otherwise she goes on."""
        if not self.signed_in:
            self.signed_in = "bob"
            self.agent.page.get_by_role("button", name=NAMES["bob"]).click()
            self.agent.sees("Enable Google Sync")

    def press(self) -> None:
        """Somebody presses on in the window, as far as it lets them."""
        if self.window is None:
            return
        if self.opened_by == self.signed_in:
            self.window.get_by_role("button", name="Enable").click()
            self.window.get_by_role("button", name="Authorize").click()
            expect(self.window.get_by_role("button", name=GOOGLE["ann"])).to_be_visible()
        else:
            expect(ended(self.window)).to_be_visible()

    def go_on_at_google(self) -> None:
        """Whoever is there now goes on where the window stands: at Google's pages."""
        assert self.window is not None
        self.window.get_by_role("button", name=GOOGLE["bob"]).click()
        self.agent.allows(self.window)
        if self.opened_by != self.signed_in:
            expect(ended(self.window)).to_be_visible()
        else:
            self.agent.sees("Complete")


@pytest.mark.parametrize("order", ORDERS, ids=", ".join)
def test_a_window_acts_for_whoever_opened_it(
    office: Stage, new_agent: NewAgent, order: tuple[str, ...]
) -> None:
    ann = new_agent(office)
    desk = Desk(ann)
    ann.sign_in()
    steps = {"open": desk.open, "sign out": desk.sign_out, "sign in": desk.sign_in, "press": desk.press}
    for step in order:
        steps[step]()
    went_to_google = desk.window is not None and not desk.window.url.startswith(f"{office.url}/")
    if desk.window is not None and desk.opened_by != desk.signed_in and not went_to_google:
        expect(ended(desk.window)).to_be_visible()
    assert all(signed_in == asked for signed_in, asked in desk.asked)
    if desk.window is not None and went_to_google:
        desk.go_on_at_google()
    connected = {user for user in ("ann", "bob") if office.call("GET", "/api/sync", user=user)["account"]}
    assert connected <= {desk.opened_by} & {desk.signed_in}
    for user in connected:
        office.call("DELETE", "/api/google/connection", user=user)
        office.settle()
