"""Events born at Google: whether they enter the CRM, and how.

Off: none do, except later parts of series that the CRM has, which Google makes when a person changes "this
and following". Busy: their times (`shadows`). Full: all of it. A window bounds what is brought in, so that
years gone by stay where they are; it never takes anything away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from crmsync.core.account import GoogleEvents
from crmsync.core.calendar import recurrence
from crmsync.core.calendar.invitations import is_busy
from crmsync.core.calendar.occurrences import family, is_unusable
from crmsync.core.journal import Change
from crmsync.core.model import AllDay, Appointment, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.plan import Action
from crmsync.core.pair.sides import fingerprint
from crmsync.core.quarantine import UNUSABLE
from crmsync.core.state import Base, Link, Projection
from crmsync.engine.pairs.absorb import adopt
from crmsync.engine.run.effects import new_link
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, generations, shadows
from crmsync.engine.series.shown import Event
from crmsync.engine.series.told import Told
from crmsync.store.ports import CreateRecord, PutLink

WINDOW = timedelta(days=30)
"""What ended longer ago than this before the connection is not brought in."""
RANK: Mapping[GoogleEvents, int] = {"off": 0, "busy": 1, "full": 2}
RECORDS = 40
"""So many records one event may have had."""
_ENDLESS = datetime(9999, 1, 1, tzinfo=UTC)


def wants_more(run: Run[Appointment]) -> bool:
    """Whether the user has come to want more of Google's events than is certain to have been brought in."""
    return RANK[run.user.settings.events] > RANK[run.state.events]


def lesser(one: GoogleEvents, other: GoogleEvents) -> GoogleEvents:
    """What is certain to have been brought in once a listing that wanted the one has followed the other."""
    return min(one, other, key=RANK.__getitem__)


def window_start(run: Run[Appointment]) -> datetime:
    """Since when events are brought in. Does not move while the connection lasts."""
    assert run.user.connection is not None
    return run.user.connection.since - WINDOW


def later_parts(run: Run[Appointment], strangers: Sequence[Event], told: Told) -> dict[str, Link | None]:
    """Those events that continue a series which the CRM has, by event id, with a link of that series.

    Notes the families in `told`.
    """
    found: dict[str, Link | None] = {}
    for item in filter(following.is_later_part, strangers):
        kin = following.kin(run, item.remote_id)
        if kin or _has_our_record(run, item):
            found[item.remote_id] = kin[0] if kin else None
            told.split.add(family(item.remote_id))
    return found


def _has_our_record(run: Run[Appointment], item: Event) -> bool:
    if not generations.is_part_of_ours(run, item):
        return False
    return bool(run.store.records(run.scope, run.kind, [str(item.own_key)]))


class _Arrival(NamedTuple):
    """An event that enters the CRM. later: whether it is the later part of a series that the CRM has. part: a
    link of that, when it has one.
    """

    item: Event
    value: Appointment
    later: bool
    part: Link | None


def bring_in(
    run: Run[Appointment],
    strangers: Sequence[Event],
    parts: Mapping[str, Link | None],
    effects: Effects[Appointment],
    told: Told,
) -> None:
    """Adds to `effects` the CRM records of the events that are wanted. parts: as `later_parts` found them."""
    if not run.sharing.takes:
        return
    wanted = [item for item in strangers if item.remote_id in parts or _is_wanted(run, item)]
    arrivals = [
        _Arrival(item, item.value, item.remote_id in parts, parts.get(item.remote_id))
        for item in wanted
        if item.value is not None
    ]
    for crm, stored, arrival in _placed(run, arrivals):
        effects.unit()
        shadow = _is_shadow(run, arrival)
        if stored is not None and not shadow:
            _adopt(run, stored, arrival.item, effects, told)
        else:
            _make(run, crm, stored, arrival, effects, shadow=shadow)


def _is_shadow(run: Run[Appointment], arrival: _Arrival) -> bool:
    """Whether the CRM is to know its times alone: as of the rest of its series, or as the user wants it."""
    part = arrival.part
    if part is not None:
        return part.shadow and not shadows.grows(run, part, arrival.item)
    return shadows.is_wanted(run) and not arrival.later


def _adopt(
    run: Run[Appointment],
    stored: Stored[Appointment],
    item: Event,
    effects: Effects[Appointment],
    told: Told,
) -> None:
    rules = following.adoption_rules(run, item, told.split)
    why = "born at Google"
    adopt(run, stored, item, effects, why=why, made_here=False, made_crm=True, rules=rules)


def _make(
    run: Run[Appointment],
    crm: str,
    stored: Stored[Appointment] | None,
    arrival: _Arrival,
    effects: Effects[Appointment],
    *,
    shadow: bool,
) -> None:
    """A record of its own, or again the one of the shadow that it was."""
    part = arrival.part
    value = shadows.shadow_of(arrival.value) if shadow else run.sharing.incoming(arrival.value)
    if part is not None:
        value = replace(value, contact_ids=_contacts_of(run, part))
    link = replace(_new_link(run, crm, arrival, run.canon.project(value)), shadow=shadow)
    if stored is not None:
        shadows.rejoin(run, link, stored, value, effects)
    else:
        _write(run, link, value, effects)


def _new_link(run: Run[Appointment], crm: str, arrival: _Arrival, agreed: Projection) -> Link:
    """A later part was made by whom its series was made."""
    part = arrival.part
    here, there = (part.made_here, part.made_crm) if part is not None else (False, True)
    base = Base(agreed, agreed)
    return new_link(run, crm, arrival.item, base, made_here=here, made_crm=there)


def _placed(
    run: Run[Appointment], arrivals: Sequence[_Arrival]
) -> Iterator[tuple[str, Stored[Appointment] | None, _Arrival]]:
    """These events with the CRM ids that they have, and what is stored under them.

    A record that was edited while its event was deleted was made anew at Google, as another event. When a
    person takes the first one out of Google's bin, its record is that other event's, and it gets a new one.
    """
    left = arrivals
    for generation in range(RECORDS):
        made = {_crm_of(run, arrival.item, generation): arrival for arrival in left}
        known = run.store.records(run.scope, run.kind, list(made))
        taken = run.store.links_of(run.scope, run.resource, list(known)) if known else {}
        left = [made.pop(crm) for crm in taken]
        yield from ((crm, known.get(crm), arrival) for crm, arrival in made.items())
        if not left:
            return


def _crm_of(run: Run[Appointment], item: Event, generation: int) -> str:
    return ids.born_appointment_id(run.canon, run.scope.uid, run.side.key_of(item), generation)


def _write(run: Run[Appointment], link: Link, value: Appointment, effects: Effects[Appointment]) -> None:
    if is_unusable(value):
        # It is shown at least once, by its name, beside the reason.
        once = replace(value, recurrence=())
        ours = run.canon.project(once)
        aside = replace(link, base=Base(ours, link.base.remote), state="quarantined", problem=UNUSABLE)
        aside = replace(aside, tries=1, tried=fingerprint(run.canon, ours))
        effects.writes += [CreateRecord("appointments", link.crm, once), PutLink(aside)]
    else:
        effects.writes += [CreateRecord("appointments", link.crm, value), PutLink(link)]
        effects.settled.add(link.crm)
        why = "born at Google"
        effects.changes.append(Change("crm", Action.ADOPT.value, link.crm, link.key, why, None, None))


def _contacts_of(run: Run[Appointment], part: Link) -> tuple[str, ...]:
    stored = run.store.appointment(run.scope, part.crm)
    return stored.value.contact_ids if stored else ()


def _is_wanted(run: Run[Appointment], item: Event) -> bool:
    wish, value = run.user.settings.events, item.value
    if wish == "off" or item.deleted or not isinstance(value, Appointment):
        return False
    if item.only_busy and wish != "busy":
        return False
    if wish == "busy" and not is_busy(value):
        return False
    since = window_start(run)
    return _end(value) > since or _goes_on(value, since)


def _end(value: Appointment) -> datetime:
    end = value.end
    return (
        datetime(end.date.year, end.date.month, end.date.day, tzinfo=UTC)
        if isinstance(end, AllDay)
        else end.at
    )


def _goes_on(value: Appointment, since: datetime) -> bool:
    """Whether a series still takes place; one whose rule cannot be followed is not passed over in silence."""
    if not value.recurrence:
        return False
    if is_unusable(value):
        return True
    return bool(recurrence.starts(value, since, _ENDLESS, 1))
