"""Cards that are nobody's single record: couples, households, estates, care-of, somebody's husband."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Scene, kind
from bench.identity.town import Person
from crmsync.core.model import Contact


@kind(4, "link_or_hint")
def joint_in_both(scene: Scene) -> None:
    """One card for a couple in both books ("John & Mary Stone"), with one landline, however it is joined."""
    she, he = scene.town.couple()
    scene.pair(object(), _together(scene, she, he), _together(scene, she, he))


@kind(4, "link_or_hint")
def joint_monsieur_madame(scene: Scene) -> None:
    """One card for a couple in both books, as "M. et Mme Roy" in one and much like it in the other."""
    _, he = scene.town.couple()
    card = scene.card(he, "landline")
    ways = [
        replace(card, prefix="M. et Mme", given_name=""),
        replace(card, given_name="M. et Mme", family_name=he.family),
        replace(card, given_name=f"M. et Mme {he.family}", family_name=""),
        replace(card, given_name=f"M. & Mme {he.given} {he.family}", family_name=""),
        replace(card, given_name=f"Mr. & Mrs. {he.family}", family_name=""),
        replace(card, given_name=f"Monsieur et Madame {he.given}", family_name=he.family),
    ]
    one, other = scene.rng.sample(ways, 2)
    scene.pair(object(), one, other)


@kind(4, "hint")
def joint_by_family_name(scene: Scene) -> None:
    """One card for a couple in both books, as "The Stones" in one and by given names in the other."""
    she, he = scene.town.couple()
    french = (f"Famille {he.family}", f"Les {he.family}", f"Fam. {he.family}")
    english = (f"The {he.family}s", f"{he.family} family", f"{he.family} Household")
    name = scene.rng.choice(french if he.language == "fr" else english)
    scene.pair(object(), scene.whole(he, name, "landline", "home"), _together(scene, she, he))


@kind(4, "link_or_hint")
def joint_two_family_names(scene: Scene) -> None:
    """One card for a couple who each kept their family name, in both books, named in the other order."""
    she = scene.town.person(sex="f", language="fr", landline=True)
    he = scene.town.relative(she, sex="m", family=scene.town.person(language="fr").family)
    names = f"{she.given} {she.family}", f"{he.given} {he.family}"
    joined = scene.rng.choice((" et ", " & ", " / "))
    one = scene.whole(she, joined.join(names), "landline")
    other = scene.whole(he, " et ".join(reversed(names)), "landline", "home")
    scene.pair(object(), one, other)


@kind(4, "hint")
def joint_against_one_spouse(scene: Scene) -> None:
    """A card for a couple in one book, and one for her alone in the other, with one mailbox."""
    she, he = scene.town.couple()
    mailbox = scene.town.household_mailbox(she.family)
    she, he = replace(she, mail=mailbox), replace(he, mail=mailbox)
    both = replace(_together(scene, she, he), emails=scene.card(she, "mail").emails)
    scene.apart(scene.some(she, "mail"), both)


@kind(2, "link_or_hint")
def joint_beside_each(scene: Scene) -> None:
    """A couple's card and one for each of them, all three in both books, on one landline."""
    she, he = scene.town.couple()
    scene.both((she, he), "landline")
    scene.pair(object(), _together(scene, she, he), _together(scene, she, he))


@kind(3, "link_or_hint")
def joint_against_two(scene: Scene) -> None:
    """Two spouses in the CRM, and at Google a card for both and one for him."""
    she, he = scene.town.couple()
    scene.in_crm(she, scene.some(she, "landline"))
    scene.in_crm(he, scene.some(he, "landline", "mobile"))
    scene.in_google(he, scene.some(he, "mobile"))
    scene.in_google(object(), _together(scene, she, he))


@kind(4, "hint")
def estate_against_the_late(scene: Scene) -> None:
    """Somebody who has died in one book, and their estate in the other, with one home and landline."""
    late = scene.town.person(landline=True)
    scene.apart(
        scene.card(late, "landline", "home", "birthday"), scene.whole(late, _estate(scene, late), "landline")
    )


@kind(4, "link_or_hint")
def estate_in_both(scene: Scene) -> None:
    """An estate in both books, with the number of whoever looks after it."""
    late = scene.town.person()
    one, other = (scene.whole(late, _estate(scene, late), "mobile") for _ in range(2))
    scene.pair(object(), one, other)


@kind(4, "nothing")
def care_of_apart(scene: Scene) -> None:
    """Somebody in care of another, with their landline, in one book, and that other in the other."""
    host = scene.town.person(landline=True)
    guest = scene.town.relative(host)
    scene.apart(scene.some(host, "landline", "home"), scene.whole(guest, _care_of(guest, host), "landline"))


@kind(4, "hint")
def care_of_in_both(scene: Scene) -> None:
    """Somebody who is reached in care of another, in one book with that in the name, in the other without."""
    host = scene.town.person(landline=True)
    guest = scene.town.relative(host)
    scene.pair(
        guest, scene.card(guest, "landline", "mobile"), scene.whole(guest, _care_of(guest, host), "landline")
    )


@kind(4, "nothing")
def trust_and_settlor_apart(scene: Scene) -> None:
    """A family's trust or holding in one book, one of the family in the other, with one mailbox."""
    person = scene.town.person()
    name = scene.rng.choice(("{} Family Trust", "Fiducie {}", "Gestion {} inc.", "{} Holdings Ltd.")).format(
        person.family
    )
    trust = replace(scene.card(person, "mail"), given_name="", family_name="", organization=name)
    scene.apart(scene.some(person, "mail"), trust)


@kind(4, "hint")
def by_a_relative(scene: Scene) -> None:
    """Somebody by name in one book, and as another's husband or mother in the other, with their mobile."""
    known = scene.town.person()
    person = scene.town.relative(known)
    scene.pair(
        person, scene.some(person, "mobile"), scene.whole(person, _relation(scene, known, person), "mobile")
    )


@kind(4, "nothing")
def by_a_relative_apart(scene: Scene) -> None:
    """A woman in one book, and in the other her husband or brother by her name, with one landline."""
    known = scene.town.person(sex="f", landline=True)
    husband = scene.town.relative(known, sex="m")
    name = _relation(scene, known, husband)
    scene.apart(scene.some(known, "landline"), scene.whole(husband, name, "landline"))


def _together(scene: Scene, she: Person, he: Person) -> Contact:
    """A card for both, with the landline."""
    card = scene.card(he, "landline")
    first, second = (he.given, she.given) if scene.rng.random() < 0.6 else (she.given, he.given)
    joined = (
        f"{first} et {second}" if he.language == "fr" else scene.rng.choice((f"{first} and {second}", ""))
    )
    joined = joined or f"{first} & {second}"
    ways = (
        replace(card, given_name=joined),
        replace(card, given_name=f"{first} & {second}"),
        replace(card, given_name=f"{joined} {he.family}", family_name=""),
        replace(card, given_name=f"{he.family}, {joined}", family_name=""),
        replace(card, given_name=f"{first}/{second}"),
    )
    return scene.rng.choice(ways)


def _estate(scene: Scene, late: Person) -> str:
    name = f"{late.given} {late.family}"
    english = (f"Estate of {name}", f"{name} Estate", f"Estate {name}", f"Est. of {name}")
    french = (f"Succession {name}", f"Succession de {name}", f"{name} (succession)")
    return scene.rng.choice(french if late.language == "fr" else english)


def _care_of(guest: Person, host: Person) -> str:
    joined = "a/s" if guest.language == "fr" else "c/o"
    return f"{guest.given} {guest.family} {joined} {host.given} {host.family}"


def _relation(scene: Scene, known: Person, person: Person) -> str:
    words = {
        ("en", "f"): ("{}'s wife", "{}'s mom", "{}'s sister", "wife of {}"),
        ("en", "m"): ("{}'s husband", "{}'s dad", "{}'s brother", "{}'s neighbour"),
        ("fr", "f"): ("Conjointe de {}", "Mère de {}", "Soeur de {}", "Amie de {}"),
        ("fr", "m"): ("Mari de {}", "Père de {}", "Frère de {}", "Voisin de {}"),
    }
    form = scene.rng.choice(words[known.language, person.sex])
    return form.format(known.given if scene.rng.random() < 0.5 else f"{known.given} {known.family}")
