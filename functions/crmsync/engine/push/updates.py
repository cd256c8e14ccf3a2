"""Updates at Google, under etags, call by call, each with its commit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmsync.core import fields
from crmsync.core.calendar.occurrences import is_cancelled_occurrence, is_exception_key, series_key
from crmsync.core.chunks import chunks
from crmsync.core.errors import NotFound, Refused, Stale, SyncError
from crmsync.core.journal import Change
from crmsync.core.loops import noted
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import after_push
from crmsync.core.pair.merge import changed_fields
from crmsync.core.pair.plan import Action, Decision
from crmsync.core.pair.reports import unheard
from crmsync.core.pair.sides import crm_side, google_side
from crmsync.core.state import CANON_VERSION, Base, Link, Observation
from crmsync.engine.pairs.absorb import LOOP, absorb_pair
from crmsync.engine.ports import Update
from crmsync.engine.push.creates import notifies
from crmsync.engine.push.recovery import DOUBT
from crmsync.engine.run import holds
from crmsync.engine.run.effects import linked, quarantined
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.reading import read_linked
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.engine.series import following
from crmsync.store.ports import Conflicted, DropLink, PutLink

Item = tuple[Link, Stored[Any], Decision[Any]]


def update(run: Run[R], work: Work[R]) -> None:
    """Sends the page's changed fields.

    Records with `rich` fields among them are read first, so that nothing our model lacks is lost.
    """
    for some in chunks(work.updates, run.remote.update_size):
        if work.limited is not None:
            work.waiting.update(stored.id for _, stored, _ in some)
            continue
        known: list[Item] = [(run.echoes.current(link), stored, decision) for link, stored, decision in some]
        raws, chunk = _read_rich(run, known, work)
        if not chunk:
            continue
        work.before_google(run)
        items = [
            Update(
                link,
                crm_side(run.canon, stored).value or stored.value,
                decision.remote_fields,
                raws.get(link.key),
                notifies(stored),
            )
            for link, stored, decision in chunk
        ]
        outcomes = run.remote.update(items)
        stale = [item for item in chunk if isinstance(outcomes.get(item[0].key), Stale)]
        for item in chunk:
            if item not in stale:
                _record_update(run, item, outcomes.get(item[0].key), work)
        if stale:
            _decide_again(run, stale, work, read_linked(run, [link for link, _, _ in stale]))


def _read_rich(
    run: Run[R], chunk: Sequence[Item], work: Work[R]
) -> tuple[dict[str, Mapping[str, Any]], list[Item]]:
    """Google's bodies of records whose rich fields are to be written; records found changed or gone meanwhile
    are left to the pull.
    """
    rich = [item for item in chunk if _must_read(item)]
    if not rich:
        return {}, list(chunk)
    raws: dict[str, Mapping[str, Any]] = {}
    ready = [item for item in chunk if not _must_read(item)]
    changed: list[Item] = []
    found = read_linked(run, [link for link, _, _ in rich])
    for link, stored, decision in rich:
        observation = found.get(link.key)
        same = (
            observation is not None
            and observation.value is not None
            and decision.need is None
            and not changed_fields(link.base.remote, run.canon.project(observation.value))
        )
        if same and observation is not None and observation.raw is not None:
            raws[link.key] = observation.raw
            fresh = replace(link, etag=observation.etag, remote_id=observation.remote_id)
            ready.append((fresh, stored, decision))
        else:
            changed.append((link, stored, decision))
    if changed:
        _decide_again(run, changed, work, found)
    return raws, ready


def _must_read(item: Item) -> bool:
    link, _, decision = item
    return decision.need is not None or bool(decision.remote_fields & link.rich)


def _record_update(
    run: Run[R], item: Item, outcome: Observation[R] | SyncError | None, work: Work[R]
) -> None:
    link, stored, decision = item
    projection = run.canon.project(stored.value)
    if isinstance(outcome, Observation) and outcome.value is not None:
        answered = run.canon.project(outcome.value)
        sent = {field: projection[field] for field in decision.remote_fields}
        # What Google has been told beyond that is news, which the next pull brings.
        news = unheard(run.canon, stored.value, outcome.value) & sent.keys()
        answered = {**answered, **{field: sent[field] for field in news}}
        base = after_push(link.base, sent, answered)
        if is_cancelled_occurrence(stored.value) or is_cancelled_occurrence(outcome.value):
            base = Base(projection, answered)
        after_update = replace(
            linked(run, link, outcome),
            base=base,
            match_keys=run.side.match_keys(stored.value),
            writes=noted(link.writes, "google", run.now()),
        )
        work.writes.append(PutLink(after_update))
        after = fields.as_json(stored.value, decision.remote_fields)
        work.changes.append(
            Change("google", Action.UPDATE_REMOTE.value, stored.id, link.key, decision.row, None, after)
        )
    elif isinstance(outcome, NotFound):
        _not_found(run, link, stored, work)
    elif isinstance(outcome, Refused):
        work.writes.append(PutLink(quarantined(run, link, crm_side(run.canon, stored), outcome.reason)))
    else:
        work.put_off(stored.id, outcome)


def in_doubt(run: Run[Any], link: Link) -> bool:
    """Whether a contact that an update did not find may yet be told of by a listing."""
    return link.missing_since is not None and run.now() - link.missing_since < DOUBT


def _not_found(run: Run[R], link: Link, stored: Stored[R], work: Work[R]) -> None:
    """Gone at Google while the CRM's copy was edited: edit beats delete, and it is created there anew.

    But a contact that was merged into another one is gone just the same, and to create it anew would undo the
    merge. Only a listing tells, which lags by minutes: so the record waits until the pull has seen what
    became of it, unless the pull has seen it already.
    """
    known = not run.side.may_be_merged or link.problem == LOOP or holds.is_held(run, "crm", link)
    if not known and link.missing_since is None:
        work.writes.append(PutLink(replace(link, missing_since=run.now())))
    if not known and (link.missing_since is None or in_doubt(run, link)):
        work.waiting.add(stored.id)
        return
    work.writes += [DropLink(link.key), run.touch(stored)]
    work.writes += following.again(run, link)
    work.touched = True
    work.changes.append(
        Change("google", Action.RECREATE_REMOTE.value, stored.id, link.key, "~/x", None, None)
    )


def _decide_again(
    run: Run[R], stale: Sequence[Item], work: Work[R], found: Mapping[str, Observation[R]]
) -> None:
    """The record moved at Google since its etag was read: look again and merge.

    What is still to be sent comes again, for the record is touched.
    """
    effects: Effects[R] = Effects()
    gone = following.gone(run, found.values())
    moved = _moved(run, [link for link, _, _ in stale])
    for link, stored, _ in stale:
        observation = found.get(link.key)
        if observation is not None and following.series_of(observation) in gone:
            continue  # The next pull sees to the series, and to its exceptions with it.
        if is_exception_key(link.key) and series_key(link.key) in moved:
            work.waiting.add(stored.id)
            continue
        if observation is None or observation.value is None:
            _not_found(run, link, stored, work)
            continue
        remote = google_side(run.canon, observation.value)
        if not changed_fields(link.base.remote, remote.projection) and link.canon_version == CANON_VERSION:
            # Only the etag moved (a label, say, or what our model lacks): Google's content agrees with the
            # base, so send under the new etag, and know what else is there.
            effects.writes += [PutLink(linked(run, link, observation)), run.touch(stored)]
        else:
            absorb_pair(run, link, stored, observation, remote, effects)
    if not effects.writes:
        return
    work.touched = True
    try:
        state: dict[str, Any] = {"sync_token": None} if effects.relist else {}
        run.ledger.commit(effects, **state)
    except Conflicted:
        run.ledger.refresh()
        work.waiting.update(stored.id for _, stored, _ in stale)


def _moved(run: Run[Any], links: Sequence[Link]) -> set[str]:
    """The keys of the series of these links that the pull has yet to bring in as they are now."""
    keys = sorted({series_key(link.key) for link in links if is_exception_key(link.key)})
    return following.moved(run, run.store.links(run.scope, keys).values()) if keys else set()
