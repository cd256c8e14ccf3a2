"""One mailbox in two writings, and mailboxes that are nobody's own."""

from __future__ import annotations

from dataclasses import replace

from bench.identity.scene import Scene, kind
from bench.identity.town import slug
from bench.identity.writing import slip
from crmsync.core.model import Contact, Email, Url


@kind(4, "hint")
def gmail_dots(scene: Scene) -> None:
    """One person with one mailbox at Gmail, with dots in one book and without in the other."""
    person = scene.town.person()
    mailbox = scene.town.gmail(f"{slug(person.given)}.{slug(person.family)}")
    scene.pair(person, _with(scene.card(person), mailbox), _with(scene.some(person), _undotted(mailbox)))


@kind(4, "hint")
def plus_tag(scene: Scene) -> None:
    """One person with one mailbox, in one book with a tag behind a plus sign."""
    person = scene.town.person()
    mailbox = scene.town.gmail(f"{slug(person.given)}{slug(person.family)}")
    local, domain = mailbox.split("@")
    tagged = f"{local}+{scene.rng.choice(('condo', 'immo', 'house', 'crm', 'newsletter'))}@{domain}"
    scene.pair(person, _with(scene.card(person), tagged), _with(scene.some(person), mailbox))


@kind(4, "nothing")
def dots_elsewhere_apart(scene: Scene) -> None:
    """Two of one family name with j.smith@ and jsmith@ at a host where dots count, one in each book."""
    one = scene.town.person(given=scene.rng.choice(("Jean", "John", "Julie")))
    other = scene.town.person(given=scene.rng.choice(("Jacques", "James", "Jessica")), family=one.family)
    domain = scene.town.firm().domain
    first = _with(scene.some(one, "mobile"), f"j.{slug(one.family)}@{domain}")
    scene.apart(first, _with(scene.some(other, "mobile"), f"j{slug(one.family)}@{domain}"))


@kind(4, "link_or_hint")
def mailbox_in_capitals(scene: Scene) -> None:
    """One person with one mailbox, in one book in capitals, with spaces or as a link."""
    person = scene.town.person()
    local, domain = person.mail.split("@")
    ways = (
        person.mail.upper(),
        f"{local.capitalize()}@{domain}",
        f" {person.mail} ",
        f"mailto:{person.mail}",
    )
    way = scene.rng.choice((*ways, f"<{person.mail}>", f"{person.given} {person.family} <{person.mail}>"))
    scene.pair(person, scene.some(person, "mail"), _with(scene.some(person), way))


@kind(4, "link_or_hint")
def two_mailboxes_in_one_field(scene: Scene) -> None:
    """One person with two mailboxes in one field in one book, and one of them in the other."""
    person = scene.town.person()
    joined = scene.rng.choice((", ", "; ", " / ")).join((person.mail, person.work_mail))
    scene.pair(person, scene.some(person, "mail"), _with(scene.some(person), joined))


@kind(4, "hint")
def slip_in_the_mailbox(scene: Scene) -> None:
    """One person with a slip of the keyboard in the mailbox in one book."""
    person = scene.town.person()
    local, domain = person.mail.split("@")
    ways = [f"{local}@{slip(domain.split('.')[0], scene.rng)}.example"]
    if len(local) > 5:
        ways.append(f"{slip(local, scene.rng)}@{domain}")
    scene.pair(person, scene.some(person, "mail"), _with(scene.some(person), scene.rng.choice(ways)))


@kind(4, "hint")
def mailbox_elsewhere_on_the_card(scene: Scene) -> None:
    """One person whose mailbox stands in the notes, the name or the web address in one book."""
    person = scene.town.person()
    card = scene.card(person, "mobile")
    ways = (
        replace(card, notes=f"mail: {person.mail}"),
        replace(card, urls=(Url(f"mailto:{person.mail}"),)),
        replace(card, given_name=f"{person.given} {person.family} {person.mail}", family_name=""),
    )
    scene.pair(person, scene.card(person, "mail", "home"), scene.rng.choice(ways))


@kind(4, "hint")
def mailbox_at_another_host(scene: Scene) -> None:
    """One person of an uncommon name, with that name at one host and at another."""
    person = scene.town.person(uncommon=True)
    local = f"{slug(person.given)}.{slug(person.family)}"
    one, other = scene.rng.sample(
        ("old-provider.example", "mail.example", "fibre.example", "inbox.example"), 2
    )
    first = _with(scene.card(person), f"{local}@{one}")
    scene.pair(person, first, _with(scene.card(person), f"{local}@{other}"))


@kind(4, "nothing")
def mailboxes_of_namesakes_apart(scene: Scene) -> None:
    """Two of one common name in two cities, with marie.roy@ and marie.roy2@ at one host, one in each book."""
    one = scene.town.person()
    again = scene.town.person(sex=one.sex, language=one.language, given=one.given, family=one.family)
    other = scene.town.moved(again, one.city)
    local = f"{slug(one.given)}.{slug(one.family)}"
    first = _with(
        scene.card(one, "mobile", "home", "birthday"), f"{local}{scene.rng.randint(1, 4)}@freemail.example"
    )
    second = _with(
        scene.card(other, "mobile", "home", "birthday"), f"{local}{scene.rng.randint(5, 9)}@freemail.example"
    )
    scene.apart(first, second)


@kind(3, "nothing")
def placeholder_mailbox_apart(scene: Scene) -> None:
    """Several with none@none.example, where a form asked for a mailbox, in both books."""
    mailbox = scene.rng.choice(
        ("none@none.example", "noemail@mail.example", "na@na.example", "pasdecourriel@inconnu.example")
    )
    scene.in_crm(object(), _with(scene.some(scene.town.person(), "mobile"), mailbox))
    scene.apart(*(_with(scene.some(scene.town.person(), "mobile"), mailbox) for _ in range(2)))


@kind(4, "nothing")
def agents_own_mailbox_apart(scene: Scene) -> None:
    """Two clients with the agent's own mailbox where nothing better was at hand, one in each book."""
    mailbox = scene.town.person().work_mail
    one, other = (_with(scene.some(scene.town.person(), "mobile"), mailbox) for _ in range(2))
    scene.apart(one, other)


def _with(card: Contact, mailbox: str) -> Contact:
    return replace(card, emails=(Email(mailbox, "home"),))


def _undotted(mailbox: str) -> str:
    local, domain = mailbox.split("@")
    return f"{local.replace('.', '')}@{domain}"
