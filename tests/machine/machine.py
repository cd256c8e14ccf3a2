"""What the state machines of both resources share: one user on a stage of its own, jobs that die, meet and
come late, and the rest at the end of a walk.

On a walk with latency every call of a job to Google, the store and the queue takes its time on a simulated
clock (`tests/timeline.py`): jobs go on while people act, and overlap. On one without, a job runs to its end
before anything else happens, unless that is made to happen during it.
"""

import logging
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from crmsync.core.account import User
from crmsync.core.errors import SyncError, Unavailable
from crmsync.core.model import Resource
from crmsync.core.pair.sharing import Way
from crmsync.core.state import Link
from crmsync.engine import jobs
from crmsync.engine.account import afresh, connect, pausing
from crmsync.engine.frame import frame
from crmsync.engine.frame.answers import Answer, Ended, answer_to, backoff, is_unexpected
from crmsync.engine.requests import request_sync
from crmsync.engine.sessions import account_key
from crmsync.engine.users import change_user
from crmsync.store.documents.port import Documents
from crmsync.store.ports import Kind, Store
from local.google.clock import Clock
from local.google.faults import Fault
from local.google.world import Account, World
from tests.engine.allowing import come_back
from tests.machine.crashes import Crash, Effect, Event, Fuse, die
from tests.machine.in_process import InProcessGoogle
from tests.machine.latencies import Latencies
from tests.machine.people import Witness
from tests.machine.trouble import (
    DEAD,
    STEPS,
    TOKEN_FAULTS,
    BrittleQueue,
    Poison,
    Step,
    TokenFault,
    Unexpected,
    refused,
)
from tests.quiet import quiet
from tests.stage import START, Served, Stage
from tests.timeline import Timeline

SOON = 60.0
"""Seconds in which both sides agree after the last thing that went wrong, once no known wait is left."""
IN_DOUBT = timedelta(minutes=15)
"""For so long a create may be on its way, and so may what became of a contact that is gone."""
REDELIVERY = 5.0
FUNCTIONS_WORK, LIMIT = timedelta(minutes=7), timedelta(minutes=9, seconds=30)
"""Longer than a job begins new steps, and longer than the platform lets it live."""
FEW_MINUTES, LONG = timedelta(minutes=4), timedelta(minutes=20)
ASIDE, PAUSE = "aside", "pause"
"""Waits whose end the schedule sees to: of a pause when it is a long one."""
KINDS: Mapping[Resource, Kind] = {"contacts": "contacts", "calendar": "appointments"}
EFFECT = st.sampled_from((0, 1, 1, 2, 2, 3, 3, 4, 5, 7, 10))
WHEN = st.sampled_from(("before", "after"))
Copies = Literal["keep", "delete"]
CrmCopies = Literal["keep", "archive"]
WAYS = st.dictionaries(
    st.sampled_from(("emails", "phones", "notes", "nickname", "organization", "location", "description")),
    st.sampled_from(("to_crm", "to_google", "never")),
    max_size=3,
)
HOW = st.sampled_from(("quota", "outage", "dropped"))


class SyncMachine(RuleBasedStateMachine):
    """One user, one account. What people do and what must hold is the resource's own."""

    resource: ClassVar[Resource]
    announced: ClassVar[bool]
    """Whether Google announces changes, those too that follow from the sync's own writes."""
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
        self.context.enter_context(quiet(logging.CRITICAL))
        server = self.context.enter_context(type(self).google(World(clock)))
        store = type(self).documents
        self.stage = Stage(server, documents=store(clock) if store else None)
        self.fuse = Fuse()
        self.stage.fuse(self.fuse)
        self.queue = BrittleQueue(self.stage.queue, lambda: self.at_work)
        self.stage.deps = replace(self.stage.deps, queue=self.queue)
        self.refusals: list[SyncError] = getattr(server, "refusals", [])
        self.unexpected: list[Exception] = []
        """What ended jobs though nobody has made it happen."""
        self.edited: set[str] = set()
        """Records that were edited once nothing was wrong with them any more."""
        self.context.enter_context(patch.object(frame, "answer_to", self._answered))
        self.poison = Poison()
        self.context.callback(self.poison.lift)
        self.other = self.stage.world.add_account("ann.too@gmail.example", "Ann")
        self.witness = Witness()
        self.steps = 0
        self.pauses = 0
        """How often people have paused. Hypothesis counts nothing here: a walk that is copied from its report
        has the same pauses.
        """
        self.hung_until: datetime | None = None
        """When the last job that hung goes on, or went on."""
        self.retry_until: datetime | None = None
        """Until when a job that failed before the last fault ended may come back."""
        self._runs = False
        self.timeline: Timeline | None = None
        self.latencies: Latencies | None = None

    @property
    def at_work(self) -> bool:
        """Whether a job is, at this very moment."""
        return self._runs if self.timeline is None else self.timeline.at_work is not None

    def takes_time(self, pace: float | None, seed: int) -> None:
        """From here on calls take time: at Google so many seconds on average. None: no time at all."""
        if pace is None:
            return

        def at_work() -> object:
            return timeline.at_work

        self.latencies = latencies = Latencies(seed, pace, at_work)
        self.timeline = timeline = Timeline(
            self.stage,
            latencies.google,
            store=latencies.store,
            queue=latencies.store,
            redelivery=REDELIVERY,
            mends=self._mends,
        )
        self.fuse.armed = lambda: timeline.at_work is not None
        self.stage.passes = self._passes

    def _passes(self, seconds: float) -> None:
        assert self.timeline is not None
        if self.timeline.at_work is None:
            self.timeline.go(seconds)
        else:
            # Somebody acts while a job is in the midst of a call: the others are late by as much.
            self.stage.clock.advance(timedelta(seconds=seconds))

    def _mends(self, error: BaseException) -> bool:
        """Whether a job that ended so is delivered again. What nobody has made to happen is a defect."""
        self.totals.update(crashes=isinstance(error, Crash))
        lost = isinstance(error, Unavailable) and error.reason == "queue_unavailable"
        return lost or isinstance(error, Crash | Unexpected)

    def _answered(self, error: Exception, ended: Ended) -> Answer:
        """How the frame answers an exception. One that nobody has made to happen is a defect."""
        if is_unexpected(error) and not isinstance(error, Unexpected):
            self.unexpected.append(error)
        return answer_to(error, ended)

    def teardown(self) -> None:
        """Ends the walk: rest, then look."""
        try:
            if self.stage.store.user(self.stage.scope) is not None:
                self.rest()
                timed = self.timeline is not None
                self.totals.update(walks=1, steps=self.steps, blown=self.fuse.blown, timed=timed)
        finally:
            if self.timeline is not None:
                self.timeline.close()
            self.context.close()

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        """Called by Hypothesis after each step."""
        self.steps += 1
        super().check_invariants(*args, **kwargs)

    def rest(self) -> None:
        """Leaves the system alone until it has come to rest, then looks; jobs that follow write nothing."""
        self.fuse.clear()
        if self.poison.word is not None:
            self.others_go_on()
        self.faults_end()
        if self.timeline is not None:
            self._agrees_soon(self.timeline)
        for minutes in (20, 20, 20, 70):
            self.stage.later(minutes * 60)
            self.tick()
            self.answer()
            self.job(SOON)
        self.look()
        self.idle("one more job writes nothing")
        assert self.unexpected == []

    def faults_end(self) -> None:
        """Whatever goes wrong is over; people do what the sync has asked them for."""
        self.stage.world.controls.clear_faults()
        self.queue.failures = 0
        self.refusals.clear()
        word = self.poison.word
        self.poison.lift()
        user = self.user
        self.retry_until = self.stage.clock.now() + timedelta(
            seconds=backoff(user.resource(self.resource).failures + 1)
        )
        if user.connection is None or user.connection.state == "dead":
            self.connects(self.stage.account)
        self.settings(push_contacts=True, push_appointments=True)
        self.settings(pull_contacts=True, pull_appointments=True, ways={}, paused={})
        if word is not None:
            self.edited.update(self.edits(word))

    def others_go_on(self) -> None:
        """A record at which something unexpected happens keeps no other one from Google."""
        self.settings(push_contacts=True, push_appointments=True, paused={})
        id = self.adds()
        self.stage.world.controls.clear_faults()
        self.refusals.clear()
        self.queue.failures = 0
        if self.user.connection is not None and self.user.connection.state == "active":
            self.job(SOON)
            self.job(20 * SOON)
            assert id in self.store.links_of(self.stage.scope, self.resource, [id]), "others wait as well"

    @property
    def store(self) -> Store:
        return self.stage.store

    @property
    def user(self) -> User:
        user = self.store.user(self.stage.scope)
        assert user is not None
        return user

    def tick(self) -> None:
        """The schedule looks whose time has come."""
        jobs.resync_due(self.stage.deps, self.stage.clock.now().isoformat())

    @abstractmethod
    def adds(self) -> str:
        """A person adds a record in the CRM; answers its id."""

    @abstractmethod
    def edits(self, word: str) -> Iterable[str]:
        """A person edits what says this word in the CRM, in another place; answers the ids."""

    @abstractmethod
    def marks(self, which: int) -> str | None:
        """A person writes a new word into a record of the CRM; None when there is no record."""

    def _agrees_soon(self, timeline: Timeline) -> None:
        """All is done within a minute that begins without a known wait, after the last fault; then nothing is
        left.
        """
        self.job(SOON)
        self.answer()
        if self.announced:
            timeline.go(SOON)
            self.deliver()
        for _ in range(4):
            now, waits = self.stage.clock.now(), self.waits()
            timeline.go((max(waits.values(), default=now) - now).total_seconds() + SOON)
            if any(why.startswith((ASIDE, PAUSE)) for why in waits):
                self._schedule_looks(timeline)
            if not waits:
                break
        if self.queue.lost:
            self._schedule_looks(timeline)
        if self.announced:
            # Google tells of what our own jobs have written there, too, and of what follows from it there.
            self.deliver()
            timeline.go(SOON)
        if self.answer():
            # Only what came after a wait has met the guard.
            timeline.go(SOON)
            self.job(SOON)
        assert not timeline.at_it, f"still at work: {timeline.at_it}"
        self.look(queued=bool(self.stage.queue.tasks))
        if timeline.next is not None:
            # A look at what was in doubt, which something else has settled meanwhile.
            timeline.go(IN_DOUBT.total_seconds())
        assert timeline.next is None, f"{self.stage.queue.tasks} are still queued, {self.waits()}"
        for _ in range(3):
            self.idle("once both sides agree a job writes nothing")

    def _schedule_looks(self, timeline: Timeline) -> None:
        """It queues again what was asked for and whose task is gone, looks at leases again, at what was set
        aside, and whether long pauses are over.
        """
        for _ in range(2):
            due = self.user.next_due_at
            if due is not None and due > self.stage.clock.now():
                timeline.go((due - self.stage.clock.now()).total_seconds())
            self.tick()
            timeline.go(SOON)

    def waits(self) -> dict[str, datetime]:
        """What is waited for, as far as that is known, and until when."""
        now, scope, store = self.stage.clock.now(), self.stage.scope, self.stage.store
        user = store.user(scope)
        assert user is not None
        state = user.resource(self.resource)
        found = {"lease": state.lease_until, PAUSE: state.paused_until, "hang": self.hung_until}
        if state.failures:
            found["retry"] = self.retry_until
        found |= {f"stalled {kind}": stall.until for kind, stall in user.stalls.items()}
        found |= {f"create {it.id}": it.created_at + IN_DOUBT for it in store.intents(scope)}
        for link in store.links_page(scope, self.resource, None, 1000):
            if link.missing_since is not None:
                found[f"missing {link.crm}"] = link.missing_since + IN_DOUBT
        found |= {f"{ASIDE} {link.key}": link.retry_at for link in self._asides()}
        return {why: until for why, until in found.items() if until is not None and until > now}

    def _asides(self) -> list[Link]:
        """Links of what was set aside and nobody edits now that nothing is wrong any more: it is in the
        CRM's archive, never came in, or says no longer there what Google says. It is tried again when its
        time has come.
        """
        scope = self.stage.scope
        asides = [it for it in self.store.quarantined(scope, None, 1000) if it.resource == self.resource]
        return [link for link in asides if link.crm not in self.edited]

    def answer(self) -> bool:
        """What the user does while the system comes to rest: nothing, unless the machine says what. Answers
        whether there was anything to do.
        """
        return False

    @abstractmethod
    def look(self, *, queued: bool = False) -> None:
        """Asserts what must hold at rest. queued: jobs are, which will find nothing to do."""

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
            self.hang(LONG if kind == "commit" or after else FEW_MINUTES)

        self.during_a_job(effect, hang, after=after)

    @rule(minutes=st.sampled_from((1, 20, 60 * 24 * 6)))
    def time_passes(self, minutes: int) -> None:
        self.stage.later(minutes * 60)

    # --- what goes wrong around a job

    @rule(effect=EFFECT, after=st.booleans(), killed=st.booleans())
    def time_limit_strikes(self, effect: int, after: bool, killed: bool) -> None:
        """Something takes so long that the job has to stop, or that the platform kills it."""

        def strikes(kind: Effect) -> None:
            self.hang(LIMIT if killed else FUNCTIONS_WORK, beside=False)
            if killed:
                die(kind)

        self.during_a_job(effect, strikes, after=after)

    @rule(which=st.integers(0, 3))
    def task_is_lost(self, which: int) -> None:
        self.queue.loses(which)

    @rule(times=st.sampled_from((1, 2)))
    def queue_fails(self, times: int) -> None:
        self.queue.failures += times

    @rule(fault=st.sampled_from(TOKEN_FAULTS), times=st.sampled_from((1, 1, 2, 4)))
    def token_endpoint_fails(self, fault: TokenFault, times: int) -> None:
        """The access token has run out, and no new one is to be had."""
        if self.user.connection is None:
            return
        self.stage.google.forget(account_key(self.stage.scope, self.user.connection.sub))
        self.refusals += [refused(fault)] * (1 if fault in DEAD else times)

    @rule(which=st.integers(0, 5), step=st.sampled_from(STEPS))
    def something_unexpected_happens_at_a_record(self, which: int, step: Step) -> None:
        if self.poison.word is None:
            word = self.marks(which)
            if word is not None:
                self.poison.put(word, step, self.resource)

    # --- connection and settings

    @rule(
        google=st.sampled_from(("keep", "keep", "delete")),
        crm=st.sampled_from(("keep", "keep", "archive")),
        other=st.sampled_from((False, False, True)),
        seconds=st.sampled_from((0.0, 1.0, 20.0)),
    )
    def user_connects_again(
        self, google: Copies = "keep", crm: CrmCopies = "keep", other: bool = False, seconds: float = 20.0
    ) -> None:
        """The same account, or another one; what the sync made is kept or taken back."""
        connect.disconnect(self.stage.deps, self.stage.scope, google, crm)
        self.finish(seconds)
        if other:
            self.stage.account, self.other = self.other, self.stage.account
        self.connects(self.stage.account)

    def connects(self, account: Account) -> None:
        """The user comes back from Google, and confirms an account that is not the one before. It may have to
        wait for the clean-up of that one.
        """
        outcome = come_back(self.stage, account, frozenset((self.resource,)), afresh=True)
        assert outcome.kind in ("connected", "waiting"), outcome

    @rule(on=st.booleans())
    def crm_lets_it_be_pushed(self, on: bool) -> None:
        self.settings(push_contacts=on, push_appointments=on)

    @rule(on=st.booleans())
    def google_lets_it_come_in(self, on: bool) -> None:
        self.settings(pull_contacts=on, pull_appointments=on)

    @rule(on=st.booleans())
    def user_pauses(self, on: bool) -> None:
        self.settings(paused={self.resource: self.stage.clock.now()} if on else {})

    @rule(ways=WAYS)
    def user_switches_fields(self, ways: dict[str, Way]) -> None:
        self.settings(ways=ways)

    @rule()
    def user_clicks(self) -> None:
        request_sync(self.stage.deps, self.stage.scope, "manual")

    def settings(self, **given: Any) -> None:
        """Other settings, as by the page for them: it asks for a sync."""
        before = self.user.settings
        after = before.changed(given)

        def changed(user: User) -> dict[str, Any]:
            now = self.stage.clock.now()
            return {"settings": after, **afresh.changed(user, after), **pausing.goes_on(user, after, now)}

        if after != before:
            change_user(self.stage.deps, self.stage.scope, changed)
            request_sync(self.stage.deps, self.stage.scope, "change")

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
        if self.timeline is not None:
            self.stage.queue.enqueue("sync", payload)
        else:
            jobs.run(self.stage.deps, "sync", payload)

    def hang(self, span: timedelta, *, beside: bool = True) -> None:
        """The job at work does nothing for so long. beside: another one runs meanwhile."""
        if self.timeline is not None:
            if beside:
                self.another_job()
            until = self.stage.clock.now() + span
            self.hung_until = max(self.hung_until or until, until)
            self.timeline.hang(span.total_seconds())
        else:
            self.stage.clock.advance(span)
            if beside:
                self.another_job()

    def during_a_job(self, effect: int, event: Event, *, after: bool) -> None:
        self.fuse.set(effect, after=after, event=event)
        self.job()

    def job(self, seconds: float | None = None) -> None:
        """A job is delivered. seconds: how long it may take, on a walk with latency."""
        self.deliver()
        self.finish(seconds)

    def finish(self, seconds: float | None = None) -> None:
        """Runs what is queued; what a crash interrupts is delivered again later. With latency, time passes,
        and what is at work goes on after it.
        """
        if self.timeline is not None and self.latencies is not None:
            if seconds is None:
                self.pauses += 1
                seconds = self.latencies.pause(self.pauses)
            self.timeline.go(seconds)
            return
        try:
            self._runs = True
            self.stage.run(200)
        except BaseException as error:
            if not self._mends(error):
                raise
        finally:
            self._runs = False
            self.fuse.clear()

    def idle(self, what: str) -> None:
        """One more job writes nothing; one more than that, when a complete listing had become due."""
        listed = self.user.resource(self.resource).full_at
        for _ in range(2):
            self.stage.meter.reset()
            self.job(SOON)
            used = self.stage.meter.used()
            if self.user.resource(self.resource).full_at == listed:
                break
        assert (used.writes, used.deletes) == (0, 0), what
