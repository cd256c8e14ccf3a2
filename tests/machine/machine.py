"""What the state machines of both resources share: one user on a stage of its own, jobs that die, meet and
come late, and the rest at the end of a walk.
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from crmsync.core.model import Resource
from crmsync.engine import jobs
from crmsync.store.documents.port import Documents
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.world import World
from tests.machine.crashes import Crash, Effect, Event, Fuse
from tests.machine.in_process import InProcessGoogle
from tests.machine.people import Witness
from tests.quiet import quiet
from tests.stage import START, Served, Stage

FEW_MINUTES, LONG = timedelta(minutes=4), timedelta(minutes=20)
EFFECT = st.sampled_from((0, 1, 1, 2, 2, 3, 3, 4, 5, 7, 10))
WHEN = st.sampled_from(("before", "after"))
HOW = st.sampled_from(("quota", "outage", "dropped"))


class SyncMachine(RuleBasedStateMachine):
    """One user, one account. What people do and what must hold is the resource's own."""

    resource: ClassVar[Resource]
    quota: ClassVar[tuple[int, str]]
    """How Google says that its quota is used up: status and reason."""
    google: ClassVar[Callable[[World], AbstractContextManager[Served]]] = InProcessGoogle
    """How the simulated Google is reached; each walk has one of its own."""
    documents: ClassVar[Callable[[Clock], Documents] | None] = None
    """Where the CRM's data lies; None: in the twin."""
    start: ClassVar[datetime] = START
    totals: ClassVar[Counter[str]] = Counter()
    """What the walks of this process came to."""

    def __init__(self) -> None:
        super().__init__()
        clock = Clock(self.start)
        self.context = ExitStack()
        self.context.enter_context(quiet())
        server = self.context.enter_context(type(self).google(World(clock)))
        store = type(self).documents
        self.stage = Stage(server, documents=store(clock) if store else None)
        self.fuse = Fuse()
        self.stage.fuse(self.fuse)
        self.witness = Witness()
        self.steps = 0

    def teardown(self) -> None:
        """Ends the walk: rest, then look."""
        try:
            if self.stage.store.user(self.stage.scope) is not None:
                self.rest()
                self.totals.update(walks=1, steps=self.steps, blown=self.fuse.blown)
        finally:
            self.context.close()

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        """Called by Hypothesis after each step."""
        self.steps += 1
        super().check_invariants(*args, **kwargs)

    def rest(self) -> None:
        """Leaves the system alone until it has come to rest, then looks; one more job writes nothing."""
        self.fuse.clear()
        self.stage.world.controls.clear_faults()
        for minutes in (20, 20, 20, 70):
            self.stage.later(minutes * 60)
            self.answer()
            self.job()
        self.look()
        self.idle("one more job writes nothing")

    def answer(self) -> None:
        """What the user does while the system comes to rest: nothing, unless the machine says what."""

    @abstractmethod
    def look(self) -> None:
        """Asserts what must hold at rest."""

    # --- jobs

    @rule()
    def job_runs(self) -> None:
        self.job()

    @rule()
    def job_is_delivered_twice(self) -> None:
        self.deliver()
        self.job()

    @rule(effect=EFFECT, after=st.booleans())
    def job_dies(self, effect: int, after: bool) -> None:
        self.fuse.set(effect, after=after)
        self.job()

    @rule(effect=EFFECT, after=st.booleans())
    def jobs_overlap(self, effect: int, after: bool) -> None:
        self.during_a_job(effect, lambda _: self.another_job(), after=after)

    @rule(effect=EFFECT, after=st.booleans())
    def job_comes_late(self, effect: int, after: bool) -> None:
        """A zombie: it hangs in an effect while time passes and another job runs, and then goes on.

        A mutation that hangs before Google has seen it does so for minutes only: the function that asked for
        it lives nine at most.
        """

        def hang(kind: Effect) -> None:
            self.stage.clock.advance(LONG if kind == "commit" or after else FEW_MINUTES)
            self.another_job()

        self.during_a_job(effect, hang, after=after)

    @rule(minutes=st.sampled_from((1, 20, 60 * 24 * 6)))
    def time_passes(self, minutes: int) -> None:
        self.stage.clock.advance(timedelta(minutes=minutes))

    def fails_once(self, operation: str, when: Literal["before", "after"], how: str) -> None:
        """Google fails at the next such operation: before it has had an effect, or after."""
        if how == "quota":
            fault = Fault(operation, "before", *self.quota)
        else:
            fault = Fault(operation, when, 503, "backendError", drop=how == "dropped")
        self.stage.world.controls.plan(fault)

    def deliver(self) -> None:
        payload = {"uid": self.stage.uid, "resource": self.resource, "reason": "push"}
        self.stage.queue.enqueue("sync", payload)

    def another_job(self) -> None:
        payload = {"uid": self.stage.uid, "resource": self.resource, "reason": "manual"}
        jobs.run(self.stage.deps, "sync", payload)

    def during_a_job(self, effect: int, event: Event, *, after: bool) -> None:
        self.fuse.set(effect, after=after, event=event)
        self.job()

    def job(self) -> None:
        self.deliver()
        self.finish()

    def finish(self) -> None:
        """Runs what is queued; what a crash interrupts is delivered again later."""
        try:
            self.stage.run(200)
        except Crash:
            self.totals.update(crashes=1)
        finally:
            self.fuse.clear()

    def idle(self, what: str) -> None:
        """One more job writes nothing."""
        self.stage.meter.reset()
        self.job()
        used = self.stage.meter.used()
        assert (used.writes, used.deletes) == (0, 0), what
