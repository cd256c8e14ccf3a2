"""Firms and authorities: one of them under two names, and two of them under much the same one."""

from __future__ import annotations

import re
from dataclasses import replace

from bench.identity.names import FR_MEN
from bench.identity.places import FREE_OF_CHARGE
from bench.identity.scene import Scene, kind
from bench.identity.town import Firm
from crmsync.core.model import Contact


@kind(4, "link_or_hint")
def legal_form(scene: Scene) -> None:
    """One firm with Inc. or ltée in one book and without in the other, on one line."""
    firm = scene.town.firm()
    form = scene.rng.choice(("Inc.", "inc", "Ltd.", "ltée", "Limited", "LLP", "S.E.N.C.", "Corp."))
    scene.pair(firm, scene.firm_card(firm), scene.firm_card(firm, f"{firm.name} {form}", web=True))


@kind(4, "link_or_hint")
def firm_in_two_writings(scene: Scene) -> None:
    """One firm with & and et, capitals or a comma, on one line."""
    firm = scene.town.firm()
    joined = {"en": ("& Sons", "and Sons"), "fr": ("& Fils", "et fils")}[firm.language]
    one, other = (f"{firm.name} {words}" for words in joined)
    scene.pair(
        firm, scene.firm_card(firm, one), scene.firm_card(firm, scene.rng.choice((other, other.upper())))
    )


@kind(4, "link_or_hint")
def firm_as_a_name(scene: Scene) -> None:
    """One firm in its field in one book, and as a person's name in the other, on one line."""
    firm = scene.town.firm()
    first, _, rest = firm.name.partition(" ")
    card = replace(scene.firm_card(firm), organization="")
    ways = (replace(card, given_name=firm.name), replace(card, given_name=first, family_name=rest))
    scene.pair(
        firm,
        scene.firm_card(firm, mail="info"),
        scene.rng.choice((*ways, replace(card, family_name=firm.name))),
    )


@kind(4, "hint")
def firm_by_name_only(scene: Scene) -> None:
    """One firm with nothing but the name in both books, or with a place in one of them."""
    firm = scene.town.firm()
    other = scene.firm_card(firm, line=False)
    if scene.rng.random() < 0.5:
        other = replace(other, addresses=(replace(firm.home, type="work"),))
    scene.pair(firm, scene.firm_card(firm, line=False), other)


@kind(4, "hint")
def firm_by_web_and_mail(scene: Scene) -> None:
    """One firm under one name, with its site in one book and its mailbox in the other."""
    firm = scene.town.firm()
    scene.pair(
        firm, scene.firm_card(firm, line=False, web=True), scene.firm_card(firm, line=False, mail="info")
    )


@kind(4, "hint")
def acronym(scene: Scene) -> None:
    """One authority in full in one book and by its letters in the other, on one line."""
    forms = (
        "Chambre immobilière de {}",
        "{} Regional School Board",
        "Office d'habitation de {}",
        "{} Home Builders",
    )
    full = scene.rng.choice(forms).format(_place(scene))
    short = "".join(word[0] for word in re.split("[ '-]", full) if word not in ("de", "d")).upper()
    firm = scene.town.firm()
    scene.pair(firm, scene.firm_card(firm, full), scene.firm_card(firm, short))


@kind(4, "hint")
def renamed_firm(scene: Scene) -> None:
    """One firm before and after it changed its name, on one line and with one mailbox."""
    firm, other = scene.town.firm("en"), scene.town.firm("en")
    one = scene.firm_card(firm, mail="info")
    scene.pair(firm, one, replace(one, organization=other.name))


@kind(4, "hint")
def firm_in_two_languages(scene: Scene) -> None:
    """One authority in English in one book and in French in the other, on one line."""
    place = _place(scene)
    english, french = scene.rng.choice(
        (
            (f"City of {place}", f"Ville de {place}"),
            (f"{place} Land Registry", f"Registre foncier de {place}"),
            (f"{place} Hospital", f"Hôpital de {place}"),
            (f"{place} School Board", f"Commission scolaire de {place}"),
        )
    )
    firm = scene.town.firm()
    scene.pair(firm, scene.firm_card(firm, english), scene.firm_card(firm, french))


@kind(4, "nothing")
def branches_apart(scene: Scene) -> None:
    """Two branches of one bank on its one free number, each named after its place, one in each book."""
    name = scene.rng.choice(("Maple Leaf Community Bank", "Caisse du Fleuve", "Great Bay Insurance"))
    firm = replace(scene.town.firm(), line=scene.town.line(scene.rng.choice(FREE_OF_CHARGE)))
    one, other = scene.rng.sample(("Laval", "Québec", "Hamilton", "Kelowna", "Halifax", "Gatineau"), 2)
    first, second = (scene.firm_card(firm, f"{name} - {place}") for place in (one, other))
    scene.apart(first, second)


@kind(4, "nothing")
def firms_of_one_name_apart(scene: Scene) -> None:
    """Two firms of one name in two cities with a line of their own, one in each book."""
    name = scene.rng.choice(
        ("Chez Marie", "Golden Dragon Restaurant", "Pizza Roma", "Quality Roofing", "Garage du Coin")
    )
    one, other = scene.town.firm(), scene.town.firm()
    while other.city.area_codes[0] == one.city.area_codes[0]:
        other = scene.town.firm()
    scene.apart(_placed(scene, one, name), _placed(scene, other, name))


@kind(4, "nothing")
def firms_in_one_building_apart(scene: Scene) -> None:
    """Two firms at one street number, one in each book."""
    one, other = scene.town.firm(), scene.town.firm()
    first, second = _placed(scene, one, one.name), _placed(scene, other, other.name)
    scene.apart(first, replace(second, addresses=first.addresses))


@kind(4, "nothing")
def numbered_company_and_owner_apart(scene: Scene) -> None:
    """A numbered company in one book and its owner in the other, with the owner's mobile."""
    owner = scene.town.person()
    number = f"{scene.rng.randint(9000, 9499)}-{scene.rng.randint(1000, 9999)} Québec inc."
    company = replace(scene.card(owner, "mobile"), given_name="", family_name="", organization=number)
    scene.apart(scene.some(owner, "mobile"), company)


@kind(4, "hint")
def sole_trader(scene: Scene) -> None:
    """Somebody who works alone, by name and as "Luc Gagnon photographe", with one mobile."""
    person = scene.town.person()
    works = {
        "en": ("Photography", "Realtor", "Design", "Notary"),
        "fr": ("photographe", "notaire", "courtier", "design"),
    }
    name = f"{person.given} {person.family} {scene.rng.choice(works[person.language])}"
    scene.pair(person, scene.some(person, "mobile"), scene.whole(person, name, "mobile"))


@kind(4, "link_or_hint")
def person_with_the_firm_in_the_name(scene: Scene) -> None:
    """Somebody of a firm, with the firm in its field and behind the name, with one mobile."""
    person = scene.town.person()
    form = scene.rng.choice(("{} - {}", "{} ({})", "{} @ {}", "{}, {}"))
    name = form.format(f"{person.given} {person.family}", person.firm.name)
    scene.pair(person, scene.card(person, "mobile", "firm"), scene.whole(person, name, "mobile"))


def _place(scene: Scene) -> str:
    """A small place that nobody will find on a map."""
    return f"Saint-{scene.rng.choice(FR_MEN)}-{scene.rng.choice(('du-Lac', 'des-Monts', 'Station', 'Ouest'))}"


def _placed(scene: Scene, firm: Firm, name: str) -> Contact:
    return replace(scene.firm_card(firm, name), addresses=(replace(firm.home, type="work"),))
