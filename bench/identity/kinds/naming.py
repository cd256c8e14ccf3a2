"""One name in two writings, and two names that only look like one."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from bench.identity import foreign, variants
from bench.identity.scene import Scene, kind
from bench.identity.town import Person, plain
from bench.identity.writing import careless, slip
from crmsync.core.model import Contact


@kind(5, "link_or_hint")
def nickname_english(scene: Scene) -> None:
    """One person as Robert and as Bob, with one mailbox or mobile."""
    given, nickname, sex = scene.rng.choice(variants.NICKNAMES_EN)
    _two_ways(scene, scene.town.person(sex=sex, language="en", given=given), nickname)


@kind(5, "link_or_hint")
def nickname_french(scene: Scene) -> None:
    """One person as Marguerite and as Meg, as Guillaume and as Guy, with one mailbox or mobile."""
    given, nickname, sex = scene.rng.choice(variants.NICKNAMES_FR)
    _two_ways(scene, scene.town.person(sex=sex, language="fr", given=given), nickname)


@kind(4, "link_or_hint")
def nickname_in_its_field(scene: Scene) -> None:
    """One person with the nickname in its own field in one book, and as the given name in the other."""
    given, nickname, sex = scene.rng.choice(variants.NICKNAMES_EN + variants.NICKNAMES_FR)
    person = scene.town.person(sex=sex, given=given)
    shared = scene.own()
    full = replace(scene.some(person, shared), nickname=nickname)
    scene.pair(person, full, replace(scene.some(person, shared), given_name=nickname))


@kind(4, "link_or_hint")
def nickname_in_quotes(scene: Scene) -> None:
    """One person as Robert "Bob" Smith in one book, and as Bob Smith or Robert Smith in the other."""
    given, nickname, sex = scene.rng.choice(variants.NICKNAMES_EN + variants.NICKNAMES_FR)
    person = scene.town.person(sex=sex, given=given)
    shared = scene.own()
    quoted = scene.rng.choice((f'{given} "{nickname}"', f"{given} ({nickname})", f"{given} « {nickname} »"))
    other = replace(scene.some(person, shared), given_name=scene.rng.choice((given, nickname)))
    scene.pair(person, replace(scene.some(person, shared), given_name=quoted), other)


@kind(3, "hint")
def nickname_of_either_sex(scene: Scene) -> None:
    """Patricia and Patrick of one landline in the CRM, and at Google Pat with the mobile of one of them."""
    short, hers, his = scene.rng.choice(variants.EITHER_SEX)
    she = scene.town.person(sex="f", given=hers, landline=True)
    he = scene.town.relative(she, sex="m", given=his)
    one = scene.rng.choice((she, he))
    scene.in_crm(she, scene.some(she, "landline", "mobile"))
    scene.in_crm(he, scene.some(he, "landline", "mobile"))
    scene.in_google(one, replace(scene.some(one, "mobile"), given_name=short))


@kind(4, "hint")
def nickname_of_either_sex_apart(scene: Scene) -> None:
    """Patricia and her brother Patrick as Pat, on one landline with two birthdays, one in each book."""
    short, hers, his = scene.rng.choice(variants.EITHER_SEX)
    she = scene.town.person(sex="f", given=hers, landline=True)
    he = scene.town.relative(she, sex="m", given=his)
    called = replace(scene.some(he, "landline", "birthday"), given_name=short)
    scene.apart(scene.some(she, "landline", "birthday"), called)


@kind(4, "link_or_hint")
def initial_for_given(scene: Scene) -> None:
    """One person with the given name in one book and its initial in the other, with one mailbox or mobile."""
    person = scene.town.person()
    initial = person.given[0]
    _two_ways(scene, person, scene.rng.choice((initial, f"{initial}.")))


@kind(4, "link_or_hint")
def initials_of_a_compound(scene: Scene) -> None:
    """Jean-Paul in one book and J.P. in the other, with one mailbox or mobile."""
    person = _compound(scene)
    first, second = person.given.split("-")
    _two_ways(
        scene,
        person,
        scene.rng.choice(("{}.{}.", "{}.-{}.", "{}{}", "{}-{}", "{}. {}.")).format(first[0], second[0]),
    )


@kind(4, "link_or_hint")
def middle_initial(scene: Scene) -> None:
    """One person with a middle name or its initial in one book only, with one mailbox or mobile."""
    person = scene.town.person()
    shared = scene.own()
    initial = person.middle[0]
    full = scene.some(person, shared)
    ways = (
        replace(full, middle_name=initial),
        replace(full, middle_name=person.middle),
        replace(full, given_name=f"{person.given} {initial}."),
    )
    scene.pair(person, scene.rng.choice(ways), scene.some(person, shared))


@kind(4, "link_or_hint")
def called_by_the_middle_name(scene: Scene) -> None:
    """One person as Joseph Marc on paper and as Marc in life, with one mailbox or mobile."""
    first, called = scene.rng.choice(variants.CALLED_OTHERWISE)
    person = scene.town.person(given=first)
    shared = scene.own()
    full = scene.some(person, shared)
    if scene.rng.random() < 0.5:
        full = replace(full, middle_name=called)
    else:
        full = replace(full, given_name=f"{first} {called}")
    scene.pair(person, full, replace(scene.some(person, shared), given_name=called))


@kind(4, "link_or_hint")
def swapped_fields(scene: Scene) -> None:
    """One person with given and family name in each other's fields once, with one mailbox or mobile."""
    person = scene.town.person()
    shared = scene.own()
    other = replace(scene.some(person, shared), given_name=person.family, family_name=person.given)
    scene.pair(person, scene.some(person, shared), other)


@kind(4, "link_or_hint")
def whole_name_in_one_field(scene: Scene) -> None:
    """One person with all of the name in one field in one book, with one mailbox or mobile."""
    person = scene.town.person()
    name = f"{person.given} {person.family}"
    shared = scene.own()
    given, family = scene.rng.choice(((name, ""), ("", name)))
    other = replace(scene.some(person, shared), given_name=given, family_name=family)
    scene.pair(person, scene.some(person, shared), other)


@kind(4, "link_or_hint")
def family_comma_given(scene: Scene) -> None:
    """One person as "Family, Given" in one field in one book, with one mailbox or mobile."""
    person = scene.town.person()
    family = scene.rng.choice((person.family, person.family.upper()))
    _written(scene, person, f"{family}, {person.given}")


@kind(4, "link_or_hint")
def family_first(scene: Scene) -> None:
    """One person as "Family Given" without a comma in one field in one book, with one mailbox or mobile."""
    person = scene.town.person()
    _written(scene, person, f"{person.family} {person.given}")


@kind(4, "link_or_hint")
def titles(scene: Scene) -> None:
    """One person with Dr, Me, Mme or a profession in the name in one book, with one mailbox or mobile."""
    person = scene.town.person()
    shared = scene.own()
    titled = scene.some(person, shared)
    title = {"f": ("Mme", "Ms.", "Mrs", "Dre", "Me"), "m": ("M.", "Mr", "Dr", "Me", "Rev.")}[person.sex]
    ways = (
        replace(titled, prefix=scene.rng.choice(title)),
        replace(titled, given_name=f"{scene.rng.choice(title)} {person.given}"),
        replace(titled, suffix=scene.rng.choice(("MD", "P.Eng.", "CPA", "PhD", "ing.", "Esq."))),
        replace(
            titled,
            family_name=f"{person.family}, {scene.rng.choice(('notaire', 'CPA', 'avocat', 'realtor'))}",
        ),
    )
    scene.pair(person, scene.rng.choice(ways), scene.some(person, shared))


@kind(4, "link_or_hint")
def decorated(scene: Scene) -> None:
    """One person with emoji, stars or a remark in the name in one book, with one mailbox or mobile."""
    person = scene.town.person()
    name = f"{person.given} {person.family}"
    form = scene.rng.choice(
        (
            "{} 🏠",
            "⭐ {}",
            "{} ❤️",
            "zz {}",
            "*{}*",
            "{} - client",
            "(buyer) {}",
            "{} (acheteur)",
            "{} ICE",
            "🔑{}",
            "{} condo",
        )
    )
    _written(scene, person, form.format(name))


@kind(5, "link_or_hint")
def accents_and_case(scene: Scene) -> None:
    """One person with accents dropped or all in capitals in one book, with one mailbox or mobile."""
    person = scene.town.person(
        language="fr", given=scene.rng.choice(("Stéphanie", "Éric", "Hélène", "François", "Zoé"))
    )
    shared = scene.own()
    other = scene.some(person, shared)
    other = replace(
        other, given_name=careless(person.given, scene.rng), family_name=careless(person.family, scene.rng)
    )
    scene.pair(person, scene.some(person, shared), other)


@kind(4, "link_or_hint")
def apostrophes(scene: Scene) -> None:
    """O'Neil or D'Amour with another apostrophe or none in one book, with one mailbox or mobile."""
    person = scene.town.person(family=scene.rng.choice(variants.APOSTROPHES))
    mark = scene.rng.choice(("’", "", " ", "' ", "`", "ʼ"))
    _two_families(scene, person, person.family.replace("'", mark))


@kind(4, "link_or_hint")
def particles(scene: Scene) -> None:
    """Van der Berg, St-Pierre or McIntyre written another way in one book, with one mailbox or mobile."""
    family, otherwise = scene.rng.choice(variants.PARTICLES)
    _two_families(scene, scene.town.person(family=family), otherwise)


@kind(4, "link_or_hint")
def particle_in_the_middle(scene: Scene) -> None:
    """A particle that stands in the field of the middle name in one book, with one mailbox or mobile."""
    particle, family = scene.rng.choice(
        (("van der", "Berg"), ("de la", "Durantaye"), ("van", "Dyck"), ("da", "Silva"))
    )
    person = scene.town.person(family=f"{particle} {family}")
    shared = scene.own()
    other = replace(scene.some(person, shared), middle_name=particle, family_name=family)
    scene.pair(person, scene.some(person, shared), other)


@kind(4, "link_or_hint")
def compound_given(scene: Scene) -> None:
    """Jean-Paul, Jean Paul and Jeanpaul, with one mailbox or mobile."""
    person = _compound(scene)
    apart, together = person.given.replace("-", " "), person.given.replace("-", "").capitalize()
    _two_ways(scene, person, scene.rng.choice((apart, apart, together)))


@kind(4, "hint")
def compound_given_halved(scene: Scene) -> None:
    """Jean-Paul in one book and Jean in the other, one person, with one mailbox or mobile."""
    person = _compound(scene)
    _two_ways(scene, person, person.given.split("-")[0])


@kind(4, "nothing")
def compound_given_apart(scene: Scene) -> None:
    """Brothers Jean-Paul and Jean-Marc, or sisters alike, on one landline, one in each book."""
    sex = scene.rng.choice(("f", "m"))
    first, second = scene.rng.sample(
        ("Marie-Ève", "Marie-Claude") if sex == "f" else ("Jean-Paul", "Jean-Marc"), 2
    )
    one = scene.town.person(sex="f" if sex == "f" else "m", language="fr", given=first, landline=True)
    other = scene.town.relative(one, sex=one.sex, given=second)
    scene.apart(scene.some(one, "landline"), scene.some(other, "landline"))


@kind(4, "link_or_hint")
def compound_family_halved(scene: Scene) -> None:
    """Tremblay-Gagnon in one book and one half of it in the other, with one mailbox or mobile."""
    one, other = scene.town.person(language="fr"), scene.town.person(language="fr")
    halves = one.family.split("-")[0], other.family.split("-")[-1]
    _two_families(scene, replace(one, family="-".join(halves)), scene.rng.choice(halves))


@kind(4, "link_or_hint")
def two_family_names(scene: Scene) -> None:
    """María García López in one book and Maria Garcia in the other, with one mailbox or mobile."""
    given = scene.rng.choice(foreign.SPANISH_GIVEN)
    first, second = scene.rng.sample(foreign.SPANISH_FAMILIES, 2)
    person = scene.town.person(given=given, family=f"{first} {second}")
    shared = scene.own()
    short = replace(scene.some(person, shared), given_name=plain(given), family_name=plain(first))
    scene.pair(person, scene.some(person, shared), short)


@kind(5, "link_or_hint")
def slip_in_the_name(scene: Scene) -> None:
    """One person with a slip of the keyboard in the family name in one book, with one mailbox or mobile."""
    person = _long_named(scene)
    _two_families(scene, person, slip(person.family, scene.rng))


@kind(4, "link_or_hint")
def slip_in_the_given_name(scene: Scene) -> None:
    """One person with a slip of the keyboard in the given name in one book, with one mailbox or mobile."""
    given = scene.rng.choice(("Stephanie", "Christopher", "Véronique", "Alexandre", "Jonathan", "Geneviève"))
    _two_ways(scene, scene.town.person(given=given), slip(given, scene.rng))


@kind(4, "hint")
def slip_beside_the_birthday(scene: Scene) -> None:
    """One person with a slip of the keyboard in the name and one birthday, and nothing else in common."""
    person = _long_named(scene)
    other = replace(scene.card(person, "mail", "birthday"), family_name=slip(person.family, scene.rng))
    scene.pair(person, scene.card(person, "mobile", "birthday"), other)


@kind(4, "link_or_hint")
def other_spelling(scene: Scene) -> None:
    """Catherine and Katherine: one person as heard and as written, with one mailbox or mobile."""
    given, otherwise = scene.rng.choice(variants.SPELLINGS)
    _two_ways(scene, scene.town.person(given=given), otherwise)


@kind(4, "nothing")
def near_names_apart(scene: Scene) -> None:
    """Michel and Michèle of one family name and with one mailbox or landline, one in each book."""
    she, he, shared = _near(scene)
    scene.apart(scene.some(she, shared), scene.some(he, shared))


@kind(3, "link_or_hint")
def near_names(scene: Scene) -> None:
    """Michel and Michèle of one family name and with one mailbox or landline, both in both books."""
    she, he, shared = _near(scene)
    scene.both((she, he), shared)


@kind(4, "nothing")
def swapped_names_apart(scene: Scene) -> None:
    """Martin James and James Martin, two men with nothing else in common, one in each book."""
    given, family = scene.rng.sample(variants.SWAPPABLE, 2)
    one = scene.town.person(sex="m", language="en", given=given, family=family)
    other = scene.town.moved(scene.town.person(sex="m", language="en", given=family, family=given), one.city)
    scene.apart(scene.card(one, "mail", "mobile", "home"), scene.card(other, "mail", "mobile", "birthday"))


def _two_ways(scene: Scene, person: Person, otherwise: str) -> None:
    """One person under two given names, with the mailbox or the mobile."""
    shared = scene.own()
    scene.pair(person, scene.some(person, shared), replace(scene.some(person, shared), given_name=otherwise))


def _two_families(scene: Scene, person: Person, otherwise: str) -> None:
    """One person under two family names, with the mailbox or the mobile."""
    shared = scene.own()
    scene.pair(person, scene.some(person, shared), replace(scene.some(person, shared), family_name=otherwise))


def _written(scene: Scene, person: Person, name: str) -> None:
    """One person, once with all of the name in one field as written, with the mailbox or the mobile."""
    shared = scene.own()
    other: Contact = replace(scene.some(person, shared), given_name=name, family_name="")
    scene.pair(person, scene.some(person, shared), other)


def _compound(scene: Scene) -> Person:
    if scene.rng.random() < 0.5:
        return scene.town.person(sex="f", language="fr", given=scene.rng.choice(variants.COMPOUND_WOMEN))
    return scene.town.person(sex="m", language="fr", given=scene.rng.choice(variants.COMPOUND_MEN))


def _long_named(scene: Scene) -> Person:
    person = scene.town.person()
    while len(person.family) < 7:
        person = scene.town.person()
    return person


def _near(scene: Scene) -> tuple[Person, Person, Literal["mail", "landline"]]:
    his, hers = scene.rng.choice(variants.NEAR_NAMES)
    she = scene.town.person(sex="f", language="fr", given=hers, landline=True)
    mailbox = scene.town.household_mailbox(she.family)
    he = replace(scene.town.relative(she, sex="m", given=his), mail=mailbox)
    return replace(she, mail=mailbox), he, "mail" if scene.rng.random() < 0.5 else "landline"
