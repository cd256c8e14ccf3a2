"""The whole contact sync as a state machine: people edit on both sides, Google lags and fails, jobs die.

After every walk the system is left alone until it rests, and then: linked pairs agree, no CRM record is at Google
twice, nothing that somebody typed is lost, and one more job writes nothing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from crmsync.core.canon import Canon
from crmsync.core.model import Contact, Email, Phone
from crmsync.core.state import Link
from local.google.faults import Fault
from local.google.server import GoogleServer
from tests.machine.crashes import Crash, Fuse
from tests.stage import DIGEST_KEY, Stage

WORDS = ("Ada", "Bo", "Cem", "Dee", "Eli")
TEXTS = ("given_name", "family_name", "nickname", "organization", "notes")
PHONE_TEXTS = ("nicknames", "biographies")
WHICH = st.integers(0, 9)
WORD = st.sampled_from(WORDS)


class ContactsMachine(RuleBasedStateMachine):
    """One user, one account, few words, so that edits meet.

    `typed`: texts nobody typed before, so that a loss can be seen. `taken_back`: those that a person has since
    overwritten, cleared or deleted on the side where they stood.
    """

    server: ClassVar[GoogleServer]
    """One simulated Google for all walks of a process; each walk has an account of its own."""
    walks: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        ContactsMachine.walks += 1
        self.server.world.controls.clear_faults()
        self.fuse = Fuse()
        self.stage = Stage(self.server, email=f"walker{self.walks}@gmail.example")
        self.stage.fuse(self.fuse)
        self.canon = Canon(DIGEST_KEY, "CA")
        self.serial = 0
        self.typed: set[str] = set()
        self.taken_back: set[str] = set()
        self.merged = False

    def teardown(self) -> None:
        """Ends the walk: rest, then look."""
        if self.stage.store.user(self.stage.uid) is not None:
            self.rest()

    @initialize()
    def connected(self) -> None:
        """A user who has both: some contacts here, some there, one of them on both sides."""
        self.stage.connect(frozenset(("contacts",)))
        for word in WORDS[:3]:
            self.crm_adds(word, shared=True)
        for word in WORDS[2:]:
            self.phone_adds(word)

    def fresh(self, word: str) -> str:
        self.serial += 1
        text = f"{word}{self.serial}x"
        self.typed.add(text)
        return text

    def takes_back(self, what: object) -> None:
        text = str(what)
        self.taken_back |= {word for word in self.typed if word in text}

    # --- people at the CRM

    def living(self) -> list[str]:
        page = self.stage.store.changed(self.stage.uid, "contacts", None, None, 1000)
        return sorted(stored.id for stored in page if stored.archived_at is None)

    @rule(word=WORD, shared=st.booleans())
    def crm_adds(self, word: str, shared: bool) -> None:
        local_part = word.lower() if shared else self.fresh(word).lower()
        self.serial += 1
        contact = Contact(given_name=word, emails=(Email(f"{local_part}@example.com"),))
        self.stage.add(f"crm{self.serial}", contact)

    @rule(which=WHICH, name=st.sampled_from(TEXTS), word=WORD)
    def crm_edits(self, which: int, name: str, word: str) -> None:
        text = self.fresh(word)
        self.crm_change(which, lambda contact: replace(contact, **{name: text}), text)

    @rule(which=WHICH)
    def crm_adds_a_phone(self, which: int) -> None:
        self.serial += 1
        phone = Phone(f"+1 416 555 {self.serial % 10_000:04d}", "work")
        self.crm_change(which, lambda contact: replace(contact, phones=(*contact.phones, phone)))

    @rule(which=WHICH, name=st.sampled_from(TEXTS))
    def crm_clears(self, which: int, name: str) -> None:
        self.crm_change(which, lambda contact: replace(contact, **{name: ""}))

    def crm_change(self, which: int, change: Callable[[Contact], Contact], text: str = "") -> None:
        ids = self.living()
        if not ids:
            self.taken_back.add(text)
            return
        before = self.stage.contact(ids[which % len(ids)])
        self.takes_back(before.value)
        after = change(before.value)
        self.taken_back -= {word for word in self.typed if word in str(after)}
        self.stage.edit(before.id, after)

    @rule(which=WHICH)
    def crm_archives(self, which: int) -> None:
        ids = self.living()
        if ids:
            stored = self.stage.contact(ids[which % len(ids)])
            self.takes_back(stored.value)
            self.stage.edit(stored.id, stored.value, archived=True)

    # --- people at the phone

    def pick(self, which: int) -> str | None:
        names = sorted(self.stage.book.contents())
        return names[which % len(names)] if names else None

    @rule(word=WORD)
    def phone_adds(self, word: str) -> None:
        address = {"value": f"{word.lower()}@example.com"}
        self.stage.book.phone_create({"names": [{"givenName": word}], "emailAddresses": [address]})
        self.stage.later(1)

    @rule(which=WHICH, name=st.sampled_from(PHONE_TEXTS), word=WORD)
    def phone_edits(self, which: int, name: str, word: str) -> None:
        person = self.pick(which)
        if person is not None:
            self.takes_back(self.stage.book.contents()[person])
            self.stage.book.phone_edit(person, {name: [{"value": self.fresh(word)}]})
            self.taken_back -= {w for w in self.typed if w in str(self.stage.book.contents()[person])}
            self.stage.later(1)

    @rule(which=WHICH)
    def phone_deletes(self, which: int) -> None:
        person = self.pick(which)
        if person is not None:
            self.takes_back(self.stage.book.contents()[person])
            self.stage.book.phone_delete(person)
            self.stage.later(1)

    @rule(which=WHICH, other=WHICH)
    def phone_merges(self, which: int, other: int) -> None:
        kept, merged = self.pick(which), self.pick(other)
        if kept is not None and merged is not None and kept != merged:
            # Merging keeps one name, one note: what goes is the person's own doing.
            self.takes_back((self.stage.book.contents()[kept], self.stage.book.contents()[merged]))
            self.stage.book.phone_merge(kept, merged)
            self.merged = True
            self.stage.later(1)

    @rule(which=WHICH)
    def phone_labels(self, which: int) -> None:
        person = self.pick(which)
        if person is not None:
            self.stage.book.phone_label(person, "Clients")
            self.stage.later(1)

    # --- Google's weather

    @rule()
    def everything_is_reported_as_changed(self) -> None:
        self.stage.book.report_all_changed()

    @rule()
    def sync_tokens_expire(self) -> None:
        self.stage.book.expire_sync_tokens()

    @rule(seconds=st.sampled_from((0.0, 30.0, 240.0)))
    def listings_lag(self, seconds: float) -> None:
        self.stage.book.lag(seconds)

    @rule(
        operation=st.sampled_from(("people.people.*", "people.people.batch*", "people.people.connections.*")),
        when=st.sampled_from(("before", "after")),
        how=st.sampled_from(("quota", "outage", "dropped")),
    )
    def google_fails_once(self, operation: str, when: Literal["before", "after"], how: str) -> None:
        if how == "quota":
            fault = Fault(operation, "before", 429, "RATE_LIMIT_EXCEEDED")
        else:
            fault = Fault(operation, when, 503, "backendError", drop=how == "dropped")
        self.stage.world.controls.plan(fault)

    # --- jobs

    @rule(effect=st.integers(0, 4), after=st.booleans())
    def job_dies(self, effect: int, after: bool) -> None:
        self.fuse.set(effect, after=after)
        self.job()
        self.fuse.clear()

    @rule()
    def job_runs(self) -> None:
        self.job()

    @rule()
    def job_is_delivered_twice(self) -> None:
        self.deliver()
        self.job()

    @rule(minutes=st.sampled_from((1, 20, 60 * 24 * 6)))
    def time_passes(self, minutes: int) -> None:
        self.stage.clock.advance(timedelta(minutes=minutes))

    def deliver(self) -> None:
        self.stage.queue.enqueue("sync", {"uid": self.stage.uid, "resource": "contacts", "reason": "schedule"})

    def job(self) -> None:
        try:
            self.stage.sync()
        except Crash:
            # Cloud Tasks delivers a job again whose worker died.
            self.deliver()

    # --- what must hold

    def rest(self) -> None:
        """Leaves the system alone until it has come to rest, then looks."""
        self.fuse.clear()
        self.stage.world.controls.clear_faults()
        self.stage.book.lag(0)
        for minutes in (20, 20, 20, 70):
            self.stage.later(minutes * 60)
            self.stage.sync()
        self.check_pairs_agree()
        self.check_no_doubles()
        self.check_nothing_typed_is_lost()
        self.stage.meter.reset()
        self.stage.sync()
        used = self.stage.meter.used()
        assert (used.writes, used.deletes) == (0, 0), "one more job writes nothing"

    def links(self) -> list[Link]:
        return list(self.stage.store.links_page(self.stage.uid, "contacts", None, 1000))

    def held(self) -> set[str]:
        return {key for hold in self.stage.store.holds(self.stage.uid) for key, _ in hold.items}

    def check_pairs_agree(self) -> None:
        grant = self.stage.store.grant(self.stage.uid)
        assert grant is not None
        session = self.stage.google.session(self.stage.uid, grant.token)
        assert session is not None
        remote = session.contacts()
        held = self.held()
        for link in self.links():
            assert link.state == "linked", f"{link.crm} is {link.state}: {link.problem}"
            if link.key in held:
                continue
            stored = self.stage.contact(link.crm)
            assert stored.archived_at is None, f"{link.crm} is archived and still linked"
            found = remote.read([link.remote_id]).get(link.remote_id)
            assert found is not None, f"{link.crm} is linked with a contact that is gone"
            assert found.value is not None
            assert self.canon.project(stored.value) == self.canon.project(found.value), f"{link.crm} differs"

    def check_no_doubles(self) -> None:
        linked = Counter(link.crm for link in self.links())
        assert all(count == 1 for count in linked.values()), f"linked twice: {linked}"
        keys = Counter(
            item["value"]
            for person in self.stage.persons()
            for item in person.get("clientData", ())
            if item["key"] == "crmsync"
        )
        if not self.merged:
            assert all(count == 1 for count in keys.values()), f"created twice: {keys}"

    def check_nothing_typed_is_lost(self) -> None:
        store, uid = self.stage.store, self.stage.uid
        places: list[Any] = [*self.stage.persons()]
        places += store.changed(uid, "contacts", None, None, 1000)
        places += store.conflicts(uid, None, 1000)
        after: str | None = None
        while True:
            entries, after = store.journal(uid, crm=None, run=None, after=after, limit=200)
            places += entries
            if after is None:
                break
        text = "\n".join(str(place) for place in places).lower()
        lost = {word for word in self.typed - self.taken_back if word.lower() not in text}
        assert not lost, f"nobody has {lost} any more"
