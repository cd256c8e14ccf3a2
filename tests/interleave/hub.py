"""Who runs next: actors of whom one runs at a time, each until its next stop, in an order that is told.

An actor is a greenlet. Before each thing that others can see, or that shows what others did, it asks the hub;
where that is a stop it waits there, and the hub chooses who goes on. So one thread runs everything, an order
is a list of choices, and the same list leads to the same end.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

from tests.machine.crashes import Crash

T = TypeVar("T")

Kind = Literal["commit", "create", "update", "delete", "watch", "queue", "read"]
"""What an actor is about to do: a commit, a mutation at Google, a task to queue; a read on either side."""
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


class Actor:
    """Somebody who does something: a job, a request to the API, a person at the phone, the clock."""

    def __init__(
        self,
        name: str,
        work: Callable[[], object],
        *,
        again: Callable[[], object] | None = None,
        blinded: bool = False,
    ) -> None:
        """again: what happens when it died or raised, as Cloud Tasks delivers a job again. blinded: it does
        not act while somebody deletes blindly at Google.
        """
        self.name = name
        self.work = work
        self.again = again
        self.blinded = blinded
        self.stop: Kind | None = None
        self.what = "begins"
        self.over = False
        self.history = b""
        """A digest of all that it has been told: what it will do follows from that."""
        self.failure: BaseException | None = None
        self.greenlet: Any = None


@dataclass(slots=True)
class Step:
    """What was chosen and what it touched. what: what the actor had been about to do."""

    choice: Choice
    what: str
    footprint: Footprint = field(default_factory=Footprint)


Chooser = Callable[[Sequence[Choice], Step | None, Callable[[], bytes]], Choice | None]
"""Chooses among what may happen now, told of the step before and, if it asks, of the state: in one state the
same can happen as in another that is equal. None: this order need not go on.
"""


class Hub:
    """Runs actors in an order, and remembers it."""

    def __init__(
        self,
        stops: frozenset[Kind],
        fates: Collection[Fate] = (),
        most_fates: int = 1,
        plain: Callable[[object], object] = repr,
        shared: Callable[[], bytes] = bytes,
    ) -> None:
        """stops: where an actor waits for its turn. fates: what may become of an actor besides going on, in
        one order so many times. plain: what of an answer an actor is told by it. shared: a digest of all that
        several actors can see.
        """
        self.stops = stops
        self.plain = plain
        self.shared = shared
        self.fates = tuple(fates)
        self.fates_left = most_fates
        self.actors: Sequence[Actor] = ()
        self.steps: list[Step] = []
        self.died: list[str] = []
        self._ending = False

    @property
    def current(self) -> Actor | None:
        """The actor at work now; None while nobody acts, as before the first and after the last step."""
        return getattr(getcurrent(), "actor", None)

    def run(self, actors: Sequence[Actor], choose: Chooser) -> bool:
        """Lets the actors act until all are over; False when the chooser saw no need to go on."""
        self.actors = actors
        for actor in actors:
            actor.greenlet = greenlet(self._body(actor))
            actor.greenlet.actor = actor
        while not all(actor.over for actor in actors):
            choice = choose(self._choices(), self.steps[-1] if self.steps else None, self.state)
            if choice is None:
                self._end()
                return False
            self._step(choice)
        return True

    def at(self, kind: Kind, what: str, act: Callable[[], T], lost: Callable[[], Exception]) -> T:
        """An actor is about to do something; elsewhere it is just done. lost: how it fails when no answer
        comes.
        """
        actor = self.current
        if actor is None:
            return act()
        if self._ending:
            raise GreenletExit
        if kind not in self.stops:
            return self._told(actor, what, act())
        fate = self._wait(actor, kind, what)
        self.tells(fate)
        if fate == "dies":
            self.died.append(actor.name)
            raise Crash
        if fate == "refused":
            raise lost()
        try:
            answer = act()
        except Exception as error:
            self.tells(repr(error))
            raise
        if fate == "unheard":
            raise lost()
        return self._told(actor, what, answer)

    def reads(self, *keys: Key) -> None:
        """The step that is being taken has read these."""
        if self.current is not None and self.steps:
            self.steps[-1].footprint.reads.update(keys)

    def writes(self, *keys: Key) -> None:
        """The step that is being taken has written these."""
        if self.current is not None and self.steps:
            self.steps[-1].footprint.writes.update(keys)

    def state(self) -> bytes:
        """A digest of all that what happens next follows from."""
        digest = hashlib.blake2b(self.shared(), digest_size=16)
        for actor in self.actors:
            digest.update(repr((actor.over, actor.what, actor.history)).encode())
        digest.update(repr((self.fates_left, self.died)).encode())
        return digest.digest()

    def tells(self, what: str) -> None:
        """The actor at work learns this."""
        if (actor := self.current) is not None:
            actor.history = hashlib.blake2b(actor.history + what.encode(), digest_size=16).digest()

    def _told(self, actor: Actor, what: str, answer: T) -> T:
        self.tells(f"{what} {self.plain(answer)}")
        return answer

    def _body(self, actor: Actor) -> Callable[[Fate], None]:
        def body(_: Fate) -> None:
            try:
                actor.work()
            except GreenletExit:
                raise
            except BaseException as error:
                actor.failure = error
                if actor.again is not None:
                    actor.again()
            actor.over = True

        return body

    def _wait(self, actor: Actor, kind: Kind, what: str) -> Fate:
        actor.stop, actor.what = kind, what
        if kind == BLIND:
            self.writes(("blind",))
        fate: Fate = actor.greenlet.parent.switch()
        if self._ending:
            raise GreenletExit
        if kind == BLIND:
            self.writes(("blind",))
        actor.stop, actor.what = None, "goes on"
        return fate

    def _choices(self) -> list[Choice]:
        blind = any(actor.stop == BLIND for actor in self.actors)
        ready = [actor for actor in self.actors if not actor.over and not (actor.blinded and blind)]
        found = [actor.name for actor in ready]
        if self.fates_left > 0:
            waiting = [actor for actor in ready if actor.stop in WRITES | {"queue"}]
            found += [f"{actor.name} {fate}" for actor in waiting for fate in self.fates]
        return found

    def _step(self, choice: Choice) -> None:
        actor, fate = self._named(choice)
        self.steps.append(Step(choice, actor.what))
        footprint = self.steps[-1].footprint
        if actor.blinded:
            footprint.reads.add(("blind",))
        if fate != GOES_ON:
            self.fates_left -= 1
            footprint.writes.add(("fate",))
        actor.greenlet.switch(fate)

    def _named(self, choice: Choice) -> tuple[Actor, Fate]:
        for actor in self.actors:
            if choice == actor.name:
                return actor, GOES_ON
            for fate in self.fates:
                if choice == f"{actor.name} {fate}":
                    return actor, fate
        raise AssertionError(f"nobody is called {choice}")

    def _end(self) -> None:
        """Those who are not over go no further."""
        self._ending = True
        for actor in self.actors:
            if actor.greenlet:
                actor.greenlet.throw(GreenletExit)
