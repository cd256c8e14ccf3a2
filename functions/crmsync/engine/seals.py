"""Grants under an older key are sealed with the newest: each at its use, and all of them by a job.

The job runs only while there is more than one key, and tells in the log how many are left: an older key may
be dropped when none is.
"""

from datetime import timedelta

from crmsync import logs, tally
from crmsync.core.account import Grant
from crmsync.core.errors import GrantDead
from crmsync.engine.deps import Deps

PAGE = 100
PASS_TIME = timedelta(seconds=30)
"""After this a pass over the grants begins no new page: the next pass goes on."""


def renew(deps: Deps, grant: Grant) -> None:
    """Seals the grant with the newest key unless it is already. One that has taken its place stays as it is.

    Raises GrantDead when no key opens it.
    """
    if grant.key == deps.vault.key:
        return
    token = deps.vault.renewed(grant.token) or grant.token
    if deps.store.reseal_grant(grant, token, deps.vault.key):
        tally.count(resealed=1)


def begin_sweep(deps: Deps, tick: str) -> None:
    """Queues a pass over what older keys have sealed; with one key there is none, and it costs nothing.

    tick: constant over retries of one scheduler run.
    """
    if deps.vault.others:
        _queue_pass(deps, tick, 0, None)


def sweep(deps: Deps, tick: str, part: int, after: str | None) -> None:
    """Renews the grants behind that position, and then tells what is left; a next pass goes on with what this
    one does not reach. Of two passes after it one is queued.
    """
    began = deps.clock.now()
    while deps.vault.others:
        grants, after = deps.store.grants_under(deps.vault.others, after, PAGE)
        for grant in grants:
            try:
                renew(deps, grant)
            except GrantDead:
                # It is not what it says: nothing but a new grant mends that, and the log counts it.
                tally.count(unreadable=1)
        if after is None:
            _tell(deps)
            return
        if deps.clock.now() - began >= PASS_TIME:
            _queue_pass(deps, tick, part + 1, after)
            return


def _queue_pass(deps: Deps, tick: str, part: int, after: str | None) -> None:
    payload = {"tick": tick, "part": part, "after": after}
    deps.queue.enqueue("reseal", payload, name=f"reseal-{tick}-{part}", scheduled=True)


def _tell(deps: Deps) -> None:
    """done: grants under the newest key. left: under the others. unknown: under none of them, as it seems."""
    store, vault = deps.store, deps.vault
    done, left = store.count_grants([vault.key]), store.count_grants(vault.others)
    unknown = max(store.count_grants() - done - left, 0)
    logs.event("token keys", newest=vault.key, done=done, left=left, unknown=unknown)
