"""Times and spans as fields of Cloud Tasks' messages take them, and as they hand them out again."""

from __future__ import annotations

from datetime import datetime, timedelta

from google.protobuf import duration_pb2, timestamp_pb2


def timestamp(moment: datetime) -> timestamp_pb2.Timestamp:
    """An aware time."""
    stamp = timestamp_pb2.Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def duration(span: timedelta) -> duration_pb2.Duration:
    """A span of time."""
    message = duration_pb2.Duration()
    message.FromTimedelta(span)
    return message


def moment_of(field: object) -> datetime | None:
    """A Timestamp field as it is handed out; None when it is unset."""
    return field if isinstance(field, datetime) else None


def span_of(field: object) -> timedelta | None:
    """A Duration field as it is handed out; None when it is unset or zero."""
    return field if isinstance(field, timedelta) and field else None
