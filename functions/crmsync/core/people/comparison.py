"""Two contacts side by side: what agrees, what contradicts, what is missing."""

import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from typing import Literal, NamedTuple

from crmsync.core.people.evidence import Evidence, Place, is_toll_free
from crmsync.core.people.nicknames import related
from crmsync.core.people.person_name import PersonName
from crmsync.core.people.slips import agree, is_slip, similarity, within

Names = Literal[
    "same", "near", "loose", "read_alike", "part", "moved", "sibling", "joint", "unlike", "nameless", "none"
]
"""How two names stand to each other.

same: the same words. near: the given or the family name is a form, an initial, a slip or a piece of the
other's. loose: both are. read_alike: written in other letters. part: one lacks the given or the family name,
the rest agrees. moved: the same given name, another family name. sibling: the other way round. joint: one of
a couple's. nameless: one has none; none: neither has. unlike: anything else.
"""

Point = Literal["own", "shared", "alike", "slip", "apart", ""]
"""What two have of e-mail addresses, or of numbers.

own: one in common that is a person's own. shared: one that more share. alike: one that reaches the same.
slip: one that differs by a slip of the keyboard, or a name at another provider. apart: none in common though
both have some. "": nothing to say.
"""

Fact = Literal["equal", "near", "other", ""]


class Shared(NamedTuple):
    """Addresses and numbers that stand for a household or an office."""

    emails: Set[str] = frozenset()
    lines: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Findings:
    """A comparison.

    how: what makes the names `near`, `loose`, `part`: "form", "initial", "slip", "piece", "given" (missing);
    of `unlike` "whole" where both have a given and a family name, "kind" where one is no person.
    """

    names: Names
    how: str
    email: Point
    phone: Point
    birthday: Fact
    place: Fact
    organization: Fact
    generation: Fact
    middle: Fact
    full: bool = False

    @property
    def contradicted(self) -> bool:
        """Whether a fact of the person speaks against it."""
        return "other" in (self.birthday, self.generation, self.middle)


NOBODY = Shared()

CUT = 3
"""Letters that are left at least of a family name that a telephone's memory has cut off."""

LONG = 5
"""Letters from which on the name of a mailbox says something of who has it."""

LIKE = 0.76
"""Jaro-Winkler similarity from which on one given name may be the other, typed in haste."""

ALIKE = 78
"""Percent of two addresses' letters that must agree for the one to be the other with slips."""


def compare(a: Evidence, b: Evidence, shared: Shared = NOBODY) -> Findings:
    """Compares two; the order does not matter."""
    names, how = _names(a, b)
    people = a.name.kind == b.name.kind == "person"
    return Findings(
        names,
        how,
        _email(a, b, shared.emails),
        _phone(a, b, shared.lines),
        _birthday(a.birthday, b.birthday) if a.birthday and b.birthday else "",
        _place(a.places, b.places) if a.places and b.places else "",
        _organization(a.organization, b.organization) if people and a.organization and b.organization else "",
        _generation(a.name.generation, b.name.generation) if a.name.generation or b.name.generation else "",
        _middle(a.name, b.name) if a.name.middle and b.name.middle else "",
        a.name.full and b.name.full,
    )


def _email(a: Evidence, b: Evidence, shared: Set[str]) -> Point:
    if not a.emails or not b.emails:
        return ""
    if common := a.emails & b.emails:
        return "own" if common - shared - a.roles else "shared"
    if not a.boxes.isdisjoint(b.boxes):
        return "alike"
    return "slip" if _slipped(a.boxes, b.boxes) else "apart"


def _slipped(a: Set[str], b: Set[str]) -> bool:
    """Whether an address of the one is one of the other's with a slip, or of the same name elsewhere."""
    for one in a:
        name, _, host = one.partition("@")
        if len(name) < LONG:
            continue
        for other in b:
            its_name, _, its_host = other.partition("@")
            if name == its_name or (host == its_host and is_slip(name, its_name)):
                return True
    return False


def _phone(a: Evidence, b: Evidence, shared: Set[str]) -> Point:
    if not a.lines or not b.lines:
        return ""
    if common := a.numbers & b.numbers:
        own = {line for number in common if not is_toll_free(line := number.partition(";")[0])} - shared
        return "own" if own else "shared"
    # The same line with another extension is the same office; with one on one side only it may be the same.
    if not a.lines.isdisjoint(b.lines) or _is_end(a.lines, b.lines):
        return "alike"
    return "slip" if any(_digit(one, other) for one in a.lines for other in b.lines) else "apart"


def _is_end(a: Set[str], b: Set[str]) -> bool:
    """Whether a number without its area or country is the end of the other's."""
    return any(
        one.startswith("+") != other.startswith("+") and one[-7:] == other[-7:] for one in a for other in b
    )


def _digit(a: str, b: str) -> bool:
    """Whether one digit is wrong, or two have changed places."""
    return len(a) == len(b) and within(a, b, 1)


def _birthday(a: tuple[int, int, int], b: tuple[int, int, int]) -> Fact:
    if a == b:
        return "equal"
    if a[1:] == b[1:] or ((a[1], a[2]) == (b[2], b[1]) and a[0] == b[0]):
        return "near"
    if not a[0] or not b[0]:
        return "other"
    return "near" if within(_digits(a), _digits(b), 2) else "other"


def _digits(day: tuple[int, int, int]) -> str:
    return str(10_000 * day[0] + 100 * day[1] + day[2])


def _place(a: tuple[Place, ...], b: tuple[Place, ...]) -> Fact:
    best: Fact = "other"
    for one in a:
        for other in b:
            number = bool(one.number) and one.number == other.number
            postal = bool(one.postal) and one.postal == other.postal
            street = bool(one.street) and (one.street == other.street or is_slip(one.street, other.street))
            town = bool(one.town) and one.town == other.town
            if number and street and (postal or town):
                return "equal"
            if (
                (street and (postal or town))
                or (number and (street or postal))
                or agree(one.text, other.text, ALIKE)
            ):
                best = "near"
    return best


def _organization(a: str, b: str) -> Fact:
    return "equal" if a == b else "near" if is_slip(a, b) or a.startswith(b) or b.startswith(a) else "other"


def _generation(a: str, b: str) -> Fact:
    return "equal" if a == b else "other" if a and b else "near"


def _middle(a: PersonName, b: PersonName) -> Fact:
    one, other = a.middle[0], b.middle[0]
    if one == other:
        return "equal"
    return "near" if one[0] == other[0] or a.loose or b.loose else "other"


def _names(a: Evidence, b: Evidence) -> tuple[Names, str]:
    one, other = a.name, b.name
    if one.kind == "none" or other.kind == "none":
        return ("none" if one.kind == other.kind else "nameless"), ""
    if one.kind == "person" and other.kind == "person":
        return _people(a, b)
    if one.kind == other.kind == "joint":
        return _joint(one, other)
    if one.kind == other.kind:
        return _whole(one, other)
    if {one.kind, other.kind} == {"person", "organization"} and one.both == other.both:
        return "same", "kind"
    if {one.kind, other.kind} == {"person", "joint"}:
        person, joint = (one, other) if one.kind == "person" else (other, one)
        return ("joint", "") if _is_of(person, joint) else ("unlike", "kind")
    if {one.kind, other.kind} == {"person", "relative"}:
        person, relative = (one, other) if one.kind == "person" else (other, one)
        # Who is named there is the other one.
        return "unlike", "kind" if relative.parts & set(person.given) else "relative"
    if "of_other" in (one.kind, other.kind) and one.both == other.both:
        return "part", "kind"
    return "unlike", "kind"


def _joint(one: PersonName, other: PersonName) -> tuple[Names, str]:
    """Two entries of couples: one may name the children or nobody but the family."""
    if one.both == other.both:
        return "same", ""
    if one.family != other.family and not is_slip(one.family, other.family):
        return "unlike", "whole"
    common = not one.given or not other.given or any(_forms(a, b) for a in one.given for b in other.given)
    return ("near", "piece") if common else ("sibling", "")


def _whole(one: PersonName, other: PersonName) -> tuple[Names, str]:
    """Two organisations, two couples."""
    if one.both == other.both:
        return "same", ""
    if one.both and (one.whole in other.whole or other.whole in one.whole):
        return "near", "piece"
    if is_slip(one.whole, other.whole):
        return "near", "slip"
    return "unlike", "firm" if one.kind == "organization" else "whole"


def _is_of(person: PersonName, joint: PersonName) -> bool:
    family = person.family == joint.family or not person.parts.isdisjoint((*joint.given, joint.family))
    given = not person.given or any(_forms(person.given[0], word) for word in joint.given)
    return family and (given or not joint.given)


def _people(a: Evidence, b: Evidence) -> tuple[Names, str]:
    one, other = a.name, b.name
    if {*one.middle, *other.middle, *one.parts, *other.parts} >= _SIKH and not {
        *one.middle,
        *one.parts,
    } >= _SIKH:
        return "sibling", ""
    if one.both == other.both and one.whole != other.whole and not (one.loose or other.loose):
        return "same", "order"
    if one.both == other.both or one.whole in (other.whole, _turned(other)) or _turned(one) == other.whole:
        return "same", ""
    if (
        not a.latin
        and not b.latin
        and one.letters.isdisjoint(other.letters)
        and one.kin.isdisjoint(other.kin)
    ):
        # No word of the one can be a slip, a form or an initial of the other's.
        return "unlike", "whole" if one.full and other.full else ""
    if a.latin or b.latin:
        if _read_alike(a, b):
            return "read_alike", ""
        if bool(a.latin) != bool(b.latin):
            return "unlike", "script"
        if _script(one) != _script(other):
            return "unlike", "script"
    found = _parted(one, other)
    if found[0] == "unlike" and one.full and other.full:
        found = "unlike", "whole"
    if found[0] in ("unlike", "sibling", "moved") and (one.full and other.full):
        swapped = _parted(_swapped(one), other)
        if swapped[0] in ("near", "loose"):
            return swapped
        if found[0] == "unlike" and swapped[0] in ("moved", "sibling"):
            # A word in common, which is the given name of one at least.
            return "moved", swapped[1]
    return found


def _turned(name: PersonName) -> str:
    """The whole name with the family's first, as it is written without blanks in Chinese."""
    return name.family + "".join(name.given)


_SIKH = frozenset(("singh", "kaur"))
"""Lion and princess: which of the two a Sikh bears tells a man from a woman."""


def _script(name: PersonName) -> str:
    """The script of a name, by Unicode's name of its first letter: "CJK", "KATAKANA"."""
    return unicodedata.name(name.whole[0], "").split(" ")[0].split("-")[0]


def _read_alike(a: Evidence, b: Evidence) -> bool:
    one, other = a.latin or a.name.whole, b.latin or b.name.whole
    return bool(one and other) and (within(one, other, 2) or sorted(one) == sorted(other))


def _swapped(name: PersonName) -> PersonName:
    return PersonName(
        "person",
        given=(name.family,),
        family="".join(name.given),
        parts=frozenset(name.given),
        middle=name.middle,
        both=name.both,
        whole=name.whole,
    )


_CLOSE = frozenset(("form", "initial", "slip", "piece"))


def _parted(one: PersonName, other: PersonName) -> tuple[Names, str]:
    given, family = _given(one, other), _family(one, other)
    if given == "equal":
        return _WITH_GIVEN[family], family
    if family == "equal":
        if given in _CLOSE:
            return "near", given
        return ("part", "given") if given == "missing" else ("sibling", "")
    if given in _CLOSE:
        return _WITH_CLOSE[family], given
    if given == "missing":
        return ("part", family) if family in ("piece", "slip") else ("unlike", "")
    return ("sibling", "") if family in ("piece", "slip") else ("unlike", "")


_WITH_GIVEN: dict[str, Names] = {
    "equal": "same", "piece": "near", "slip": "near", "initial": "near", "missing": "part", "other": "moved",
}  # fmt: skip
_WITH_CLOSE: dict[str, Names] = {
    "piece": "loose", "slip": "loose", "initial": "loose", "missing": "part", "other": "unlike",
}  # fmt: skip


def _given(one: PersonName, other: PersonName) -> str:
    if not one.given or not other.given:
        return "missing"
    a, b = "".join(one.given), "".join(other.given)
    if a == b:
        return "equal"
    if _is_pair(a, b) or _is_pair(one.given[0], other.given[0]):
        return "other"
    if (one.also and (b in one.also or other.given[0] in one.also)) or (
        other.also and (a in other.also or one.given[0] in other.also)
    ):
        return "form"
    if found := _forms(one.given[0], other.given[0]):
        if found != "equal":
            return found
        # Jean stands for Jean-Paul; Jean-Marc is another.
        return "other" if len(one.given) > 1 and len(other.given) > 1 else "piece"
    if one.given[0] in (*other.middle, *other.given) or other.given[0] in (*one.middle, *one.given):
        return "piece"
    if a == _initials(other) or b == _initials(one):
        return "initial"
    return "slip" if is_slip(a, b) or similarity(a, b) >= LIKE else "other"


def _initials(name: PersonName) -> str:
    return (
        "".join(word[0] for word in (*name.given, *name.middle))
        if len(name.given) + len(name.middle) > 1
        else "-"
    )


_WOMEN = ("e", "ne", "le", "te", "se", "a", "ine", "ette", "ie")


def _is_pair(a: str, b: str) -> bool:
    """Whether the one is the other's form for a woman: Julien and Julienne, Frédéric and Frédérique."""
    shorter, longer = (a, b) if len(a) < len(b) else (b, a)
    if len(shorter) < 4:
        return False
    if longer.startswith(shorter):
        return longer[len(shorter) :] in _WOMEN
    return shorter.endswith("c") and longer == f"{shorter[:-1]}que"


def _forms(a: str, b: str) -> str:
    """How one given name may stand for the other, else ""."""
    if a == b:
        return "equal"
    if len(a) == 1 or len(b) == 1:
        return "initial" if a[0] == b[0] else ""
    shorter, longer = (a, b) if len(a) < len(b) else (b, a)
    if related(a, b) or (len(shorter) > 2 and longer.startswith(shorter)):
        return "form"
    return ""


def _family(one: PersonName, other: PersonName) -> str:
    a, b = one.family, other.family
    if not a or not b:
        return "missing"
    if a == b:
        return "equal"
    if not one.parts.isdisjoint(other.parts):
        return "piece"
    if min(len(a), len(b)) >= CUT and (a.startswith(b) or b.startswith(a)):
        return "piece"
    if len(a) == 1 or len(b) == 1:
        return "initial" if a[0] == b[0] else "other"
    return "slip" if is_slip(a, b) else "other"
