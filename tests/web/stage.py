"""What is behind the pages: a running system, its records, and the hands that hold the phone."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import requests

from local.google.control import actions
from local.google.people.book import PeopleBook
from local.google.world import World
from local.runner import LocalSystem

GOOGLE = {"ann": "ann.martin@gmail.example", "bob": "bob.tremblay@gmail.example"}
TIMEOUT = 20


class Stage:
    """A system with two Google accounts, and what tests do behind the browser's back."""

    def __init__(self, system: LocalSystem, google: World | None = None) -> None:
        """`google`: the one the system talks to, when it did not start that itself."""
        world = google or system.google
        assert world is not None
        self.system = system
        self.url = system.url
        self.world: World = world
        for user, email in GOOGLE.items():
            self.world.add_account(email, user.capitalize())

    def contacts_at_google(self, user: str = "ann") -> PeopleBook:
        """The address book of a user's Google account."""
        return self.world.account(GOOGLE[user]).people

    def google_has(self, *people: Mapping[str, Any], user: str = "ann") -> list[str]:
        """Adds contacts as on a phone; answers their resource names."""
        with self.world.lock:
            return [self.contacts_at_google(user).phone_create(each) for each in people]

    def edits_at_google(self, resource_name: str, fields: Mapping[str, Any], user: str = "ann") -> None:
        """Changes a contact as on a phone."""
        with self.world.lock:
            self.contacts_at_google(user).phone_edit(resource_name, fields)

    def google_shows(self, user: str = "ann") -> list[dict[str, Any]]:
        """Every contact at Google: the fields as stored."""
        with self.world.lock:
            return list(self.contacts_at_google(user).contents().values())

    def events_at_google(self, user: str = "ann") -> list[dict[str, Any]]:
        """Every live event of the primary calendar."""
        with self.world.lock:
            return list(self.world.account(GOOGLE[user]).calendars.every_event("primary"))

    def control(self, action: str, **arguments: Any) -> None:
        """One of the simulated Google's controls, such as `sever-opener`."""
        with self.world.lock:
            actions.act(self.world, action, arguments)

    def call(self, method: str, path: str, body: Any = None, user: str = "ann") -> Any:
        """A call of the API as a user; the answer must be a success."""
        token = self.system.identity.user_token(user)
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=TIMEOUT)
        assert answer.ok, answer.text
        return answer.json()

    def crm_has(self, *contacts: Mapping[str, Any], user: str = "ann") -> list[dict[str, Any]]:
        """Adds contacts to the CRM."""
        return [self.call("POST", "/api/contacts", dict(each), user) for each in contacts]

    def crm_shows(self, user: str = "ann") -> list[dict[str, Any]]:
        """Every contact of the CRM that is not archived."""
        items: list[dict[str, Any]] = self.call("GET", "/api/contacts?page_size=500", user=user)["items"]
        return items

    def settle(self) -> None:
        """Waits until no job is at work or due soon; a change waits up to a second for others to join it."""
        self.system.tasks.wait_idle(TIMEOUT, within=timedelta(seconds=2))


def person(
    given: str,
    family: str = "",
    *,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    organization: str = "",
    notes: str = "",
) -> dict[str, Any]:
    """A contact as Google's API writes it."""
    made: dict[str, Any] = {"names": [{"givenName": given, "familyName": family}]}
    if emails:
        made["emailAddresses"] = [{"value": email} for email in emails]
    if phones:
        made["phoneNumbers"] = [{"value": phone} for phone in phones]
    if organization:
        made["organizations"] = [{"name": organization}]
    if notes:
        made["biographies"] = [{"value": notes, "contentType": "TEXT_PLAIN"}]
    return made


def crowd(count: int) -> list[dict[str, Any]]:
    """As many people as asked for, whose names sort in their order."""
    return [person(f"Person{n:03d}", "Crowd", emails=[f"person{n:03d}@example.com"]) for n in range(count)]
