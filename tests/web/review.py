"""The review page, by what a person sees and presses."""

from playwright.sync_api import Locator, Page, expect


class Review:
    """The page, loaded."""

    def __init__(self, page: Page) -> None:
        self.page = page
        expect(page.get_by_role("heading", name="Review and activity", level=1)).to_be_visible()
        expect(page.get_by_role("heading", name="Activity", level=2)).to_be_visible()

    def section(self, name: str) -> Locator:
        """On hold, Different values, Not synced or Activity."""
        return self.page.get_by_role("region", name=name, exact=True)

    def card(self, section: str, words: str) -> Locator:
        """A card of a section."""
        return self.section(section).get_by_role("article").filter(has_text=words)

    @property
    def dialog(self) -> Locator:
        """The confirmation, or the form of a record."""
        return self.page.locator("dialog[open]")

    def decides(self, words: str, answer: str, confirm: str) -> None:
        """Answers a hold, reads what will happen, and agrees."""
        self.card("On hold", words).get_by_role("button", name=answer).click()
        self.dialog.get_by_role("button", name=confirm).click()
        expect(self.dialog).to_have_count(0)

    def says(self, words: str) -> None:
        """What the page says at the bottom."""
        expect(self.page.locator("#toast")).to_contain_text(words)

    def has_nothing_on(self, section: str) -> None:
        """The section is not there."""
        expect(self.section(section)).to_have_count(0)
