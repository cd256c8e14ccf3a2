"""The import sheet: its pages, its draft choices, and bringing a declined row back.

Choices are drafts: they take effect when the sheet is finished (`crmsync.engine.imports.importing`). They are
saved under the version of their row, so that a sync which changes the row at the same moment loses nothing,
and neither does a second browser.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo

from crmsync.core.account import ImportRounds, User
from crmsync.core.chunks import chunks, parted
from crmsync.core.consent.addresses import Withdrawals, unmet
from crmsync.core.consent.validity import grants
from crmsync.core.encoding import CONSENT
from crmsync.core.people import matching
from crmsync.core.scope import Scope
from crmsync.core.sheet.labels import called, named
from crmsync.core.state import Candidate, Choice
from crmsync.engine.deps import Deps
from crmsync.engine.run.attempts import attempts
from crmsync.engine.users import change_user, user_of
from crmsync.store.ports import CandidateQuery, Conflicted, PutCandidate, StoreUnavailable

COMMIT = 200
"""Rows of one commit."""
ATTEMPTS = 6

UNDECIDED = CandidateQuery("open")

Choosing = Callable[[Candidate], Choice]
Skipped = tuple[str, Literal["not_found", "not_open"]]
"""A row's id, and why nothing was saved for it."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One page of the sheet. after: the position of the next one, or None.

    total: rows that the query lets through. selected: ticked rows on all pages, whatever the query. round:
    the newest one that has been presented. beside: rows beyond the page that rows of it are asked about with.
    """

    rows: tuple[Candidate, ...]
    after: str | None
    total: int
    selected: int
    round: int
    beside: Mapping[str, Candidate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a set of choices.

    skipped: ids of rows that do not exist or are no longer undecided, with the reason. withdrawn: rows whose
    consent says yes for addresses for which it was withdrawn since, with these.
    """

    saved: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    withdrawn: Mapping[str, Withdrawals] = field(default_factory=dict)


def page(deps: Deps, scope: Scope, query: CandidateQuery, after: str | None, limit: int) -> SheetPage:
    """One page of candidates.

    Opening the first page of undecided rows presents those found since the sheet was last opened.
    """
    user = user_of(deps, scope)
    names = user.contacts.label_names
    found = deps.store.sheet_page(scope, asked_for(query, names), user.rounds, after, limit)
    if query.tab == "open" and after is None and found.newest > user.rounds.presented:
        user = _present(deps, user, found.newest)
    selected = found.selected if query.tab == "open" else 0
    rows, beside = (
        tuple(named(row, names) for row in _heard(deps, user, found.rows)),
        _alike_of(deps, user, found.rows),
    )
    return SheetPage(rows, found.following, found.total, selected, user.rounds.presented, beside)


def alike_of(deps: Deps, scope: Scope, rows: Sequence[Candidate]) -> Mapping[str, Candidate]:
    """These rows and those that any of them may be, as far as they are still to be decided, by key."""
    return _alike_of(deps, user_of(deps, scope), rows) if any(row.alike for row in rows) else {}


def _alike_of(deps: Deps, user: User, rows: Sequence[Candidate]) -> Mapping[str, Candidate]:
    here = {row.key: row for row in rows if _undecided(row, user.rounds)}
    wanted = {it.key for row in here.values() for it in row.alike} - here.keys()
    found = here | dict(deps.store.candidates(user.scope, sorted(wanted)) if wanted else {})
    return {key: row for key, row in found.items() if _undecided(row, user.rounds)}


def _heard(deps: Deps, user: User, rows: Sequence[Candidate]) -> list[Candidate]:
    """These rows; those that are offered again after they were declined ask again about whom they hardly are.
    Who waited for nothing any more may be linked with another contact by now.
    """
    muted = {it.crm for row in rows for it in row.claims if it.muted and _undecided(row, user.rounds)}
    if not muted:
        return list(rows)
    linked = deps.store.links_of(user.scope, "contacts", sorted(muted)).keys()
    found = []
    for row in rows:
        again = [matching.heard(it) for it in row.claims if it.muted and _undecided(row, user.rounds)]
        others = [it for it in row.claims if it.crm not in {each.crm for each in again}]
        waits, hints = parted(again, lambda it: it.crm not in linked)
        found.append(replace(row, claims=(*others, *waits), linked=(*row.linked, *hints)))
    return found


def _present(deps: Deps, user: User, newest: int) -> User:
    """The user whose incoming round, which the page has shown, counts as presented: *Done* closes only what
    was presented. newest: the round of the newest rows.
    """

    def presented(current: User) -> Mapping[str, Any] | None:
        rounds = current.rounds
        return {"rounds": replace(rounds, presented=rounds.incoming)} if newest > rounds.presented else None

    return change_user(deps, user.scope, presented)


def labels(deps: Deps, scope: Scope) -> list[tuple[str, int]]:
    """The labels that undecided rows have, by name, and how many rows have each."""
    user = user_of(deps, scope)
    known = user.contacts.label_names
    names = sorted({*known.values()})
    asked = [asked_for(replace(UNDECIDED, label=name), known) for name in names]
    counts = deps.store.count_each(scope, [(query, user.rounds) for query in asked])
    return [(name, n) for name, n in zip(names, counts, strict=True) if n]


def asked_for(query: CandidateQuery, names: Mapping[str, str]) -> CandidateQuery:
    """The query with the ids of the labels of that name. names: of labels, by id."""
    return query if query.label is None else replace(query, label_ids=called(query.label, names))


def names(deps: Deps, scope: Scope, keys: Sequence[str]) -> Mapping[str, str]:
    """The names of rows, by id."""
    found = deps.store.candidates(scope, keys) if keys else {}
    return {key: row.name for key, row in found.items()}


def _undecided(candidate: Candidate, rounds: ImportRounds) -> bool:
    """Whether the row still awaits a decision."""
    return candidate.status == "open" and candidate.round > rounds.closed


def save(deps: Deps, scope: Scope, changes: Mapping[str, Choosing]) -> Saved:
    """Saves choices, row by row of `changes`: row id -> what becomes of its choice. Rows that are decided or
    gone are skipped.

    Rows whose choice stays the same cost no write. Raises what a change raises (nothing of its commit is
    written then).
    """
    saved: list[str] = []
    skipped: list[Skipped] = []
    withdrawn: dict[str, Withdrawals] = {}
    for keys in chunks(list(changes), COMMIT):
        part = _save(deps, scope, {key: changes[key] for key in keys})
        saved += part.saved
        skipped += part.skipped
        withdrawn |= part.withdrawn
    return Saved(tuple(saved), tuple(skipped), withdrawn)


def _save(deps: Deps, scope: Scope, changes: Mapping[str, Choosing]) -> Saved:
    for _ in attempts(ATTEMPTS):
        user = user_of(deps, scope)
        rows = deps.store.candidates(scope, list(changes))
        heard = {row.key: row for row in _heard(deps, user, list(rows.values()))}
        open_rows = {key: row for key, row in heard.items() if _undecided(row, user.rounds)}
        labels = user.contacts.label_names
        chosen = {key: (row, changes[key](named(row, labels))) for key, row in open_rows.items()}
        try:
            _write_choices(deps, scope, chosen)
        except Conflicted:
            continue
        left_out = [key for key in changes if key not in open_rows]
        skipped: tuple[Skipped, ...] = tuple(
            (key, "not_open" if key in rows else "not_found") for key in left_out
        )
        saved = tuple(key for key in changes if key in open_rows)
        return Saved(saved, skipped, _withdrawn(deps, user, chosen))
    raise StoreUnavailable(f"rows kept changing ({ATTEMPTS} attempts)")


def _withdrawn(
    deps: Deps, user: User, chosen: Mapping[str, tuple[Candidate, Choice]]
) -> dict[str, Withdrawals]:
    """Rows whose consent says yes for addresses for which it was withdrawn since."""
    consents = {key: CONSENT.read("consent", choice.consent) for key, (_, choice) in chosen.items()}
    granted = [key for key, consent in consents.items() if grants(consent)]
    known = deps.store.withdrawn(user.scope, [it for key in granted for it in chosen[key][0].emails])
    zone = ZoneInfo(user.settings.time_zone)
    found = {key: unmet(consents[key], chosen[key][0].emails, known, zone) for key in granted}
    return {key: addresses for key, addresses in found.items() if addresses}


def _write_choices(deps: Deps, scope: Scope, chosen: Mapping[str, tuple[Candidate, Choice]]) -> None:
    """Rows whose choice stays the same cost no write. Raises Conflicted."""
    writes = [PutCandidate(replace(row, choice=new)) for row, new in chosen.values() if new != row.choice]
    if writes:
        deps.store.commit(scope, writes)


def save_all(
    deps: Deps, scope: Scope, query: CandidateQuery, change: Choosing, after: str | None, limit: int
) -> tuple[int, int, str | None]:
    """The same change for undecided rows that the query lets through, at most `limit` of them; answers how
    many, how many of these carry addresses as in `Saved.withdrawn`, and where to go on.
    """
    user = user_of(deps, scope)
    query = asked_for(query, user.contacts.label_names)
    done = withdrawn = 0
    while done < limit:
        rows, after = deps.store.candidate_page(scope, query, user.rounds, after, min(COMMIT, limit - done))
        if rows:
            part = _save(deps, scope, {row.key: change for row in rows})
            done += len(part.saved)
            withdrawn += len(part.withdrawn)
        if after is None:
            break
    return done, withdrawn, after


def restore(deps: Deps, scope: Scope, key: str) -> Candidate | None:
    """Brings a declined row back among the undecided; one that is undecided already stays. None: there is no
    such row.

    A row that was imported, linked or is gone from Google is answered as it is. Raises StoreUnavailable when
    the row never stands still.
    """
    for _ in attempts(ATTEMPTS):
        user = user_of(deps, scope)
        rounds, labels = user.rounds, user.contacts.label_names
        row = deps.store.candidates(scope, [key]).get(key)
        if row is None or row.status != "open" or _undecided(row, rounds):
            return None if row is None else named(row, labels)
        # Into the sheet that is open now, or else into the next one.
        current = rounds.presented if rounds.presented > rounds.closed else rounds.incoming
        again = replace(row, round=current, choice=replace(row.choice, selected=False))
        [back] = _heard(deps, user, [again])
        try:
            deps.store.commit(scope, [PutCandidate(back)])
        except Conflicted:
            continue
        return named(back, labels)
    raise StoreUnavailable(f"the row kept changing ({ATTEMPTS} attempts)")
