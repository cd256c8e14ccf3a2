"""syncall between a list in memory and Google Calendar, run by the peer's Python.

peer_syncall_driver.py ORIGIN TOKEN CALENDAR. Reads one command a line and answers a line when it is done:
`add N` and `edit` change the list in memory, `sync` synchronises as a run of `tw_gcal_sync` does, which
starts and ends both sides.
"""

import sys
from typing import Any

from google.oauth2.credentials import Credentials
from googleapiclient import discovery
from loguru import logger
from syncall.aggregator import Aggregator
from syncall.google.gcal_side import GCalSide
from syncall.sync_side import SyncSide


class Calendar(GCalSide):  # type: ignore[misc]
    """Its calendar side, unchanged but for where Google is and how one signs in."""

    def __init__(self, origin: str, token: str, calendar: str) -> None:
        super().__init__(calendar_summary=calendar, client_secret="", oauth_port=0)
        self._origin, self._token = origin, token

    def start(self) -> None:
        """Connects; finds the calendar by its name, as it does with Google itself."""
        self._service = discovery.build(
            "calendar",
            "v3",
            credentials=Credentials(self._token),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": f"{self._origin}/calendar/v3/"},
            static_discovery=True,
        )
        self._calendar_id = self._fetch_cal_id()
        self._items_cache.clear()


class Notes(SyncSide):  # type: ignore[misc]
    """The other side: appointments in memory, which cost nothing."""

    def __init__(self) -> None:
        super().__init__(name="Notes", fullname="Notes")
        self.items: dict[str, dict[str, Any]] = {}

    def get_all_items(self, **_: Any) -> list[dict[str, Any]]:
        return [dict(item) for item in self.items.values()]

    def get_item(self, item_id: str, use_cached: bool = False) -> dict[str, Any] | None:
        return dict(self.items[item_id]) if item_id in self.items else None

    def delete_single_item(self, item_id: str) -> None:
        del self.items[item_id]

    def update_item(self, item_id: str, **changes: Any) -> None:
        self.items[item_id] |= changes

    def add_item(self, item: dict[str, Any]) -> dict[str, Any]:
        made = {**item, "id": f"n{len(self.items)}"}
        self.items[made["id"]] = made
        return dict(made)

    @classmethod
    def id_key(cls) -> str:
        return "id"

    @classmethod
    def summary_key(cls) -> str:
        return "summary"

    @classmethod
    def last_modification_key(cls) -> str:
        return "updated"

    @classmethod
    def items_are_identical(cls, one: Any, other: Any, ignore_keys: Any = ()) -> bool:
        return bool(one["summary"] == other["summary"])


def _converted(item: Any) -> dict[str, Any]:
    return {name: item[name] for name in ("summary", "start", "end") if name in item}


def _add(notes: Notes, count: int) -> None:
    for _ in range(count):
        number = len(notes.items)
        day, hour = divmod(number, 20)
        at = {"timeZone": "UTC"}
        start, end = (f"2040-{1 + day // 28:02}-{1 + day % 28:02}T{hour + n:02}:00:00Z" for n in (0, 1))
        notes.add_item(
            {
                "summary": f"Showing {number}",
                "start": {"dateTime": start, **at},
                "end": {"dateTime": end, **at},
            }
        )


def main(origin: str, token: str, calendar: str) -> None:
    """Does what it is told until its input ends."""
    logger.remove()
    notes = Notes()
    aggregator = Aggregator(
        side_A=Calendar(origin, token, calendar),
        side_B=notes,
        converter_A_to_B=_converted,
        converter_B_to_A=_converted,
        catch_exceptions=False,
    )
    for line in sys.stdin:
        command, *words = line.split()
        if command == "add":
            _add(notes, int(words[0]))
        elif command == "edit":
            notes.items["n0"]["summary"] += ", edited"
        else:
            with aggregator:
                aggregator.sync()
        print(len(notes.items), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
