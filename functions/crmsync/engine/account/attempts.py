"""Authorization attempts at rest: whoever reads the store can finish none of them.

An attempt lies under a digest of its state, which is told to the browser alone, and what Google granted to it
under a digest of the id by which the person takes it. The PKCE verifier and the account's address are sealed.
"""

import hashlib
import logging
from base64 import urlsafe_b64encode
from dataclasses import replace

from crmsync.core.account import OAuthState
from crmsync.core.errors import GrantDead
from crmsync.engine.deps import Deps

log = logging.getLogger(__name__)


def offer_of(state: str) -> str:
    """The id by which the person who began an attempt takes what Google granted. It follows from the state,
    which follows from nothing.
    """
    return urlsafe_b64encode(_digest("offer", state)).decode().rstrip("=")


def name_of(state: str) -> str:
    """Under which id the store knows an attempt, or an offer."""
    return _digest("name", state).hex()


def keep(deps: Deps, attempt: OAuthState) -> None:
    """Stores an attempt."""
    sealed = deps.vault.seal(attempt.verifier)
    deps.store.put_oauth_state(replace(attempt, state=name_of(attempt.state), verifier=sealed))


def find(deps: Deps, state: str) -> OAuthState | None:
    """Reads an attempt without using it up."""
    return _opened(deps, state, deps.store.oauth_state(name_of(state)))


def take(deps: Deps, state: str) -> OAuthState | None:
    """Uses an attempt up: of two callers one gets it."""
    return _opened(deps, state, deps.store.take_oauth_state(name_of(state)))


def _opened(deps: Deps, state: str, found: OAuthState | None) -> OAuthState | None:
    """None also for what no key opens: nothing can be done with it, and the person can begin again."""
    if found is None:
        return None
    try:
        return replace(found, state=state, verifier=deps.vault.open(found.verifier))
    except GrantDead as error:
        log.warning("attempt not opened", extra={"code": error.reason})
        return None


def _digest(what: str, state: str) -> bytes:
    return hashlib.sha256(f"{what}\0{state}".encode()).digest()
