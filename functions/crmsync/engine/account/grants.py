"""Grants that no connection holds (any more): offered to the person who began, or on their way out.

Google revokes all that an account has granted the installation at once, whoever asked for it. So whoever
gives a grant back lets it go first, and then revokes it only when nobody else holds one of the same account:
no connected user, and nobody who is about to take an offer. Of several that go at once the last one revokes.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from crmsync.core.account import Grant, Offer
from crmsync.core.errors import GrantDead, SyncError
from crmsync.core.model import Resource
from crmsync.engine.deps import Deps

log = logging.getLogger(__name__)

OFFERED = timedelta(minutes=10)
"""How long an offer waits for the person who began, and whoever takes it may need to have it stored."""
TRIED = timedelta(hours=24)
"""For so long the revocation is tried; then the grant is dropped all the same."""


def offer(deps: Deps, id: str, grant: Grant, email: str, scopes: frozenset[Resource]) -> Offer:
    """Keeps a grant for the person who began, and sees to it that it is revoked when they do not take it.

    id: as the store knows it (`attempts.name_of`).
    """
    made = Offer(id, grant, deps.vault.seal(email), scopes, deps.clock.now() + OFFERED, holder=grant.holder)
    _keep(deps, made, OFFERED)
    return made


def discard(deps: Deps, grant: Grant) -> None:
    """Has a grant revoked that nobody wants."""
    now = deps.clock.now()
    made = Offer(deps.new_id(), grant, "", frozenset(), now, taken=True, holder=grant.holder)
    _keep(deps, made, timedelta())


def find(deps: Deps, id: str) -> Offer | None:
    """An offer as it stands, with the address opened. None also when no key opens that: neither does one open
    the grant, so whoever has the key may take it, or the person begins anew.
    """
    return _opened(deps, deps.store.offer(id))


def take(deps: Deps, id: str, until: datetime | None = None) -> Offer | None:
    """Takes an offer, which is dropped when its grant is stored. None when there is none any more.

    until: when it is to be stored at the latest, if not soon.
    """
    now = deps.clock.now()
    return _opened(deps, deps.store.take_offer(id, now, until or now + OFFERED))


def release(deps: Deps, id: str) -> None:
    """Has an offer revoked that was taken, and is not wanted after all."""
    offered = deps.store.offer(id)
    if offered is not None:
        _keep(deps, replace(offered, taken=True, until=deps.clock.now()), timedelta())


def withdraw(deps: Deps, id: str) -> float | None:
    """Revokes an offer whose time is over; answers in how many seconds it is, when it is not.

    Repeatable. Raises what Google's door raises, for a day.
    """
    now = deps.clock.now()
    offered = deps.store.end_offer(id, now)
    if offered is None:
        waits = deps.store.offer(id)
        return None if waits is None else max((waits.until - now).total_seconds(), 0.0)
    try:
        revoke(deps, offered.grant)
    except SyncError as error:
        if not is_late(offered.until, now):
            raise
        log.error("grant dropped without being revoked", extra={"code": error.reason})
    deps.store.drop_offer(id)
    return None


def revoke(deps: Deps, grant: Grant, check: Callable[[], None] = lambda: None) -> bool:
    """Revokes a grant that was let go, unless somebody else holds one of the same Google account.

    check: called right before, and may raise. Answers whether it is revoked. Neither of the two is told of
    the other. Raises GrantDead where no key opens it: another instance may have the key.
    """
    if deps.store.is_held(deps.google.holder(grant.sub)):
        return False
    deps.vault.open(grant.token)
    check()
    deps.google.revoke(grant.token)
    return True


def is_late(since: datetime, now: datetime) -> bool:
    """Whether a revocation that was first tried then is given up."""
    return now - since >= TRIED


def _opened(deps: Deps, found: Offer | None) -> Offer | None:
    try:
        return None if found is None else replace(found, email=deps.vault.open(found.email))
    except GrantDead:
        return None


def _keep(deps: Deps, made: Offer, wait: timedelta) -> None:
    deps.store.put_offer(made)
    try:
        deps.queue.enqueue("withdraw", {"id": made.id}, delay=wait.total_seconds())
    except SyncError as error:
        # The schedule finds it.
        log.warning("withdrawal not queued", extra={"code": error.reason})
