"""Finishing the import sheet: what was ticked enters the CRM, the rest is declined or kept for later."""

from typing import Literal

from crmsync.engine.deps import Deps

Finish = Literal["no_import", "done", "revisit"]


class ImportRunning(Exception):
    """An import of this user is at work already; `import_id` names it."""

    def __init__(self, import_id: str) -> None:
        super().__init__("an import is running")
        self.import_id = import_id


def start(deps: Deps, uid: str, action: Finish, round: int | None) -> str:
    """Ends the sheet and starts the import job; answers the import's id. Raises ImportRunning."""
    raise ImportRunning("being written")
