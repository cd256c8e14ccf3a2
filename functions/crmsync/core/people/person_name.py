"""A contact's name in the parts by which people are told apart.

Names come in fields, or whole in one field and in either order; with titles, a generation, particles, a
maiden name, a nickname in brackets; as a couple's joint entry or as somebody's husband or estate.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from crmsync.core.model import Contact
from crmsync.core.people.nicknames import kin
from crmsync.core.text.forms import folded, without_accents

NAME_LENGTH = 200
"""Names are read by their first 200 characters: enough for people, bounded for hostile data."""

WORDS = 12
"""And by so many words."""


def listed(words: str) -> frozenset[str]:
    """The words of a text as a set: a table that people can read and sort."""
    return frozenset(words.split())


Kind = Literal["person", "joint", "of_other", "relative", "organization", "none"]
"""of_other: an estate, or care of somebody: it bears the name of whom it is about. relative: it bears that of
somebody else.
"""

TITLES = listed(
    """
    dr mr mrs ms miss mx mme mlle prof sir rev hon phd md esq cpa m. maitre me docteur monsieur madame
    mister sra sr. herr frau pere fr
    """
)

GENERATIONS = {
    "sr": "senior", "senior": "senior", "snr": "senior", "pere": "senior",
    "jr": "junior", "junior": "junior", "jnr": "junior", "fils": "junior",
    "ii": "2", "2nd": "2", "iii": "3", "3rd": "3", "iv": "4", "4th": "4",
}  # fmt: skip
"""Words behind a name that tell one generation of a family from another."""

LABELS = listed(
    """
    mom mum mommy mummy dad daddy maman papa mamie papi grandma grandpa granny nana nan aunt auntie
    uncle tante oncle cousin cousine sis bro boss hubby wifey chum blonde mon ma my notre our voisin
    voisine neighbour neighbor buyer seller owner tenant landlord client lead acheteur vendeur proprio
    proprietaire locataire plumber electrician painter cleaner handyman contractor roofer mover
    inspector lawyer notary mechanic doctor dentist vet hairdresser nanny tutor trainer photographer
    stager plombier electricien peintre menage entrepreneur couvreur demenageur inspecteur avocat
    avocate notaire mecanicien docteur dentiste coiffeur coiffeuse gardienne prof entraineur photographe
    """
)
"""Words by which people are noted down who are not known by their name, or not by all of it."""

_PARTICLES = listed(
    """
    van von vander der den de la le du des di da dos das del della al el bin ben ibn abu st ste mac mc o
    ter ten zu zum af av
    """
)
_AND = frozenset(("and", "et", "und"))
_MADAM = frozenset(("mme", "madame"))
_HOUSE = frozenset(("the", "les", "la", "fam", "famille", "family", "household"))
_CARE_OF = re.compile(r"\b(?:c/o|a/s|attn|care of)\b.*")
_ESTATE = re.compile(
    r"\b(?:estate|succession|heirs|est\.?|late|feue?)\b(?: of\b| de\b| d['\u2019])?"
    r"|\b(?:family |living )?trust\b"
)
_RELATIVE = re.compile(
    r"['\u2019]s? (?:husband|wife|mom|mum|mother|dad|father|son|daughter|brother|sister|assistant|secretary"
    r"|office|cell|work|boyfriend|girlfriend|partner|friend|nanny|lawyer|agent|neighbou?r|boss)\b"
    r"|\b(?:husband|wife|mother|father|mom|dad|son|daughter|brother|sister|assistant|friend|widow|neighbou?r"
    r"|partner) of\b"
    r"|\b(?:mari|femme|epou(?:x|se)|conjointe?|mere|pere|fils|fille|frere|soeur|amie?|adjointe?|voisine?"
    r"|copine?|chum|blonde)"
    r" (?:de|du|d['\u2019])"
)
_FAMILY = re.compile(r"^(?:the|les|fam\.?|(?:la )?famille)\s+\S|\s(?:family|household)$")
_MAILBOX = re.compile(r"\S*@\S*")
_ASIDE = re.compile(r"[(\[{\"\u201c\u00ab]([^()\[\]{}\"\u201c\u201d\u00ab\u00bb]*)[)\]}\"\u201d\u00bb]")
_MAIDEN = re.compile(r"\b(?:nee|born|formerly|maiden|ne)\s+")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name, read. All words are folded and without accents.

    given: the given name's words; also: other words that may stand for it (a nickname). middle: words or
    initials. family: the family name joined to one word; parts: it by its parts (hyphens, maiden names).
    generation: "senior", "junior", "2" …, else "". both: the whole name joined, words in the order of the
    alphabet. whole: the same in the order written. loose: which is the given name and which the family's is a
    guess. full: whether there is a given name as well as a family name, and neither a label nor a house
    number instead. letters: those with which its words begin. kin: names of which the given name is a form,
    itself among them.
    """

    kind: Kind
    given: tuple[str, ...] = ()
    also: frozenset[str] = frozenset()
    middle: tuple[str, ...] = ()
    family: str = ""
    parts: frozenset[str] = frozenset()
    generation: str = ""
    both: str = ""
    whole: str = ""
    loose: bool = False
    full: bool = False
    letters: frozenset[str] = frozenset()
    kin: frozenset[str] = frozenset()


NAMELESS = PersonName("none")


def read(contact: Contact) -> PersonName:
    """The name of a contact; of one without a personal name that of its organisation."""
    name = _read(
        contact.given_name[:NAME_LENGTH],
        contact.middle_name[:NAME_LENGTH],
        contact.family_name[:NAME_LENGTH],
        contact.suffix[:NAME_LENGTH],
        contact.nickname[:NAME_LENGTH],
    )
    return name if name.kind != "none" else of_organization(contact.organization[:NAME_LENGTH])


_LEGAL = listed(
    """
    inc incorporated ltd limited ltee llc llp corp corporation co company cie enr gmbh plc sa sarl
    sencrl the les le la
    """
)


@lru_cache(maxsize=4096)
def of_organization(text: str) -> PersonName:
    """The name of an organisation without its legal form; NAMELESS when blank."""
    words = _words(text)
    told = [word for word in words if word not in _LEGAL and word not in _AND] or words
    if not told:
        return NAMELESS
    return PersonName("organization", both="".join(sorted(told)), whole="".join(told))


@lru_cache(maxsize=4096)
def _read(given: str, middle: str, family: str, suffix: str, nickname: str) -> PersonName:
    if "@" in f"{given}{middle}{family}":
        # A mailbox in the place of a name, or beside it.
        given, middle, family = (_MAILBOX.sub(" ", field) for field in (given, middle, family))
    text = folded(f"{given} {middle} {family}")
    if not text.strip():
        return _read(nickname, "", "", suffix, "") if nickname.strip() and "@" not in nickname else NAMELESS
    plain = without_accents(text)
    if _RELATIVE.search(plain):
        words = _words(text)
        return PersonName(
            "relative", parts=frozenset(words), both="".join(sorted(words)), whole="".join(words)
        )
    for marker in (_CARE_OF, _ESTATE):
        if marker.search(plain) and (words := _words(marker.sub(" ", plain))):
            return _whole("of_other", _title_free(words))
    also = _nicknames(nickname)
    maiden: set[str] = set()
    fields = []
    for field in (given, middle, family):
        field, aside = _without_asides(field)
        for each in aside:
            if (match := _MAIDEN.match(without_accents(each))) is not None:
                maiden.add("".join(_words(without_accents(each)[match.end() :])))
            else:
                also |= _nicknames(each)
        fields.append(field)
    if (match := _MAIDEN.search(without_accents(fields[2]))) is not None:
        before = without_accents(fields[2])
        maiden.add("".join(_words(before[match.end() :])))
        fields[2] = before[: match.start()]
    return _parted(fields[0], fields[1], fields[2], suffix, frozenset(also), frozenset(maiden - {""}))


def _parted(
    given: str, middle: str, family: str, suffix: str, also: frozenset[str], maiden: frozenset[str]
) -> PersonName:
    first, second, last = _words(given), _words(middle), _words(family)
    loose = False
    if _is_joint(given, middle, family):
        return _joint(given, middle, family)
    generation = _generation(_words(suffix))
    last, found = _without_generation(last)
    generation = generation or found
    if not last and (len(first) > 1 or "," in given):
        first, found = _without_generation(first)
        generation = generation or found
        first, second, last, loose = _split(given, first, second)
    elif not first and len(last) > 1:
        first, second, last, loose = _split(family, last, second)
    first, second = ([word for word in some if word not in TITLES] for some in (first, second))
    if len(last) == 1 and last[0] in LABELS and second:
        # What somebody does stands behind the whole name.
        second, last = second[:-1], second[-1:]
    if not (first or last or second):
        first = _words(f"{given} {family}")
    words = [*first, *second, *last]
    if not words:
        return NAMELESS
    told = [*first, *last]
    return PersonName(
        "person",
        given=tuple(first),
        also=also,
        middle=tuple(second),
        family="".join(last),
        parts=_parts(family, last) | maiden,
        generation=generation,
        both="".join(sorted(told or words)),
        whole="".join(told or words),
        loose=loose,
        full=_is_full(first, second, last),
        letters=frozenset(word[0] for word in (*words, *also, *maiden)),
        kin=kin(first[0]) if first else frozenset(),
    )


def _is_full(first: list[str], second: list[str], last: list[str]) -> bool:
    words = (*first, *second, *last)
    return bool(first and last) and LABELS.isdisjoint(words) and not any(c.isdigit() for c in "".join(words))


def _split(text: str, words: list[str], middle: list[str]) -> tuple[list[str], list[str], list[str], bool]:
    """A whole name out of one field: given, middle and family words, and that it is a guess."""
    if "," in text:
        family, _, rest = text.partition(",")
        if len(_words(rest)) > 1 and len(_words(family)) > 1 and not _PARTICLES & set(_words(family)):
            # A whole name, and behind it where the person works.
            return _split(family, _words(family), middle)
        first = _without_generation(_words(rest))[0]
        return first[:1], [*first[1:], *middle], _without_generation(_words(family))[0], False
    words = _title_free(words)
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    return words[:1], [*words[1:start], *middle], words[start:] if start else [], True


def _parts(text: str, words: list[str]) -> frozenset[str]:
    hyphened = {word for part in re.split(r"[-\u2010-\u2015/]", text) for word in ["".join(_words(part))]}
    return frozenset(word for word in hyphened | set(words) if len(word) > 1 and word not in _PARTICLES)


def _title_free(words: list[str]) -> list[str]:
    return [word for word in words if word not in TITLES] or words


def _generation(words: list[str]) -> str:
    return next((GENERATIONS[word] for word in words if word in GENERATIONS), "")


def _without_generation(words: list[str]) -> tuple[list[str], str]:
    if len(words) > 1 and words[-1] in GENERATIONS:
        return words[:-1], GENERATIONS[words[-1]]
    return words, ""


def _is_joint(given: str, middle: str, family: str) -> bool:
    names = without_accents(f"{given} {middle}").strip() or without_accents(family)
    if re.search(r"\S\s*[&+/]\s*\S", names):
        return True
    whole = " ".join(without_accents(f"{given} {middle} {family}").split())
    return any(word in _AND for word in whole.split()[1:-1]) or bool(_FAMILY.search(whole))


def _joint(given: str, middle: str, family: str) -> PersonName:
    """A couple's or a family's: whose family name, and those given names that are told."""
    text = without_accents(f"{given} {middle} {family}")
    before, comma, behind = text.partition(",")
    words = _words(f"{behind} {before}" if comma else text)
    if not words:
        return NAMELESS
    plural = words[0] in ("the", "les")
    left_out = _AND | TITLES | _HOUSE | ({"m"} if _MADAM & set(words) else set())
    told = [word for word in words if word not in left_out] or words
    last = told[-1]
    if plural and len(told) == 1 and last.endswith("s"):
        last = last[:-1]
    told = [*told[:-1], last]
    return PersonName(
        "joint",
        given=tuple(told[:-1]),
        family=last,
        parts=frozenset((last,)),
        both="".join(sorted(told)),
        whole="".join(told),
    )


def _whole(kind: Kind, words: list[str]) -> PersonName:
    return PersonName(kind, both="".join(sorted(words)), whole="".join(words))


def _without_asides(text: str) -> tuple[str, list[str]]:
    """Text without what stands in brackets and quotation marks, and that."""
    found: list[str] = _ASIDE.findall(text)
    return (_ASIDE.sub(" ", text), found) if found else (text, [])


def _nicknames(text: str) -> set[str]:
    words = _words(text)
    return {"".join(words)} if 0 < len(words) <= 2 else set()


def _words(text: str) -> list[str]:
    """The words of a name: no case, accents, punctuation, pictures; at most WORDS."""
    text = without_accents(text[:NAME_LENGTH])
    if text.isascii() and text.isalpha():
        return [text]
    # An apostrophe and a full stop within initials part no words: O'Neil, D'Amour, J.P.
    text = text.replace("'", "").replace("\u2019", "").replace("\u02bc", "")
    spaced = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text)
    return spaced.split()[:WORDS]
