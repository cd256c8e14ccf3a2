"""Cards with next to nothing on them, and cards named after what somebody is to the agent."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Scene, kind
from bench.identity.town import Person
from bench.identity.variants import SOCIAL
from crmsync.core.model import Contact


@kind(4, "hint")
def name_only_in_both(scene: Scene) -> None:
    """One person of an uncommon name, with nothing but the name in both books."""
    person = scene.town.person(uncommon=True)
    scene.pair(person, scene.card(person), scene.card(person))


@kind(4, "hint")
def name_only_in_one(scene: Scene) -> None:
    """One person of an uncommon name, with nothing but the name in one book and all there is in the other."""
    person = scene.town.person(uncommon=True)
    scene.pair(person, scene.card(person), scene.card(person, "mail", "mobile", "home"))


@kind(4, "link_or_hint")
def mailbox_only(scene: Scene) -> None:
    """One person, with nothing but the mailbox in one book."""
    person = scene.town.person()
    scene.pair(person, scene.some(person, "mail", "mobile"), _nameless(scene.card(person, "mail")))


@kind(4, "link_or_hint")
def mailbox_as_name(scene: Scene) -> None:
    """One person, in one book with the mailbox as the name, as a mail program saves whom one has answered."""
    person = scene.town.person()
    named = replace(_nameless(scene.card(person, "mail")), given_name=person.mail)
    scene.pair(person, scene.some(person, "mail"), named)


@kind(4, "hint")
def number_only(scene: Scene) -> None:
    """One person, with nothing but the mobile in one book."""
    person = scene.town.person()
    scene.pair(person, scene.some(person, "mobile", "mail"), _nameless(scene.card(person, "mobile")))


@kind(4, "link_or_hint")
def nameless_in_both(scene: Scene) -> None:
    """One mailbox or number without a name in both books."""
    person = scene.town.person()
    shared = scene.own()
    scene.pair(person, _nameless(scene.card(person, shared)), _nameless(scene.card(person, shared)))


@kind(4, "hint")
def given_name_and_number(scene: Scene) -> None:
    """One person, with the given name and the mobile in one book."""
    person = scene.town.person()
    scene.pair(person, scene.some(person, "mobile"), replace(scene.card(person, "mobile"), family_name=""))


@kind(4, "link_or_hint")
def given_name_and_mailbox(scene: Scene) -> None:
    """One person, with the given name and the mailbox in one book."""
    person = scene.town.person()
    scene.pair(person, scene.some(person, "mail"), replace(scene.card(person, "mail"), family_name=""))


@kind(4, "hint")
def family_name_and_number(scene: Scene) -> None:
    """One person as Mme Gagnon or Mr. Stone with the mobile in one book."""
    person = scene.town.person()
    title = {"en": {"f": "Mrs.", "m": "Mr."}, "fr": {"f": "Mme", "m": "M."}}[person.language][person.sex]
    card = scene.card(person, "mobile")
    formal = scene.rng.choice((replace(card, given_name="", prefix=title), replace(card, given_name=title)))
    scene.pair(person, scene.some(person, "mobile"), formal)


@kind(4, "nothing")
def given_name_apart(scene: Scene) -> None:
    """Two of one given name, with only that and a number of their own, one in each book."""
    one = scene.town.person()
    other = scene.town.person(given=one.given)
    first, second = (replace(scene.card(person, "mobile"), family_name="") for person in (one, other))
    scene.apart(first, second)


@kind(4, "hint")
def kin(scene: Scene) -> None:
    """One of the agent's family, by name in one book and as Mom or Papa with the mobile in the other."""
    person = scene.town.person()
    words = {
        "f": ("Mom", "Maman", "Mommy ❤️", "Auntie", "Ma blonde", "Grand-maman"),
        "m": ("Dad", "Papa", "Grandpa", "Mon chum", "Hubby", "Beau-père"),
    }[person.sex]
    scene.pair(person, scene.some(person, "mobile"), scene.whole(person, scene.rng.choice(words), "mobile"))


@kind(4, "hint")
def trade_label(scene: Scene) -> None:
    """Somebody with a trade, by name and firm and as "Dave plumber", with one mobile."""
    person = _tradesman(scene)
    firm = person.firm
    forms = ("{1} {0}", "{0} {1}", "{0} ({1})", "{0} - {1}")
    label = scene.rng.choice(forms).format(person.given, firm.trade)
    scene.pair(person, scene.card(person, "mobile", "firm"), scene.whole(person, label, "mobile"))


@kind(4, "nothing")
def trade_label_apart(scene: Scene) -> None:
    """Two of one given name and different trades, each as "Dave plumber" with a mobile, one in each book."""
    one, other = _tradesman(scene), _tradesman(scene)
    while one.firm.trade == other.firm.trade:
        other = _tradesman(scene)
    first = scene.whole(one, f"{one.given} {one.firm.trade}", "mobile")
    scene.apart(first, scene.whole(other, f"{one.given} {other.firm.trade}", "mobile"))


@kind(4, "hint")
def hobby_label(scene: Scene) -> None:
    """One person by name in one book, and as "Zoe (yoga)" or "Luc du hockey" with the mobile in the other."""
    person = scene.town.person()
    forms = (
        "{} (yoga)",
        "{} hockey",
        "{} du gym",
        "{} - voisin",
        "{} (school)",
        "{} chalet",
        "{} 2",
        "{} open house",
    )
    label = scene.rng.choice(forms).format(person.given)
    scene.pair(person, scene.some(person, "mobile"), scene.whole(person, label, "mobile"))


@kind(4, "hint")
def property_label(scene: Scene) -> None:
    """One person by name in one book, and as seller or tenant of a street in the other, with the mobile."""
    person = scene.town.person()
    street = person.home.street
    forms = {
        "en": ("Seller {}", "Tenant {}", "{} buyer", "Owner - {}"),
        "fr": ("Vendeur {}", "Locataire {}", "{} acheteur", "Proprio {}"),
    }
    label = scene.rng.choice(forms[person.language]).format(street)
    scene.pair(person, scene.some(person, "mobile", "home"), scene.whole(person, label, "mobile"))


@kind(3, "hint")
def home_only(scene: Scene) -> None:
    """One person, with nothing but the address of their home in one book."""
    person = scene.town.person()
    scene.pair(person, scene.card(person, "mobile", "home"), _nameless(scene.card(person, "home")))


@kind(3, "nothing")
def note_only(scene: Scene) -> None:
    """A card that only says where a key is in one book, and somebody with that note in the other."""
    note = scene.rng.choice(("shed key under the pot", "clé sous le tapis", "alarm code with the neighbour"))
    scene.apart(Contact(notes=note), replace(scene.some(scene.town.person(), "mobile"), notes=note))


@kind(4, "nothing")
def nothing_in_common(scene: Scene) -> None:
    """One person of whom the two books have nothing in common: nobody can be asked to find that."""
    person = scene.town.person()
    scene.pair(
        person, scene.card(person, "work_mail"), scene.whole(person, scene.rng.choice(SOCIAL), "mobile")
    )


def _nameless(card: Contact) -> Contact:
    return replace(card, given_name="", family_name="")


def _tradesman(scene: Scene) -> Person:
    person = scene.town.person()
    return scene.town.hired(person, scene.town.firm(person.language, person.family))
