"""Everybody there is: people, households and firms, with numbers, mailboxes and homes of their own."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random

from bench.identity import names, places
from bench.identity.names import Language, Sex
from bench.identity.places import City
from crmsync.core.model import Address, Birthday

_OTHER_ORIGINS = 0.15
_HYPHENATED = 0.08
"""Of those with a French name, how many bear both parents'."""


@dataclass(frozen=True, eq=False, slots=True)
class Firm:
    """A firm or an authority: its name without a legal form, its line, domain and place."""

    name: str
    trade: str
    language: Language
    city: City
    domain: str
    line: str
    home: Address


@dataclass(frozen=True, eq=False, slots=True)
class Person:
    """A human being as they are, whatever books say of them. No two are equal.

    Numbers are ten digits. `landline` is empty for those who have none.
    """

    given: str
    middle: str
    family: str
    sex: Sex
    language: Language
    city: City
    born: Birthday
    mail: str
    mobile: str
    landline: str
    home: Address
    firm: Firm
    work_mail: str
    job: str


class Ranked:
    """Texts of which the first are drawn more often, as names are borne."""

    def __init__(self, texts: Sequence[str], flat: int) -> None:
        self._texts = texts
        self._weights = list(accumulate(1 / (rank + flat) for rank in range(len(texts))))

    def draw(self, rng: Random) -> str:
        """One of them."""
        return rng.choices(self._texts, cum_weights=self._weights)[0]


_GIVEN: dict[tuple[Language, Sex], Ranked] = {
    ("en", "f"): Ranked(names.EN_WOMEN, 30),
    ("en", "m"): Ranked(names.EN_MEN, 25),
    ("fr", "f"): Ranked(names.FR_WOMEN, 30),
    ("fr", "m"): Ranked(names.FR_MEN, 25),
}
_FAMILY: dict[Language, Ranked] = {"en": Ranked(names.EN_FAMILIES, 60), "fr": Ranked(names.FR_FAMILIES, 30)}


def plain(text: str) -> str:
    """The text without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def slug(text: str) -> str:
    """What an address or a domain makes of a name: small letters and digits of the Latin script."""
    return "".join(c for c in plain(text).lower() if c.isascii() and c.isalnum())


class Town:
    """Draws people, households and firms; gives out each number, mailbox, domain and home only once."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._lines: dict[str, Iterator[int]] = {}
        self._lone = self._alone()
        self._taken: set[str] = set()
        self._uncommon = list(names.UNCOMMON)
        rng.shuffle(self._uncommon)
        self._next_uncommon = 0
        self.employers = [self._employer(name) for name in places.EMPLOYERS]

    # People

    def person(
        self,
        *,
        sex: Sex | None = None,
        language: Language | None = None,
        given: str = "",
        family: str = "",
        uncommon: bool = False,
        landline: bool = False,
    ) -> Person:
        """Somebody new. `uncommon`: of a family name that hardly anybody else bears. `landline`: with one at
        home, and so old enough to have grown children.
        """
        rng = self.rng
        born_as: Sex = rng.choice(names.SEXES) if sex is None else sex
        city = self.city(language)
        speaks: Language = language or city.language
        if not language and rng.random() < 0.15:
            speaks = rng.choice(names.LANGUAGES)
        drawn_given, drawn_family = self._name(born_as, speaks)
        given = given or drawn_given
        family = self._uncommon_family() if uncommon else family or drawn_family
        firm = self.employers[min(int(rng.expovariate(0.15)), len(self.employers) - 1)]
        return Person(
            given=given,
            middle=_GIVEN[speaks, born_as].draw(rng),
            family=family,
            sex=born_as,
            language=speaks,
            city=city,
            born=self.birthday(1972 if landline else 2004),
            mail=self.mailbox(given, family),
            mobile=self.number(city),
            landline=self.number(city) if landline else "",
            home=self.home(city, speaks),
            firm=firm,
            work_mail=self.work_mailbox(given, family, firm),
            job=rng.choice(places.JOBS[speaks]),
        )

    def relative(
        self,
        of: Person,
        *,
        sex: Sex | None = None,
        given: str = "",
        family: str = "",
        younger: int = 0,
    ) -> Person:
        """Somebody else of the same home and landline: of one family name unless told, and of another given
        name unless told. `younger`: by about so many years; by none is of the same generation.
        """
        other = self.person(sex=sex, language=of.language, given=given, family=family or of.family)
        while not given and slug(other.given)[:1] == slug(of.given)[:1]:
            other = self.person(sex=sex, language=of.language, family=family or of.family)
        year = (of.born.year or 1960) + younger + self.rng.randint(-3, 3)
        born = replace(other.born, year=year, month=of.born.month % 12 + 1)
        return replace(other, city=of.city, home=of.home, landline=of.landline, born=born)

    def couple(self, family: str = "", other_family: str = "") -> tuple[Person, Person]:
        """A woman and a man with one home and landline, and one family name unless told."""
        she = self.person(sex="f", family=family, landline=True)
        return she, self.relative(she, sex="m", family=other_family)

    def colleagues(self, firm: Firm, count: int) -> list[Person]:
        """People of one firm, each with a mailbox there, no two of one name."""
        found: list[Person] = []
        while len(found) < count:
            person = self.hired(self.person(language=firm.language), firm)
            if all(person.given != other.given and person.family != other.family for other in found):
                found.append(person)
        return found

    def hired(self, person: Person, firm: Firm) -> Person:
        """The same, who works for that firm from now on, with a new mailbox there."""
        return replace(person, firm=firm, work_mail=self.work_mailbox(person.given, person.family, firm))

    def moved(self, person: Person, away: City | None = None) -> Person:
        """The same, far from that city, or from their own: another home, mobile, landline and mailbox."""
        away = away or person.city
        city = self.city()
        while city.area_codes[0] == away.area_codes[0]:
            city = self.city()
        return replace(
            person,
            city=city,
            home=self.home(city, person.language),
            mail=self.mailbox(person.given, person.family),
            mobile=self.number(city),
            landline=self.number(city) if person.landline else "",
        )

    def renamed(self, person: Person, *, given: str = "", family: str = "") -> Person:
        """The same under another name, with mailboxes that tell it."""
        given, family = given or person.given, family or person.family
        mail, work_mail = self.mailbox(given, family), self.work_mailbox(given, family, person.firm)
        return replace(person, given=given, family=family, mail=mail, work_mail=work_mail)

    def birthday(self, latest: int = 2004) -> Birthday:
        """A day of the last generations."""
        rng = self.rng
        return Birthday(rng.randint(1, 12), rng.randint(1, 28), int(rng.triangular(1932, latest)))

    def _name(self, sex: Sex, language: Language) -> tuple[str, str]:
        rng = self.rng
        given = _GIVEN[language, sex].draw(rng)
        family = _FAMILY[language].draw(rng)
        if rng.random() < _OTHER_ORIGINS:
            origin = rng.choice(names.ORIGINS)
            if rng.random() < 0.6:
                given = rng.choice(origin.women if sex == "f" else origin.men)
            return given, rng.choice(origin.families)
        if language == "fr" and rng.random() < _HYPHENATED:
            return given, f"{family}-{_FAMILY[language].draw(rng)}"
        return given, family

    def _uncommon_family(self) -> str:
        self._next_uncommon += 1
        return self._uncommon[self._next_uncommon % len(self._uncommon)]

    # Firms

    def firm(self, language: Language | None = None, owner: str = "") -> Firm:
        """A small firm with the name of its owner in it."""
        rng = self.rng
        city = self.city(language)
        language = language or city.language
        owner = owner or _FAMILY[language].draw(rng)
        what, trade = rng.choice(places.TRADES_EN if language == "en" else places.TRADES_FR)
        name = f"{owner} {what}" if language == "en" else f"{what} {owner}"
        return Firm(
            name, trade, language, city, self._domain(name), self.number(city), self.home(city, language)
        )

    def work_mailbox(self, given: str, family: str, firm: Firm) -> str:
        """A mailbox of that firm by the rule most have: the initial and the family name."""
        return self._once(f"{slug(given)[:1]}{slug(family)}", firm.domain)

    def _employer(self, name: str) -> Firm:
        city = self.city()
        line = self.number(city)
        return Firm(name, "", city.language, city, self._domain(name), line, self.home(city, city.language))

    # What is given out once

    def number(self, city: City) -> str:
        """Ten digits of an exchange where no subscriber is."""
        return self.line(self.rng.choice(city.area_codes))

    def lone(self, city: City) -> str:
        """Ten digits that no slip turns into another's, and that no other area code has."""
        return f"{self.rng.choice(city.area_codes)}555{next(self._lone):04d}"

    def line(self, area: str) -> str:
        """Ten digits under that area code: first those kept for fiction, then others of exchange 555."""
        if area not in self._lines:
            self._lines[area] = self._fictitious()
        return f"{area}555{next(self._lines[area]):04d}"

    def _fictitious(self) -> Iterator[int]:
        for numbers in (range(100, 200), range(200, 1000), range(2000, 6000)):
            yield from self.rng.sample(numbers, len(numbers))

    def _alone(self) -> Iterator[int]:
        seen: set[str] = set()
        for line in self.rng.sample(range(6000, 10000), 4000):
            digits, tens = "".join(sorted(str(line))), f"{line // 10}_"
            if digits not in seen and tens not in seen:
                seen |= {digits, tens}
                yield line

    def mailbox(self, given: str, family: str) -> str:
        """A private mailbox, which mostly tells something of the name."""
        rng = self.rng
        first, last = slug(given) or "me", slug(family) or "home"
        local = rng.choice(
            (
                f"{first}.{last}",
                f"{first}.{last}",
                f"{first}{last}",
                f"{first}_{last}",
                f"{first[0]}{last}",
                f"{last}.{first}",
                f"{first}{last[0]}{rng.randint(50, 99)}",
                f"{rng.choice(places.HANDLES)}{rng.randint(1, 999)}",
            )
        )
        return self._once(local, rng.choice(places.MAIL_DOMAINS))

    def first_time(self, text: str) -> bool:
        """Whether nobody has had that yet; from now on somebody has."""
        if text in self._taken:
            return False
        self._taken.add(text)
        return True

    def household_mailbox(self, family: str) -> str:
        """A mailbox for all of a home."""
        local = self.rng.choice(("{}s", "famille.{}", "the{}s", "{}.family", "les{}")).format(slug(family))
        return self._once(local, self.rng.choice(places.MAIL_DOMAINS))

    def gmail(self, local: str) -> str:
        """That mailbox at Gmail, or one like it where it is taken; dots count for nothing."""
        number = 2
        wanted = local
        while not self.first_time(f"{wanted.replace('.', '')}@gmail.com"):
            wanted, number = f"{local}{number}", number + 1
        return f"{wanted}@gmail.com"

    def home(self, city: City, language: Language) -> Address:
        """A house of its own there."""
        rng = self.rng
        while True:
            street = rng.choice(places.STREETS[language])
            number = rng.randint(1, 1999)
            line = f"{number}, rue {street}" if language == "fr" else f"{number} {street} St"
            if self.first_time(f"{line} {city.name}"):
                break
        local = f"{rng.randint(1, 9)}{rng.choice('ABCEGHJKLMNPRSTVWXYZ')}{rng.randint(1, 9)}"
        return Address(
            line, "", city.name, city.region, f"{rng.choice(city.sortation)} {local}", "Canada", "home"
        )

    def city(self, language: Language | None = None) -> City:
        """A city, the larger the likelier, where that language is common."""
        fitting = [city for city in places.CITIES if language in (None, city.language)]
        weights = [1 / (rank + 3) for rank in range(len(fitting))]
        return self.rng.choices(fitting, weights)[0]

    def _domain(self, name: str) -> str:
        base = domain = slug(name)
        number = 2
        while not self.first_time(f"{domain}.example"):
            domain, number = f"{base}{number}", number + 1
        return f"{domain}.example"

    def _once(self, local: str, domain: str) -> str:
        number = 2
        mailbox = f"{local}@{domain}"
        while not self.first_time(mailbox):
            mailbox, number = f"{local}{number}@{domain}", number + 1
        return mailbox
