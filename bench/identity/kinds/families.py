"""Families: people who share a name, a home, a line or a mailbox, and are not each other."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Scene, kind
from bench.identity.town import Person

_TWINS = (
    ("Emma", "Ella"),
    ("Mia", "Maya"),
    ("Anna", "Hannah"),
    ("Léo", "Théo"),
    ("Tim", "Tom"),
    ("Jade", "Jada"),
    ("Luc", "Louis"),
    ("Mario", "Marco"),
    ("Chloé", "Zoé"),
)


@kind(4, "link_or_hint")
def spouses_one_mailbox(scene: Scene) -> None:
    """Spouses of one family name and with one mailbox, both in both books."""
    scene.both(_with_one_mailbox(scene), "mail")


@kind(4, "nothing")
def spouses_one_mailbox_apart(scene: Scene) -> None:
    """Spouses of one family name and with one mailbox, one in each book."""
    she, he = _with_one_mailbox(scene)
    scene.apart(scene.some(she, "mail"), scene.some(he, "mail"))


@kind(3, "link_or_hint")
def spouses_one_left_out(scene: Scene) -> None:
    """Spouses with one mailbox, both in the CRM, one at Google."""
    she, he = _with_one_mailbox(scene)
    one, other = (she, he) if scene.rng.random() < 0.5 else (he, she)
    scene.in_crm(other, scene.some(other, "mail"))
    scene.in_crm(one, scene.some(one, "mail"))
    scene.in_google(one, scene.some(one, "mail"))


@kind(3, "link_or_hint")
def spouses_one_landline(scene: Scene) -> None:
    """Spouses of one family name on one landline, both in both books."""
    scene.both(scene.town.couple(), "landline")


@kind(4, "nothing")
def spouses_one_landline_apart(scene: Scene) -> None:
    """Spouses of one family name on one landline, one in each book."""
    she, he = scene.town.couple()
    scene.apart(scene.some(she, "landline"), scene.some(he, "landline"))


@kind(3, "link_or_hint")
def spouses_two_family_names(scene: Scene) -> None:
    """Spouses who each kept their family name, with one home and landline, both in both books."""
    scene.both(_with_two_names(scene), "landline", "home")


@kind(4, "nothing")
def spouses_two_family_names_apart(scene: Scene) -> None:
    """Spouses who each kept their family name, with one home and landline, one in each book."""
    she, he = _with_two_names(scene)
    scene.apart(scene.some(she, "landline", "home"), scene.some(he, "landline", "home"))


@kind(3, "link_or_hint")
def father_and_son_marked(scene: Scene) -> None:
    """Father and son of one name and landline, told apart by Sr and Jr, both in both books."""
    for person, suffixes in zip(_father_and_son(scene), (("Sr", "Sr."), ("Jr", "Jr.")), strict=True):
        one, other = (scene.some(person, "landline") for _ in range(2))
        scene.pair(person, replace(one, suffix=suffixes[0]), replace(other, suffix=suffixes[1]))


@kind(4, "hint")
def father_and_son_marked_apart(scene: Scene) -> None:
    """Father and son of one name and landline, told apart by Sr and Jr or II and III, one in each book."""
    father, son = _father_and_son(scene)
    first, second = scene.rng.choice((("Sr", "Jr"), ("Sr.", "Jr."), ("II", "III"), ("père", "fils")))
    scene.apart(
        replace(scene.some(father, "landline"), suffix=first),
        replace(scene.some(son, "landline"), suffix=second),
    )


@kind(3, "link_or_hint")
def father_and_son_unmarked(scene: Scene) -> None:
    """Father and son of one name and landline, told apart by their birthdays, both in both books."""
    scene.both(_father_and_son(scene), "landline", "birthday")


@kind(4, "hint")
def father_and_son_unmarked_apart(scene: Scene) -> None:
    """Father and son of one name and landline, told apart by their birthdays, one in each book."""
    father, son = _father_and_son(scene)
    scene.apart(scene.some(father, "landline", "birthday"), scene.some(son, "landline", "birthday"))


@kind(3, "link_or_hint")
def number_of_the_spouse_beside(scene: Scene) -> None:
    """Spouses with a mobile each in the CRM, and at Google one of them, with both mobiles."""
    she, he = scene.town.couple()
    scene.in_crm(she, scene.some(she, "mobile"))
    scene.in_crm(he, scene.some(he, "mobile"))
    one, other = (she, he) if scene.rng.random() < 0.5 else (he, she)
    card = scene.some(one, "mobile")
    scene.in_google(one, replace(card, phones=(*card.phones, scene.phone(other.mobile, "home"))))


@kind(4, "link_or_hint")
def generation_left_out(scene: Scene) -> None:
    """One man, with Jr in one book and without it in the other, with one mobile."""
    person = scene.town.person(sex="m", language="en")
    marked = replace(scene.some(person, "mobile"), suffix=scene.rng.choice(("Jr", "Jr.", "II", "III")))
    scene.pair(person, marked, scene.some(person, "mobile"))


@kind(4, "hint")
def in_laws_of_one_name_apart(scene: Scene) -> None:
    """A woman and her daughter-in-law, by marriage of one name, on one landline, one in each book."""
    mother = scene.town.person(sex="f", landline=True)
    wife = scene.town.relative(mother, sex="f", given=mother.given, younger=30)
    scene.apart(scene.some(mother, "landline", "birthday"), scene.some(wife, "landline", "birthday"))


@kind(4, "nothing")
def in_laws_apart(scene: Scene) -> None:
    """A woman and her son-in-law in one home on one landline, one in each book."""
    mother = scene.town.person(sex="f", landline=True)
    other = scene.town.person(sex="m", language=mother.language)
    husband = scene.town.relative(mother, sex="m", family=other.family, younger=28)
    scene.apart(scene.some(mother, "landline", "home"), scene.some(husband, "landline", "home"))


@kind(3, "link_or_hint")
def twins(scene: Scene) -> None:
    """Twins of one home, landline and birthday and with names that sound alike, both in both books."""
    scene.both(_twins(scene), "landline", "birthday")


@kind(4, "hint")
def twins_apart(scene: Scene) -> None:
    """Twins of one home, landline and birthday and with names that sound alike, one in each book."""
    one, other = _twins(scene)
    scene.apart(scene.some(one, "landline", "birthday"), scene.some(other, "landline", "birthday"))


@kind(3, "link_or_hint")
def siblings_one_home(scene: Scene) -> None:
    """Brother and sister in one home on one landline, both in both books."""
    one = scene.town.person(landline=True)
    scene.both((one, scene.town.relative(one)), "home", "landline")


@kind(4, "nothing")
def siblings_one_home_apart(scene: Scene) -> None:
    """Brother and sister in one home, one in each book."""
    one = scene.town.person(landline=True)
    other = scene.town.relative(one)
    scene.apart(scene.some(one, "home", "landline"), scene.some(other, "home", "mobile"))


@kind(3, "link_or_hint")
def child_on_parents_number(scene: Scene) -> None:
    """A parent in both books, and at Google the child as well, under the parent's mobile."""
    parent, child = _parent_and_child(scene)
    scene.in_crm(parent, scene.some(parent, "mobile"))
    scene.in_google(parent, scene.some(parent, "mobile"))
    scene.in_google(child, scene.card(child, "mobile"))


@kind(4, "nothing")
def child_on_parents_number_apart(scene: Scene) -> None:
    """A parent in one book, and in the other only the child, under the parent's mobile."""
    parent, child = _parent_and_child(scene)
    scene.apart(scene.some(parent, "mobile"), scene.card(child, "mobile"))


@kind(2, "link_or_hint")
def blended_family(scene: Scene) -> None:
    """A mother, her partner and her child, with three family names on one landline, all in both books."""
    mother, partner = _with_two_names(scene)
    father = scene.town.person(language=mother.language)
    child = scene.town.relative(mother, family=father.family, younger=25)
    scene.both((mother, partner, child), "landline", "home")


@kind(3, "hint")
def initial_in_a_household(scene: Scene) -> None:
    """Two of one household in the CRM, and at Google one of them, with an initial and the landline."""
    she, he = scene.town.couple()
    scene.in_crm(she, scene.some(she, "landline"))
    scene.in_crm(he, scene.some(he, "landline"))
    scene.in_google(he, replace(scene.card(he, "landline"), given_name=f"{he.given[0]}."))


@kind(3, "hint")
def initial_of_two_brothers(scene: Scene) -> None:
    """Two brothers in the CRM whose names begin alike, and at Google one of them, by initial and landline."""
    given, other_given = scene.rng.choice(
        (("Marc", "Michel"), ("David", "Donald"), ("Luc", "Louis"), ("Paul", "Peter"))
    )
    one = scene.town.person(sex="m", given=given, landline=True)
    other = scene.town.relative(one, sex="m", given=other_given)
    scene.in_crm(one, scene.some(one, "landline"))
    scene.in_crm(other, scene.some(other, "landline"))
    scene.in_google(one, replace(scene.card(one, "landline"), given_name=f"{given[0]}."))


def _with_one_mailbox(scene: Scene) -> tuple[Person, Person]:
    she, he = scene.town.couple()
    mailbox = scene.town.household_mailbox(she.family)
    return replace(she, mail=mailbox), replace(he, mail=mailbox)


def _with_two_names(scene: Scene) -> tuple[Person, Person]:
    she, he = scene.town.person(language="fr"), scene.town.person(language="fr")
    while she.family == he.family:
        he = scene.town.person(language="fr")
    return scene.town.couple(she.family, he.family)


def _father_and_son(scene: Scene) -> tuple[Person, Person]:
    father = scene.town.person(sex="m", landline=True)
    return father, scene.town.relative(father, sex="m", given=father.given, younger=29)


def _twins(scene: Scene) -> tuple[Person, Person]:
    given, other = scene.rng.choice(_TWINS)
    one = scene.town.person(given=given, landline=True)
    return one, replace(scene.town.relative(one, given=other), born=one.born)


def _parent_and_child(scene: Scene) -> tuple[Person, Person]:
    parent = scene.town.person(landline=True)
    child = scene.town.relative(parent, younger=31)
    return parent, replace(child, mobile=parent.mobile)
