"""One person more than once in one book."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Scene, kind
from bench.identity.writing import careless
from crmsync.core.model import Phone


@kind(3, "link_or_hint")
def imported_twice(scene: Scene) -> None:
    """One person in the CRM, and twice at Google, letter for letter."""
    person = scene.town.person()
    copy = scene.some(person, "mail", "mobile")
    scene.in_crm(person, scene.some(person, "mail"))
    scene.in_google(person, copy, copy)


@kind(3, "link_or_hint")
def sim_copy(scene: Scene) -> None:
    """One person in the CRM, and twice at Google: in full, and cut short as on a SIM card."""
    person = scene.town.person()
    short = f"{person.given} {person.family}"[:12].strip()
    scene.in_crm(person, scene.some(person, "mobile"))
    scene.in_google(person, scene.some(person, "mobile", "mail"))
    scene.in_google(person, replace(scene.whole(person, short), phones=(Phone(person.mobile),)))


@kind(3, "link_or_hint")
def split_into_work_and_private(scene: Scene) -> None:
    """One person twice at Google, for work and in private, and once in the CRM, with both mailboxes."""
    person = scene.town.person()
    scene.in_crm(person, scene.card(person, "mail", "work_mail"))
    scene.in_google(person, scene.card(person, "work_mail", "firm"), scene.card(person, "mail", "mobile"))


@kind(3, "link_or_hint")
def old_and_new(scene: Scene) -> None:
    """One person twice at Google, under an old and a new number, and once in the CRM, with one mailbox."""
    person = scene.town.person()
    later = replace(person, mobile=scene.town.number(person.city))
    scene.in_crm(person, scene.some(later, "mail", "mobile"))
    scene.in_google(person, scene.card(person, "mail", "mobile"), scene.card(later, "mail", "mobile"))


@kind(2, "link_or_hint")
def three_copies(scene: Scene) -> None:
    """One person in the CRM, and three times at Google, with and without accents."""
    person = scene.town.person(language="fr")
    scene.in_crm(person, scene.some(person, "mobile"))
    scene.in_google(person, scene.some(person, "mobile"), scene.some(person, "mobile", "mail"))
    bare = scene.some(person, "mobile")
    scene.in_google(person, replace(bare, given_name=careless(person.given, scene.rng)))


@kind(3, "link_or_hint")
def double_lead(scene: Scene) -> None:
    """One person twice in the CRM, from a form and from an open house, with one mobile, and not at Google."""
    person = scene.town.person()
    again = replace(person, mail=scene.town.mailbox(person.given, person.family))
    scene.in_crm(person, scene.some(person, "mail", "mobile"), scene.some(again, "mail", "mobile"))


@kind(3, "link_or_hint")
def double_lead_and_google(scene: Scene) -> None:
    """One person twice in the CRM, with the mailbox and with the mobile, and at Google with both."""
    person = scene.town.person()
    scene.in_crm(person, scene.some(person, "mail"), scene.some(person, "mobile"))
    scene.in_google(person, scene.some(person, "mail", "mobile"))


@kind(3, "link_or_hint")
def twice_in_both(scene: Scene) -> None:
    """One person twice in each book, with one mailbox everywhere."""
    person = scene.town.person()
    scene.in_crm(person, scene.some(person, "mail"), scene.some(person, "mail", "mobile"))
    scene.in_google(person, scene.some(person, "mail"), scene.some(person, "mail", "mobile"))


@kind(3, "link_or_hint")
def firm_twice(scene: Scene) -> None:
    """One firm in the CRM, and twice at Google, with and without its legal form, on one line."""
    firm = scene.town.firm()
    scene.in_crm(firm, scene.firm_card(firm, mail="info"))
    scene.in_google(firm, scene.firm_card(firm), scene.firm_card(firm, f"{firm.name} inc."))


@kind(3, "link_or_hint")
def nickname_double(scene: Scene) -> None:
    """One person twice at Google, in full and by the nickname, and not in the CRM, with one mobile."""
    given, nickname = scene.rng.choice(
        (("Robert", "Bob"), ("William", "Bill"), ("Guillaume", "Guy"), ("Susan", "Sue"))
    )
    person = scene.town.person(given=given)
    scene.in_google(
        person, scene.some(person, "mobile"), replace(scene.card(person, "mobile"), given_name=nickname)
    )


@kind(3, "nothing")
def namesakes_within_a_book(scene: Scene) -> None:
    """Two of one name in the CRM, in two cities, with mailboxes and homes of their own, none at Google."""
    one = scene.town.person()
    other = scene.town.person(sex=one.sex, given=one.given, family=one.family)
    for person in (one, scene.town.moved(other, one.city)):
        scene.in_crm(person, scene.card(person, "mail", "mobile", "home"))
