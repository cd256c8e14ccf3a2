"""Names from other scripts and languages, with and without a spelling in Latin letters on the other side."""

from __future__ import annotations

from dataclasses import replace

from bench.identity import foreign
from bench.identity.foreign import KATAKANA, Name, Script
from bench.identity.scene import Scene, kind
from bench.identity.town import Person
from crmsync.core.model import Contact


@kind(4, "hint")
def chinese_and_latin(scene: Scene) -> None:
    """One person in Chinese characters in one book and in pinyin in the other, with one mailbox or mobile."""
    _in_latin(scene, foreign.CHINESE.draw(scene.rng))


@kind(4, "link_or_hint")
def chinese_in_both(scene: Scene) -> None:
    """One person in Chinese characters in two fields and in one, with one mailbox or mobile."""
    _in_one_field(scene, foreign.CHINESE)


@kind(4, "hint")
def chinese_name_alone(scene: Scene) -> None:
    """One person in the same Chinese characters, with a mailbox in one book and a number in the other."""
    name = foreign.CHINESE.draw(scene.rng)
    person = _named(scene, name)
    scene.pair(person, _native(scene.card(person, "mail"), name), _native(scene.card(person, "mobile"), name))


@kind(4, "nothing")
def chinese_household_apart(scene: Scene) -> None:
    """Two of one family in Chinese characters on one landline, one in each book."""
    name, other_name = foreign.CHINESE.draw(scene.rng), foreign.CHINESE.draw(scene.rng)
    while other_name.latin_given[0] == name.latin_given[0]:
        other_name = foreign.CHINESE.draw(scene.rng)
    one = _named(scene, name, landline=True)
    other = scene.town.relative(one, given=other_name.latin_given)
    second = _native(scene.some(other, "landline"), replace(other_name, family=name.family))
    scene.apart(_native(scene.some(one, "landline"), name), second)


@kind(4, "nothing")
def scripts_of_spouses_apart(scene: Scene) -> None:
    """She in Chinese characters in one book and he in pinyin in the other, on one landline."""
    hers, his = foreign.CHINESE.draw(scene.rng), foreign.CHINESE.draw(scene.rng)
    while his.latin_given[0] == hers.latin_given[0] or his.family == hers.family:
        his = foreign.CHINESE.draw(scene.rng)
    she = _named(scene, hers, landline=True)
    he = scene.town.relative(she, sex="m", given=his.latin_given, family=his.latin_family)
    scene.apart(_native(scene.some(she, "landline"), hers), scene.some(he, "landline"))


@kind(4, "link_or_hint")
def western_name(scene: Scene) -> None:
    """One person under the given name from birth and the one they go by here, with one mailbox or mobile."""
    birth, western = scene.rng.choice(foreign.WESTERN)
    person = scene.town.person(given=birth, family=scene.rng.choice(foreign.CHINESE.latin_families))
    shared = scene.own()
    full = scene.some(person, shared)
    ways = (
        replace(full, nickname=western),
        replace(full, given_name=f"{birth} ({western})"),
        replace(full, given_name=f"{western} {birth}"),
        replace(full, given_name=f"{person.family} {birth} {western}", family_name=""),
    )
    scene.pair(person, scene.rng.choice(ways), replace(scene.some(person, shared), given_name=western))


@kind(4, "hint")
def korean_and_latin(scene: Scene) -> None:
    """One person in Hangul in one book and in Latin letters in the other, with one mailbox or mobile."""
    _in_latin(scene, foreign.KOREAN.draw(scene.rng))


@kind(3, "link_or_hint")
def korean_in_both(scene: Scene) -> None:
    """One person in Hangul in two fields and in one, with one mailbox or mobile."""
    _in_one_field(scene, foreign.KOREAN)


@kind(4, "link_or_hint")
def korean_syllables(scene: Scene) -> None:
    """Min-jun, Minjun and Min Jun, with one mailbox or mobile."""
    person = _named(scene, foreign.KOREAN.draw(scene.rng))
    first, second = person.given.split("-")
    shared = scene.own()
    joined = scene.rng.choice((f"{first}{second}", f"{first} {second.capitalize()}", f"{first} {second}"))
    scene.pair(person, scene.some(person, shared), replace(scene.some(person, shared), given_name=joined))


@kind(4, "hint")
def japanese_and_latin(scene: Scene) -> None:
    """One person in Kanji or Katakana and in Latin letters, with one mailbox or mobile."""
    name = foreign.KANJI.draw(scene.rng)
    _in_latin(scene, name if scene.rng.random() < 0.6 else _in_kana(name))


@kind(3, "hint")
def kanji_and_kana(scene: Scene) -> None:
    """One person in Kanji in one book and in Katakana in the other, with one mailbox or mobile."""
    name = foreign.KANJI.draw(scene.rng)
    person = _named(scene, name)
    shared = scene.own()
    kana = _native(scene.some(person, shared), _in_kana(name))
    scene.pair(person, _native(scene.some(person, shared), name), kana)


@kind(4, "link_or_hint")
def cyrillic_and_latin(scene: Scene) -> None:
    """One person in Cyrillic in one book and in Latin letters in the other, with one mailbox or mobile."""
    _in_latin(scene, foreign.CYRILLIC.draw(scene.rng))


@kind(3, "link_or_hint")
def cyrillic_in_both(scene: Scene) -> None:
    """One person in Cyrillic in two fields and in one, with one mailbox or mobile."""
    _in_one_field(scene, foreign.CYRILLIC, " ")


@kind(4, "hint")
def arabic_and_latin(scene: Scene) -> None:
    """One person in Arabic in one book and in Latin letters in the other, with one mailbox or mobile."""
    _in_latin(scene, foreign.ARABIC.draw(scene.rng))


@kind(3, "hint")
def greek_and_latin(scene: Scene) -> None:
    """One person in Greek in one book and in Latin letters in the other, with one mailbox or mobile."""
    _in_latin(scene, foreign.GREEK.draw(scene.rng))


@kind(4, "link_or_hint")
def two_romanisations(scene: Scene) -> None:
    """Mohammed and Mohamed: one person in two Latin spellings, with one mailbox or mobile."""
    given, otherwise, family = scene.rng.choice(foreign.ROMANISED)
    person = scene.town.person(given=given, family=family)
    shared = scene.own()
    scene.pair(person, scene.some(person, shared), replace(scene.some(person, shared), given_name=otherwise))


@kind(4, "link_or_hint")
def vietnamese_order(scene: Scene) -> None:
    """Nguyen Van Minh as said at home and Minh Nguyen as said here, with one mailbox or mobile."""
    family = scene.rng.choice(foreign.VIETNAMESE_FAMILIES)
    middle, given = scene.rng.choice(foreign.VIETNAMESE)
    person = scene.town.person(given=given, family=family)
    shared = scene.own()
    other = replace(scene.some(person, shared), given_name=f"{family} {middle} {given}", family_name="")
    scene.pair(person, scene.some(person, shared), other)


@kind(4, "nothing")
def singh_and_kaur_apart(scene: Scene) -> None:
    """Husband and wife of one given name, told apart by Singh and Kaur, on one landline, one in each book."""
    he = _punjabi(scene, landline=True)
    she = scene.town.relative(he, sex="f", given=he.given)
    first, second = scene.some(he, "landline"), scene.some(she, "landline")
    scene.apart(replace(first, middle_name="Singh"), replace(second, middle_name="Kaur"))


@kind(4, "link_or_hint")
def singh_left_out(scene: Scene) -> None:
    """Gurpreet Singh Gill as Gurpreet Gill or Gurpreet Singh in one book, with one mailbox or mobile."""
    person = _punjabi(scene)
    shared = scene.own()
    short = replace(scene.some(person, shared), family_name=scene.rng.choice(("Singh", person.family)))
    scene.pair(person, replace(scene.some(person, shared), middle_name="Singh"), short)


def _in_latin(scene: Scene, name: Name) -> None:
    """One person, in one book in a script of its own, with the mailbox or the mobile."""
    person = _named(scene, name)
    shared = scene.own()
    scene.pair(person, scene.some(person, shared), _native(scene.some(person, shared), name))


def _in_one_field(scene: Scene, script: Script, between: str = "") -> None:
    """One person in both books in that script, once with all of the name in one field."""
    name = script.draw(scene.rng)
    person = _named(scene, name)
    shared = scene.own()
    whole = f"{name.family}{between}{name.given}"
    other = replace(scene.some(person, shared), given_name=whole, family_name="")
    scene.pair(person, _native(scene.some(person, shared), name), other)


def _named(scene: Scene, name: Name, *, landline: bool = False) -> Person:
    return scene.town.person(given=name.latin_given, family=name.latin_family, landline=landline)


def _native(card: Contact, name: Name) -> Contact:
    return replace(card, given_name=name.given, family_name=name.family)


def _in_kana(name: Name) -> Name:
    return replace(name, family=KATAKANA[name.latin_family], given=KATAKANA[name.latin_given])


def _punjabi(scene: Scene, *, landline: bool = False) -> Person:
    given, family = scene.rng.choice(foreign.SINGH_AND_KAUR), scene.rng.choice(foreign.PUNJABI_FAMILIES)
    return scene.town.person(sex="m", given=given, family=family, landline=landline)
