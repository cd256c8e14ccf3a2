"""Access tokens kept by this process: how many, and one refresh at a time a user."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from crmsync.core.errors import GrantDead
from crmsync.gateway import tokens
from crmsync.gateway.endpoints import Endpoints
from crmsync.gateway.locks import Locks
from crmsync.gateway.tokens import AccessTokens, _Kept

START = datetime(2026, 1, 1, tzinfo=UTC)


class MovedClock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def cache(clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> AccessTokens:
    """Tokens of an hour, made without Google; the grant of everybody called "dead…" is dead."""
    made = AccessTokens("client", "secret", Endpoints.at(None), clock)

    def refresh(refresh_token: str) -> _Kept:
        if refresh_token.startswith("dead"):
            raise GrantDead("invalid_grant")
        return _Kept(f"access-{refresh_token}", clock.now() + timedelta(hours=1))

    monkeypatch.setattr(made, "_refresh", refresh)
    return made


def test_locks_do_not_pile_up_with_the_accounts(cache: AccessTokens) -> None:
    for number in range(10_000):
        if number % 2:
            cache.fresh(f"u{number}", f"r{number}")
        else:
            with pytest.raises(GrantDead):
                cache.fresh(f"u{number}", f"dead{number}")
    assert len(cache._locks) == 0
    assert len(cache._kept) == 5_000


def test_no_more_tokens_are_kept_than_there_is_room_for_and_those_that_end_first_go(
    cache: AccessTokens, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_MOST_KEPT", 1_000)
    for number in range(10_000):
        clock.time += timedelta(milliseconds=1)
        cache.fresh(f"u{number}", f"r{number}")
        assert len(cache._kept) <= 1_000
    assert cache.cached("u9999") == "access-r9999"
    assert cache.cached("u0") is None
    assert cache.fresh("u0", "r0") == "access-r0", "who is evicted gets another"


def test_expired_tokens_make_room_first(
    cache: AccessTokens, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_MOST_KEPT", 100)
    for number in range(99):
        cache.fresh(f"old{number}", "r")
    clock.time += timedelta(hours=2)
    for number in range(50):
        cache.fresh(f"new{number}", "r")
    assert all(cache.cached(f"new{number}") for number in range(50))


def test_a_lock_lasts_as_long_as_somebody_holds_it_or_waits_for_it() -> None:
    locks = Locks()
    order: list[str] = []
    inside, go = threading.Event(), threading.Event()

    def first() -> None:
        with locks.held("ann"):
            order.append("first in")
            inside.set()
            assert go.wait(20)
            order.append("first out")

    def second() -> None:
        with locks.held("ann"):
            order.append("second in")

    one, two = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    assert inside.wait(20)
    two.start()
    with locks.held("ben"):
        assert len(locks) == 2
    go.set()
    one.join(20)
    two.join(20)
    assert order == ["first in", "first out", "second in"]
    assert len(locks) == 0


def test_a_lock_is_given_back_also_by_who_fails() -> None:
    locks = Locks()
    for _ in range(2):
        with pytest.raises(ValueError, match="x"), locks.held("ann"):
            raise ValueError("x")
    assert len(locks) == 0
