"""Appointments over HTTP where they are series: exceptions, what becomes of them when their series changes,
and the cut in two that "this and following" makes.

An exception is never deleted: DELETE cancels its occurrence. What happens to a series and to its exceptions
is one commit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import flask

from crmsync.api.http import body
from crmsync.api.http.context import Call
from crmsync.api.http.errors import Conflict, InvalidRequest
from crmsync.api.http.identity import is_document_id
from crmsync.api.records import appointments
from crmsync.api.records.handlers import Change, Records, check_contact_ids, derived_id
from crmsync.api.schemas.appointment import AppointmentBody, MomentBody, OccurrenceBody, SplitBody
from crmsync.api.sync.status import ask_after_change
from crmsync.core.account import UserSettings
from crmsync.core.calendar.recurrence import UnusableRule, end_of, occurrence_key
from crmsync.core.calendar.series import (
    consequence,
    exception_of,
    first_of,
    follow,
    lines_before,
    lines_from,
    may_begin_at,
    occurrence_at,
)
from crmsync.core.model import Appointment, Moment, Stored
from crmsync.core.pair.ids import exception_id
from crmsync.store.ports import Conflicted, CreateRecord, PutRecord, Write

PAGE = 300
MOST_EXCEPTIONS = 900
"""Exceptions that one commit takes along; those beyond stay as they are, and play no part without their
occurrence.
"""


@dataclass(frozen=True, slots=True)
class Appointments(Records[Appointment]):
    """The handlers of appointments."""

    def create(self, call: Call) -> flask.Response:
        """POST: a new appointment, or with `series_id` and `original_start` an exception."""
        sent = body.read(call.request, AppointmentBody)
        if sent.series_id is None and sent.original_start is None:
            return Records.create(self, call)
        key = body.idempotency_key(call.request)
        series = self._series_named(call, sent.series_id)
        at = _occurrence(series.value, sent.original_start)
        record = appointments.build(exception_of(series.value, series.id, at), sent)
        check_contact_ids(call, series.value, record)
        self.check_size(record)
        id = _exception_id(call, series.id, at)
        known = call.deps.store.appointment(call.scope, id)
        if known is None:
            write: Write = CreateRecord("appointments", id, record)
        elif known.archived_at is not None:
            # It went with its occurrence, which is there again.
            write = _put(known, record, archived=False)
        elif key is not None and known.value == record:
            return self.made(call, id)
        else:
            raise Conflict("This occurrence was changed before.", current=self.one(call, known))
        try:
            call.deps.store.commit(call.scope, [write])
        except Conflicted:
            current = self.one(call, self.stored(call, id))
            raise Conflict("This occurrence was changed before.", current=current) from None
        ask_after_change(call, frozenset((self.resource,)))
        return self.made(call, id)

    def split(self, call: Call) -> flask.Response:
        """POST …/{id}/split: "this and following" becomes a series of its own; 201 with it.

        At the first occurrence there is nothing to part: the series itself is changed and answered.
        """
        sent = body.read(call.request, SplitBody)
        if sent.series_id is not None:
            raise InvalidRequest("The series is the one in the path.", field="series_id")
        key = body.idempotency_key(call.request)
        id = call.deps.new_id() if key is None else derived_id(self.kind, call.uid, key)
        if key is not None and call.deps.store.appointment(call.scope, id) is not None:
            return self.made(call, id)
        after: list[Appointment] = []

        def cut(call: Call, stored: Stored[Appointment]) -> Change[Appointment]:
            series = self._living(call, stored)
            appointments.check_not_locked(series)
            at = _occurrence(series, sent.original_start)
            if _is_first(series, at):
                return self._changed_to(call, stored, appointments.build(series, sent))
            if not may_begin_at(series, at):
                message = "This occurrence was added to the series by itself: start from another one."
                raise InvalidRequest(message, field="original_start")
            base = replace(series, start=at, end=end_of(series, at), recurrence=lines_from(series, at))
            after[:] = [appointments.build(base, sent)]
            check_contact_ids(call, series, after[0])
            self.check_size(after[0])
            made = CreateRecord("appointments", id, after[0])
            besides = [made, *self._handed_over(call, stored, (base, after[0], id), at)]
            old = replace(series, recurrence=lines_before(series, at))
            return Change(_put(stored, old), besides)

        answer = self.write(call, cut)
        return self.made(call, id) if after else answer

    def end(self, call: Call) -> flask.Response:
        """POST …/{id}/end: ends the series before an occurrence; before the first one it is archived."""
        sent = body.read(call.request, OccurrenceBody)

        def ended(call: Call, stored: Stored[Appointment]) -> Change[Appointment]:
            series = self._living(call, stored)
            appointments.check_not_locked(series)
            at = _occurrence(series, sent.original_start)
            if _is_first(series, at):
                return self.archived(call, stored)
            return self._changed_to(call, stored, replace(series, recurrence=lines_before(series, at)))

        return self.write(call, ended)

    def changed(self, call: Call, stored: Stored[Appointment]) -> Change[Appointment]:
        """PATCH: exceptions follow their series in what is not their own, or go and come with their
        occurrence.
        """
        self.check_not_archived(call, stored)
        sent = body.read(call.request, AppointmentBody)
        for name in ("series_id", "original_start"):
            if getattr(sent, name) is not None:
                raise InvalidRequest("An occurrence stays with its series.", field=name)
        return self._changed_to(call, stored, self.build(call, stored.value))

    def archived(self, call: Call, stored: Stored[Appointment]) -> Change[Appointment]:
        """DELETE: an exception cancels its occurrence; a series is archived with its exceptions."""
        value = stored.value
        if value.series_id is not None:
            self.check_not_archived(call, stored)
            gone = replace(value, status="cancelled")
            return Change(None if gone == value else _put(stored, gone))
        change = Records.archived(self, call, stored)
        if change.put is None or not value.recurrence:
            return change
        return replace(change, besides=[_archive(each) for each in self._exceptions(call, stored.id)])

    def restored(self, call: Call, stored: Stored[Appointment]) -> Change[Appointment]:
        """Restore: an exception is confirmed again; a series comes with what was archived with it."""
        value = stored.value
        if value.series_id is not None:
            return self._confirmed(call, stored, value.series_id)
        change = Records.restored(self, call, stored)
        if change.put is None or not value.recurrence:
            return change
        with_it = self._exceptions(call, stored.id, lambda each: each.archived_at == stored.archived_at)
        besides = [_put(each, each.value, archived=False) for each in with_it]
        return replace(change, besides=besides)

    def _confirmed(self, call: Call, stored: Stored[Appointment], series_id: str) -> Change[Appointment]:
        back = stored.archived_at is not None
        if back:
            series = call.deps.store.appointment(call.scope, series_id)
            if series is None or series.archived_at is not None or _gone(series.value, stored.value):
                message = "The series no longer takes place then."
                raise Conflict(message, current=self.one(call, stored))
        status = "confirmed" if stored.value.status == "cancelled" else stored.value.status
        value = replace(stored.value, status=status)
        if value == stored.value and not back:
            return Change(None)
        return Change(_put(stored, value, False if back else None))

    def _changed_to(self, call: Call, stored: Stored[Appointment], after: Appointment) -> Change[Appointment]:
        before = stored.value
        check_contact_ids(call, before, after)
        self.check_size(after)
        put = None if after == before else _put(stored, after)
        if not (before.recurrence or after.recurrence):
            return Change(put)
        besides: list[Write] = []
        dropped = 0
        for each in self._exceptions(call, stored.id, lambda _: True) if put else ():
            try:
                after_it = consequence(before, after, each)
            except UnusableRule:
                break
            if after_it is not None:
                dropped += after_it.archived is True and each.value.status != "cancelled"
                besides.append(_put(each, after_it.value, after_it.archived))
        return Change(put, besides, {"dropped_exceptions": dropped})

    def _handed_over(
        self,
        call: Call,
        old: Stored[Appointment],
        new: tuple[Appointment, Appointment, str],
        at: Moment,
    ) -> Iterator[Write]:
        """The exceptions from the cut on, under the new series where it still takes place then.

        new: the new series before and after the changes, and its id.
        """
        base, after, id = new
        for each in self._exceptions(call, old.id):
            original = each.value.original_start
            if original is None or occurrence_key(original) < occurrence_key(at):
                continue
            yield _archive(each)
            followed = follow(base, after, each.value)
            if followed is not None:
                own_id = _exception_id(call, id, original)
                yield CreateRecord("appointments", own_id, replace(followed, series_id=id))

    def _series_named(self, call: Call, id: str | None) -> Stored[Appointment]:
        found = call.deps.store.appointment(call.scope, id) if id and is_document_id(id) else None
        if found is None or found.archived_at is not None:
            raise InvalidRequest("There is no such appointment.", field="series_id")
        if not found.value.recurrence:
            raise InvalidRequest("This appointment does not repeat.", field="series_id")
        return found

    def _living(self, call: Call, stored: Stored[Appointment]) -> Appointment:
        self.check_not_archived(call, stored)
        if not stored.value.recurrence:
            raise Conflict("This appointment does not repeat.", current=self.one(call, stored))
        return stored.value

    def _exceptions(
        self, call: Call, id: str, wanted: Callable[[Stored[Appointment]], bool] | None = None
    ) -> Iterator[Stored[Appointment]]:
        """Exceptions of a series; those that are not archived unless `wanted` says which."""
        after: str | None = None
        left = MOST_EXCEPTIONS
        while left > 0:
            page = call.deps.store.exceptions(call.scope, [id], after, PAGE)
            for each in page:
                if wanted(each) if wanted else each.archived_at is None:
                    left -= 1
                    yield each
            if len(page) < PAGE:
                return
            after = page[-1].id


def _exception_id(call: Call, series_id: str, at: Moment) -> str:
    # The region is for telephone numbers: ids do not depend on it.
    return exception_id(call.deps.canon(UserSettings().region), series_id, at)


def _put(stored: Stored[Appointment], value: Appointment, archived: bool | None = None) -> PutRecord:
    return PutRecord("appointments", stored.id, value, stored.version, archived)


def _archive(stored: Stored[Appointment]) -> PutRecord:
    return _put(stored, stored.value, archived=True)


def _occurrence(series: Appointment, given: MomentBody | None) -> Moment:
    """The occurrence that the caller means, in the series' own zone. Raises InvalidRequest."""
    if given is None:
        raise InvalidRequest("Say which occurrence is meant.", field="original_start")
    asked = appointments.moment("original_start", given)
    try:
        found = occurrence_at(series, asked)
    except UnusableRule:
        raise InvalidRequest("The rule of this series cannot be followed.", field="series_id") from None
    if found is None:
        raise InvalidRequest("The series does not take place then.", field="original_start")
    return found


def _is_first(series: Appointment, at: Moment) -> bool:
    first = first_of(series)
    return first is not None and occurrence_key(first) == occurrence_key(at)


def _gone(series: Appointment, exception: Appointment) -> bool:
    try:
        return not series.recurrence or follow(series, series, exception) is None
    except UnusableRule:
        return False
