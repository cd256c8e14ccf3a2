"""The whole calendar sync as a state machine: appointments, series and exceptions on both sides, splits at
Google, jobs that die, meet and come late.

After every walk the system is left alone until it rests; then everything in `calendar_checks` must hold, one
more job writes nothing, and neither does a complete listing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from crmsync.core.account import GoogleEvents, User
from crmsync.engine.account import calendars
from crmsync.engine.requests import request_sync
from crmsync.engine.review import approvals
from crmsync.engine.users import change_user
from crmsync.store.ports import PutUser
from tests.machine.calendar_checks import CalendarChecks
from tests.machine.calendar_people import Caller, Planner, Text
from tests.machine.latencies import PACE, SEEDS
from tests.machine.machine import EFFECT, HOW, SOON, WHEN, SyncMachine

WORDS = ("Ada", "Bo", "Cem")
CALENDARS = ("primary", "work@group.calendar.google.com")
GUESTS = ("ann@guests.example", "ben@guests.example")

WHICH = st.integers(0, 5)
PLACE = st.integers(0, 3)
WORD = st.sampled_from(WORDS)
GUEST = st.sampled_from(GUESTS)
RESPONSE = st.sampled_from(("accepted", "declined", "tentative"))
WISH = st.sampled_from(("off", "busy", "full"))
KIND = st.tuples(st.booleans(), st.sampled_from((False, False, True)))
"""Whether what is added is a series, and whether of whole days."""
HOURS = st.sampled_from((1, -1, 2, 24, -24))
TEXT: st.SearchStrategy[Text] = st.sampled_from(("title", "location", "description"))


class CalendarMachine(SyncMachine):
    """One user, one calendar, a handful of events, so that edits meet."""

    resource = "calendar"
    announced = True
    quota = (403, "rateLimitExceeded")
    totals: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.crm = Planner(self.stage, self.witness)
        self.phone = Caller(self.stage, self.witness)
        self.told: set[str] = set()
        """Records whose guests may be told, and their events."""
        for account in (self.stage.account, self.other):
            account.calendars.add_calendar(CALENDARS[1], summary="Work")

    @initialize(
        wish=st.sampled_from(("off", "off", "busy", "full")),
        hidden=st.booleans(),
        synced=st.sampled_from((True, True, True, False)),
        all_day=st.sampled_from((False, False, True)),
        pace=PACE,
        seed=SEEDS,
    )
    def connected(
        self,
        wish: GoogleEvents,
        hidden: bool,
        synced: bool,
        all_day: bool = False,
        pace: float | None = None,
        seed: int = 0,
    ) -> None:
        """A user with appointments here and there; most begin after the first sync. all_day: the series."""
        self.stage.connect(frozenset(("calendar",)))
        self.wants(wish)
        self.stage.calendar.hide_instance_ids(hidden)
        self.crm.add("Ada", 0, series=True, all_day=all_day)
        self.crm.add("Bo", 1, series=False)
        self.phone.add("Cem", 2, series=True, all_day=all_day)
        if synced:
            self.stage.sync("calendar")
        self.takes_time(pace, seed)

    def wants(self, wish: GoogleEvents) -> None:
        user = self.stage.store.user(self.stage.scope)
        assert user is not None
        settings = replace(user.settings, google_events=wish)
        self.stage.store.commit(self.stage.scope, [PutUser({"settings": settings})])

    # --- people at the CRM

    @rule(word=WORD, day=WHICH, kind=KIND)
    def crm_adds(self, word: str, day: int, kind: tuple[bool, bool]) -> None:
        series, all_day = kind
        self.crm.add(word, day, series=series, all_day=all_day)

    @rule(which=WHICH, field=TEXT, word=WORD)
    def crm_types(self, which: int, field: Text, word: str) -> None:
        self.crm.types(which, field, word)

    @rule(which=WHICH, hours=HOURS)
    def crm_moves(self, which: int, hours: int) -> None:
        self.crm.moves(which, hours)

    @rule(which=WHICH)
    def crm_turns(self, which: int) -> None:
        self.crm.turns(which)

    @rule(which=WHICH)
    def crm_repeats(self, which: int) -> None:
        self.crm.repeats(which)

    @rule(which=WHICH, guest=GUEST)
    def crm_invites(self, which: int, guest: str) -> None:
        self.crm.invites(which, guest)

    @rule(which=WHICH)
    def crm_calls_off(self, which: int) -> None:
        self.crm.calls_off(which)

    @rule(which=WHICH, place=PLACE, word=WORD, cancel=st.booleans())
    def crm_excepts(self, which: int, place: int, word: str, cancel: bool) -> None:
        self.crm.excepts(which, place, word, cancel=cancel)

    @rule(which=WHICH)
    def crm_archives(self, which: int) -> None:
        self.crm.archives(which)

    @rule(which=WHICH)
    def crm_restores(self, which: int) -> None:
        self.crm.restores(which)

    @rule(wish=WISH)
    def crm_wants(self, wish: GoogleEvents) -> None:
        """Another choice of what is to come of events born at Google."""
        self.wants(wish)

    @rule(which=WHICH, guest=GUEST)
    def crm_tells_guests(self, which: int, guest: str) -> None:
        """Mail goes to the guests of this one from now on, and of what is made an exception of it."""
        id = self.crm.tells(which, guest)
        if id is not None:
            series = self.stage.appointment(id).value.series_id or id
            links = self.store.links_of(self.stage.scope, "calendar", [id, series])
            self.told |= {id, *(link.remote_id for link in links.values())}

    @rule(calendar=st.sampled_from(CALENDARS), copies=st.sampled_from(("keep", "remove")))
    def crm_chooses_a_calendar(self, calendar: str, copies: calendars.Copies) -> None:
        now = self.stage.clock.now()

        def chosen(user: User) -> Any:
            return {"calendar": calendars.chosen(user.calendar, calendar, copies, now)}

        change_user(self.stage.deps, self.stage.scope, chosen)
        request_sync(self.stage.deps, self.stage.scope, "change")

    # --- people at the phone

    @rule(word=WORD, day=WHICH, kind=KIND)
    def phone_adds(self, word: str, day: int, kind: tuple[bool, bool]) -> None:
        series, all_day = kind
        self.phone.add(word, day, series=series, all_day=all_day)

    @rule(which=WHICH, field=TEXT, word=WORD)
    def phone_types(self, which: int, field: Text, word: str) -> None:
        self.phone.types(self.phone.pick(which), field, word)

    @rule(which=WHICH, place=PLACE, field=TEXT, word=WORD)
    def phone_types_on_one(self, which: int, place: int, field: Text, word: str) -> None:
        self.phone.types(self.phone.instance(which, place), field, word)

    @rule(which=WHICH, hours=HOURS)
    def phone_moves(self, which: int, hours: int) -> None:
        self.phone.moves(self.phone.pick(which), hours)

    @rule(which=WHICH, place=PLACE, hours=HOURS)
    def phone_moves_one(self, which: int, place: int, hours: int) -> None:
        self.phone.moves(self.phone.instance(which, place), hours)

    @rule(which=WHICH)
    def phone_turns(self, which: int) -> None:
        self.phone.turns(self.phone.pick(which))

    @rule(which=WHICH, place=PLACE)
    def phone_turns_one(self, which: int, place: int) -> None:
        self.phone.turns(self.phone.instance(which, place))

    @rule(which=WHICH)
    def phone_repeats(self, which: int) -> None:
        self.phone.repeats(self.phone.pick(which))

    @rule(which=WHICH, guest=GUEST)
    def phone_invites(self, which: int, guest: str) -> None:
        self.phone.invites(self.phone.pick(which), guest)

    @rule(which=WHICH, place=PLACE, guest=GUEST)
    def phone_invites_to_one(self, which: int, place: int, guest: str) -> None:
        self.phone.invites(self.phone.instance(which, place), guest)

    @rule(which=WHICH, response=RESPONSE)
    def guests_respond(self, which: int, response: str) -> None:
        self.phone.responds(self.phone.pick(which), response)

    @rule(which=WHICH, place=PLACE)
    def phone_cancels_one(self, which: int, place: int) -> None:
        self.phone.cancels(self.phone.instance(which, place))

    @rule(which=WHICH, place=PLACE, word=WORD, hours=st.sampled_from((0, 0, 2)))
    def phone_splits(self, which: int, place: int, word: str, hours: int) -> None:
        self.phone.splits(self.phone.instance(which, place), word, hours)

    @rule(which=WHICH, place=PLACE)
    def phone_ends(self, which: int, place: int) -> None:
        self.phone.ends(self.phone.instance(which, place))

    @rule(which=WHICH)
    def phone_deletes(self, which: int) -> None:
        self.phone.deletes(self.phone.pick(which))

    @rule(which=WHICH)
    def phone_restores(self, which: int) -> None:
        self.phone.restores(which)

    # --- Google's weather

    @rule()
    def everything_is_reported_as_changed(self) -> None:
        self.stage.calendar.touch_all(self.phone.calendar_id)

    @rule()
    def sync_tokens_expire(self) -> None:
        self.stage.calendar.expire_sync_tokens()

    @rule(
        operation=st.sampled_from(("calendar.events.*", "calendar.batch", "calendar.events.list")),
        when=WHEN,
        how=HOW,
    )
    def google_fails_once(self, operation: str, when: Literal["before", "after"], how: str) -> None:
        self.fails_once(operation, when, how)

    # --- jobs

    @rule(effect=EFFECT, after=st.booleans(), which=WHICH, field=TEXT, word=WORD)
    def crm_types_during_a_job(self, effect: int, after: bool, which: int, field: Text, word: str) -> None:
        self.during_a_job(effect, lambda _: self.crm.types(which, field, word), after=after)

    @rule(effect=EFFECT, after=st.booleans(), which=WHICH, field=TEXT, word=WORD)
    def phone_types_during_a_job(self, effect: int, after: bool, which: int, field: Text, word: str) -> None:
        self.during_a_job(
            effect, lambda _: self.phone.types(self.phone.pick(which), field, word), after=after
        )

    def adds(self) -> str:
        self.crm.add("Fay", 1, series=False)
        return f"crm{self.witness.serial:03d}"

    def marks(self, which: int) -> str | None:
        if self.crm.pick(which) is None:
            return None
        self.crm.types(which, "title", "Poi")
        return f"poi{self.witness.serial}x"

    def edits(self, word: str) -> Iterable[str]:
        for which, stored in enumerate(self.crm.living()):
            if word in str(stored.value):
                self.crm.types(which, "location", "Gus")
                yield stored.id

    # --- what must hold

    def rest(self) -> None:
        """The same, and then lists everything and looks again."""
        super().rest()
        before = self._content()
        self.stage.calendar.expire_sync_tokens()
        self.job(SOON)
        assert self._content() == before, "a complete listing changes nothing"
        self.stage.later(4000)
        self.job(SOON)
        self.idle("nor after a complete listing")

    def answer(self) -> bool:
        holds = list(self.stage.store.holds(self.stage.scope))
        for hold in holds:
            approvals.choose(self.stage.deps, self.stage.scope, hold.id, "apply", hold.digest)
        return bool(holds)

    def look(self, *, queued: bool = False) -> None:
        CalendarChecks(self.stage).everything(self.witness, self.told, queued=queued)

    def _content(self) -> Any:
        records = {stored.id: (stored.value, stored.archived_at) for stored in self.crm.all()}
        return records, self.phone.texts()
