"""The explorer goes every order once, and leaves out only what comes to the same."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from math import comb, factorial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.interleave.explorer import Explorer, Found
from tests.interleave.hub import Actor, Fate, Hub, Key, Kind

COMMIT: frozenset[Kind] = frozenset(("commit",))


class Lost(Exception):
    """No answer came."""


class Board:
    """What everybody sees: what has been said, and what stands at each place."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.places: Counter[str] = Counter()

    def state(self, *, acting: bool) -> bytes:
        return repr((self.said, sorted(self.places.items()))).encode()

    def save(self) -> Any:
        return list(self.said), Counter(self.places)

    def restore(self, saved: Any) -> None:
        self.said, self.places = list(saved[0]), Counter(saved[1])


Makes = Callable[[Hub, Board], Sequence[Actor]]


def everything(
    makes: Makes,
    fates: tuple[Fate, ...] = (),
    most: int = 10_000,
    *,
    reduced: bool = True,
) -> tuple[Found, list[Any], Hub]:
    """Goes every order of the actors that `makes` answers; how the board stands after each, and the hub."""
    ends: list[Any] = []
    hub, board = Hub(COMMIT, fates), Board()

    def named(name: str) -> Actor:
        return next(actor for actor in makes(hub, board) if actor.name == name)

    hub.begin([actor.name for actor in makes(hub, board)], named, board)
    explorer = Explorer(hub, reduced)
    found = explorer.explore(lambda: ends.append(board.save()), lambda: len(ends) < most)
    hub.close()
    return found, ends, hub


def words(ends: Sequence[Any]) -> list[str]:
    """What has been said in each end."""
    return ["".join(said) for said, _ in ends]


def writer(hub: Hub, board: Board, name: str, times: int, *keys: Key) -> Actor:
    """Says its name so many times, each after a stop, and touches these keys each time."""

    def act() -> None:
        hub.writes(*keys)
        board.said.append(name)

    def work() -> None:
        for _ in range(times):
            hub.at("commit", "writes", act, Lost)

    return Actor(name, work)


def test_every_order_is_gone_once() -> None:
    found, ends, _ = everything(
        lambda hub, board: [writer(hub, board, "a", 3, ("x",)), writer(hub, board, "b", 3, ("x",))]
    )
    assert len(set(words(ends))) == len(ends) == comb(6, 3)
    assert found.open == 0


def test_what_touches_nothing_in_common_is_gone_in_one_order() -> None:
    found, ends, _ = everything(
        lambda hub, board: [writer(hub, board, name, 2, ("x", name)) for name in ("a", "b", "c")]
    )
    assert len(ends) == found.orders == 1


def test_what_can_follow_a_state_is_gone_once() -> None:
    """Nobody can see any more in which order the two began."""

    def makes(hub: Hub, board: Board) -> Sequence[Actor]:
        actors = [writer(hub, board, name, 1, ("x",)) for name in ("a", "b")]

        def forget() -> None:
            hub.writes(("x",))
            board.said.clear()

        forgets = Actor("f", lambda: hub.at("commit", "forgets", forget, Lost))
        return [*actors, forgets, writer(hub, board, "c", 2, ("x",))]

    found, ends, _ = everything(makes)
    assert found.repeats > found.orders
    assert {"abcc", "bacc", "cc", "cabc", "abc"} <= set(words(ends))


def test_a_path_holds_all_below_it() -> None:
    def makes(hub: Hub, board: Board) -> Sequence[Actor]:
        return [writer(hub, board, "a", 1, ("x", "1")), writer(hub, board, "b", 1, ("x",))]

    _, ends, _ = everything(makes)
    assert sorted(words(ends)) == ["ab", "ba"]


def test_single_steps_come_in_every_order() -> None:
    _, ends, _ = everything(
        lambda hub, board: [writer(hub, board, name, 1, ("x",)) for name in ("a", "b", "c", "d")]
    )
    assert len(set(words(ends))) == factorial(4)


def test_what_may_become_of_an_actor_is_an_alternative_at_each_stop() -> None:
    def makes(hub: Hub, board: Board) -> Sequence[Actor]:
        return [writer(hub, board, "a", 3, ("x",))]

    _, ends, _ = everything(makes, fates=("dies", "unheard", "refused"), reduced=False)
    assert sorted(words(ends)) == sorted(["aaa", "", "a", "aa", "a", "aa", "aaa", "", "a", "aa"])
    _, ends, _ = everything(makes, fates=("dies", "unheard", "refused"))
    assert set(words(ends)) == {"", "a", "aa", "aaa"}


def test_who_has_died_does_nothing_more() -> None:
    def makes(hub: Hub, board: Board) -> Sequence[Actor]:
        def say(word: str) -> None:
            board.said.append(word)

        def work() -> None:
            try:
                hub.at("commit", "writes", lambda: say("done"), Lost)
            finally:
                hub.at("commit", "gives back", lambda: say("given back"), Lost)

        return [Actor("a", work, again=lambda: say("queued again"))]

    _, ends, _ = everything(makes, fates=("dies",))
    assert set(words(ends)) == {"donegiven back", "queued again", "donequeued again"}


def test_what_was_left_open_is_told() -> None:
    found, ends, _ = everything(
        lambda hub, board: [writer(hub, board, "a", 3, ("x",)), writer(hub, board, "b", 3, ("x",))], most=5
    )
    assert len(ends) == 5
    assert found.open > 0


def test_who_cannot_be_repeated_is_noticed() -> None:
    runs = count()

    def makes(hub: Hub, board: Board) -> Sequence[Actor]:
        def work() -> None:
            number = next(runs)
            hub.at("commit", "looks", lambda: len(board.said), Lost)
            hub.at("commit", f"says {number}", lambda: len(board.said), Lost)

        return [Actor("a", work), writer(hub, board, "b", 2)]

    with pytest.raises(AssertionError, match="cannot be repeated"):
        everything(makes, reduced=False)


def test_who_is_told_what_has_been_told_before_does_not_run() -> None:
    """Neither is ever told anything of the other: so each runs once, whatever the order."""
    _, ends, hub = everything(
        lambda hub, board: [writer(hub, board, name, 4, ("x",)) for name in ("a", "b")], reduced=False
    )
    assert len(ends) == comb(10, 5)  # Their beginnings are steps of their own.
    assert hub.runs == 2


def test_whoever_changes_what_it_was_told_changes_its_own_alone() -> None:
    def makes(hub: Hub, board: Board) -> Sequence[Actor]:
        def work() -> None:
            mine: list[str] = hub.at("commit", "reads", lambda: ["m"], Lost)
            mine.append(hub.at("commit", "looks", lambda: str(len(board.said)), Lost))
            hub.at("commit", "says", lambda: board.said.append("".join(mine)), Lost)

        return [Actor("a", work), writer(hub, board, "b", 2)]

    _, ends, hub = everything(makes, reduced=False)
    assert hub.runs > 2
    assert set(words(ends)) == {"m0bb", "bm0b", "bbm0", "bm1b", "bbm1", "bbm2"}


def test_what_follows_from_what_is_read_within_a_call_is_made_anew() -> None:
    """A transaction runs code of the actor's, which leaves something in its memory."""

    def makes(hub: Hub, board: Board) -> Sequence[Actor]:
        def work() -> None:
            memory: list[str] = []

            def attempt() -> str:
                memory[:] = [hub.at("read", "looks", lambda: str(len(board.said)), Lost)]
                return hub.draw()

            def act() -> str:
                drawn = attempt()
                board.said.append(f"[{drawn}]")
                return drawn

            drawn = hub.at("commit", "transacts", act, Lost, again=attempt)
            hub.at("commit", "waits", lambda: None, Lost)
            later = hub.at("commit", "looks again", lambda: len(board.said), Lost)
            hub.at("commit", "says", lambda: board.said.append(f"{memory[0]}{drawn}{later}."), Lost)

        return [Actor("a", work), writer(hub, board, "b", 2)]

    _, ends, hub = everything(makes, reduced=False)
    assert hub.runs > 2
    for said, _ in ends:
        at = next(number for number, word in enumerate(said) if word.startswith("["))
        assert any(word.startswith(f"{at}a-1") for word in said), said
        assert "[a-1]" in said


# An actor's program: at each step it reads a place, and adds what it finds, or one, to another.
Program = tuple[tuple[str, str, bool], ...]
places = st.sampled_from("xyz")
programs = st.lists(st.tuples(places, places, st.booleans()), min_size=1, max_size=2).map(tuple)


def runs(program: Program, name: str, hub: Hub, board: Board) -> Actor:
    """An actor that carries out a program; each of its steps is a stop."""

    def work() -> None:
        found = 0
        for source, target, adds in program:

            def act(source: str = source, target: str = target, adds: bool = adds, more: int = found) -> int:
                hub.reads((source,))
                hub.writes((target,))
                seen = board.places[source]
                # Only what happens to a place in another order shows there.
                board.places[target] = 3 * board.places[target] + 1 + (seen + more if adds else 0)
                return seen

            found = hub.at("commit", f"{source} to {target}", act, Lost)

    return Actor(name, work)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(programs, programs, st.lists(programs.filter(lambda steps: len(steps) == 1), max_size=1)),
    st.sampled_from([(), ("dies",), ("unheard", "refused")]),
)
def test_what_is_left_out_leads_to_no_other_end(
    some_programs: tuple[Program, Program, list[Program]], fates: tuple[Fate, ...]
) -> None:
    first, second, third = some_programs
    all_of_them = [first, second, *(third if not fates else [])]

    def makes(hub: Hub, board: Board) -> Sequence[Actor]:
        return [runs(program, name, hub, board) for program, name in zip(all_of_them, "abc", strict=False)]

    _, every, _ = everything(makes, fates, 100_000, reduced=False)
    found, some, _ = everything(makes, fates)
    assert {str(sorted(places.items())) for _, places in some} == {
        str(sorted(places.items())) for _, places in every
    }
    assert found.orders <= len(every)
