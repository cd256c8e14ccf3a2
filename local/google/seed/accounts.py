"""A new world, with demo data when asked for: two accounts, always the same."""

from __future__ import annotations

from local.google.clock import Clock
from local.google.json import inner, number, text
from local.google.seed import calendar, people
from local.google.seed.calendar import Birthday
from local.google.world import Account, World

ACCOUNTS = (
    ("ann.martin@gmail.example", "Ann Martin", 250),
    ("bob.tremblay@gmail.example", "Bob Tremblay", 1500),
)
"""E-mail, name and number of contacts of the demo accounts."""


def new_world(seed: str, clock: Clock | None = None) -> World:
    """A world with the demo accounts (`demo`) or with none (`empty`); ValueError for another seed."""
    if seed not in ("demo", "empty"):
        raise ValueError(f"no such seed: {seed}")
    world = World(clock)
    if seed == "demo":
        for number, (email, person, contacts) in enumerate(ACCOUNTS):
            account = world.add_account(email, person)
            people.fill(account.people, contacts, email)
            calendar.plant_calendars(account.calendars, seed=number, people=_birthdays(account))
    return world


def _birthdays(account: Account) -> list[Birthday]:
    """The contacts whose birthday Google's calendar shows."""
    found = []
    for resource, fields in account.people.contents().items():
        names, birthdays = fields.get("names"), fields.get("birthdays")
        if not names or not birthdays:
            continue
        given, date = text(names[0], "givenName"), inner(birthdays[0], "date")
        month, day = number(date, "month"), number(date, "day")
        if given and month and day:
            found.append(Birthday(resource, given, month, day))
    return found
