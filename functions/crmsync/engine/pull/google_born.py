"""Events born at Google: whether they enter the CRM, and how.

Off: none do, except later parts of series that the CRM has, which Google makes when a person changes "this
and following". Busy: their times (`shadows`). Full: all of it. A window bounds what is brought in, so that
years gone by stay where they are; it never takes anything away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crmsync.core.account import GoogleEvents
from crmsync.core.calendar import recurrence
from crmsync.core.calendar.occurrences import family, is_unusable
from crmsync.core.journal import Change
from crmsync.core.model import AllDay, Appointment, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.plan import Action
from crmsync.core.pair.sides import fingerprint
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.pairs.absorb import UNUSABLE, adopt
from crmsync.engine.run.effects import new_link
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, shadows
from crmsync.store.ports import CreateRecord, PutLink

WINDOW = timedelta(days=30)
"""What ended longer ago than this before the connection is not brought in."""
RANK: Mapping[GoogleEvents, int] = {"off": 0, "busy": 1, "full": 2}
GENERATIONS = 40
"""So many records one event may have had."""
_ENDLESS = datetime(9999, 1, 1, tzinfo=UTC)


def wants_more(run: Run[Any]) -> bool:
    """Whether the user has come to want more of Google's events than is certain to have been brought in."""
    return RANK[run.user.settings.google_events] > RANK[run.state.events]


def lesser(one: GoogleEvents, other: GoogleEvents) -> GoogleEvents:
    """What is certain to have been brought in once a listing that wanted the one has followed the other."""
    return min(one, other, key=RANK.__getitem__)


def window_start(run: Run[Any]) -> datetime:
    """Since when events are brought in. Does not move while the connection lasts."""
    assert run.user.connection is not None
    return run.user.connection.since - WINDOW


def later_parts(
    run: Run[Any], strangers: Sequence[Observation[Any]], told: following.Told
) -> dict[str, Link | None]:
    """Those events that continue a series which the CRM has, by event id, with a link of that series.

    Notes the families in `told`.
    """
    found: dict[str, Link | None] = {}
    for item in strangers:
        if item.deleted or not following.is_later_part(item):
            continue
        kin = following.kin(run, item.remote_id)
        if kin:
            found[item.remote_id] = kin[0]
        elif item.own_key and run.store.records(run.scope, run.kind, [item.own_key]):
            found[item.remote_id] = None
        else:
            continue
        told.split.add(family(item.remote_id))
    return found


def bring_in(
    run: Run[Any],
    strangers: Sequence[Observation[Any]],
    parts: Mapping[str, Link | None],
    effects: Effects[Any],
    told: following.Told,
) -> None:
    """Adds to `effects` the CRM records of the events that are wanted. parts: as `later_parts` found them."""
    wanted = [item for item in strangers if item.remote_id in parts or _is_wanted(run, item)]
    if not wanted:
        return
    by_id, known = _places(run, wanted)
    for crm, item in by_id.items():
        part = parts.get(item.remote_id)
        shadow = item.remote_id not in parts and shadows.is_wanted(run)
        if part is not None:
            shadow = part.shadow and not shadows.grows(run, part)
        stored = known.get(crm)
        if stored is not None and not shadow:
            rules = following.adoption_rules(run, item, told.split)
            why = "born at Google"
            adopt(run, stored, item, effects, why=why, made_here=False, made_crm=True, rules=rules)
            continue
        assert isinstance(item.value, Appointment)
        value = shadows.shadow_of(item.value) if shadow else item.value
        if part is not None:
            value = replace(value, contact_ids=_contacts_of(run, part))
        projection = run.canon.project(value)
        link = replace(
            new_link(
                run, crm, item, Base(projection, projection), made_here=part.made_here if part else False
            ),
            made_crm=part.made_crm if part else True,
            shadow=shadow,
        )
        if stored is not None:
            shadows.rejoin(run, link, stored, value, effects)
        else:
            _write(run, link, value, effects)


def _places(
    run: Run[Any], wanted: Sequence[Observation[Any]]
) -> tuple[dict[str, Observation[Any]], dict[str, Stored[Any]]]:
    """The CRM ids that these events have, and what is stored under them.

    A record that was edited while its event was deleted was made anew at Google, as another event. When a
    person takes the first one out of Google's bin, its record is that other event's, and it gets a new one.
    """
    found: dict[str, Observation[Any]] = {}
    stored: dict[str, Stored[Any]] = {}
    left = list(wanted)
    for generation in range(GENERATIONS):
        made = {
            ids.born_appointment_id(run.canon, run.scope.uid, run.side.key_of(item), generation): item
            for item in left
        }
        known = run.store.records(run.scope, run.kind, list(made))
        taken = run.store.links_of(run.scope, run.resource, list(known)) if known else {}
        found |= {crm: item for crm, item in made.items() if crm not in taken}
        stored |= {crm: record for crm, record in known.items() if crm not in taken}
        left = [made[crm] for crm in taken]
        if not left:
            break
    return found, stored


def _write(run: Run[Any], link: Link, value: Appointment, effects: Effects[Any]) -> None:
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


def _contacts_of(run: Run[Any], part: Link) -> tuple[str, ...]:
    stored = run.store.appointment(run.scope, part.crm)
    return stored.value.contact_ids if stored else ()


def _is_wanted(run: Run[Any], item: Observation[Any]) -> bool:
    wish, value = run.user.settings.google_events, item.value
    if wish == "off" or item.deleted or not isinstance(value, Appointment):
        return False
    if wish == "busy" and not value.busy:
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
