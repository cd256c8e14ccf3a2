"""The import sheet, by what a person sees and presses."""

from playwright.sync_api import Locator, Page, expect

NO_IMPORT = "Proceed - No Import"
DONE = "Import Selected - Done"
REVISIT = "Import - Revisit Later"


class Sheet:
    """The sheet's window, loaded."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.loaded()

    def loaded(self) -> None:
        """The list is there: rows, or the reason why there are none."""
        expect(self.page.locator(".sheet-row[data-id], .state").first).to_be_visible()
        expect(self.page.locator("table[aria-busy]")).to_have_count(0)

    @property
    def rows(self) -> Locator:
        """The rows of this page."""
        return self.page.locator(".sheet-row[data-id]")

    def row(self, name: str) -> Locator:
        """One row."""
        return self.rows.filter(has_text=name)

    def names(self) -> list[str]:
        """The names on this page."""
        return self.page.locator(".sheet-row .name").all_inner_texts()

    def ticks(self, *names: str) -> None:
        """Ticks rows."""
        for name in names:
            self.tick_of(name).check()

    def tick_of(self, name: str) -> Locator:
        """The check box of a row."""
        return self.row(name).get_by_role("checkbox")

    def choose(self, name: str, what: str, value: str) -> None:
        """Chooses in a row, e.g. the contact type."""
        self.field(name, what).select_option(label=value)

    def field(self, name: str, what: str) -> Locator:
        """A select of a row."""
        return self.row(name).get_by_label(f"{what} of {name}")

    def has_selected(self, count: int) -> None:
        """The count of ticked rows, over all pages."""
        expect(self.page.locator(".selected")).to_have_text(f"{count} selected")

    def is_saved(self) -> None:
        """Every choice is with the service."""
        expect(self.page.locator(".saved")).to_have_text("All choices saved")

    def turns(self, way: str) -> None:
        """Next or Previous."""
        self.page.get_by_role("button", name=way).click()
        self.loaded()

    def tab(self, name: str) -> None:
        """To decide, Declined or Imported."""
        self.page.get_by_role("navigation", name="Lists").get_by_role("button", name=name).click()
        self.loaded()

    def count_of(self, name: str) -> Locator:
        """The count beside a tab's name."""
        return (
            self.page.get_by_role("navigation", name="Lists")
            .get_by_role("button", name=name)
            .locator(".badge")
        )

    @property
    def dialog(self) -> Locator:
        """The dialog of the ending."""
        return self.page.locator("dialog[open]")

    def ends(self, ending: str, confirm: str) -> None:
        """Presses an ending, reads what will happen, agrees, and waits for the result."""
        self.page.get_by_role("button", name=ending).click()
        self.dialog.get_by_role("button", name=confirm).click()
        expect(self.page.locator("dialog[data-step=finished]")).to_be_visible(timeout=30_000)

    def says(self, *sentences: str) -> None:
        """What the result says."""
        for sentence in sentences:
            expect(self.dialog).to_contain_text(sentence)

    def back_to_list(self) -> None:
        """From the result back to the rows."""
        self.dialog.get_by_role("button", name="Back to the list").click()
        expect(self.dialog).to_have_count(0)
        self.loaded()
