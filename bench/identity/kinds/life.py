"""What changes in a life: home, number, mailbox, family name, work; and what others take over."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Part, Scene, kind
from bench.identity.town import Person, plain
from crmsync.core.model import Address


@kind(4, "hint")
def moved_with_birthday(scene: Scene) -> None:
    """One person before and after a move, with another mailbox, number and home, and the same birthday."""
    person = scene.town.person()
    later = scene.town.moved(person)
    scene.pair(
        person,
        scene.card(person, "mail", "mobile", "birthday"),
        scene.card(later, "mail", "mobile", "birthday"),
    )


@kind(4, "hint")
def moved_with_employer(scene: Scene) -> None:
    """One person before and after a move, with another mailbox and number, and the same employer."""
    person = scene.town.person()
    later = scene.town.moved(person)
    scene.pair(
        person, scene.card(person, "mail", "mobile", "firm"), scene.card(later, "mail", "mobile", "firm")
    )


@kind(4, "hint")
def moved_with_nothing_but_a_name(scene: Scene) -> None:
    """One person of an uncommon name before and after a move, with another mailbox and number."""
    person = scene.town.person(uncommon=True)
    scene.pair(
        person, scene.card(person, "mail", "mobile"), scene.card(scene.town.moved(person), "mail", "mobile")
    )


@kind(4, "hint")
def same_home(scene: Scene) -> None:
    """One person at one address, with a mailbox in one book and a number in the other."""
    person = scene.town.person()
    scene.pair(person, scene.card(person, "mail", "home"), scene.card(person, "mobile", "home"))


@kind(4, "hint")
def home_in_two_writings(scene: Scene) -> None:
    """One person at one address in two writings, with a mailbox in one book and a number in the other."""
    person = scene.town.person()
    home = person.home
    short = home.street.replace(", rue ", " ").replace(" St", " Street").replace("Saint-", "St-")
    otherwise = scene.rng.choice(
        (
            replace(home, street=short, country=""),
            replace(home, street=plain(short).upper(), postal_code=home.postal_code.replace(" ", "")),
            Address(street=f"{short}, {home.city} {home.region} {home.postal_code}"),
        )
    )
    scene.pair(
        person,
        scene.card(person, "mail", "home"),
        replace(scene.card(person, "mobile"), addresses=(otherwise,)),
    )


@kind(4, "hint")
def birthday_without_year(scene: Scene) -> None:
    """One person with one birthday, in one book without the year, and nothing else in common but the name."""
    person = scene.town.person()
    yearless = replace(scene.card(person, "mobile"), birthday=replace(person.born, year=None))
    scene.pair(person, scene.card(person, "mail", "birthday"), yearless)


@kind(4, "link_or_hint")
def new_mailbox(scene: Scene) -> None:
    """One person with one mobile, and another mailbox in each book."""
    person = scene.town.person()
    later = replace(person, mail=scene.town.mailbox(person.given, person.family))
    scene.pair(person, scene.some(person, "mail", "mobile"), scene.some(later, "mail", "mobile"))


@kind(4, "link_or_hint")
def new_number(scene: Scene) -> None:
    """One person with one mailbox, and another mobile in each book."""
    person = scene.town.person()
    later = replace(person, mobile=scene.town.number(scene.town.city()))
    scene.pair(person, scene.some(person, "mail", "mobile"), scene.some(later, "mail", "mobile"))


@kind(4, "link_or_hint")
def sold_house(scene: Scene) -> None:
    """One person with one mailbox, and another home and landline in each book."""
    person = scene.town.person(landline=True)
    later = replace(scene.town.moved(person), mail=person.mail)
    scene.pair(
        person, scene.card(person, "mail", "home", "landline"), scene.card(later, "mail", "home", "landline")
    )


@kind(4, "hint")
def changed_work(scene: Scene) -> None:
    """One person with one home, and another employer with another mailbox there in each book."""
    person = scene.town.person()
    later = scene.town.hired(person, scene.town.firm())
    scene.pair(
        person,
        scene.card(person, "work_mail", "firm", "home"),
        scene.card(later, "work_mail", "firm", "home"),
    )


@kind(4, "link_or_hint")
def work_and_private(scene: Scene) -> None:
    """One person with one mobile, with the mailbox at work in one book and the private one in the other."""
    person = scene.town.person()
    scene.pair(
        person,
        scene.card(person, "work_mail", "firm", "mobile"),
        scene.card(person, "mail", "mobile", "home"),
    )


@kind(4, "link_or_hint")
def married_name(scene: Scene) -> None:
    """A woman under the name she was born with and under her husband's, with one mailbox or mobile."""
    person, married = _married(scene)
    shared = scene.own()
    scene.pair(person, scene.some(person, shared), scene.some(married, shared))


@kind(4, "link_or_hint")
def hyphenated_name(scene: Scene) -> None:
    """A woman under her name at birth, and under that and her husband's, with one mailbox or mobile."""
    person, married = _married(scene)
    joined = scene.rng.choice((f"{person.family}-{married.family}", f"{married.family}-{person.family}"))
    shared = scene.own()
    scene.pair(person, scene.some(person, shared), scene.some(replace(person, family=joined), shared))


@kind(4, "link_or_hint")
def name_at_birth_beside(scene: Scene) -> None:
    """A woman with her name at birth beside her husband's and alone, with one mobile."""
    person, married = _married(scene)
    beside = scene.rng.choice(
        (f"{married.family} (née {person.family})", f"{married.family} ({person.family})")
    )
    scene.pair(person, scene.some(person, "mobile"), scene.some(replace(person, family=beside), "mobile"))


@kind(4, "hint")
def married_and_moved(scene: Scene) -> None:
    """A woman under two family names, with another mailbox and number, and the same birthday and employer."""
    person, married = _married(scene)
    later = scene.town.moved(married)
    scene.pair(
        person,
        scene.card(person, "mobile", "birthday", "firm"),
        scene.card(later, "mail", "mobile", "birthday", "firm"),
    )


@kind(4, "hint")
def new_given_name(scene: Scene) -> None:
    """One person under the given name from birth and the one chosen since, with all else the same."""
    given, chosen = scene.rng.choice(
        (
            ("Daniel", "Danielle"),
            ("Stéphanie", "Stéphane"),
            ("Andrew", "Claire"),
            ("Julie", "Jules"),
            ("Mark", "Nora"),
        )
    )
    person = scene.town.person(given=given)
    parts: tuple[Part, ...] = ("mail", "mobile", "birthday")
    scene.pair(person, scene.card(person, *parts), scene.card(replace(person, given=chosen), *parts))


@kind(4, "link_or_hint")
def died(scene: Scene) -> None:
    """One person, with a word that they have died beside the name in one book, with one home and landline."""
    person = scene.town.person(landline=True)
    name = f"{person.given} {person.family}"
    forms = (
        (f"{name} (décédé)", f"Feu {name}")
        if person.language == "fr"
        else (f"{name} (deceased)", f"{name} RIP")
    )
    scene.pair(
        person,
        scene.some(person, "home", "landline"),
        scene.whole(person, scene.rng.choice(forms), "home", "landline"),
    )


@kind(4, "nothing")
def recycled_number_apart(scene: Scene) -> None:
    """Somebody in one book, and in the other somebody unknown to them who was given their number later."""
    before = scene.town.person()
    after = replace(scene.town.person(), mobile=before.mobile)
    scene.apart(scene.some(before, "mobile", "mail"), scene.some(after, "mobile"))


@kind(3, "link_or_hint")
def recycled_number_of_one_who_stays(scene: Scene) -> None:
    """Somebody in both books with one mailbox, and at Google also whoever has their old number now."""
    person = scene.town.person()
    after = replace(scene.town.person(), mobile=person.mobile)
    later = replace(person, mobile=scene.town.number(person.city))
    scene.in_crm(person, scene.some(person, "mail", "mobile"))
    scene.in_google(person, scene.some(later, "mail", "mobile"))
    scene.in_google(after, scene.some(after, "mobile"))


@kind(4, "nothing")
def former_tenant_apart(scene: Scene) -> None:
    """Whoever sold or left a home in one book, and in the other whoever lives there now."""
    before = scene.town.person()
    after = replace(scene.town.person(language=before.language), city=before.city, home=before.home)
    scene.apart(scene.some(before, "home", "mail"), scene.some(after, "home", "mobile"))


def _married(scene: Scene) -> tuple[Person, Person]:
    person = scene.town.person(sex="f")
    husband = scene.town.person(sex="m", language=person.language)
    while husband.family == person.family:
        husband = scene.town.person(sex="m", language=person.language)
    return person, replace(person, family=husband.family)
