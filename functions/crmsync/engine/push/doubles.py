"""Holding back CRM contacts that may be another contact of the CRM, before both are at Google.

The second of two that are likely one person is not created there until the user has said whether they are
(`core.doubles`). Whoever nothing holds back any more is touched, so that the next look sends it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from crmsync.core.chunks import chunks
from crmsync.core.doubles import Double
from crmsync.core.model import Contact, Stored
from crmsync.core.pair.ids import double_id
from crmsync.core.people import alike
from crmsync.core.people.assignment import MOST_TOGETHER
from crmsync.core.people.matching import Person
from crmsync.engine.pairs import matches
from crmsync.engine.pairs.matches import MATCH_BATCH
from crmsync.engine.run import aside
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import DropDouble, PutDouble

PAGE = 300


def sift(run: Run[Contact], work: Work[Contact]) -> None:
    """Takes out of the creates those that may be somebody who is in the CRM already, and looks again at those
    who were held back, once a job that has changed anything and whenever the CRM says otherwise of anybody.
    """
    edited = [edit.stored.id for edit in work.updates if edit.decision.remote_fields & matches.WHO]
    moved = {*edited, *(stored.id for stored in work.gone)}
    over: set[str] = set()
    if moved or run.memory.looks_at_doubles:
        over = _look_again(run, work, None if run.memory.looks_at_doubles else moved)
        run.memory.looks_at_doubles = False
    if work.creates:
        _hold_back(run, work, over)


def _look_again(run: Run[Contact], work: Work[Contact], moved: Collection[str] | None) -> set[str]:
    """Lets go whom nothing holds back any more; answers the pairs that are asked about no more. moved:
    contacts of which something else is known now; None: whoever it is.
    """
    over: set[str] = set()
    if not _any_asked(run):
        return over
    found = _asked(run) if moved is None else _asked_of(run, moved)
    records = run.store.records(run.scope, run.kind, sorted({crm for each in found for crm in each.crms}))
    living = {id: stored for id, stored in records.items() if stored.archived_at is None}
    people = _comparable(run, living.values())
    coming = {stored.id for stored in work.creates}
    for each in found:
        # Who comes by anyway is looked at with all others.
        if each.held in coming:
            continue
        if not all(crm in living for crm in each.crms) or not _is_asked_still(run, people, each):
            over.add(each.id)
            work.unit()
            held = living.get(each.held)
            work.put(DropDouble(each.id), *([run.touch(held)] if held else []))
    return over


def _is_asked_still(run: Run[Contact], people: Mapping[str, Person], double: Double) -> bool:
    """Whether two living contacts may still be one. Of who cannot be compared nothing new is known."""
    if any(crm not in people for crm in double.crms):
        return True
    one, other = (people[crm] for crm in double.crms)
    try:
        strength, _ = alike.between(one, other, alike.common_of((one, other)))
    except aside.STOPS:
        raise
    except Exception as error:
        aside.note(run, double.held, error)
        return True
    return alike.is_likely(strength)


def _comparable(run: Run[Contact], records: Collection[Stored[Contact]]) -> dict[str, Person]:
    """These contacts, prepared, by id, without those whose preparation fails unexpectedly: they are compared
    with nobody, and keep nobody else from Google.
    """
    try:
        return matches.people(run, records)
    except aside.STOPS:
        raise
    except Exception as error:
        if len(records) > 1:
            return {id: who for each in records for id, who in _comparable(run, [each]).items()}
        aside.note(run, next(iter(records)).id, error)
        return {}


def _asked(run: Run[Contact]) -> list[Double]:
    found: list[Double] = []
    after: str | None = None
    while page := run.store.doubles_in(run.scope, "asked", after, PAGE):
        found += page
        after = page[-1].id
    return found


def _asked_of(run: Run[Contact], crms: Collection[str]) -> list[Double]:
    return [each for each in run.store.doubles_of(run.scope, sorted(crms)) if each.state == "asked"]


def _any_asked(run: Run[Contact]) -> bool:
    if run.memory.has_doubles is None:
        run.memory.has_doubles = run.store.count_doubles(run.scope) > 0
    return run.memory.has_doubles


def _hold_back(run: Run[Contact], work: Work[Contact], over: Collection[str]) -> None:
    creates = {stored.id: stored for stored in work.creates}
    people = matches.people(run, creates.values())
    near = _near(run, people.values(), initial=work.initial) - creates.keys()
    others = run.store.records(run.scope, run.kind, sorted(near)) if near else {}
    living = {id: stored for id, stored in others.items() if stored.archived_at is None}
    everybody = people | _comparable(run, living.values())
    found = _likely(run, everybody, creates, living)
    _remember(run, people.values())
    for each in _asked_of(run, creates) if _any_asked(run) else ():
        if each.held in creates and each.id not in {*found, *over}:
            work.put(DropDouble(each.id))
    for each in found.values():
        if each.at is None:
            work.put(PutDouble(replace(each, at=run.now())))
            run.memory.has_doubles = True
    held = {each.held for each in found.values()}
    work.creates = [stored for stored in work.creates if stored.id not in held]


def _likely(
    run: Run[Contact],
    people: Mapping[str, Person],
    creates: Mapping[str, Stored[Contact]],
    others: Mapping[str, Stored[Contact]],
) -> dict[str, Double]:
    """The pairs that are likely one person and have no answer, by id; `at` is None of those that are new."""
    met = {}
    for one, other in alike.close({id: who.keys for id, who in people.items()}, creates):
        # As two by themselves say: whoever else is met by the way must not make another answer of it.
        common = alike.common_of((people[one], people[other]))
        strength, why = alike.between(people[one], people[other], common)
        if alike.is_likely(strength):
            met[double_id(run.canon, one, other)] = (one, other, strength, why)
    known = run.store.doubles(run.scope, list(met)) if met else {}
    found: dict[str, Double] = {}
    for id, (one, other, strength, why) in met.items():
        before = known.get(id)
        if before is not None and before.state == "different":
            continue
        if before is not None and before.state == "asked":
            # Who waits goes on to: the other one may be on its way to Google once more.
            found[id] = before
            continue
        held = _second(one, other, creates)
        asked = Double(
            id, (min(one, other), max(one, other)), "asked", held, strength, why, people[held].keys
        )
        found[id] = replace(asked, version=before.version if before else None)
    return found


def _second(one: str, other: str, creates: Mapping[str, Stored[Contact]]) -> str:
    """Which of two is held back: the one that is not at Google, else the later one."""
    both = [creates[id] for id in (one, other) if id in creates]
    return max(both, key=lambda stored: (stored.created_at, stored.id)).id


def _near(run: Run[Contact], people: Iterable[Person], *, initial: bool) -> set[str]:
    """Contacts of the CRM that share a match key with any of these: linked, waiting, or met by this job."""
    keys = sorted({key for who in people for key in who.keys})
    found = {id for key in keys if len(met := run.memory.met.get(key, ())) <= MOST_TOGETHER for id in met}
    holders: dict[str, set[str]] = {}
    for some in chunks(keys, MATCH_BATCH):
        if not initial:
            for link in run.store.links_matching(run.scope, some):
                for key in {*some} & {*link.match_keys}:
                    holders.setdefault(key, set()).add(link.crm)
        if _any_asked(run):
            found |= {each.held for each in run.store.doubles_awaited(run.scope, some)}
    for several in holders.values():
        found |= several if len(several) <= MOST_TOGETHER else set()
    return found


def _remember(run: Run[Contact], people: Iterable[Person]) -> None:
    """What this job has met is at Google, or on its way there, before any store tells of it."""
    for who in people:
        for key in who.keys:
            run.memory.met.setdefault(key, []).append(who.id)
