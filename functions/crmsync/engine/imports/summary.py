"""What finishing the import sheet would do, told before it is done: by counts, and by reading those rows
that hold somebody back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from crmsync.core.account import ImportRounds, User
from crmsync.core.consent.addresses import is_newer
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps
from crmsync.engine.imports.fates import Together, together
from crmsync.engine.imports.importing import Finish
from crmsync.engine.imports.releasing import PAGE, comes_again
from crmsync.engine.users import user_of
from crmsync.store.ports import CandidateQuery

CONSENTS = ("express", "implied", "none", "revoked")

_OPEN = CandidateQuery("open")
_TICKED = replace(_OPEN, filters=frozenset(("selected",)))


@dataclass(frozen=True, slots=True)
class Summary:
    """What would become of the undecided rows, of which there are `total`.

    selected: ticked rows. imports: how many of them become contacts, by type, with which consents, and how
    many of these because nobody decided. links: how many are joined with a CRM contact, which keeps its own
    type and consent, or with another row. undecided: how many wait for an answer, who they are or whether
    two of them are one. unproven: ticked rows that are not imported, as their express consent lacks evidence.
    withdrawn: of the imports, those whose consent says yes for an address for which it was withdrawn since.
    declined: for good. later: presented again. again: those of them that would be declined, but for somebody
    in the CRM who likely is that person and waits for the answer.
    """

    total: int
    selected: int
    imports: Mapping[str, int]
    links: int
    consents: Mapping[str, int]
    no_consent_decided: int
    unproven: int
    withdrawn: int
    declined: int
    later: int
    again: int
    undecided: int


def summary(deps: Deps, scope: Scope, action: Finish, round: int | None) -> Summary:
    """What `finish` with the same action and round would do now."""
    user = user_of(deps, scope)
    rounds = user.rounds
    types = [each.id for each in deps.types.types]
    imports = action != "no_import"
    fates = _fates(types) if imports else []
    shown = rounds.presented if round is None else min(round, rounds.presented)
    closes = action == "done" and shown > rounds.closed
    closing = ImportRounds(presented=shown - 1, closed=rounds.closed)
    queries = [(_OPEN, rounds), (_TICKED, rounds), *((replace(_OPEN, fate=fate), rounds) for fate in fates)]
    queries += [(_OPEN, closing), (_TICKED, closing)] if closes else []
    total, selected, *rest = deps.store.count_each(scope, queries)
    found = dict.fromkeys(_fates(types), 0) | dict(zip(fates, rest, strict=False))
    alike = together(deps.store, scope, rounds) if imports else Together()
    found |= {name: found[name] + alike.moved[name] for name in found}
    again = _awaited(deps, scope, rounds, shown) if closes else 0
    declined = rest[-2] - rest[-1] - again if closes else 0
    return Summary(
        total=total,
        selected=selected,
        imports={each: found[f"type:{each}"] for each in types},
        links=found["link"],
        undecided=found["unanswered"],
        consents={each: found[f"consent:{each}"] for each in CONSENTS},
        no_consent_decided=found["no_consent_decided"],
        unproven=found["unproven"],
        withdrawn=_withdrawn(deps, user, alike.others) if imports else 0,
        declined=declined,
        later=total - (selected if imports else 0) - declined + found["unproven"],
        again=again,
    )


def _awaited(deps: Deps, scope: Scope, rounds: ImportRounds, closes: int) -> int:
    """How many rows that are not ticked come again when the rounds up to this one are closed."""
    found = 0
    after: str | None = None
    while page := deps.store.candidates_claimed(scope, after, PAGE):
        after = page[-1].key
        open_still = (row for row in page if row.round > rounds.closed and not row.choice.selected)
        found += sum(comes_again(row, closes) for row in open_still)
        if len(page) < PAGE:
            break
    return found


def _fates(types: Sequence[str]) -> list[str]:
    """What can become of a ticked row."""
    by_type, by_consent = [f"type:{each}" for each in types], [f"consent:{each}" for each in CONSENTS]
    return [*by_type, *by_consent, "link", "unanswered", "no_consent_decided", "unproven"]


def _withdrawn(deps: Deps, user: User, without: Collection[str]) -> int:
    """How many contacts would be made whose consent says yes for an address for which it was withdrawn.

    without: keys of rows that make none.
    """
    known = {each.digest: each for each in deps.store.withdrawals(user.scope)}
    if not known:
        return 0
    zone = ZoneInfo(user.settings.time_zone)

    def is_unmet(digests: Sequence[str], day: date | None) -> bool:
        found = [known[digest] for digest in digests if digest in known]
        return any(day is None or not is_newer(day, each, zone) for each in found)

    return sum(is_unmet(*row) for row in deps.store.granting(user.scope, user.rounds, without))
