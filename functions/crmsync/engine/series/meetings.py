"""How an exception and what Google shows of its occurrence meet for the first time, and how they part.

Without a link the two meet as if both had agreed on the occurrence that the series gives.
"""

from dataclasses import replace

from crmsync.core import fields
from crmsync.core.calendar.occurrences import is_cancelled_occurrence, occurrence_base, takes_place
from crmsync.core.calendar.series import exception_of
from crmsync.core.journal import Change
from crmsync.core.model import Appointment, Moment, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Decision, Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.pair.sides import crm_side, google_side
from crmsync.core.state import Base, Link
from crmsync.engine.run.effects import agreed, lost_values, write_pair
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, shadows
from crmsync.engine.series.shown import Event, Series, Shown, as_shown
from crmsync.store.ports import CreateRecord, DropLink, PutLink, PutRecord


def meeting(
    run: Run[Appointment], owner: Link, record: Stored[Appointment], stored: Stored[Appointment], item: Event
) -> tuple[Link, Seen[Appointment], Decision[Appointment]]:
    """How an exception of the CRM without a link stands to what Google shows of the occurrence: a link as if
    the two had agreed on the occurrence as the series gives it, Google's side, and the decision.

    owner, record: link and record of the series. Raises ValueError when `item` is of no occurrence.
    """
    shown = as_shown(run, item)
    if shown is None:
        raise ValueError("not an occurrence")
    series = Series(owner, record)
    link = _link(series, stored.id, shown, _agreed(run, series, _plain(series, shown.at)))
    remote = shadows.seen(run, link, shown.item, shown.value)
    return link, remote, decide(link, crm_side(run.canon, stored), remote, run.canon, run.rules)


def meet(
    run: Run[Appointment],
    series: Series,
    shown: Shown,
    own: Stored[Appointment] | None,
    effects: Effects[Appointment],
) -> None:
    """An occurrence that Google shows and no link knows. own: what the CRM has of it."""
    if shown.is_cancelled and not takes_place(series.record.value, shown.value):
        return
    if own is None or (own.archived_at is not None and series.record.archived_at is None):
        # In the archive it is there for its occurrence's end: as if there were none, while the series lives.
        _bring_in(run, series, shown, own, effects)
        return
    # Else it went there with its series, and not by itself.
    living = replace(own, archived_at=None)
    link, remote, decision = meeting(run, *series, living, shown.item)
    accept(run, link, remote, living, decision, effects)


def plain_base(run: Run[Appointment], series: Series, at: Moment) -> Base:
    """How each side shows an occurrence that nobody has touched, as far as both agree on its series."""
    return _agreed(run, series, _plain(series, at))


def _plain(series: Series, at: Moment) -> Appointment:
    """The occurrence as the CRM's series gives it."""
    plain = replace(exception_of(series.record.value, series.record.id, at), notify_guests=False)
    if plain.status == "cancelled":
        plain = replace(plain, status="confirmed")
    return shadows.shadow_of(plain) if series.link.shadow else plain


def _agreed(run: Run[Appointment], series: Series, plain: Appointment) -> Base:
    """What the two sides agreed on for an occurrence that neither had touched."""
    given = run.canon.project(plain)
    return Base(given, given) if series.link.shadow else occurrence_base(series.link.base, given)


def _link(series: Series, crm: str, shown: Shown, base: Base) -> Link:
    owner, item = series.link, shown.item
    return Link(
        key=shown.key,
        resource="calendar",
        crm=crm,
        name=item.name,
        remote_id=item.remote_id,
        etag=item.etag,
        rtime=item.rtime or owner.rtime,
        base=base,
        rich=item.rich,
        made_crm=owner.made_crm,
        shadow=owner.shadow,
        met=owner.met,
    )


def _bring_in(
    run: Run[Appointment],
    series: Series,
    shown: Shown,
    old: Stored[Appointment] | None,
    effects: Effects[Appointment],
) -> None:
    """The CRM gets an exception for one that Google has: with Google's values where they are not those of its
    series, and else what the CRM's series says. What this has yet to send, it sends with its exceptions.

    One that says the same as its series is one all the same: Google will not change it with the series. old:
    an archived record of this exception.
    """
    plain = _plain(series, shown.at)
    agreed = _agreed(run, series, plain)
    link = _link(series, ids.exception_id(run.canon, series.record.id, shown.at), shown, agreed)
    there = shadows.let_through(run, link, shown.item, shown.value)
    remote = google_side(run.canon, there)
    changed = run.sharing.heard(replace(link, met=run.sharing.count), remote.projection)
    if not changed and (series.link.shadow or not shown.listed):
        return
    value = _brought(plain, there, changed)
    ours = run.canon.project(value)
    news = ours.keys() if is_cancelled_occurrence(value) else changed
    unheard = {name: digest for name, digest in agreed.remote.items() if not run.sharing.comes(name)}
    base = Base({**agreed.local, **{name: ours[name] for name in news}}, {**remote.projection, **unheard})
    if not changed_fields(base.local, ours):
        effects.settled.add(link.crm)
    effects.put(
        CreateRecord("appointments", link.crm, value)
        if old is None
        else PutRecord("appointments", link.crm, value, old.version, archived=False),
        PutLink(replace(link, base=base)),
        change=_made(link, "changed at Google", old, value),
    )


def _brought(plain: Appointment, there: Appointment, changed: frozenset[str]) -> Appointment:
    """The occurrence with what Google says of it."""
    if is_cancelled_occurrence(there):
        return replace(plain, status="cancelled")
    return fields.with_fields(plain, {name: fields.get(there, name) for name in changed})


def _made(link: Link, why: str, old: Stored[Appointment] | None, value: Appointment) -> Change:
    before = fields.as_json(old.value) if old else None
    return Change("crm", "create_exception", link.crm, link.key, why, before, fields.as_json(value))


def accept(
    run: Run[Appointment],
    link: Link,
    remote: Seen[Appointment],
    stored: Stored[Appointment],
    decision: Decision[Appointment],
    effects: Effects[Appointment],
) -> None:
    """The writes by which an exception of the CRM gets its link."""
    if decision.action in (Action.NOTHING, Action.REFRESH):
        local = crm_side(run.canon, stored)
        base = decision.base or Base(local.projection, remote.projection)
        effects.writes += lost_values(run.canon, run.resource, stored.id, decision.lost, run.now())
        effects.put(PutLink(agreed(run, link, base)))
        effects.settled.add(stored.id)
    else:
        after = agreed(run, link, decision.base)
        write_pair(run, after, stored, decision, effects)


def drop(key: str, stored: Stored[Appointment], effects: Effects[Appointment]) -> None:
    """The series no longer takes place then: the exception goes with its occurrence, into the archive.

    key: of its link, if it has one.
    """
    effects.put(DropLink(key))
    if stored.archived_at is None:
        before = fields.as_json(stored.value)
        change = Change("crm", "archive_exception", stored.id, key, "with its occurrence", before, None)
        effects.put(following.archived_record(stored), change=change)
        effects.settled.add(stored.id)
