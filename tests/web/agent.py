"""An agent at the browser: the pages of the product, by what a person sees and presses."""

import re
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request, expect

from tests.web.sheet import Sheet
from tests.web.stage import GOOGLE, Stage

NAMES = {"ann": "Ann Martin", "bob": "Bob Tremblay"}
FOUND = re.compile(r"^New Contacts Found \(\d+\)$")
TYPED = re.compile(r"[?&]q=|label(%3A|:)")
"""An address with words to search for, or with the name of a label."""
SYNC_TIME = 40_000
"""How long a first sync of the demo data may take on a busy machine, in milliseconds."""


class Agent:
    """A person with a browser of their own. `page` is the CRM's window."""

    def __init__(self, context: BrowserContext, stage: Stage, user: str) -> None:
        self.context = context
        self.stage = stage
        self.user = user
        self.complaints: list[str] = []
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._hear(page, message))
        page.on("dialog", lambda dialog: self._alarm(page, dialog))
        page.on("request", lambda request: self._address(page, request))

    def _hear(self, page: Page, message: ConsoleMessage) -> None:
        ours = page.url.startswith(self.stage.url)
        if ours and ("Content Security Policy" in message.text or "Refused to" in message.text):
            self.complaints.append(f"{page.url}: {message.text}")

    def _address(self, page: Page, request: Request) -> None:
        # Addresses are kept by logs and histories: what people type is not for them.
        if request.url.startswith(self.stage.url) and TYPED.search(request.url):
            self.complaints.append(f"{page.url}: asked for {request.url}")

    def _alarm(self, page: Page, dialog: Dialog) -> None:
        # No page of ours opens one: it would be data that ran as a script.
        self.complaints.append(f"{page.url}: a dialog said {dialog.message}")
        dialog.dismiss()

    def leave(self) -> None:
        """Closes the browser profile."""
        self.context.close()

    # --- the CRM ---

    def sign_in(self) -> None:
        """Opens the CRM and chooses who to be."""
        self.page.goto(self.stage.url)
        self.page.get_by_role("button", name=NAMES[self.user]).click()
        expect(self.page.get_by_role("heading", name="Contacts", level=1)).to_be_visible()

    @property
    def button(self) -> Locator:
        """The sync button's own press."""
        return self.page.locator("google-sync-button .main")

    @property
    def note(self) -> Locator:
        """The message beside the button."""
        return self.page.locator("google-sync-button .note")

    @property
    def panel(self) -> Locator:
        """What the button's menu opens."""
        return self.page.locator("google-sync-button .panel")

    def sees(self, label: str | re.Pattern[str]) -> None:
        """The button says so, after a sync if need be."""
        expect(self.button).to_have_text(label, timeout=SYNC_TIME)

    def menu(self, action: str) -> None:
        """Opens the small menu and chooses."""
        self.page.locator("google-sync-button .more").click()
        self.panel.get_by_role("button", name=action).click()

    def row(self, name: str) -> Locator:
        """A line of the list that is shown."""
        return self.page.locator(".row", has_text=name)

    def open_record(self, name: str) -> Locator:
        """Opens a record; answers its dialog."""
        self.row(name).locator(".row-open").click()
        return self.dialog

    @property
    def dialog(self) -> Locator:
        """The dialog that is open in the CRM."""
        return self.page.locator("dialog[open]")

    def saves(self) -> None:
        """Saves the open record."""
        self.dialog.get_by_role("button", name="Save").click()
        expect(self.dialog).to_have_count(0)

    def shows(self, section: str) -> None:
        """Turns to Contacts or Appointments."""
        self.page.get_by_role("navigation").get_by_role("link", name=section).click()
        expect(self.page.get_by_role("heading", name=section, level=1)).to_be_visible()

    # --- connecting ---

    def opens_popup(self) -> Page:
        """Presses the button; the pop-up says what will happen."""
        with self.page.expect_popup() as opened:
            self.button.click()
        return self.reads_popup(opened.value)

    def reads_popup(self, popup: Page) -> Page:
        """The pop-up knows who asks, and has its first step ready."""
        expect(popup.locator("[data-card=explain]")).to_be_visible()
        return popup

    def goes_to_google(self, popup: Page, account: str = "") -> None:
        """Enable, Authorize, and the choice of an account."""
        popup.get_by_role("button", name="Enable").click()
        popup.get_by_role("button", name="Authorize").click()
        popup.get_by_role("button", name=account or GOOGLE[self.user]).click()
        expect(popup.get_by_role("button", name="Allow")).to_be_visible()

    def allows(self, popup: Page, *permissions: str) -> None:
        """Ticks permissions (default: all) and allows."""
        for permission in permissions or ("events", "contacts"):
            popup.get_by_role("checkbox", name=permission).check()
        popup.get_by_role("button", name="Allow").click()

    def connects(self) -> None:
        """The whole way: pop-up, Google, Allow; then the pop-up closes by itself."""
        popup = self.opens_popup()
        self.goes_to_google(popup)
        with popup.expect_event("close"):
            self.allows(popup)

    # --- the sheet ---

    def opens_sheet(self) -> Sheet:
        """Presses New Contacts Found; the sheet opens beside the CRM."""
        self.sees(FOUND)
        with self.page.expect_popup() as opened:
            self.button.click()
        return Sheet(opened.value)

    def reopens_sheet(self) -> Sheet:
        """Opens the sheet from the menu, whatever the button says."""
        with self.page.expect_popup() as opened:
            self.menu("Import sheet")
        return Sheet(opened.value)

    def evaluate(self, script: str, argument: Any = None) -> Any:
        """Runs a script in the CRM's window."""
        return self.page.evaluate(script, argument)
