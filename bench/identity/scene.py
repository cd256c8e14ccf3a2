"""A situation while it is written down: who stands in which book, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from random import Random
from types import ModuleType
from typing import Literal

from bench.identity.town import Firm, Person, Town
from bench.identity.writing import usual
from crmsync.core.model import Contact, Email, Phone, Url

Expects = Literal["link_or_hint", "hint", "nothing"]
"""What may honestly be expected of an engine for a kind: of its true pairs, where it has any; else of the
records that look alike. It is told, not measured by: a hint about what is no pair counts as needless."""

Part = Literal[
    "mail", "work_mail", "mobile", "landline", "home", "firm", "line", "birthday", "middle", "note"
]
"""What a card may say of a person beside the name; `line` is the number of their firm."""

_BY_CHANCE: tuple[tuple[Part, float], ...] = (
    ("home", 0.3),
    ("firm", 0.3),
    ("birthday", 0.25),
    ("note", 0.15),
)
_NOTES = (
    "Met at the open house",
    "Rencontré à la visite libre",
    "Wants a garden",
    "Cherche un condo près du métro",
    "Referred by a friend",
    "Appeler après le souper",
    "2 cats, no dogs",
    "Pré-approuvé",
)


@dataclass(eq=False)
class Scene:
    """Cards of one situation, each with whom or what it is about (`who`): cards about the same are true pairs
    across the books, and doubles within one.
    """

    town: Town
    crm: list[tuple[Contact, object]] = field(default_factory=list)
    google: list[tuple[Contact, object]] = field(default_factory=list)

    @property
    def rng(self) -> Random:
        """The one source of chance."""
        return self.town.rng

    # Who stands where

    def in_crm(self, who: object, *cards: Contact) -> None:
        """The CRM holds these cards about them."""
        self.crm += [(card, who) for card in cards]

    def in_google(self, who: object, *cards: Contact) -> None:
        """Google holds these cards about them."""
        self.google += [(card, who) for card in cards]

    def pair(self, who: object, one: Contact, other: Contact) -> None:
        """One card in each book, about the same; which card is where is left to chance."""
        if self.rng.random() < 0.5:
            one, other = other, one
        self.in_crm(who, one)
        self.in_google(who, other)

    def both(self, people: Iterable[Person], *parts: Part) -> None:
        """All of them in both books, each time with these parts and others by chance."""
        for person in people:
            self.pair(person, self.some(person, *parts), self.some(person, *parts))

    def apart(self, one: Contact, other: Contact) -> None:
        """One card in each book, about two who are not the same."""
        if self.rng.random() < 0.5:
            one, other = other, one
        self.in_crm(object(), one)
        self.in_google(object(), other)

    # What stands there

    def card(self, person: Person, *parts: Part) -> Contact:
        """A card with the name and exactly these parts."""
        emails = [Email(person.mail, "home")] if "mail" in parts else []
        emails += [Email(person.work_mail, "work")] if "work_mail" in parts else []
        phones = [self.phone(person.mobile, "mobile")] if "mobile" in parts else []
        phones += [self.phone(person.landline, "home")] if "landline" in parts else []
        phones += [self.phone(person.firm.line, "work")] if "line" in parts else []
        return Contact(
            given_name=person.given,
            middle_name=person.middle if "middle" in parts else "",
            family_name=person.family,
            organization=person.firm.name if "firm" in parts else "",
            job_title=person.job if "firm" in parts and self.rng.random() < 0.5 else "",
            emails=tuple(emails),
            phones=tuple(phones),
            addresses=(person.home,) if "home" in parts else (),
            birthday=person.born if "birthday" in parts else None,
            notes=self.rng.choice(_NOTES) if "note" in parts else "",
        )

    def some(self, person: Person, *parts: Part) -> Contact:
        """A card with the name, these parts, and what else is true of the person by chance."""
        others = [part for part, chance in _BY_CHANCE if self.rng.random() < chance]
        return self.card(person, *{*parts, *others})

    def whole(self, person: Person, name: str, *parts: Part) -> Contact:
        """A card with exactly these parts, and all of the name in one field, as written."""
        return replace(self.card(person, *parts), given_name=name, family_name="")

    def firm_card(
        self, firm: Firm, name: str = "", *, line: bool = True, mail: str = "", web: bool = False
    ) -> Contact:
        """A card that has a company's name and no person's."""
        return Contact(
            organization=name or firm.name,
            emails=(Email(f"{mail}@{firm.domain}", "work"),) if mail else (),
            phones=(self.phone(firm.line, "work"),) if line else (),
            urls=(Url(f"https://www.{firm.domain}", "work"),) if web else (),
        )

    def own(self) -> Part:
        """What only one person answers: their mailbox or their mobile."""
        return self.rng.choice(("mail", "mobile"))

    def phone(self, number: str, label: str = "") -> Phone:
        """The number in a usual writing."""
        return Phone(self.rng.choice(usual(number)), label)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of situation: how often it comes at 2,000 a side, what may be expected, and how it is made."""

    name: str
    count: int
    expects: Expects
    about: str
    make: Callable[[Scene], None]


def kind(count: int, expects: Expects) -> Callable[[Callable[[Scene], None]], Kind]:
    """Makes a kind of a function that writes one situation; name and sentence are those of the function."""

    def made(make: Callable[[Scene], None]) -> Kind:
        about = " ".join((make.__doc__ or "").split())
        return Kind(make.__name__, count, expects, about, make)

    return made


def kinds_of(module: ModuleType) -> tuple[Kind, ...]:
    """All kinds of a module, in the order in which they stand there."""
    return tuple(value for value in vars(module).values() if isinstance(value, Kind))
