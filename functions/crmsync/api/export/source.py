"""What an export is made of: whose it is, and whole collections as streams.

Each is read page by page when it is asked for, so that its size costs no memory; what is asked for twice is
read twice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from crmsync.core.account import ImportRun, User
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.doubles import Double
from crmsync.core.journal import Conflict, JournalEntry
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.core.sheet.labels import named
from crmsync.core.state import Candidate, Link
from crmsync.engine.deps import Deps
from crmsync.store.ports import KeptRecord, Kind

PAGE = 300
RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """One export. users: one for each of the user's Google accounts, the default one first. at: its time."""

    deps: Deps
    users: Sequence[User]
    at: datetime

    @classmethod
    def of(cls, deps: Deps, scope: Scope) -> "Source":
        """The export of a user as things are now."""
        accounts = deps.store.accounts(scope)
        users = [deps.store.user(each) or User.unknown(each) for each in accounts]
        return cls(deps, users, deps.clock.now())

    @property
    def user(self) -> User:
        """The user, as far as the default account is concerned."""
        return self.users[0]

    @property
    def scope(self) -> Scope:
        """What the store is asked with for what belongs to the user."""
        return self.user.scope

    @property
    def scopes(self) -> Iterator[Scope]:
        """What the store is asked with for what belongs to an account."""
        return (user.scope for user in self.users)

    def records(self, kind: Kind) -> Iterator[KeptRecord]:
        """Everything among the records of a kind."""
        return _walk(
            lambda after: self.deps.store.kept_records(self.scope, kind, after, PAGE), lambda each: each.id
        )

    def links(self, scope: Scope) -> Iterator[Link]:
        """The links of an account."""
        for resource in RESOURCES:
            ask = partial(self.deps.store.links_page, scope, resource, limit=PAGE)
            yield from _walk(ask, lambda each: each.key)
        yield from _walk(
            lambda after: self.deps.store.gone_links_page(scope, after, PAGE), lambda each: each.key
        )

    def candidates(self, scope: Scope) -> Iterator[Candidate]:
        """The candidates of an account, with what their labels are called."""
        names = next((user.contacts.label_names for user in self.users if user.scope == scope), {})
        every = _walk(lambda after: self.deps.store.all_candidates(scope, after, PAGE), lambda each: each.key)
        return (named(each, names) for each in every)

    def conflicts(self, scope: Scope) -> Iterator[Conflict]:
        """The conflicts of an account."""
        return _walk(lambda after: self.deps.store.conflicts(scope, after, PAGE), lambda each: each.id)

    def consents(self) -> Iterator[ConsentEntry]:
        """The ledger of consent."""
        return _walk(
            lambda after: self.deps.store.all_consents(self.scope, after, PAGE), lambda each: each.id
        )

    def imports(self) -> Iterator[ImportRun]:
        """The imports of all times."""
        return _walk(lambda after: self.deps.store.all_imports(self.scope, after, PAGE), lambda each: each.id)

    def doubles(self) -> Iterator[Double]:
        """What is remembered of pairs of contacts."""
        return _walk(lambda after: self.deps.store.all_doubles(self.scope, after, PAGE), lambda each: each.id)

    def journal(self) -> Iterator[JournalEntry]:
        """The journal, newest first."""
        after = None
        while True:
            page, after = self.deps.store.journal(self.scope, crm=None, run=None, after=after, limit=PAGE)
            yield from page
            if after is None:
                return


def _walk(page: Callable[[str | None], Sequence[T]], id_of: Callable[[T], str]) -> Iterator[T]:
    after = None
    while found := page(after):
        yield from found
        after = id_of(found[-1])
