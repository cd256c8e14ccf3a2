"""What most of an address book is: people written alike in both books, and people only one of them knows."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Part, Scene, kind
from crmsync.core.model import Contact


@kind(45, "link_or_hint")
def everyday_mailbox(scene: Scene) -> None:
    """One person under one name, with one mailbox in both books."""
    person = scene.town.person()
    scene.pair(person, scene.some(person, "mail"), scene.some(person, "mail", "mobile"))


@kind(45, "link_or_hint")
def everyday_number(scene: Scene) -> None:
    """One person under one name, with one mobile in both books."""
    person = scene.town.person()
    scene.pair(person, scene.some(person, "mobile"), scene.some(person, "mobile", "mail"))


@kind(30, "link_or_hint")
def everyday_all(scene: Scene) -> None:
    """One person under one name, with one mailbox and one mobile in both books."""
    scene.both([scene.town.person()], "mail", "mobile")


@kind(5, "link_or_hint")
def everyday_work(scene: Scene) -> None:
    """One person under one name at one employer, with one mailbox there in both books."""
    scene.both([scene.town.person()], "work_mail", "firm")


@kind(1, "nothing")
def stranger(scene: Scene) -> None:
    """Somebody or some firm that only one book knows, alike to others by chance alone."""
    scene.in_crm(object(), _one(scene))
    scene.in_google(object(), _one(scene))


def _one(scene: Scene) -> Contact:
    rng = scene.rng
    drawn = rng.random()
    if drawn < 0.07:
        return scene.firm_card(scene.town.firm(), mail="info" if rng.random() < 0.5 else "")
    if drawn < 0.10:
        firm = scene.town.firm()
        owner = scene.town.person(language=firm.language)
        return Contact(given_name=f"{owner.given} {firm.trade}", phones=(scene.phone(owner.mobile),))
    person = scene.town.person(landline=rng.random() < 0.3)
    if drawn < 0.16:
        return replace(scene.card(person, "mobile"), family_name="")
    if drawn < 0.19:
        return replace(scene.card(person, "mail"), given_name="", family_name="")
    if drawn < 0.21:
        return replace(scene.card(person, "mobile"), given_name="", family_name="")
    if drawn < 0.24:
        return scene.card(person)
    chances: tuple[tuple[Part, float], ...] = (("mail", 0.65), ("mobile", 0.75), ("work_mail", 0.15))
    parts = [part for part, chance in chances if rng.random() < chance] or ["mobile"]
    if person.landline:
        parts.append("landline")
    return scene.some(person, *parts)
