"""What the CRM's agenda and Google's calendar show over two years, occurrence by occurrence."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from crmsync.core.calendar.agenda import Days, agenda
from crmsync.core.calendar.occurrences import is_exception_key
from crmsync.core.model import AllDay, Moment
from crmsync.core.state import Link
from tests.stage import Stage

FIRST, END = date(2025, 9, 1), date(2027, 9, 1)
"""Half a year before the clock of most stages begins, and a year and a half after."""
_MOST = 1000


class Line(NamedTuple):
    """One occurrence: when it begins and ends, and what it is called."""

    start: str
    end: str
    title: str


Lines = Iterable[tuple[str, Line]]
"""Occurrences with the id of their appointment or event, of those of a series with that of the series."""


def in_crm(stage: Stage) -> Lines:
    """What the agenda of the CRM lists."""
    every = {it.id: it for it in stage.store.changed(stage.scope, "appointments", None, None, _MOST)}
    living = [stored for stored in every.values() if stored.archived_at is None]
    for one in agenda(living, every, Days(FIRST, END, UTC), cancelled=False, limit=_MOST):
        value = one.record.value
        yield value.series_id or one.record.id, Line(_ours(one.start), _ours(one.end), value.title)


def at_google(stage: Stage, calendar_id: str = "primary") -> Lines:
    """What takes place there."""
    items = stage.calendar.every_event(
        calendar_id, singleEvents=True, timeMin=f"{FIRST}T00:00:00Z", timeMax=f"{END}T00:00:00Z"
    )
    for item in items:
        if item["status"] != "cancelled":
            line = Line(_theirs(item["start"]), _theirs(item["end"]), item.get("summary", ""))
            yield item.get("recurringEventId", item["id"]), line


def alike(stage: Stage) -> list[Line]:
    """What both sides show; they must show the same, all of it."""
    ours, theirs = (sorted(line for _, line in lines) for lines in (in_crm(stage), at_google(stage)))
    assert ours == theirs, _differences(ours, theirs)
    return ours


def linked_alike(stage: Stage, calendar_id: str, links: Sequence[Link]) -> None:
    """Of what is linked and followed both must show the same; of busy copies no title counts."""
    followed = [link for link in links if link.state != "detached" and not is_exception_key(link.key)]
    here, there = {link.crm: link for link in followed}, {link.remote_id: link for link in followed}
    ours, theirs = _followed(in_crm(stage), here), _followed(at_google(stage, calendar_id), there)
    assert ours == theirs, _differences(ours, theirs)


def _followed(lines: Lines, links: Mapping[str, Link]) -> list[Line]:
    known = ((links[id], line) for id, line in lines if id in links)
    return sorted(line._replace(title="") if link.shadow else line for link, line in known)


def _differences(ours: Sequence[Line], theirs: Sequence[Line]) -> str:
    here, there = [it for it in ours if it not in theirs], [it for it in theirs if it not in ours]
    counts = f"takes place differently: {len(ours)} in the CRM, {len(theirs)} at Google"
    return f"{counts}; only in the CRM {here}; only at Google {there}"


def _ours(moment: Moment) -> str:
    return moment.date.isoformat() if isinstance(moment, AllDay) else _utc(moment.at)


def _theirs(shown: Mapping[str, str]) -> str:
    return shown["date"] if "date" in shown else _utc(datetime.fromisoformat(shown["dateTime"]))


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
