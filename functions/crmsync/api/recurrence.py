"""Whether recurrence lines are ones that a calendar can follow (RFC 5545, as far as Google Calendar takes
it).
"""

import re
from collections.abc import Sequence
from datetime import datetime

FREQUENCIES = frozenset(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))

_DATES = re.compile(
    r"(?:EXDATE|RDATE)(?:;VALUE=DATE(?:-TIME)?|;TZID=[A-Za-z0-9_+/-]{1,64})*"
    r":\d{8}(?:T\d{6}Z?)?(?:,\d{8}(?:T\d{6}Z?)?)*"
)
_RULE = re.compile(r"(?:RRULE|EXRULE):[A-Z0-9=;,+-]+", re.ASCII)


def problem(lines: Sequence[str], start: datetime) -> tuple[int, str] | None:
    """The first line that is wrong and what is wrong with it; None when all are good.

    start: naive, of the first event.
    """
    for position, line in enumerate(lines):
        if _RULE.fullmatch(line):
            if not _is_rule(line, start):
                return position, "This recurrence rule cannot be followed."
        elif not _DATES.fullmatch(line):
            return position, "Write RRULE:…, EXRULE:…, RDATE:… or EXDATE:… as in RFC 5545."
    if lines and not any(line.startswith(("RRULE:", "RDATE")) for line in lines):
        return 0, "Exceptions need a rule to be exceptions from."
    return None


def _is_rule(line: str, start: datetime) -> bool:
    from dateutil.rrule import rrulestr

    parts = [part.partition("=") for part in line.partition(":")[2].split(";")]
    names = [name for name, _, _ in parts]
    values = {name: value for name, _, value in parts}
    if values.get("FREQ") not in FREQUENCIES or len(names) != len(set(names)):
        return False
    for counter in ("INTERVAL", "COUNT"):
        if counter in values and not re.fullmatch(r"0*[1-9]\d{0,4}", values[counter]):
            return False
    if "COUNT" in values and "UNTIL" in values:
        return False
    try:
        rrulestr(line.replace("EXRULE:", "RRULE:"), dtstart=start, ignoretz=True)
    except (ValueError, TypeError, OverflowError):
        return False
    return True
