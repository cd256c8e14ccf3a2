"""The state of the simulated Google: accounts, OAuth clients and grants, controls, behind one lock."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from local.google.calendar.book import CalendarBook
from local.google.calendar.push import PushHub
from local.google.clock import Clock
from local.google.faults import Controls
from local.google.oauth.grants import Client, GrantStore
from local.google.people.book import PeopleBook

DEFAULT_PROJECT = "crm-google-sync-local"


@dataclass(slots=True)
class Account:
    """A Google account. `sub` is its stable key: 21 digits; the e-mail may change."""

    sub: str
    email: str
    name: str
    people: PeopleBook
    calendars: CalendarBook


class World:
    """Everything the simulated Google knows. Whoever reads or changes it holds `lock`."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Make a world without accounts; without a clock, time passes as it does."""
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.controls = Controls()
        self.grants = GrantStore(self.clock)
        self.push = PushHub(self.clock)
        self.origin = "http://127.0.0.1"
        self._accounts: dict[str, Account] = {}

    def add_account(self, email: str, name: str = "") -> Account:
        """Open an account with an empty book of contacts and an empty calendar.

        The one that exists is returned as is.
        """
        email = email.strip().lower()
        with self.lock:
            if email not in self._accounts:
                sub = "1" + str(int(hashlib.sha256(email.encode()).hexdigest(), 16))[:20]
                people = PeopleBook(self.clock, owner=sub)
                people.serve_photos_from(self.origin)
                name = name or email.split("@")[0]
                calendars = CalendarBook(self.clock, email=email, name=name, lock=self.lock)
                calendars.on_change.append(functools.partial(self.push.changed, sub))
                self._accounts[email] = Account(sub, email, name, people, calendars)
            return self._accounts[email]

    def accounts(self) -> list[Account]:
        """All accounts in the order of their opening."""
        with self.lock:
            return list(self._accounts.values())

    def account(self, email: str) -> Account:
        """The account of an e-mail address; KeyError when there is none."""
        return self._accounts[email.strip().lower()]

    def by_sub(self, sub: str) -> Account:
        """The account with this `sub`; KeyError when there is none."""
        for account in self._accounts.values():
            if account.sub == sub:
                return account
        raise KeyError(sub)

    def register_client(
        self,
        client_id: str,
        client_secret: str,
        redirect_uris: Iterable[str],
        *,
        name: str = "CRM Google Sync",
        project: str = DEFAULT_PROJECT,
        testing: bool = False,
    ) -> Client:
        """Register (or replace) an OAuth client; `redirect_uris` are compared letter by letter."""
        client = Client(client_id, client_secret, frozenset(redirect_uris), name, project, testing)
        with self.lock:
            self.grants.clients[client_id] = client
        return client

    def serve_from(self, origin: str) -> None:
        """Tell the world the origin it is reached at; the addresses of photos follow it."""
        with self.lock:
            self.origin = origin
            for account in self._accounts.values():
                account.people.serve_photos_from(origin)
