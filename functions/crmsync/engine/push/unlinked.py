"""Exceptions of the CRM that no link knows: Google is asked for their occurrences.

Google's ids of occurrences tell nothing, so an occurrence is asked for by its series and its original start.
The two then meet as if both had agreed on the occurrence that the series gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from crmsync.core.calendar.occurrences import takes_place
from crmsync.core.calendar.series import follow
from crmsync.core.chunks import chunks
from crmsync.core.errors import NotFound, SyncError
from crmsync.core.model import Appointment, Moment, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.plan import Action, Decision, Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.quarantine import INTERNAL
from crmsync.core.state import Link, Observation
from crmsync.engine.ports import Calendar, Occurrence
from crmsync.engine.run import aside
from crmsync.engine.run.effects import agreed
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Edit, Work
from crmsync.engine.series import following
from crmsync.engine.series.meetings import accept, drop, meeting
from crmsync.store.ports import CreateRecord, DropLink, PutLink, PutRecord

MISSING = "not_an_occurrence"
"""Why an exception is quarantined whose series at Google does not take place then."""

Answer = Observation[Appointment] | SyncError | None


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An exception without a link, with its series on both sides.

    owner: the link of the series. refusal: the link that says Google has refused the exception as it was.
    """

    stored: Stored[Appointment]
    series: Stored[Appointment]
    owner: Link
    refusal: Link | None

    @property
    def original_start(self) -> Moment:
        """When the rules of the series put it."""
        at = self.stored.value.original_start
        assert at is not None
        return at

    @property
    def occurrence(self) -> Occurrence:
        """What Google is asked for."""
        return Occurrence(self.owner.remote_id, self.original_start)


class _Meeting(NamedTuple):
    """How an exception stands to the occurrence that Google shows."""

    link: Link
    remote: Seen[Appointment]
    decision: Decision[Appointment]


def meet_all(run: Run[Appointment], exceptions: Sequence[Unlinked], work: Work[Appointment]) -> None:
    """Asks Google for the occurrences, and decides each."""
    effects: Effects[Appointment] = Effects()
    for some in chunks(exceptions, run.remote.read_size):
        _meet_some(run, some, effects, work)
    work.unit()
    work.add(effects)


def _meet_some(
    run: Run[Appointment],
    some: Sequence[Unlinked],
    effects: Effects[Appointment],
    work: Work[Appointment],
) -> None:
    answers = cast(Calendar, run.remote).occurrences([each.occurrence for each in some])
    gone = following.gone(run, [item for item in answers.values() if isinstance(item, Observation)])
    met = {each.stored.id: _met(run, each, answers.get(each.occurrence)) for each in some}
    moved = _moved_with_series(run, some, met)
    for each in some:
        work.unit()
        effects.unit()
        id, owner = each.stored.id, each.owner
        if owner.remote_id in gone:
            continue  # The next pull sees to the series, and to its exceptions with it.
        if id in moved or _failed(answers.get(each.occurrence)):
            work.waiting.add(id)
        elif isinstance(answer := answers.get(each.occurrence), Observation) and answer.unreadable:
            work.put(PutLink(_refused(run, each, INTERNAL)))
        elif (meeting := met[id]) is not None:
            _settle(run, each, meeting, effects, work)
        else:
            _settle_missing(run, each, effects, work)


def _failed(answer: Answer) -> bool:
    """Whether Google did not say whether there is such an occurrence."""
    return isinstance(answer, SyncError) and not isinstance(answer, NotFound)


def _met(run: Run[Appointment], each: Unlinked, answer: Answer) -> _Meeting | None:
    if not isinstance(answer, Observation) or answer.value is None:
        return None
    if type(each.original_start) is not type(each.series.value.start):
        # Of days and of hours: the series has been turned, and Google has yet to hear of it.
        return None
    return _Meeting(*meeting(run, each.owner, each.series, each.stored, answer))


def _moved_with_series(
    run: Run[Appointment], some: Sequence[Unlinked], met: dict[str, _Meeting | None]
) -> set[str]:
    """The exceptions whose occurrences say something new because their series at Google does.

    That is no edit of the occurrence. They wait until the pull has brought the series in.
    """
    suspects = {each.stored.id: each.owner for each in some if _says_news(each.owner, met[each.stored.id])}
    moved = following.moved(run, suspects.values())
    return {id for id, owner in suspects.items() if owner.key in moved}


def _says_news(owner: Link, met: _Meeting | None) -> bool:
    if met is None or owner.state != "linked":
        return False
    return bool(changed_fields(met.link.base.remote, met.remote.projection))


def _settle(
    run: Run[Appointment],
    each: Unlinked,
    met: _Meeting,
    effects: Effects[Appointment],
    work: Work[Appointment],
) -> None:
    """The occurrence is there: what differs goes to Google, or the link is written with what Google says."""
    if each.refusal is not None:
        effects.put(DropLink(each.refusal.key))
    link, decision = met.link, met.decision
    base = decision.base or link.base
    if decision.action is Action.UPDATE_REMOTE and (base is link.base or not decision.lost):
        work.updates.append(Edit(agreed(run, link, base), each.stored, decision))
    else:
        accept(run, link, met.remote, each.stored, decision, effects)


def _settle_missing(
    run: Run[Appointment], each: Unlinked, effects: Effects[Appointment], work: Work[Appointment]
) -> None:
    """Google's series does not take place then."""
    value = each.stored.value
    if (part := _later_part(run, each)) is not None:
        _move_to(run, each, part, effects, work)
    elif not takes_place(each.series.value, value):
        key = ids.exception_link_key(each.owner.key, each.original_start)
        drop(each.refusal.key if each.refusal else key, each.stored, effects)
    elif each.owner.state == "quarantined":
        return  # What keeps the series back keeps this one, too: it comes again when the series is in step.
    elif following.is_to_be_moved(run, each.owner, each.series):
        # Google has not been told yet that the series takes place then: its etag had moved, say.
        work.waiting.add(each.stored.id)
    else:
        work.put(PutLink(_refused(run, each, MISSING)))


def _refused(run: Run[Appointment], each: Unlinked, reason: str) -> Link:
    tries, version = (each.refusal.tries, each.refusal.version) if each.refusal else (0, None)
    return aside.refused(run, each.stored, reason, tries=tries, version=version)


def _later_part(run: Run[Appointment], each: Unlinked) -> Stored[Appointment] | None:
    """The part of the series that takes place then, after a split at Google."""
    parts = [part.crm for part in following.kin(run, each.owner.remote_id) if part.key != each.owner.key]
    records = run.store.records(run.scope, run.kind, parts)
    living = (records[crm] for crm in parts if crm in records and records[crm].archived_at is None)
    return next((part for part in living if takes_place(part.value, each.stored.value)), None)


def _move_to(
    run: Run[Appointment],
    each: Unlinked,
    part: Stored[Appointment],
    effects: Effects[Appointment],
    work: Work[Appointment],
) -> None:
    """The exception goes on as one of the later part, where the CRM has none there yet.

    What it has in common with its series as that was is nobody's wish: it says what the later part says.
    """
    stored = each.stored
    crm = ids.exception_id(run.canon, part.id, each.original_start)
    effects.put(PutRecord("appointments", stored.id, stored.value, stored.version, archived=True))
    if not run.store.records(run.scope, run.kind, [crm]):
        value = follow(each.series.value, part.value, stored.value) or stored.value
        effects.put(CreateRecord("appointments", crm, replace(value, series_id=part.id)))
