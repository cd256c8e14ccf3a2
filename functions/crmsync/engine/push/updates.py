"""Updates at Google, under etags, call by call, each with its commit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from crmsync.core import fields
from crmsync.core.calendar.occurrences import is_cancelled_occurrence, is_exception_key, series_key
from crmsync.core.chunks import chunks
from crmsync.core.errors import NotFound, Refused, Stale
from crmsync.core.journal import Change
from crmsync.core.loops import with_write
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import after_push
from crmsync.core.pair.plan import Action
from crmsync.core.pair.reports import unheard
from crmsync.core.pair.sides import crm_side
from crmsync.core.quarantine import INTERNAL, LOOP
from crmsync.core.state import CANON_VERSION, DOUBT, Base, Link, Observation
from crmsync.engine.pairs.absorb import absorb_pair
from crmsync.engine.ports import Update
from crmsync.engine.push import etags
from crmsync.engine.push.creates import notifies
from crmsync.engine.push.healing import come_out
from crmsync.engine.push.suspects import Asked, Suspects
from crmsync.engine.run import aside, holds
from crmsync.engine.run.effects import linked, renewed
from crmsync.engine.run.pending import Effects, Pending
from crmsync.engine.run.reading import read_linked
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Edit, Work
from crmsync.engine.series import following
from crmsync.store.ports import Conflicted, PutLink

Found = Mapping[str, Observation[R]]
"""What Google shows now, by link key."""


def update(run: Run[R], work: Work[R], suspects: Suspects[R]) -> None:
    """Sends the page's changed fields.

    Records with `rich` fields among them are read first, so that nothing our model lacks is lost.
    """
    for some in chunks(work.updates, run.remote.update_size):
        if work.limited is not None:
            work.waiting.update(edit.stored.id for edit in some)
        elif ready := _ready(run, some, work):
            _send(run, ready, work, suspects)
            work.put_each(suspects.put_aside(run))


def _ready(run: Run[R], some: Sequence[Edit[R]], work: Work[R]) -> list[Edit[R]]:
    """Those that may be sent, with the newest etag that is known."""
    known = [replace(edit, link=run.echoes.current(edit.link)) for edit in some]
    plain = [edit for edit in known if not edit.must_be_read]
    rich = [edit for edit in known if edit.must_be_read]
    return plain + _read_rich(run, rich, work) if rich else plain


def _read_rich(run: Run[R], rich: Sequence[Edit[R]], work: Work[R]) -> list[Edit[R]]:
    """The edits with Google's bodies; records found changed or gone meanwhile are decided again."""
    found = read_linked(run, [edit.link for edit in rich])
    read: list[tuple[Edit[R], Edit[R] | None]] = []
    for edit in rich:
        with aside.guarded(run, edit.stored.id, partial(_put_aside, run, edit, work)):
            read.append((edit, _as_read(run, edit, found.get(edit.link.key))))
    changed = [edit for edit, as_read in read if as_read is None]
    if changed:
        _decide_again(run, changed, work, found)
    return [as_read for _, as_read in read if as_read is not None]


def _as_read(run: Run[R], edit: Edit[R], now: Observation[R] | None) -> Edit[R] | None:
    """The edit with Google's body and etag; None when Google's side is not what was decided about."""
    if now is None or now.value is None or now.raw is None or edit.decision.need is not None:
        return None
    if run.is_news(edit.link, run.shown(edit.link, now, now.value), edit.decision.remote_fields):
        return None
    link = replace(edit.link, etag=now.etag, remote_id=now.remote_id)
    return replace(edit, link=link, raw=now.raw)


def _send(run: Run[R], ready: Sequence[Edit[R]], work: Work[R], suspects: Suspects[R]) -> None:
    asked: list[tuple[Edit[R], Update[R]]] = []
    for edit in ready:
        with aside.guarded(run, edit.stored.id, partial(_put_aside, run, edit, work)):
            asked.append((edit, _asked(run, edit)))
    work.before_google(run)
    told = [Asked(edit.link.key, edit.stored, edit.link) for edit, _ in asked]
    outcomes = suspects.ask(told, partial(run.remote.update, [update for _, update in asked]))
    stale: list[Edit[R]] = []
    uncovered: dict[str, Edit[R]] = {}
    for edit, _ in asked:
        work.unit()
        match outcomes.get(edit.link.key):
            case Stale():
                stale.append(edit)
            case Observation(value=value) as outcome if value is not None:
                with aside.guarded(run, edit.stored.id, partial(_put_stuck, run, edit, outcome, work)):
                    if _accepted(run, edit, outcome, value, work):
                        uncovered[edit.link.key] = edit
            case Observation(unreadable=True) as outcome:
                _put_stuck(run, edit, outcome, work)
            case NotFound():
                _not_found(run, edit, work)
            case Refused(reason=reason):
                work.put(aside.of_record(run, edit.stored, edit.link, reason))
            case failure:
                work.put_off(edit.stored.id, failure)
    if stale:
        _decide_again(run, stale, work, read_linked(run, [edit.link for edit in stale]))
    if uncovered:
        work.flush(run)
        links = run.store.links(run.scope, list(uncovered))
        told_of = {key: it for key, it in outcomes.items() if isinstance(it, Observation)}
        _decide_again(run, [replace(uncovered[key], link=links[key]) for key in links], work, told_of)


def _put_aside(run: Run[R], edit: Edit[R], work: Work[R]) -> None:
    work.put(aside.of_record(run, edit.stored, edit.link))


def _asked(run: Run[R], edit: Edit[R]) -> Update[R]:
    value = crm_side(run.canon, edit.stored).value or edit.stored.value
    value = run.sharing.outgoing(value)
    return Update(edit.link, value, edit.decision.remote_fields, edit.raw, notifies(edit.stored))


def _accepted(run: Run[R], edit: Edit[R], outcome: Observation[R], value: R, work: Work[R]) -> bool:
    """The link and the journal of an update that Google took. value: what it answered.

    Answers whether that holds news: what was cleared has uncovered something, or others have reported.
    """
    link, stored, decision = edit.link, edit.stored, edit.decision
    after = replace(
        linked(link, outcome),
        base=_agreed(run, edit, value),
        match_keys=run.side.match_keys(stored.value),
        writes=with_write(link.writes, "google", run.now()),
    )
    told = fields.as_json(stored.value, decision.remote_fields)
    action = Action.UPDATE_REMOTE.value
    after = renewed(run, after, stored.value, value)
    work.put(PutLink(after), change=Change("google", action, stored.id, link.key, decision.row, None, told))
    come_out(run, link, stored, work)
    return run.is_news(after, run.shown(after, outcome, value))


def _agreed(run: Run[R], edit: Edit[R], value: R) -> Base:
    """What both sides agree on once Google has answered `value`."""
    canon = run.canon_of(edit.link)
    projection, answered = canon.project(edit.stored.value), canon.project(value)
    sent = {field: projection[field] for field in edit.decision.remote_fields}
    # What Google has been told beyond that is news (`_send` takes it in).
    news = unheard(canon, edit.stored.value, value) & sent.keys()
    answered = {**answered, **{field: sent[field] for field in news}}
    if is_cancelled_occurrence(edit.stored.value) or is_cancelled_occurrence(value):
        return Base(projection, answered)
    return after_push(edit.link.base, sent, answered)


def in_doubt(run: Run[R], link: Link) -> bool:
    """Whether a contact that an update did not find may yet be told of by a listing."""
    return link.missing_since is not None and run.now() - link.missing_since < DOUBT


def _not_found(run: Run[R], edit: Edit[R], work: Work[R]) -> None:
    """Gone at Google while the CRM's copy was edited: edit beats delete, and it is created there anew.

    But a contact that was merged into another one is gone just the same, and to create it anew would undo the
    merge. Only a listing tells, which lags by minutes: so the record waits until the pull has seen what
    became of it, unless the pull has seen it already.
    """
    link = edit.link
    if _is_certain(run, link):
        _create_anew(run, link, edit.stored, work)
        return
    work.waiting.add(edit.stored.id)
    if link.missing_since is None:
        work.put(PutLink(replace(link, missing_since=run.now())))


def _is_certain(run: Run[R], link: Link) -> bool:
    """Whether a record that was not found is gone, and lives on in no other one."""
    seen = not run.side.may_be_merged or link.problem == LOOP or holds.is_held(run, "crm", link)
    return seen or (link.missing_since is not None and not in_doubt(run, link))


def _create_anew(run: Run[R], link: Link, stored: Stored[R], work: Work[R]) -> None:
    if not run.sharing.takes:
        change = Change("google", Action.DETACH.value, stored.id, link.key, "~/x", None, None)
        work.put(PutLink(replace(link, state="detached")), change=change)
        return
    change = Change("google", Action.RECREATE_REMOTE.value, stored.id, link.key, "~/x", None, None)
    over = run.side.dependants.over(run, link, by_google=True)
    work.put(over, run.touch(stored), *following.again(run, link), change=change)


def _decide_again(run: Run[R], stale: Sequence[Edit[R]], work: Work[R], found: Found[R]) -> None:
    """The record moved at Google since its etag was read: look again and merge.

    What is still to be sent comes again, for the record is touched. One that cannot be decided is
    set aside.
    """
    try:
        _decide_all(run, stale, work, found)
    except aside.STOPS:
        raise
    except Exception as error:
        if len(stale) > 1:
            for edit in stale:
                _decide_again(run, [edit], work, found)
            return
        aside.note(run, stale[0].stored.id, error)
        _put_aside(run, stale[0], work)


def _decide_all(run: Run[R], stale: Sequence[Edit[R]], work: Work[R], found: Found[R]) -> None:
    effects: Effects[R] = Effects()
    gone = following.gone(run, found.values())
    moved = _moved_with_series(run, [edit.link for edit in stale])
    for edit in stale:
        work.unit()
        effects.unit()
        now = found.get(edit.link.key)
        if now is not None and following.series_of(now) in gone:
            continue  # The next pull sees to the series, and to its exceptions with it.
        if edit.link.key in moved:
            work.waiting.add(edit.stored.id)
        elif now is not None and now.unreadable:
            effects.put(PutLink(aside.stuck(run, edit.link, now, edit.stored, INTERNAL)))
        elif now is None or now.value is None:
            _not_found(run, edit, work)
        else:
            part: Effects[R] = Effects()
            with aside.guarded(run, edit.stored.id, partial(_put_stuck, run, edit, now, effects)):
                _merge(run, edit, now, now.value, part)
                effects.join(part)
    if effects.writes:
        _commit(run, effects, stale, work)


def _put_stuck(run: Run[R], edit: Edit[R], now: Observation[R], pending: Pending) -> None:
    pending.put(PutLink(aside.stuck(run, edit.link, now, edit.stored, INTERNAL)))


def _moved_with_series(run: Run[R], links: Sequence[Link]) -> set[str]:
    """The keys of those of exceptions whose series the pull has yet to bring in as it is now."""
    series = {link.key: series_key(link.key) for link in links if is_exception_key(link.key)}
    if not series:
        return set()
    moved = following.moved(run, run.store.links(run.scope, sorted(set(series.values()))).values())
    return {key for key, owner in series.items() if owner in moved}


def _merge(run: Run[R], edit: Edit[R], now: Observation[R], value: R, effects: Effects[R]) -> None:
    link, remote = edit.link, run.shown(edit.link, now, value)
    is_news = edit.decision.need is not None or run.is_news(link, remote, edit.decision.remote_fields)
    if not is_news and link.canon_version == CANON_VERSION:
        # Only the etag moved (a label, say, or what our model lacks): Google's content agrees with the
        # base, so send under the new etag, and know what else is there.
        effects.put(*etags.refused(run, link, edit.stored, now))
    else:
        absorb_pair(run, link, edit.stored, now, remote, effects)


def _commit(run: Run[R], effects: Effects[R], edits: Sequence[Edit[R]], work: Work[R]) -> None:
    try:
        if effects.relist:
            run.ledger.commit(effects, sync_token=None)
        else:
            run.ledger.commit(effects)
    except Conflicted:
        run.ledger.refresh()
        work.waiting.update(edit.stored.id for edit in edits)
