"""Offices: people who share a line, a mailbox or an employer, and firms beside their people."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Scene, kind
from bench.identity.town import Firm, Person
from bench.identity.writing import extended
from crmsync.core.model import Contact, Email, Phone

_ROLES = ("info", "office", "sales", "bureau", "contact", "reception", "admin", "courrier")


@kind(3, "link_or_hint")
def extensions(scene: Scene) -> None:
    """Colleagues on one line with an extension each, both in both books."""
    one, other = scene.town.colleagues(scene.town.firm(), 2)
    for person, extension in ((one, 21), (other, 34)):
        scene.pair(person, _extended(scene, person, extension), _extended(scene, person, extension))


@kind(4, "nothing")
def extensions_apart(scene: Scene) -> None:
    """Colleagues on one line with an extension each, one in each book."""
    one, other = scene.town.colleagues(scene.town.firm(), 2)
    scene.apart(_extended(scene, one, 21), _extended(scene, other, 34))


@kind(4, "link_or_hint")
def extension_left_out(scene: Scene) -> None:
    """One person with line and extension in one book, with the bare line in the other."""
    (person,) = scene.town.colleagues(scene.town.firm(), 1)
    scene.pair(
        person, _extended(scene, person, scene.rng.randint(10, 499)), scene.card(person, "line", "firm")
    )


@kind(4, "nothing")
def switchboard_apart(scene: Scene) -> None:
    """Two who work at one place and both have its line, with no extension, one in each book."""
    one, other = scene.town.colleagues(scene.rng.choice(scene.town.employers), 2)
    scene.apart(scene.some(one, "line"), scene.some(other, "line"))


@kind(4, "nothing")
def role_mailbox_apart(scene: Scene) -> None:
    """Two who are reached by the same info@ of their firm, one in each book."""
    one, other = scene.town.colleagues(scene.town.firm(), 2)
    role = f"{scene.rng.choice(_ROLES)}@{one.firm.domain}"
    scene.apart(_with_mail(scene.some(one), role), _with_mail(scene.some(other), role))


@kind(4, "link_or_hint")
def role_mailbox_of_one(scene: Scene) -> None:
    """One person of a firm, by the firm's info@ in both books."""
    (person,) = scene.town.colleagues(scene.town.firm(), 1)
    role = f"{scene.rng.choice(_ROLES)}@{person.firm.domain}"
    scene.pair(person, _with_mail(scene.card(person, "firm"), role), _with_mail(scene.some(person), role))


@kind(4, "nothing")
def company_and_its_owner_apart(scene: Scene) -> None:
    """A company's card in one book, its owner's in the other, on one line."""
    owner = _owner(scene)
    scene.apart(scene.firm_card(owner.firm, mail="info"), scene.some(owner, "line", "firm"))


@kind(3, "link_or_hint")
def company_and_its_owner_in_both(scene: Scene) -> None:
    """A company's card and its owner's, both in both books, on one line."""
    owner = _owner(scene)
    scene.both([owner], "line", "firm")
    scene.pair(owner.firm, scene.firm_card(owner.firm, mail="info"), scene.firm_card(owner.firm))


@kind(4, "nothing")
def assistant_apart(scene: Scene) -> None:
    """A chief in one book, and in the other the assistant, with the chief's direct number."""
    chief, assistant = _chief_and_assistant(scene)
    helping = replace(scene.card(assistant, "mobile", "work_mail"), job_title=f"Assistant to {chief.given}")
    scene.apart(scene.some(chief, "mobile", "firm"), helping)


@kind(3, "link_or_hint")
def assistant_in_both(scene: Scene) -> None:
    """A chief and the assistant in both books, with the chief's number each and mailboxes of their own."""
    scene.both(_chief_and_assistant(scene), "mobile", "work_mail")


@kind(4, "nothing")
def mailboxes_alike_apart(scene: Scene) -> None:
    """Colleagues of one family name, with jsmith@ and jsmith2@ at one domain, one in each book."""
    firm = scene.town.firm()
    given, other_given = scene.rng.choice(
        (("John", "Jane"), ("Marc", "Marie"), ("Peter", "Paula"), ("Luc", "Lise"))
    )
    one = scene.town.hired(scene.town.person(given=given), firm)
    other = scene.town.hired(scene.town.person(given=other_given, family=one.family), firm)
    scene.apart(scene.some(one, "work_mail"), scene.some(other, "work_mail"))


@kind(4, "nothing")
def post_handed_on_apart(scene: Scene) -> None:
    """Somebody and their successor, with the mailbox and the job that were handed on, one in each book."""
    before, after = scene.town.colleagues(scene.town.firm(), 2)
    mailbox = (
        f"{scene.rng.choice(('manager', 'director', 'comptes', 'ventes', 'broker'))}@{before.firm.domain}"
    )
    job = scene.rng.choice(("Branch Manager", "Directrice", "Comptable", "Broker of Record"))
    first, second = (
        replace(_with_mail(scene.card(person, "firm"), mailbox), job_title=job) for person in (before, after)
    )
    scene.apart(first, second)


@kind(4, "nothing")
def team_and_its_broker_apart(scene: Scene) -> None:
    """A broker in one book and the broker's team in the other, with the team's number."""
    broker = scene.town.person()
    name = ("Équipe {}" if broker.language == "fr" else "Team {}").format(broker.family)
    scene.apart(scene.some(broker, "mobile"), scene.whole(broker, name, "mobile"))


@kind(4, "link_or_hint")
def reception_in_both(scene: Scene) -> None:
    """The front desk of a firm in both books, under much the same words, on the firm's line."""
    firm = scene.town.firm()
    one = replace(scene.firm_card(firm), given_name="Reception")
    other = replace(
        scene.firm_card(firm, mail="info"),
        given_name=scene.rng.choice(("Réception", "Front desk", "Reception")),
    )
    scene.pair(firm, one, other)


@kind(4, "nothing")
def fax_apart(scene: Scene) -> None:
    """Two who work at one place and have its fax beside their own mobiles, one in each book."""
    one, other = scene.town.colleagues(scene.town.firm(), 2)
    fax = Phone(scene.phone(scene.town.number(one.firm.city)).value, "fax")
    cards = [scene.some(person, "mobile") for person in (one, other)]
    first, second = (replace(card, phones=(*card.phones, fax)) for card in cards)
    scene.apart(first, second)


@kind(4, "nothing")
def go_between_apart(scene: Scene) -> None:
    """Two clients of one lawyer or notary who are reached by the lawyer's mailbox, one in each book."""
    mailbox = scene.town.person().work_mail
    one, other = scene.town.person(), scene.town.person()
    scene.apart(_with_mail(scene.some(one, "mobile"), mailbox), _with_mail(scene.some(other), mailbox))


def _extended(scene: Scene, person: Person, extension: int) -> Contact:
    phone = Phone(scene.rng.choice(extended(person.firm.line, extension)), "work")
    return replace(scene.card(person, "firm"), phones=(phone,))


def _with_mail(card: Contact, mailbox: str) -> Contact:
    return replace(card, emails=(Email(mailbox, "work"),))


def _owner(scene: Scene) -> Person:
    owner = scene.town.person()
    firm: Firm = scene.town.firm(owner.language, owner.family)
    return scene.town.hired(owner, firm)


def _chief_and_assistant(scene: Scene) -> tuple[Person, Person]:
    chief, assistant = scene.town.colleagues(scene.town.firm(), 2)
    return chief, replace(assistant, mobile=chief.mobile)
