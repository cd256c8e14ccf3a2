"""Invented contacts as people keep them: many scripts, messy numbers, duplicates, entries without a name.

Made by code from short lists; numbers are of ranges kept for fiction, domains are those kept for examples.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import chain, islice

from local.demo_people import COPY, NICKNAMED, SPOUSE, overlap
from local.google.json import JsonObject
from local.google.people.book import PeopleBook
from local.google.people.fields import Fields
from local.google.people.record import Photo

_TOLD = (SPOUSE, NICKNAMED["google"], COPY)

Person = Fields
"""Field -> its values, as a client sends them."""

# Given names and family names of one script each, so that a name never mixes two.
_POOLS: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        12,
        (
            "Aaron", "Beatrice", "Carlos", "Diana", "Edward", "Frances", "Gordon", "Hannah", "Isaac", "Julia",
            "Kevin", "Laura", "Martin", "Nora", "Oscar", "Paula", "Robert", "Sandra", "Tyler", "Violet",
        ),
        (
            "Adams", "Baker", "Carter", "Dixon", "Evans", "Fisher", "Graham", "Hughes", "Irwin", "Jenkins",
            "Knight", "Lambert", "Murray", "Norton", "Osborne", "Palmer", "Reid", "Spencer", "Turner",
        ),
    ),
    (
        7,
        (
            "Adèle", "Benoît", "Céline", "Étienne", "Françoise", "Geneviève", "Hélène", "Joël", "Loïc",
            "Marie-Ève", "Noël", "Océane", "René", "Stéphanie", "Valérie",
        ),
        (
            "Beauséjour", "Côté", "D’Amours", "Desrosiers", "Fréchette", "Godin-Roy", "Lachance", "Lefèvre",
            "Morin", "Ouellet", "Pépin", "St-Pierre", "Thériault", "Vézina",
        ),
    ),
    (
        3,
        ("Åsa", "Björn", "Çağla", "Đorđe", "Gülşen", "Ilkka", "Jiří", "Łukasz", "Ñusta", "Øyvind", "Żaneta"),
        ("Ångström", "Dvořák", "Erdoğan", "Kjær", "Łęcki", "Ødegård", "Šimić", "Þórsson", "Wójcik"),
    ),
    (2, ("Trần", "Lê", "Phạm"), ("Thị Hoa", "Văn Dũng", "Minh Tuấn", "Ngọc Ánh")),
    (2, ("Анна", "Дмитрий", "Олена", "Сергій", "Юлия"), ("Иванова", "Коваленко", "Соколов", "Шевченко")),
    (1, ("Γιώργος", "Ελένη", "Κώστας"), ("Παπαδάκης", "Νικολάου", "Γεωργίου")),
    (2, ("伟", "秀英", "建国", "美玲"), ("王", "李", "张", "陳")),
    (1, ("さくら", "健太", "由美"), ("佐藤", "鈴木", "高橋")),
    (1, ("민준", "서연", "지훈"), ("김", "이", "박")),
    (2, ("أحمد", "ليلى", "يوسف", "مريم"), ("الحسن", "منصور", "خليل")),
    (1, ("דוד", "נועה", "יעל"), ("כהן", "לוי", "מזרחי")),
    (2, ("अनिल", "प्रिया", "राजेश"), ("शर्मा", "वर्मा", "गुप्ता")),
    (1, ("สมชาย", "มาลี"), ("ใจดี", "สุขใจ")),
)  # fmt: skip

_LABELS = ("Clients", "Open house", "Past clients", "Hockey", "Fournisseurs", "Neighbours", "家族")
_COMPANIES = (
    "Birch & Bay Realty", "Northern Movers Inc.", "Atelier Lumière", "<b>Bold</b> Signs & Sons",
    "Lakeside Law LLP", "Maple Mortgages", "Inspection Plus", "Home Staging “Chez Nous”",
    "Prairie Credit Union", "株式会社さくら",
)  # fmt: skip
_TITLES = ("Agent", "Lawyer", "Mover", "Stager", "Loan officer", "Inspector", "Notaire", "", "Owner")
_NOTES = (
    "Met at the open house on Elm Street.\nWants a garden.",
    "=SUM(A1:A9) was in the spreadsheet this came from",
    "Préfère être appelé après 18 h.",
    "Asks about <script>alert(1)</script> in every e-mail",
    "Two dogs, one cat 🐕🐕🐈. Allergic to carpets.",
    "\u202eRight to left override kept as typed\u202c",
)
_CITIES = (
    ("Vancouver", "BC", "V5K 0A1", "Canada"),
    ("Montréal", "QC", "H2X 1Y4", "Canada"),
    ("Saint John", "NB", "E2L 0A1", "Canada"),
    ("London", "", "SW1A 0AA", "United Kingdom"),
    ("Sydney", "NSW", "2000", "Australia"),
)
_AREAS = ("604", "514", "416", "403", "613", "902", "204", "250")
_NANP_STYLES = (
    "({a}) 555-{n}", "{a}-555-{n}", "{a}.555.{n}", "+1 {a} 555 {n}", "+1-{a}-555-{n}", "1 {a} 555{n}",
    "{a}555{n}", " {a} 555 {n} ", "({a})555-{n} x12", "+1 ({a}) 555‑{n}",
)  # fmt: skip
_ABROAD = ("+44 7700 900{n}", "07700 900{n}", "+44 (0)20 7946 0{n}", "+61 491 570 {n}", "0033 6 39 98 0{n}")


def fill(book: PeopleBook, count: int, key: str) -> None:
    """Put `count` contacts into an empty book.

    The shared people first, then invented ones drawn from `key`, and in the end those of whom the demo tells.
    """
    chance = random.Random(f"contacts of {key}")
    labels = [book.groups.create(label).resource_name for label in _LABELS]
    for number, person in enumerate(chain(islice(_people(chance), count - len(_TOLD)), map(_told, _TOLD))):
        groups = [label for label in labels if chance.random() < 0.12]
        person["memberships"] = [{"contactGroupMembership": {"contactGroupResourceName": g}} for g in groups]
        version = book.create(person)
        if chance.random() < 0.25:
            book.change(version, photo=Photo(version.seq, pattern=number + 1))
        if chance.random() < 0.04:
            book.phone_label(version.resource_name, "Starred")


def _people(chance: random.Random) -> Iterator[Person]:
    for shared in overlap():
        yield _shared(chance, shared)
    made: list[Person] = []
    while True:
        draw = chance.random()
        if made and draw < 0.03:
            yield _duplicate(chance, chance.choice(made))
        elif draw < 0.06:
            yield chance.choice(_NAMELESS)(chance)
        else:
            person = _invented(chance, len(made))
            made.append(person)
            yield dict(person)


def _shared(chance: random.Random, shared: dict[str, str]) -> Person:
    """A person whom the CRM knows too, written the way a phone would have it.

    Other number format, other case.
    """
    digits = "".join(char for char in shared["phone"] if char.isdigit())
    area, line = digits[1:4], digits[-4:]
    email = shared["email"]
    email = email.capitalize() if chance.random() < 0.3 else email
    person: Person = {
        "names": [{"givenName": shared["given_name"], "familyName": shared["family_name"]}],
        "emailAddresses": [{"value": email, "type": "home"}],
        "phoneNumbers": [{"value": chance.choice(_NANP_STYLES[:7]).format(a=area, n=line), "type": "mobile"}],
    }
    if chance.random() < 0.4:
        person["birthdays"] = [_birthday(chance)]
    return person


def _told(person: tuple[str, str, str, str]) -> Person:
    """Somebody of whom the demo tells: given name, family name, e-mail, telephone."""
    given, family, email, phone = person
    names: Person = {"names": [{"givenName": given, "familyName": family}]}
    emails: Person = {"emailAddresses": [{"value": email, "type": "home"}]} if email else {}
    return {**names, **emails, "phoneNumbers": [{"value": phone, "type": "mobile"}]}


def _invented(chance: random.Random, number: int) -> Person:
    weights = [weight for weight, _, _ in _POOLS]
    _, given, family = chance.choices(_POOLS, weights)[0]
    name: JsonObject = {"givenName": chance.choice(given), "familyName": chance.choice(family)}
    if chance.random() < 0.08:
        name["middleName"] = chance.choice(given)
    if chance.random() < 0.04:
        name["honorificPrefix"] = chance.choice(("Dr.", "Me", "Mx."))
    if chance.random() < 0.1:
        del name["familyName"]
    person: Person = {"names": [name]}
    emails = chance.choices((0, 1, 2, 3), (2, 6, 3, 1))[0]
    if emails:
        person["emailAddresses"] = [_email(chance, number, n) for n in range(emails)]
    phones = chance.choices((0, 1, 2, 4), (2, 7, 3, 1))[0]
    if phones or not emails:
        person["phoneNumbers"] = [_phone(chance) for _ in range(max(1, phones))]
    return person | _extras(chance, number)


def _extras(chance: random.Random, number: int) -> Person:
    extras: Person = {}
    if chance.random() < 0.3:
        extras["organizations"] = [{"name": chance.choice(_COMPANIES), "title": chance.choice(_TITLES)}]
    if chance.random() < 0.2:
        extras["birthdays"] = [_birthday(chance)]
    if chance.random() < 0.2:
        extras["addresses"] = [_address(chance)]
    if chance.random() < 0.15:
        extras["biographies"] = [{"value": chance.choice(_NOTES)}]
    if chance.random() < 0.06:
        extras["nicknames"] = [{"value": chance.choice(("Buddy", "Ti-Guy", "小明", "La Reine"))}]
    if chance.random() < 0.06:
        extras["urls"] = [{"value": f"https://person{number}.example.com/", "type": "homePage"}]
    if chance.random() < 0.05:
        extras["userDefined"] = [{"key": "Lockbox", "value": f"{chance.randrange(10_000):04d}"}]
    if chance.random() < 0.05:
        extras["relations"] = [{"person": chance.choice(("Alex", "Claude", "Sam")), "type": "spouse"}]
    if chance.random() < 0.03:
        extras["events"] = [{"date": {"year": 2019, "month": 6, "day": 15}, "type": "anniversary"}]
    if chance.random() < 0.04:
        extras["clientData"] = [{"key": "other-app.example/id", "value": str(number)}]
    return extras


def _email(chance: random.Random, number: int, index: int) -> JsonObject:
    domain = chance.choice(("mail.example.com", "post.example.org", "work.example.net"))
    kind = ("home", "work", "École")[index]
    value = f"person{number}{'abc'[index]}@{domain}"
    return {"value": value.upper() if chance.random() < 0.05 else value, "type": kind}


def _phone(chance: random.Random) -> JsonObject:
    kind = chance.choice(("mobile", "mobile", "home", "work", "workFax", "Cottage"))
    if chance.random() < 0.15:
        return {"value": chance.choice(_ABROAD).format(n=f"{chance.randrange(100, 200)}"), "type": kind}
    line = f"01{chance.randrange(100):02d}"
    return {"value": chance.choice(_NANP_STYLES).format(a=chance.choice(_AREAS), n=line), "type": kind}


def _birthday(chance: random.Random) -> JsonObject:
    date: JsonObject = {"month": chance.randint(1, 12), "day": chance.randint(1, 28)}
    if chance.random() < 0.6:
        date["year"] = chance.randint(1935, 2005)
    return {"date": date}


def _address(chance: random.Random) -> JsonObject:
    city, region, code, country = chance.choice(_CITIES)
    street = (
        f"{chance.randint(1, 999)} {chance.choice(('Example Street', 'rue de l’Exemple', 'Sample Avenue'))}"
    )
    parts = {"streetAddress": street, "city": city, "region": region, "postalCode": code, "country": country}
    return {**{name: text for name, text in parts.items() if text}, "type": chance.choice(("home", "work"))}


def _duplicate(chance: random.Random, person: Person) -> Person:
    """The same person again, as address books have it: complete, or with only part of what the first has."""
    again = dict(person)
    if chance.random() < 0.6:
        again = {"names": person["names"]}
        for field in ("emailAddresses", "phoneNumbers"):
            if person.get(field):
                again[field] = person[field][:1]
    return again


def _only_email(chance: random.Random) -> Person:
    return {"emailAddresses": [{"value": f"no-name{chance.randrange(10_000)}@mail.example.com"}]}


def _only_phone(chance: random.Random) -> Person:
    return {"phoneNumbers": [_phone(chance)]}


def _only_company(chance: random.Random) -> Person:
    return {"organizations": [{"name": chance.choice(_COMPANIES)}], "phoneNumbers": [_phone(chance)]}


_NAMELESS: tuple[Callable[[random.Random], Person], ...] = (_only_email, _only_phone, _only_company)
