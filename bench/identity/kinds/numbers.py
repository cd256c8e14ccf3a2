"""One number in all the ways in which people write it, and numbers that are nobody's own."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Scene, kind
from bench.identity.town import Person
from bench.identity.writing import extended, paused, turned, unusual, usual, worded
from crmsync.core.model import Contact, Phone

_LETTERS = {"HOME": "4663", "SOLD": "7653", "MAIS": "6247", "ROOF": "7663", "LAWN": "5296", "MOVE": "6683"}


@kind(5, "link_or_hint")
def number_in_two_writings(scene: Scene) -> None:
    """One person with one number, usual in one book and rare in the other (011-1-416-…, tel:, 416/555-…)."""
    person = scene.town.person()
    _rewritten(scene, person, scene.rng.choice(unusual(person.mobile)))


@kind(4, "link_or_hint")
def extension_in_two_writings(scene: Scene) -> None:
    """One person with line and extension in both books, as x21, poste 21, #21 or ;ext=21."""
    (person,) = scene.town.colleagues(scene.town.firm(), 1)
    one, other = scene.rng.sample(extended(person.firm.line, scene.rng.randint(10, 499)), 2)
    cards = (replace(scene.card(person, "firm"), phones=(Phone(number, "work"),)) for number in (one, other))
    scene.pair(person, *cards)


@kind(4, "link_or_hint")
def number_with_pauses(scene: Scene) -> None:
    """One person with one number, in one book with pauses and digits that are dialled after it."""
    person = scene.town.person()
    _rewritten(scene, person, scene.rng.choice(paused(person.mobile, scene.rng.randint(10, 999))))


@kind(4, "link_or_hint")
def two_numbers_in_one_field(scene: Scene) -> None:
    """One person with mobile and landline in one field in one book, and one of them in the other."""
    person = scene.town.person(landline=True)
    first, second = (scene.rng.choice(usual(number)) for number in (person.mobile, person.landline))
    joined = scene.rng.choice((" / ", " or ", " ou ", "; ", ", ")).join((first, second))
    scene.pair(person, replace(scene.card(person), phones=(Phone(joined),)), scene.some(person, "landline"))


@kind(4, "link_or_hint")
def number_with_words(scene: Scene) -> None:
    """One person with one number, in one book with words beside it."""
    person = scene.town.person()
    _rewritten(scene, person, worded(person.mobile, scene.rng))


@kind(4, "hint")
def number_without_area(scene: Scene) -> None:
    """One person with one number, in one book without the area code, as in an old telephone."""
    person = _lone(scene)
    local = person.mobile[3:]
    _rewritten(scene, person, scene.rng.choice((f"{local[:3]}-{local[3:]}", local)))


@kind(4, "link_or_hint")
def number_of_another_country(scene: Scene) -> None:
    """One person with a number abroad, with + in one book and with 011 or 00 in the other."""
    country, national, _ = _abroad(scene)
    one, other = (
        f"+{country} {national}",
        scene.rng.choice((f"011 {country} {national}", f"00{country}{national}")),
    )
    _with_numbers(scene, scene.town.person(), one, other)


@kind(4, "hint")
def number_as_written_abroad(scene: Scene) -> None:
    """One person with a number abroad, with + in one book and as people there write it in the other."""
    country, national, there = _abroad(scene)
    _with_numbers(scene, scene.town.person(), f"+{country} {national}", there)


@kind(4, "link_or_hint")
def number_of_the_states(scene: Scene) -> None:
    """One person with a number in the United States in both books, with and without +1."""
    person = scene.town.person()
    number = scene.town.line(scene.rng.choice(("212", "305", "941", "239", "561", "702", "207")))
    _with_numbers(
        scene, person, f"+1 {number[:3]} {number[3:6]} {number[6:]}", scene.rng.choice(usual(number))
    )


@kind(4, "hint")
def number_in_the_notes(scene: Scene) -> None:
    """One person whose number stands in the notes in one book and in its field in the other."""
    person = scene.town.person()
    note = scene.rng.choice(("Cell: {}", "call {} evenings", "Tél. {}", "{} (wife's cell is better)"))
    written = note.format(scene.phone(person.mobile).value)
    scene.pair(
        person, scene.card(person, "mobile", "home"), replace(scene.card(person, "mail"), notes=written)
    )


@kind(4, "hint")
def number_with_letters(scene: Scene) -> None:
    """One firm whose number ends in a word in one book and in digits in the other, under one name."""
    firm = scene.town.firm()
    area, word = scene.rng.choice(firm.city.area_codes), scene.rng.choice(tuple(_LETTERS))
    while not scene.town.first_time(area + word):
        firm = scene.town.firm()
        area = scene.rng.choice(firm.city.area_codes)
    one = replace(scene.firm_card(firm), phones=(Phone(f"{area}-555-{word}", "work"),))
    other = replace(scene.firm_card(firm), phones=(Phone(f"{area}-555-{_LETTERS[word]}", "work"),))
    scene.pair(firm, one, other)


@kind(4, "hint")
def slip_in_the_number(scene: Scene) -> None:
    """One person with two digits of the number changed about in one book."""
    person = _lone(scene)
    _rewritten(scene, person, scene.rng.choice(usual(turned(person.mobile))))


@kind(4, "nothing")
def numbers_in_a_row_apart(scene: Scene) -> None:
    """Two who do not know each other, with numbers one digit apart, one in each book."""
    one = _lone(scene)
    last = int(one.mobile[-1])
    other = replace(scene.town.person(), mobile=f"{one.mobile[:-1]}{(last + 1) % 10}")
    scene.apart(scene.some(one, "mobile"), scene.some(other, "mobile"))


@kind(4, "nothing")
def placeholder_number_apart(scene: Scene) -> None:
    """Two who do not know each other, with 000-000-0000 or the like where a form asked for a number."""
    number = scene.rng.choice(("000-000-0000", "111-111-1111", "999-999-9999", "123-456-7890", "0", "n/a"))
    one, other = (
        replace(scene.some(scene.town.person(), "mail"), phones=(Phone(number, label),))
        for label in ("home", "work")
    )
    scene.apart(one, other)


@kind(4, "nothing")
def agents_own_number_apart(scene: Scene) -> None:
    """Two clients with the agent's own number where nothing better was at hand, one in each book."""
    agent = scene.town.person()
    one, other = (replace(scene.town.person(), mobile=agent.mobile) for _ in range(2))
    scene.apart(scene.some(one, "mobile", "mail"), scene.some(other, "mobile"))


def _rewritten(scene: Scene, person: Person, number: str) -> None:
    """One person, once with the mobile as it is usually written and once as told."""
    scene.pair(
        person, scene.some(person, "mobile"), replace(scene.some(person), phones=(Phone(number, "mobile"),))
    )


def _with_numbers(scene: Scene, person: Person, one: str, other: str) -> None:
    first: Contact = replace(scene.some(person), phones=(Phone(one, "mobile"),))
    scene.pair(person, first, replace(scene.some(person), phones=(Phone(other, "mobile"),)))


def _lone(scene: Scene) -> Person:
    """Somebody with a mobile that no slip turns into another's."""
    person = scene.town.person()
    return replace(person, mobile=scene.town.lone(person.city))


def _abroad(scene: Scene) -> tuple[str, str, str]:
    """A number kept for fiction abroad: its country's code, the rest, and all of it as written there."""
    two, four = f"{scene.rng.randint(0, 99):02d}", f"{scene.rng.randint(0, 9999):04d}"
    three = four[:3]
    drawn = scene.rng.choice(
        (
            ("33", f"6 39 98 {four[:2]} {four[2:]}", f"06 39 98 {four[:2]} {four[2:]}"),
            ("33", f"1 99 00 {four[:2]} {four[2:]}", f"01.99.00.{four[:2]}.{four[2:]}"),
            ("44", f"7700 900{three}", f"07700 900 {three}"),
            ("44", f"20 7946 0{three}", f"(020) 7946 0{three}"),
            ("49", f"30 23125 {three}", f"030 / 23125{three}"),
            ("61", f"491 570 1{two}", f"0491 570 1{two}"),
        )
    )
    return drawn if scene.town.first_time(drawn[1]) else _abroad(scene)
