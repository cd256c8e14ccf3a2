"""Time zones by whatever name a calendar program has given them: names of IANA, names of Windows (by CLDR's
table, as `icalendar` keeps it), and offsets from Greenwich.
"""

import re
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LONGEST = 64
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_NOT_IANA = frozenset(("localtime", "posixrules", "Factory"))
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d\d))?", re.ASCII)
_HALVES = {
    "-09:30": "Pacific/Marquesas",
    "+03:30": "Asia/Tehran",
    "+04:30": "Asia/Kabul",
    "+05:30": "Asia/Kolkata",
    "+05:45": "Asia/Kathmandu",
    "+06:30": "Asia/Yangon",
    "+08:45": "Australia/Eucla",
    "+09:30": "Australia/Darwin",
}
"""Zones of no whole hour whose clocks never change any more."""


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The IANA zone that a name means. Raises ValueError."""
    if len(name) <= LONGEST:
        for meant in (_iana, _of_offset, _of_windows):
            found = meant(name.strip())
            if found is not None:
                return found
    raise ValueError("There is no such time zone.")


def _iana(name: str) -> ZoneInfo | None:
    if not _NAME.fullmatch(name) or name in _NOT_IANA or name.startswith(("posix/", "right/")):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _of_offset(name: str) -> ZoneInfo | None:
    found = _OFFSET.fullmatch(name)
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:
        return None
    sign, hours, minutes = found[1], int(found[2]), int(found[3] or 0)
    if minutes:
        half = _HALVES.get(f"{sign}{hours:02}:{minutes:02}")
        if half is not None:
            return ZoneInfo(half)
    # The names of Etc count westwards. Half an hour that no zone keeps tells only at midnight: instants stay.
    west = "-" if sign == "+" else "+"
    return _iana(f"Etc/GMT{west}{hours}") if hours else ZoneInfo("Etc/GMT")


def _of_windows(name: str) -> ZoneInfo | None:
    # Here and not above: hardly any call meets such a name, and the library costs their start.
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    known = WINDOWS_TO_OLSON.get(name)
    return _iana(known) if known is not None else None
