"""Erasing a user: the connection is ended as a disconnect ends it, then all that is kept of them is deleted.

It stands in the user document (`erasing`) from the commit that begins it to the one that deletes that
document. Meanwhile the doors refuse to write for the user, and no other job does anything for them
(`engine.frame`). What had begun before may still write, for as long as a function lives. So when nothing is
left the job waits for that time to pass and looks once more; what it finds then goes too. The user document
goes last, under the version that was read, in the commit that says in the record that it is done.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from crmsync.core.account import Asked, User
from crmsync.core.consent.evidence import Evidence, evidence_of
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.due import found, stands
from crmsync.core.erasure import Erasure
from crmsync.core.model import Contact, Email, Phone, Stored
from crmsync.core.pair.canon import Canon
from crmsync.core.scope import Scope
from crmsync.engine.account import connect, grants
from crmsync.engine.deps import Deps
from crmsync.engine.run.lease import LEASE_TIME, refuse_late
from crmsync.engine.schedule import asked
from crmsync.engine.users import change_user, user_of
from crmsync.store.ports import AddEvidence, DropConsent, PutErasure, Write

LATE = LEASE_TIME
"""So long what had begun before may still write: longer than any function can live."""
LONGEST_LEAVE = timedelta(hours=48)
"""A clean-up at Google that has not ended by then is not waited for: longer than any is tried."""
LOOK_FIRST = 2.0
LOOK_LAST = 120.0
"""Seconds until the job looks again; shorter than what asked for counts as silent after."""
PAGE = 100
"""Entries of the ledger that one commit replaces; a contact has some addresses for each."""


def begin(deps: Deps, scope: Scope, google_copies: Literal["keep", "delete"]) -> None:
    """Begins to erase a user. Repeatable: what stands goes on as it was asked for.

    The connection ends at once. Whatever else the user asked for is dropped, and jobs at work are overtaken.
    """
    now = deps.clock.now()
    id = deps.new_id()
    wanted = asked.new(deps, "erase", id, google_copies=google_copies)

    def begun(user: User) -> dict[str, Any] | None:
        parts = _closed(user, id)
        return parts and parts | stands(replace(user, asked=parts["asked"]), wanted)

    def recorded(user: User) -> list[Write]:
        keep = deps.keep_evidence
        return [PutErasure(Erasure(id, now, evidence_until=None if keep is None else now + keep))]

    user = change_user(deps, scope, begun, recorded)
    _leaves(deps, user)
    user = user_of(deps, scope)
    standing = _standing(user)
    if standing is not None:
        asked.begin(deps, user, standing)


def _closed(user: User, id: str) -> dict[str, Any] | None:
    """The parts of a user document for which nothing but an erasure is done from now on; None when one is."""
    if user.erasing is not None:
        return None
    leaving = tuple(each for each in user.asked if each.kind == "disconnect")
    return {"erasing": id, "generation": user.generation + 1, "asked": leaving}


def is_erasing(deps: Deps, scope: Scope) -> bool:
    """Whether nothing may be written for a user any more, for they are being erased."""
    user = deps.store.user(scope)
    return user is not None and user.erasing is not None


def last_look(erasure: Erasure) -> datetime | None:
    """When what had begun before has ended, and nothing can come any more; None while that is not known."""
    return None if erasure.left_at is None else erasure.left_at + LATE


def perform(deps: Deps, user: User) -> float | None:
    """Goes on with the erasure of a user; answers in how many seconds to go on, None when it is done.

    Repeatable. Raises Yield when its time is up, and what the store and Google raise.
    """
    erasure = deps.store.erasure(user.erasing or "")
    if erasure is None or erasure.done_at is not None:
        return None
    started, since = deps.clock.now(), erasure.asked_at
    if _leaves(deps, user) and started - since < LONGEST_LEAVE:
        return _wait((started - since).total_seconds() / 4)
    if erasure.left_at is None:
        erasure = _recorded(deps, user.scope, _left(deps, user.scope, replace(erasure, left_at=started)))
    erasure = _delete(deps, user, erasure, started)
    offered = _end_offers(deps, user.scope)
    look_at = last_look(erasure)
    assert look_at is not None
    left = max(offered, (look_at - deps.clock.now()).total_seconds())
    if left > 0:
        return _wait(left)
    last = deps.store.user(user.scope)
    if last is not None:
        deps.store.end_erasure(last, replace(erasure, done_at=deps.clock.now()))
    return None


def _wait(seconds: float) -> float:
    return min(max(seconds, LOOK_FIRST), LOOK_LAST)


def _standing(user: User) -> Asked | None:
    return None if user.erasing is None else found(user, "erase", user.erasing)


def _recorded(deps: Deps, scope: Scope, erasure: Erasure, *more: Write) -> Erasure:
    done = deps.store.commit(scope, [PutErasure(erasure), *more])
    return replace(erasure, version=done.versions[erasure.id])


# --- the end of the connection


def _leaves(deps: Deps, user: User) -> bool:
    """Ends what connections there are; True while the clean-up of one stands."""
    standing, id = _standing(user), user.erasing
    copies = "keep" if standing is None else standing.google_copies
    assert id is not None
    stands_still = [_leaves_account(deps, each, id, copies) for each in deps.store.accounts(user.scope)]
    return any(stands_still)


def _leaves_account(deps: Deps, scope: Scope, id: str, copies: Literal["keep", "delete"]) -> bool:
    def closed(current: User) -> dict[str, Any] | None:
        return None if current.version is None else _closed(current, id)

    user = change_user(deps, scope, closed)
    if user.erasing != id:
        # Erased by a twin of this job, and perhaps there again.
        return False
    if any(each.kind == "disconnect" for each in user.asked) and user.connection is None:
        return True
    if user.connection is None and deps.store.grant(scope) is None:
        return False
    # Records of the CRM need no archiving: they are erased.
    connect.disconnect(deps, scope, copies, "keep")
    return True


def _left(deps: Deps, scope: Scope, erasure: Erasure) -> Erasure:
    """The record with what the clean-ups tell of Google."""
    users = [user_of(deps, each) for each in deps.store.accounts(scope)]
    told = [user.departure for user in users if user.departure is not None]
    stayed = sum(left.count for each in told for left in each.left if left.side == "google")
    return replace(erasure, stayed=stayed, access_left=any(each.access_left for each in told))


def _end_offers(deps: Deps, scope: Scope) -> float:
    """Revokes what Google granted and nobody took; in how many seconds it can, 0.0 when nothing is left."""
    offers = [each for account in deps.store.accounts(scope) for each in deps.store.offers_of(account)]
    return max((grants.withdraw(deps, each.id) or 0.0 for each in offers), default=0.0)


# --- the deletion


def _delete(deps: Deps, user: User, erasure: Erasure, started: datetime) -> Erasure:
    """Deletes all but the user document, after what is kept as evidence. Raises Yield."""
    canon = deps.canon(user.settings.region)
    while entries := deps.store.all_consents(user.scope, None, PAGE) if erasure.evidence_until else ():
        refuse_late(started, deps.clock.now())
        contacts = deps.store.records(user.scope, "contacts", sorted({each.contact for each in entries}))
        kept = [_kept(canon, user.scope, each, contacts.get(each.contact), erasure) for each in entries]
        counts = {**erasure.erased, "consents": erasure.erased.get("consents", 0) + len(entries)}
        after = replace(erasure, erased=counts, evidence=erasure.evidence + sum(map(bool, kept)))
        writes = [AddEvidence(each) for some in kept for each in some]
        drops = [DropConsent(each.id) for each in entries]
        erasure = _recorded(deps, user.scope, after, *writes, *drops)
    while (after := _pass(deps, user.scope, erasure, started)) != erasure:
        erasure = after
    if erasure.emptied_at is None:
        erasure = _recorded(deps, user.scope, replace(erasure, emptied_at=deps.clock.now()))
    return erasure


def _pass(deps: Deps, scope: Scope, erasure: Erasure, started: datetime) -> Erasure:
    """Deletes whatever is found, once; the record as it then is. Raises Yield."""
    for after in deps.store.erase(scope, erasure):
        erasure = after
        refuse_late(started, deps.clock.now())
    return erasure


def _kept(
    canon: Canon, scope: Scope, entry: ConsentEntry, contact: Stored[Contact] | None, erasure: Erasure
) -> list[Evidence]:
    """The evidence that an entry is, for each address of its contact; nobody could find it without one."""
    assert erasure.evidence_until is not None
    items: list[Email | Phone] = [] if contact is None else [*contact.value.emails, *contact.value.phones]
    subjects = sorted({canon.digest("evidence", canon.element_identity(item)) for item in items})
    of_entry, sender = canon.digest("entry", scope.owner, entry.id), canon.digest("sender", scope.owner)
    return [
        evidence_of(entry, f"{subject}-{of_entry}", sender, erasure.evidence_until) for subject in subjects
    ]
