"""Logs: one JSON object a line, with user, job and trace ids, and without contact data, tokens or codes.

What is logged is an event's name with fields of our own making (by `event`, or as `extra` of the standard
library's calls): ids, counts, codes, durations. Of an exception the type and the places are logged, its text
only when it is of our own error trees, whose messages hold no personal data.
"""

import contextlib
import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType

Field = str | int | float | bool | None

LONGEST_TEXT = 300
_FRAMES = 20
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")
_CLOUD_TRACE = re.compile(r"([0-9a-fA-F]{32})(/.*)?")

_STANDARD = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"))
"""What every log record has; all else on it is a field of the event."""

_NONE: Mapping[str, str] = MappingProxyType({})
_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default=_NONE)
_log = logging.getLogger("crmsync")


@contextlib.contextmanager
def bound(**ids: str) -> Iterator[None]:
    """Adds ids (`user`, `job`, `trace`, …) to every line that is logged inside, in this thread or task."""
    token = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(token)


def add(**ids: str) -> None:
    """Adds ids, learnt on the way, to every further line inside the innermost `bound`; to none outside."""
    known = _ids.get()
    if known is not _NONE:
        _ids.set({**known, **ids})


def event(name: str, /, severity: int = logging.INFO, **fields: Field) -> None:
    """Logs that something happened. Fields are ids, codes and numbers; never anything a person typed."""
    _log.log(severity, name, extra=_safe(fields))


def failure(
    name: str, error: BaseException, /, *, tell: tuple[type[BaseException], ...] = (), **ids: Field
) -> None:
    """Logs an error: its type, where it came from, and its text when it is one of `tell`.

    ids: of what it met.
    """
    frames = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    ]
    fields: dict[str, object] = {**ids, "error": type(error).__name__, "at": frames}
    if isinstance(error, tell):
        fields["text"] = str(error)[:LONGEST_TEXT]
    _log.error(name, extra=_safe(fields))


def _safe(fields: Mapping[str, object]) -> dict[str, object]:
    """`extra` must not name an attribute that every record has."""
    return {f"{name}_" if name in _STANDARD else name: value for name, value in fields.items()}


def trace_id(header: Callable[[str], str | None]) -> str:
    """The trace a request belongs to, by `traceparent` (W3C) or `X-Cloud-Trace-Context`, else a new one."""
    if match := _TRACEPARENT.fullmatch(header("traceparent") or ""):
        return match[1]
    if match := _CLOUD_TRACE.fullmatch(header("X-Cloud-Trace-Context") or ""):
        return match[1].lower()
    return secrets.token_hex(16)


def traceparent() -> str | None:
    """The header (W3C) by which a call goes on with this trace, in a span of its own; None without a trace.

    It is not marked as sampled: we record no spans, and whether the platform does is its own choice.
    """
    trace = _ids.get().get("trace")
    return None if trace is None else f"00-{trace}-{secrets.token_hex(8)}-00"


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object, in the field names that Cloud Logging knows."""

    def __init__(self, project: str | None = None) -> None:
        """`project` makes trace ids into links to Cloud Trace."""
        super().__init__()
        self._project = project

    def format(self, record: logging.LogRecord) -> str:
        """One line.

        Of other libraries' records only the unfilled template is kept: the arguments may be anything.
        """
        ids = _ids.get()
        ours = _is_ours(record)
        message = _filled(record) if ours else str(record.msg)
        line: dict[str, object] = {"severity": record.levelname, "message": _cut(message), **ids}
        if ours:
            fields = vars(record).items()
            line |= {name: _cut(value) for name, value in fields if name not in _STANDARD}
        else:
            line["logger"] = record.name
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        if self._project and "trace" in ids:
            line["logging.googleapis.com/trace"] = f"projects/{self._project}/traces/{ids['trace']}"
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str)


def _filled(record: logging.LogRecord) -> str:
    """The message with its arguments, also when they do not fit: a slip in a log call must break no job."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return " ".join(map(str, (record.msg, *(record.args or ()))))


def _cut(value: object) -> object:
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == "crmsync" or record.name.startswith("crmsync.")


class StandardOutput(logging.Handler):
    """Writes to whatever `sys.stdout` is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one line at once, so that threads do not mix theirs."""
        sys.stdout.write(self.format(record) + "\n")
        sys.stdout.flush()


def configure(project: str | None) -> None:
    """Sends our lines (INFO and above) and other libraries' warnings to standard output. Repeatable."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, StandardOutput)]:
        root.removeHandler(handler)
    handler = StandardOutput()
    handler.setFormatter(JsonLines(project))
    handler.addFilter(lambda record: _is_ours(record) or record.levelno >= logging.WARNING)
    root.addHandler(handler)
    _log.setLevel(logging.INFO)
