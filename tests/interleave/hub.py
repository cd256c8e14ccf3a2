"""Who runs next: actors of whom one runs at a time, each until its next stop, in an order that is told.

An actor is a greenlet. Before each thing that others can see, or that shows what others did, it makes a call,
and waits until it is told what came of it; some calls are stops, where the hub chooses who goes on. So one
thread runs everything, an order is a list of choices, and the same list leads to the same end.

What an actor does follows from what it has been told, so the hub remembers that (`Known`): where an order
tells an actor what another has told it before, the actor need not run, and all that is done is its next call.
"""

import hashlib
import itertools
import pickle
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

from tests.machine.crashes import Crash

T = TypeVar("T")

Kind = Literal["begin", "commit", "create", "update", "delete", "watch", "queue", "read", "clock", "act"]
"""What an actor is about to do: a commit, a mutation at Google, a task to queue; a read on either side, or of
the clock; an act of a person, or a note of the test's.
"""
Fate = Literal["goes on", "dies", "unheard", "refused"]
"""What becomes of an actor at a stop.

dies: the process is gone, before it has done what it was about to do. unheard: it is done, and the answer is
lost. refused: it is not done, and the actor cannot tell that from unheard.
"""
Key = tuple[str, ...]
"""What is touched, as a path: a document, a collection, a record at Google. A path holds all below it."""
Choice = str
"""The name of the actor who goes on, with what becomes of it when that is not the usual: `job 1 dies`."""

GOES_ON: Fate = "goes on"
WRITES: frozenset[Kind] = frozenset(("commit", "create", "update", "delete", "watch"))
EVERYTHING: frozenset[Kind] = WRITES | {"read"}
BLIND: Kind = "delete"
"""Google takes no precondition when a contact is deleted: what a person types at this very moment is lost."""


@dataclass(slots=True)
class Footprint:
    """What a step has read and written."""

    reads: set[Key] = field(default_factory=set)
    writes: set[Key] = field(default_factory=set)

    def disjoint(self, other: "Footprint") -> bool:
        """Whether the two steps come to the same in either order: neither writes what the other touches."""
        return not (
            _meet(self.writes, other.writes)
            or _meet(self.writes, other.reads)
            or _meet(self.reads, other.writes)
        )


def _meet(some: Collection[Key], others: Collection[Key]) -> bool:
    return any(a[: len(b)] == b[: len(a)] for a in some for b in others)


@dataclass(slots=True)
class Step:
    """What was chosen and what it touched. what: what the actor had been about to do."""

    choice: Choice
    what: str
    footprint: Footprint = field(default_factory=Footprint)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does something: a job, a request to the API, a person at the phone, the clock.

    work: the same calls in the same order whenever it is told the same. again: what happens when it died or
    raised, as Cloud Tasks delivers a job again. blinded: it does not act while somebody deletes blindly at
    Google.
    """

    name: str
    work: Callable[[], object]
    again: Callable[[], object] | None = None
    blinded: bool = False


class Shared(Protocol):
    """All that several actors can see, and what the test has noted of it."""

    def state(self, *, acting: bool) -> bytes:
        """A digest of it: in one state the same can happen as in another that is equal. acting: whether some
        are at work, who may remember how things were before.
        """
        ...

    def save(self) -> object:
        """It as it is now, to be restored any number of times."""
        ...

    def restore(self, saved: Any) -> None:
        """Makes it as it was."""
        ...


@dataclass(frozen=True, slots=True)
class _Call:
    """What an actor is about to do, as it is said to `Hub.at`."""

    kind: Kind
    what: str
    act: Callable[[], object]
    lost: Callable[[], Exception]
    again: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """What came of a call. digest: equal where the actor cannot tell the difference.

    inner: what was asked for while it was carried out, in order; None when it was not. drawn: so much was
    drawn meanwhile.
    """

    digest: bytes
    value: object = None
    error: BaseException | None = None
    inner: tuple[bytes, ...] | None = None
    drawn: int = 0


@dataclass(frozen=True, slots=True)
class _Retold:
    """The same, to be told again and again: whoever is told may change the value."""

    value: bytes
    error: BaseException | None
    inner: tuple[bytes, ...] | None
    drawn: int

    @classmethod
    def of(cls, told: _Told, call: _Call) -> Self:
        """What follows from `inner` is made anew."""
        value = told.value if call.again is None else None
        return cls(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), told.error, told.inner, told.drawn)


@dataclass(slots=True, eq=False)
class _Known:
    """What an actor is after all that it has been told: what it does next, or None when it is over.

    number: no other has it. drawn: so much has it drawn.
    """

    number: int
    drawn: int
    above: "_Known | None"
    told: _Retold | None
    call: _Call | None = None
    failure: BaseException | None = None
    life: "_Life | None" = None
    """It as it waits here to be told; None once it has gone on from here."""
    below: dict[bytes, "_Known"] = field(default_factory=dict)


class _Life:
    """One actor as it runs, from the beginning to where it waits now."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.failure: BaseException | None = None
        self.drawn = 0
        self._ending = False
        self._dead = False
        self._again: Iterator[bytes] | None = None
        self._greenlet: Any = greenlet(self._body)
        self._greenlet.life = self
        self.call: _Call | None = self._greenlet.switch()

    def tell(self, told: _Told | _Retold) -> None:
        """Goes on with this answer to its next call."""
        self.call = self._greenlet.switch(told)

    def end(self) -> None:
        """It goes no further."""
        self._ending = True
        if self._greenlet:
            self._greenlet.throw(GreenletExit)

    def draw(self) -> str:
        """A text that nobody else draws, and the same whenever it has been told the same."""
        self.drawn += 1
        return _drawn(self.actor.name, self.drawn)

    def at(self, call: _Call) -> object:
        """Makes a call, and answers what it is told."""
        if self._ending:
            raise GreenletExit
        if self._dead:
            raise Crash
        if self._again is not None:
            return pickle.loads(next(self._again))
        said: _Told | _Retold = self._greenlet.parent.switch(call)
        if self._ending:
            raise GreenletExit
        value, drawn = said.value, self.drawn
        if isinstance(said, _Retold):
            value = pickle.loads(said.value)
            if call.again is not None and said.inner is not None:
                value = self._anew(call.again, said.inner)
        self.drawn = drawn + said.drawn
        self._dead = isinstance(said.error, Crash)
        if said.error is not None:
            raise said.error.with_traceback(None)
        return value

    def _anew(self, again: Callable[[], object], inner: Sequence[bytes]) -> object:
        """What follows from what was asked for on the way, as far as that went."""
        self._again = iter(inner)
        try:
            return again()
        except StopIteration:
            return None
        finally:
            self._again = None

    def _body(self) -> None:
        self.at(_Call("begin", "begins", lambda: None, Exception))
        try:
            self.actor.work()
        except GreenletExit:
            raise
        except BaseException as error:
            self.failure = error
            self._dead = False
            if self.actor.again is not None:
                self.at(_Call("act", "comes again", self.actor.again, Exception))


def _drawn(name: str, number: int) -> str:
    return f"{name.replace(' ', '-')}-{number}"


class _Doing:
    """A call that is being carried out: what is asked for meanwhile is a part of it."""

    def __init__(self, name: str, known: _Known, plain: Callable[[object], object]) -> None:
        self._name = name
        self._before = self._drawn = known.drawn
        self._plain = plain
        self._inner: list[bytes] = []
        self._heard = hashlib.blake2b(digest_size=16)

    def draw(self) -> str:
        """A text that nobody else draws."""
        self._drawn += 1
        return _drawn(self._name, self._drawn)

    def at(self, act: Callable[[], T]) -> T:
        """Something is asked for meanwhile."""
        value = act()
        self._inner.append(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        self._hears(value)
        return value

    def carry_out(self, call: _Call) -> _Told:
        """Does it: what the actor is to be told."""
        value: object = None
        error: Exception | None = None
        try:
            value = call.act()
        except Exception as failed:
            error = failed
        if call.again is None:
            self._hears(value)
        self._heard.update(repr(error).encode())
        drawn = self._drawn - self._before
        return _Told(self._heard.digest(), value, error, tuple(self._inner), drawn)

    def _hears(self, value: object) -> None:
        self._heard.update(repr(self._plain(value)).encode())


@dataclass(frozen=True, slots=True)
class _Saved:
    where: Mapping[str, _Known]
    fates_left: int
    died: tuple[str, ...]
    steps: tuple[Step, ...]
    shared: object


def _life_now() -> _Life | None:
    return getattr(getcurrent(), "life", None)


class Hub:
    """Runs actors in an order, and remembers it."""

    def __init__(
        self,
        stops: frozenset[Kind],
        fates: Collection[Fate] = (),
        most_fates: int = 1,
        plain: Callable[[object], object] = repr,
    ) -> None:
        """stops: where an actor waits for its turn. fates: what may become of an actor besides going on, in
        one order so many times. plain: what of an answer an actor is told by it.
        """
        self.stops = stops
        self.plain = plain
        self.fates = tuple(fates)
        self.fates_left = most_fates
        self.died: tuple[str, ...] = ()
        self.steps: list[Step] = []
        self.runs = 0
        """How often an actor had to run from its beginning."""
        self._makes: Callable[[str], Actor] = lambda name: Actor(name, lambda: None)
        self._where: dict[str, _Known] = {}
        self._blinded: frozenset[str] = frozenset()
        self._shared: Shared | None = None
        self._touched: Footprint | None = None
        self._numbers = 0
        self._draws = itertools.count(1)
        self._doing: _Doing | None = None
        self._lives: set[_Life] = set()

    # --- as actors see it

    def at(
        self,
        kind: Kind,
        what: str,
        act: Callable[[], T],
        lost: Callable[[], Exception] = Exception,
        again: Callable[[], T] | None = None,
    ) -> T:
        """An actor is about to do something; elsewhere it is just done.

        act: does it. It may be called several times, also after the actor has gone on from here, so it holds
        nothing that the actor may change; unless there is `again`: then it may run code of the actor's.
        lost: how it fails when no answer comes. again: `act` without its effects; what it answers, and leaves
        in the actor's memory, follows from what it asks for by `at` itself.
        """
        if self._doing is not None:
            return self._doing.at(act)
        life = _life_now()
        if life is None:
            return act()
        answer: T = life.at(_Call(kind, what, act, lost, again))  # type: ignore[assignment]
        return answer

    def reads(self, *keys: Key) -> None:
        """The step that is being taken has read these."""
        if self._touched is not None:
            self._touched.reads.update(keys)

    def writes(self, *keys: Key) -> None:
        """The step that is being taken has written these."""
        if self._touched is not None:
            self._touched.writes.update(keys)

    def draw(self) -> str:
        """A text that nobody else draws: what is random elsewhere, and here the same in each repetition."""
        draws = self._doing or _life_now()
        return _drawn("stage", next(self._draws)) if draws is None else draws.draw()

    # --- as an explorer sees it

    def begin(self, names: Sequence[str], makes: Callable[[str], Actor], shared: Shared) -> None:
        """These actors wait to begin. makes: makes one, as often as it has to run anew."""
        self._makes, self._shared = makes, shared
        for name in names:
            life = self._alive(name)
            self._where[name] = self._knows(None, None, life)
            self._blinded |= {name} if life.actor.blinded else set()

    @property
    def over(self) -> bool:
        """Whether nobody has anything left to do."""
        return all(known.call is None for known in self._where.values())

    @property
    def failures(self) -> Mapping[str, BaseException]:
        """By what actors ended that raised."""
        return {name: known.failure for name, known in self._where.items() if known.failure is not None}

    def choices(self) -> list[Choice]:
        """What may happen now."""
        calls = {name: known.call.kind for name, known in self._where.items() if known.call is not None}
        blind = BLIND in calls.values()
        ready = [name for name in calls if not (blind and name in self._blinded)]
        found = list(ready)
        if self.fates_left > 0:
            waiting = [name for name in ready if calls[name] in WRITES | {"queue"}]
            found += [f"{name} {fate}" for name in waiting for fate in self.fates]
        return found

    def actor(self, choice: Choice) -> str:
        """Whose choice it is."""
        return self._named(choice)[0]

    def step(self, choice: Choice) -> Step:
        """Lets one go on to its next stop."""
        name, fate = self._named(choice)
        known = self._where[name]
        assert known.call is not None, f"{name} is over"
        step = Step(choice, known.call.what)
        self.steps.append(step)
        self._touched = step.footprint
        if name in self._blinded:
            self.reads(("blind",))
        if fate != GOES_ON:
            self.fates_left -= 1
            self.writes(("fate",))
        self._passes_blindly(known)
        try:
            known = self._told(name, known, fate)
            while known.call is not None and known.call.kind not in self.stops:
                known = self._told(name, known, GOES_ON)
            self._passes_blindly(known)
        finally:
            self._touched = None
        self._where[name] = known
        return step

    def state(self) -> bytes:
        """A digest of all that what happens next follows from."""
        assert self._shared is not None
        digest = hashlib.blake2b(self._shared.state(acting=not self.over), digest_size=16)
        for known in self._where.values():
            # What somebody has been told who is over matters no more.
            told = repr(known.failure) if known.call is None else known.number
            digest.update(repr((known.call is None, told)).encode())
        digest.update(repr((self.fates_left, sorted(self.died))).encode())
        return digest.digest()

    def save(self) -> _Saved:
        """How things stand, to be restored any number of times."""
        assert self._shared is not None
        steps = tuple(self.steps)
        return _Saved(dict(self._where), self.fates_left, self.died, steps, self._shared.save())

    def restore(self, saved: _Saved) -> None:
        """Makes things stand as they did."""
        assert self._shared is not None
        self._where = dict(saved.where)
        self.fates_left, self.died, self.steps = saved.fates_left, saved.died, list(saved.steps)
        self._shared.restore(saved.shared)

    def close(self) -> None:
        """Those who are not over go no further."""
        for life in self._lives:
            life.end()

    def _told(self, name: str, known: _Known, fate: Fate) -> _Known:
        """Where the actor is once it has been told what came of its call."""
        assert known.call is not None
        if fate == "dies":
            self.died = (*self.died, name)
            told = _Told(b"dies", error=Crash())
        elif fate == "refused":
            told = _Told(b"lost", error=known.call.lost())
        else:
            told = self._carried_out(name, known)
            if fate == "unheard" and told.error is None:
                knows = b"" if known.call.again is None else told.digest
                told = _Told(b"lost" + knows, None, known.call.lost(), told.inner, told.drawn)
        return known.below.get(told.digest) or self._learns(name, known, told)

    def _carried_out(self, name: str, known: _Known) -> _Told:
        call = known.call
        if call is not None and call.again is not None:
            call = self._life(name, known).call
        assert call is not None
        self._doing = _Doing(name, known, self.plain)
        try:
            return self._doing.carry_out(call)
        finally:
            self._doing = None

    def _learns(self, name: str, known: _Known, told: _Told) -> _Known:
        """The actor is told what none was told before: it runs."""
        assert known.call is not None
        life = self._life(name, known)
        known.life = None
        retold = _Retold.of(told, known.call)
        life.tell(told)
        below = known.below[told.digest] = self._knows(known, retold, life)
        return below

    def _knows(self, above: _Known | None, told: _Retold | None, life: _Life) -> _Known:
        self._numbers += 1
        if life.call is not None:
            return _Known(self._numbers, life.drawn, above, told, life.call, None, life)
        self._lives.discard(life)
        return _Known(self._numbers, life.drawn, above, told, None, life.failure)

    def _life(self, name: str, known: _Known) -> _Life:
        """The actor as it waits here: it runs anew when it has gone on meanwhile."""
        if known.life is None:
            told, at = [], known
            while at.above is not None:
                assert at.told is not None
                told.append(at.told)
                at = at.above
            known.life = life = self._alive(name)
            for each in reversed(told):
                life.tell(each)
            assert known.call is not None
            now = None if life.call is None else (life.call.kind, life.call.what)
            before = known.call.kind, known.call.what
            assert now == before, f"{name} cannot be repeated: {before}, then {now}"
        return known.life

    def _alive(self, name: str) -> _Life:
        self.runs += 1
        life = _Life(self._makes(name))
        self._lives.add(life)
        return life

    def _passes_blindly(self, known: _Known) -> None:
        if known.call is not None and known.call.kind == BLIND:
            self.writes(("blind",))

    def _named(self, choice: Choice) -> tuple[str, Fate]:
        for name in self._where:
            if choice == name:
                return name, GOES_ON
            for fate in self.fates:
                if choice == f"{name} {fate}":
                    return name, fate
        raise AssertionError(f"nobody is called {choice}")
