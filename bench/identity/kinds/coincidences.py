"""People who have something in common by chance, and are not each other."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.places import HANDLES
from bench.identity.scene import Scene, kind
from bench.identity.town import Person
from crmsync.core.model import Birthday


@kind(5, "nothing")
def namesakes_apart(scene: Scene) -> None:
    """Two John Smiths in two cities, with mailboxes, numbers and homes of their own, one in each book."""
    one, other = _namesakes(scene)
    scene.apart(scene.card(one, "mail", "mobile", "home"), scene.card(other, "mail", "mobile", "home"))


@kind(4, "nothing")
def namesakes_by_birthday_apart(scene: Scene) -> None:
    """Two of one name who were born on other days, one in each book."""
    one, other = _namesakes(scene)
    scene.apart(scene.card(one, "mail", "birthday"), scene.card(other, "mobile", "birthday"))


@kind(3, "link_or_hint")
def namesakes_in_both(scene: Scene) -> None:
    """Two John Smiths with a mailbox and a number of their own, both in both books."""
    for person in _namesakes(scene):
        scene.pair(person, scene.card(person, "mail", "mobile", "home"), scene.card(person, "mail", "mobile"))


@kind(4, "hint")
def namesakes_at_one_employer_apart(scene: Scene) -> None:
    """Two of one name who work at one large place, with mailboxes, homes and birthdays of their own."""
    firm = scene.rng.choice(scene.town.employers)
    one, other = (scene.town.hired(person, firm) for person in _namesakes(scene))
    scene.apart(
        scene.card(one, "work_mail", "firm", "birthday", "home"),
        scene.card(other, "work_mail", "firm", "birthday", "home"),
    )


@kind(2, "link_or_hint")
def one_of_many_namesakes(scene: Scene) -> None:
    """Three Marc Tremblays in the CRM, and at Google one of them, with the mobile."""
    first, second = _namesakes(scene)
    third = scene.town.person(sex=first.sex, given=first.given, family=first.family)
    for person in (first, second, third):
        scene.in_crm(person, scene.card(person, "mobile", "mail"))
    scene.in_google(second, scene.card(second, "mobile", "home"))


@kind(4, "nothing")
def one_birthday_apart(scene: Scene) -> None:
    """Two who were born on one day and have nothing else in common, one in each book."""
    one = scene.town.person()
    other = _unlike(scene, one)
    scene.apart(
        scene.some(one, "mail", "birthday"), scene.some(replace(other, born=one.born), "mobile", "birthday")
    )


@kind(4, "nothing")
def one_birthday_and_given_name_apart(scene: Scene) -> None:
    """Two of one given name, one birthday and two family names, in two cities, one in each book."""
    one = scene.town.person()
    other = replace(_far(scene, one), born=one.born)
    scene.apart(scene.card(one, "mail", "birthday", "home"), scene.card(other, "mobile", "birthday", "home"))


@kind(4, "nothing")
def placeholder_birthday_apart(scene: Scene) -> None:
    """Two of one family name with the first of January where a form wanted a birthday, one in each book."""
    born = Birthday(1, 1, scene.rng.choice((1900, 1970, 1980, 2000)))
    one = scene.town.person()
    other = scene.town.person(family=one.family)
    while other.given == one.given:
        other = scene.town.person(family=one.family)
    first, second = (scene.card(replace(person, born=born), "mobile", "birthday") for person in (one, other))
    scene.apart(first, second)


@kind(4, "nothing")
def one_family_name_and_city_apart(scene: Scene) -> None:
    """Two of one common family name in one city who are no relatives, one in each book."""
    one = scene.town.person()
    other = scene.town.renamed(_unlike(scene, one), family=one.family)
    home = scene.town.home(one.city, one.language)
    scene.apart(
        scene.some(one, "home", "mail"),
        scene.some(replace(other, home=home), "home", "mobile"),
    )


@kind(4, "nothing")
def one_building_apart(scene: Scene) -> None:
    """Two at one street number in two apartments, one in each book."""
    one = scene.town.person()
    other = _unlike(scene, one)
    first, second = scene.rng.sample(range(101, 999), 2)
    word = scene.rng.choice(("apt ", "app. ", "#", "unit ", ""))
    homes = [replace(one.home, extended=f"{word}{number}") for number in (first, second)]
    scene.apart(
        scene.some(replace(one, home=homes[0]), "home", "mail"),
        scene.some(replace(other, home=homes[1]), "home", "mobile"),
    )


@kind(4, "nothing")
def one_building_and_family_name_apart(scene: Scene) -> None:
    """Two of one common family name in two apartments of one building, no relatives, one in each book."""
    one = scene.town.person()
    other = scene.town.renamed(_unlike(scene, one), family=one.family)
    first, second = (
        replace(one.home, extended=f"apt {number}") for number in scene.rng.sample(range(101, 999), 2)
    )
    scene.apart(
        scene.card(replace(one, home=first), "home", "mail"),
        scene.card(replace(other, home=second), "home", "mail"),
    )


@kind(4, "nothing")
def one_employer_and_given_name_apart(scene: Scene) -> None:
    """Two of one given name who work at one large place, one in each book."""
    firm = scene.rng.choice(scene.town.employers)
    one = scene.town.hired(scene.town.person(), firm)
    other = scene.town.hired(scene.town.renamed(_unlike(scene, one), given=one.given), firm)
    scene.apart(scene.card(one, "work_mail", "firm"), scene.card(other, "work_mail", "firm", "mobile"))


@kind(4, "nothing")
def one_handle_apart(scene: Scene) -> None:
    """Two with the same word in front of the @ at two hosts, and other names, one in each book."""
    one = scene.town.person()
    local = f"{scene.rng.choice(HANDLES)}{scene.rng.randint(1000, 9999)}"
    first, second = scene.rng.sample(("mail.example", "fibre.example", "poste.example"), 2)
    other = replace(_unlike(scene, one), mail=f"{local}@{second}")
    scene.apart(scene.some(replace(one, mail=f"{local}@{first}"), "mail"), scene.some(other, "mail"))


def _namesakes(scene: Scene) -> tuple[Person, Person]:
    """Two of one name, in two cities, born in other years."""
    one = scene.town.person()
    again = scene.town.person(sex=one.sex, language=one.language, given=one.given, family=one.family)
    year = (one.born.year or 1970) + scene.rng.choice((-17, -9, 8, 16))
    return one, scene.town.moved(replace(again, born=replace(again.born, year=year)), one.city)


def _unlike(scene: Scene, one: Person) -> Person:
    """Somebody with another given and family name."""
    other = scene.town.person()
    while other.given[0] == one.given[0] or other.family[0] == one.family[0]:
        other = scene.town.person()
    return other


def _far(scene: Scene, one: Person) -> Person:
    """Somebody with that given name and another family name in another city."""
    return scene.town.moved(scene.town.renamed(_unlike(scene, one), given=one.given), one.city)
