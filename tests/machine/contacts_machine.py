"""The whole contact sync as a state machine: people edit on both sides, Google lags and fails, jobs die, meet
and come late.

After every walk the system is left alone until it rests; then everything in `checks` must hold, and one more
job writes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from crmsync.core.account import ImportRounds
from crmsync.core.model import Birthday
from crmsync.engine.imports import importing
from crmsync.engine.pull import candidates, listing
from crmsync.engine.push import changes, changes_pass, matching
from crmsync.engine.review import approvals
from crmsync.engine.run import parts
from crmsync.gateway import people
from crmsync.store.documents import limits
from crmsync.store.ports import CandidateQuery, PutUser
from tests.machine.checks import Checks
from tests.machine.crashes import Effect
from tests.machine.latencies import PACE, SEEDS
from tests.machine.machine import EFFECT, HOW, SOON, WHEN, SyncMachine
from tests.machine.people import CrmUser, How, List, PhoneUser

WORDS = ("Ada", "Bo", "Cem", "Dee", "Eli")
TEXTS = ("given_name", "family_name", "nickname", "organization", "job_title", "notes")
PHONE_TEXTS = ("nicknames", "biographies")
OWNERS: tuple[Mapping[str, Literal["crm", "google"]], ...] = (
    {},
    {"nickname": "google", "notes": "google", "emails": "google"},
)
EVERY_ROUND = ImportRounds(closed=-1)
BIRTHDAYS = (None, (2, 29, None), (2, 29, 1980), (7, 1, None))

WHICH = st.integers(0, 11)
WORD = st.sampled_from(WORDS)
LIST: st.SearchStrategy[List] = st.sampled_from(("emails", "phones", "urls"))
SIZE = st.sampled_from((60_000, 110_000, 127_000))
"""Characters: near to the 128 KB that Google takes of a contact, and soon too many for one commit."""
CHANGE: st.SearchStrategy[How] = st.sampled_from(("add", "remove", "replace", "relabel"))
FEW_PAGES = ((changes_pass, "CHUNK", 2), (changes, "FIRST", 2), (changes, "PAGE", 4))
"""So few contacts fill several calls and pages, as thousands do."""
SMALL_PARTS = (
    (people, "PAGE_SIZE", 4),
    (people.People, "create_size", 2),
    (people.People, "update_size", 2),
    (people.People, "delete_size", 2),
    (people.People, "read_size", 3),
    (listing, "COMMIT_SIZE", 3),
    (listing, "LINKS_PAGE", 3),
    (limits, "REQUEST_BYTES", 9_000),
    (parts, "COMMIT_BYTES", 4_000),
    (candidates, "ROWS_PAGE", 2),
    (matching, "CLAIMED_PAGE", 2),
    (matching, "LINK_BATCH", 1),
    (approvals, "CHUNK", 2),
    (importing, "PAGE", 2),
)
"""And with these, whatever is done in parts is done in many."""


class ContactsMachine(SyncMachine):
    """One user, one account, few words, so that edits meet."""

    resource = "contacts"
    announced = False
    quota = (429, "RATE_LIMIT_EXCEEDED")
    totals: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.resize(FEW_PAGES)
        self.crm = CrmUser(self.stage, self.witness)
        self.phone = PhoneUser(self.stage, self.witness)
        self.fuse.look = lambda: frozenset(self.witness.typed)
        self.fuse.deletes = self.phone.is_deleted
        self.small = False
        """Whether commits are so small that no large record fits into one."""
        self.allowed = False
        """Whether the user has said yes to deletions that were held: then a job may delete many."""

    def resize(self, sizes: Sequence[tuple[Any, str, int]]) -> None:
        """Other sizes of pages, calls and commits, for this walk."""
        for place, name, size in sizes:
            self.context.enter_context(patch.object(place, name, size))

    @initialize(
        owners=st.sampled_from(OWNERS),
        synced=st.sampled_from((True, True, True, False)),
        small=st.booleans(),
        pace=PACE,
        seed=SEEDS,
    )
    def connected(
        self,
        owners: Mapping[str, Literal["crm", "google"]],
        synced: bool,
        small: bool = False,
        pace: float | None = None,
        seed: int = 0,
    ) -> None:
        """A user with contacts here, there, and on both sides; most begin after the first sync."""
        self.resize(SMALL_PARTS if small else ())
        self.small = small
        self.stage.connect(frozenset(("contacts",)))
        user = self.stage.store.user(self.stage.scope)
        assert user is not None
        self.stage.store.commit(
            self.stage.scope, [PutUser({"settings": replace(user.settings, owners=owners)})]
        )
        for word in WORDS:
            self.crm.add(word, shared=False)
        self.crm.add(WORDS[0], shared=True)
        for word in WORDS[:3]:
            self.phone.add(word)
        if synced:
            self.stage.sync()
        self.takes_time(pace, seed)

    # --- people at the CRM

    @rule(word=WORD, shared=st.booleans())
    def crm_adds(self, word: str, shared: bool) -> None:
        self.crm.add(word, shared=shared)

    @rule(which=WHICH, field=st.sampled_from(TEXTS), word=WORD)
    def crm_types(self, which: int, field: str, word: str) -> None:
        self.crm.types(which, field, word)

    @rule(which=WHICH, name=LIST, how=CHANGE, word=WORD)
    def crm_lists(self, which: int, name: List, how: How, word: str) -> None:
        self.crm.lists(which, name, how, word)

    @rule(which=WHICH, field=st.sampled_from(TEXTS))
    def crm_clears(self, which: int, field: str) -> None:
        self.crm.clears(which, field)

    @rule(which=WHICH, date=st.sampled_from(BIRTHDAYS))
    def crm_has_birthday(self, which: int, date: tuple[int, int, int | None] | None) -> None:
        self.crm.has_birthday(which, Birthday(*date) if date else None)

    @rule(which=WHICH)
    def crm_archives(self, which: int) -> None:
        id = self.crm.pick(which)
        if id is not None:
            self.crm.archives(id)

    @rule()
    def crm_archives_everybody(self) -> None:
        for id in self.crm.ids():
            self.crm.archives(id)

    @rule(which=WHICH)
    def crm_restores(self, which: int) -> None:
        self.crm.restores(which)

    @rule(
        ticked=st.integers(0, 255),
        action=st.sampled_from(("no_import", "done", "revisit")),
        same=st.sampled_from((None, True, False)),
    )
    def crm_finishes_the_sheet(self, ticked: int, action: importing.Finish, same: bool | None) -> None:
        self.crm.finishes_the_sheet(ticked, action, same)

    @rule(which=WHICH)
    def crm_undoes_an_import(self, which: int) -> None:
        self.crm.undoes_an_import(which)

    @rule(choice=st.sampled_from(("apply", "discard")))
    def crm_decides_what_is_held(self, choice: Literal["apply", "discard"]) -> None:
        for hold in self.stage.store.holds(self.stage.scope):
            if hold.choice is None:
                approvals.choose(self.stage.deps, self.stage.scope, hold.id, choice, hold.digest)
                self.allowed |= choice == "apply"

    # --- people at the phone

    @rule(word=WORD)
    def phone_adds(self, word: str) -> None:
        self.phone.add(word)

    @rule(which=WHICH, field=st.sampled_from(PHONE_TEXTS), word=WORD)
    def phone_types(self, which: int, field: str, word: str) -> None:
        self.phone.types(which, field, word)

    @rule(which=WHICH, name=LIST, how=CHANGE, word=WORD)
    def phone_lists(self, which: int, name: List, how: How, word: str) -> None:
        self.phone.lists(which, name, how, word)

    @rule(which=WHICH, field=st.sampled_from(PHONE_TEXTS))
    def phone_clears(self, which: int, field: str) -> None:
        self.phone.clears(which, field)

    @rule(which=WHICH, word=WORD, second=st.booleans())
    def phone_works_at(self, which: int, word: str, second: bool) -> None:
        self.phone.works_at(which, word, second=second)

    @rule(which=WHICH, date=st.sampled_from(BIRTHDAYS))
    def phone_has_birthday(self, which: int, date: tuple[int, int, int | None] | None) -> None:
        parts = zip(("month", "day", "year"), date or (), strict=False)
        self.phone.has_birthday(which, {name: value for name, value in parts if value is not None})

    @rule(which=WHICH)
    def phone_deletes(self, which: int) -> None:
        name = self.phone.pick(which)
        if name is not None:
            self.phone.deletes(name)

    @rule()
    def phone_deletes_everybody(self) -> None:
        for name in list(self.stage.book.contents()):
            self.phone.deletes(name)

    @rule(which=WHICH)
    def phone_restores(self, which: int) -> None:
        self.phone.restores(which)

    @rule(which=WHICH, other=WHICH)
    def phone_merges(self, which: int, other: int) -> None:
        self.phone.merges(which, other)

    @rule(which=WHICH)
    def phone_labels(self, which: int) -> None:
        self.phone.labels(which)

    @rule(which=WHICH)
    def phone_joins_a_profile(self, which: int) -> None:
        self.phone.joins_a_profile(which)

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
        when=WHEN,
        how=HOW,
    )
    def google_fails_once(self, operation: str, when: Literal["before", "after"], how: str) -> None:
        self.fails_once(operation, when, how)

    # --- jobs

    @rule(effect=EFFECT, after=st.booleans(), which=WHICH, field=st.sampled_from(TEXTS), word=WORD)
    def crm_types_during_a_job(self, effect: int, after: bool, which: int, field: str, word: str) -> None:
        self.during_a_job(effect, lambda _: self.crm.types(which, field, word), after=after)

    @rule(effect=EFFECT, after=st.booleans(), which=WHICH, field=st.sampled_from(PHONE_TEXTS), word=WORD)
    def phone_types_during_a_job(self, effect: int, after: bool, which: int, field: str, word: str) -> None:
        def types(kind: Effect) -> None:
            # Google takes no precondition when a contact is deleted: what is typed in the moment between the
            # look at it and the deletion cannot be seen by anybody. It is in Google's bin for 30 days.
            if kind != "delete" or after:
                self.phone.types(which, field, word)

        self.during_a_job(effect, types, after=after)

    def user_connects_again(self, google: Any = "keep", crm: Any = "keep", **how: Any) -> None:
        """What the sync made is taken back without being counted: the user has asked for that."""
        self.allowed |= google == "delete" or crm == "archive"
        super().user_connects_again(google, crm, **how)

    @rule(region=st.sampled_from(("CA", "FR")))
    def crm_is_elsewhere(self, region: str) -> None:
        self.settings(region=region)

    @rule(which=WHICH, size=SIZE)
    def crm_writes_much(self, which: int, size: int) -> None:
        if not self.small:
            self.crm.writes_much(which, size)

    @rule(which=WHICH, size=SIZE)
    def phone_writes_much(self, which: int, size: int) -> None:
        if not self.small:
            self.phone.writes_much(which, size)

    def adds(self) -> str:
        self.crm.add("Fay", shared=False)
        return f"crm{self.witness.serial:03d}"

    def marks(self, which: int) -> str | None:
        if self.crm.pick(which) is None:
            return None
        self.crm.types(which, "family_name", "Poi")
        return f"poi{self.witness.serial}x"

    def edits(self, word: str) -> Iterable[str]:
        for which, id in enumerate(self.crm.ids()):
            if word in str(self.stage.contact(id).value):
                self.crm.types(which, "job_title", "Gus")
                yield id

    # --- what must hold

    def rest(self) -> None:
        """The same, when Google's listings do not lag any more; then lists everything and looks again."""
        self.stage.book.lag(0)
        super().rest()
        before = self._content()
        self.stage.book.expire_sync_tokens()
        self.job(SOON)
        after = self._content()
        changed = {key: (before.get(key), after.get(key)) for key in before.keys() | after.keys()}
        changed = {key: both for key, both in changed.items() if both[0] != both[1]}
        assert not changed, f"a complete listing changes nothing: {changed}"
        self.idle("nor after a complete listing")

    def _content(self) -> Mapping[str, Any]:
        """What is there on both sides, who is linked with whom, and what the sheet says."""
        store, scope = self.stage.store, self.stage.scope
        records = store.changed(scope, "contacts", None, None, 1000)
        links = store.links_page(scope, "contacts", None, 1000)
        rows, _ = store.candidate_page(scope, CandidateQuery("open"), EVERY_ROUND, None, 1000)
        return {
            **{f"crm {it.id}": (it.value, it.archived_at) for it in records},
            **{f"google {name}": person for name, person in self.stage.book.contents().items()},
            **{f"link {it.key}": (it.crm, it.state) for it in links},
            **{f"row {it.key}": replace(it, version=None) for it in rows},
        }

    def look(self, *, queued: bool = False) -> None:
        checks = Checks(self.stage)
        checks.everything(self.witness, None if self.allowed else self.fuse.deleted, queued=queued)
