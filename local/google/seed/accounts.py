"""Demo data, planted into a new world: two accounts, always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.google.seed import calendar, people
from local.google.seed.calendar import Birthday

if TYPE_CHECKING:
    from local.google.world import Account, World

ACCOUNTS = (
    ("ann.martin@gmail.example", "Ann Martin", 250),
    ("bob.tremblay@gmail.example", "Bob Tremblay", 1500),
)
"""E-mail, name and number of contacts of the demo accounts."""


def plant(world: World, name: str) -> None:
    """Fill `world` with the demo accounts (`demo`) or nothing (`empty`); ValueError for another name."""
    if name not in ("demo", "empty"):
        raise ValueError(f"no such seed: {name}")
    if name == "demo":
        for number, (email, person, contacts) in enumerate(ACCOUNTS):
            account = world.add_account(email, person)
            people.fill(account.people, contacts, email)
            calendar.plant_calendars(account.calendars, seed=number, people=_birthdays(account))


def _birthdays(account: Account) -> list[Birthday]:
    """The contacts whose birthday Google's calendar shows."""
    found = []
    for resource, fields in account.people.contents().items():
        names, days = fields.get("names"), [item.get("date") or {} for item in fields.get("birthdays", ())]
        if names and names[0].get("givenName") and days and days[0].get("month") and days[0].get("day"):
            found.append(Birthday(resource, names[0]["givenName"], days[0]["month"], days[0]["day"]))
    return found
