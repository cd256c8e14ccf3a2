"""The explorer goes every order once, and leaves out only what it says."""

from collections.abc import Callable, Sequence
from itertools import chain, repeat
from math import comb, factorial

import pytest

from tests.interleave.explorer import Explorer, Found
from tests.interleave.hub import Actor, Fate, Hub, Key, Kind

COMMIT: frozenset[Kind] = frozenset(("commit",))


class Lost(Exception):
    """No answer came."""


def everything(
    makes: Callable[[Hub, list[str]], Sequence[Actor]],
    switches: int | None = None,
    fates: tuple[Fate, ...] = (),
    most: int = 10_000,
) -> tuple[Found, list[str]]:
    """Goes every order of the actors that `makes` answers; what they wrote, order by order."""
    seen: list[str] = []
    names = [actor.name for actor in makes(Hub(COMMIT), [])]
    explorer = Explorer(names, switches)

    def go() -> tuple[bool, Sequence[object]]:
        said: list[str] = []
        hub = Hub(COMMIT, fates, shared=lambda: "".join(said).encode())
        ended = hub.run(makes(hub, said), explorer.choose)
        if ended:
            seen.append("".join(said))
        return ended, hub.steps

    return explorer.explore(go, lambda: len(seen) < most), seen  # type: ignore[arg-type]


def writer(hub: Hub, said: list[str], name: str, times: int, *keys: Key) -> Actor:
    """Writes its name so many times, each after a stop, and touches these keys each time."""

    def act() -> None:
        hub.writes(*keys)
        said.append(name)

    def work() -> None:
        for _ in range(times):
            hub.at("commit", "writes", act, Lost)

    return Actor(name, work)


def test_every_order_is_gone_once() -> None:
    found, seen = everything(
        lambda hub, said: [writer(hub, said, "a", 3, ("x",)), writer(hub, said, "b", 3, ("x",))]
    )
    assert len(set(seen)) == comb(6, 3)
    assert (found.cut, found.open) == (0, 0)


def test_what_touches_nothing_in_common_is_gone_in_one_order() -> None:
    found, seen = everything(
        lambda hub, said: [writer(hub, said, name, 2, ("x", name)) for name in ("a", "b", "c")]
    )
    assert len(seen) == found.orders == 1


def test_what_can_follow_a_state_is_gone_once() -> None:
    """Nobody can see any more in which order the two began."""

    def makes(hub: Hub, said: list[str]) -> Sequence[Actor]:
        actors = [writer(hub, said, name, 1, ("x",)) for name in ("a", "b")]

        def forget() -> None:
            hub.writes(("x",))
            said.clear()

        forgets = Actor("f", lambda: hub.at("commit", "forgets", forget, Lost))
        return [*actors, forgets, writer(hub, said, "c", 2, ("x",))]

    found, seen = everything(makes)
    assert found.repeats > found.orders
    assert {"abcc", "bacc", "cc", "cabc", "abc"} <= set(seen)


def test_a_path_holds_all_below_it() -> None:
    def makes(hub: Hub, said: list[str]) -> Sequence[Actor]:
        return [writer(hub, said, "a", 1, ("x", "1")), writer(hub, said, "b", 1, ("x",))]

    _, seen = everything(makes)
    assert sorted(seen) == ["ab", "ba"]


def test_the_bound_counts_who_had_to_wait() -> None:
    def makes(hub: Hub, said: list[str]) -> Sequence[Actor]:
        return [writer(hub, said, "a", 2, ("x",)), writer(hub, said, "b", 2, ("x",))]

    none, unswitched = everything(makes, switches=0)
    assert set(unswitched) == {"aabb", "bbaa"}
    assert none.cut > 0
    _, once = everything(makes, switches=1)
    assert set(once) == {"aabb", "bbaa", "abba", "baab"}
    found, all_of_them = everything(makes, switches=4)
    assert set(all_of_them) == {"aabb", "bbaa", "abba", "baab", "abab", "baba"}
    assert found.cut == 0


def test_single_steps_come_in_every_order() -> None:
    _, seen = everything(
        lambda hub, said: [writer(hub, said, name, 1, ("x",)) for name in ("a", "b", "c", "d")]
    )
    assert len(set(seen)) == factorial(4)


def test_what_may_become_of_an_actor_is_an_alternative_at_each_stop() -> None:
    def makes(hub: Hub, said: list[str]) -> Sequence[Actor]:
        return [writer(hub, said, "a", 3, ("x",))]

    _, seen = everything(makes, fates=("dies", "unheard", "refused"))
    assert sorted(seen) == sorted(["aaa", "", "a", "aa", "a", "aa", "aaa", "", "a", "aa"])


def test_what_was_left_open_is_told() -> None:
    found, seen = everything(
        lambda hub, said: [writer(hub, said, "a", 3, ("x",)), writer(hub, said, "b", 3, ("x",))], most=5
    )
    assert len(seen) == 5
    assert found.open > 0


def test_an_order_that_cannot_be_repeated_is_noticed() -> None:
    times = chain((2, 2), repeat(1))

    def makes(hub: Hub, said: list[str]) -> Sequence[Actor]:
        return [writer(hub, said, "a", next(times), ("x",)), writer(hub, said, "b", 1, ("x",))]

    with pytest.raises(AssertionError, match="cannot be repeated"):
        everything(makes)
