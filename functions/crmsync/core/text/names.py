"""Whether two names can belong to one person."""

import re
import unicodedata
from functools import lru_cache

from crmsync.core.text.forms import without_accents

NAME_LENGTH = 200
"""Names are compared by their first 200 characters: enough for people, bounded for hostile data."""

WORDS = 12
"""And by so many words."""

_HONORIFICS = frozenset(
    "dr mr mrs ms miss mx mme mlle prof sir rev hon jr sr ii iii iv phd md esq".split()  # noqa: SIM905
)

# One family of given names a line, or between bars. A name may stand in several.
_NICKNAMES = """
abigail abby gail|albert al bert|alexander alex sasha sandy alec|alexandra alex sandra sasha lexi
alfred al fred alf|andrew andre andy drew|angela angie|anthony antoine tony|barbara barb barbie babs
benjamin ben benny benji|bernard bernie|bradley brad
catherine katherine kathryn cathy kathy kate katie kat cat|charles charlie chuck chas
christina christine kristina chris tina chrissy|christopher chris topher kit|cynthia cindy|daniel dan danny
david dave davey|deborah deb debbie debra|donald don donny|dorothy dot dottie|douglas doug
edward ed eddie ted ned|elizabeth elisabeth liz lizzie beth betty betsy eliza lisa|eugene gene
evelyn eve evie|florence flo|frances fran frankie|francis frank frankie|frederick fred freddie|gabriel gabe
gabrielle gabby|geoffrey jeffrey geoff jeff|gerald gerry jerry|gregory greg|harold harry hal
henry harry hank|isabella isabelle izzy bella|jacob jake|jacqueline jackie|james jim jimmy jamie|janet jan
jennifer jen jenny|jessica jess jessie|john jack johnny jon|jonathan jon jonny|joseph joe joey|joshua josh
judith judy|kenneth ken kenny|kimberly kim|lawrence larry laurie|leonard leo len lenny|leslie les
louis lou louie|margaret maggie meg peggy marge margie greta|matthew matt matty|maximilian max|maxwell max
megan meg|melissa mel missy|michael michel mike mick mickey|mitchell mitch
mohammed mohamed muhammad mohammad|nancy nan|natalie nat|nathaniel nathan nate nat
nicholas nicolas nick nicky nico|nicole nikki nicky|oliver ollie|pamela pam|patricia pat patty tricia trish
patrick pat paddy|penelope penny|peter pete|philip phillip phil|rachel rach|raymond ray|rebecca becky becca
richard rick ricky dick rich richie|robert bob bobby rob robbie bert|roger rog|ronald ron ronnie
samantha sam|samuel sam sammy|sandra sandy|sarah sara sally|stanley stan|stephanie steph
stephen steven steve stevie|stuart stu|susan suzanne sue susie suzy|terence terry|theodore ted theo teddy
theresa teresa terry tess tessa|thomas tom tommy|timothy tim timmy|valerie val|veronica ronnie|victor vic
victoria vicky tori|vincent vince vinny|virginia ginny|walter walt wally|william bill billy will willy liam
zachary zach zack
"""


def _families() -> dict[str, frozenset[int]]:
    known: dict[str, set[int]] = {}
    for number, family in enumerate(re.split(r"[|\n]", _NICKNAMES.strip())):
        for name in family.split():
            known.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in known.items()}


_FAMILIES = _families()
_NO_FAMILY: frozenset[int] = frozenset()


def words(name: str) -> tuple[str, ...]:
    """The words of a name for comparing: no accents, case, punctuation or titles; in order, at most 12."""
    return _words(name[:NAME_LENGTH])


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    text = without_accents(name).replace("'", "").replace("\u2019", "")
    spaced = "".join(" " if unicodedata.category(c)[0] in "PSZC" else c for c in text)
    found = [word for word in spaced.split() if word not in _HONORIFICS]
    return tuple(found[:WORDS])


def name_key(*parts: str) -> str:
    """A name as text that is equal for equal names in any order of their words; "" when there is none."""
    return " ".join(sorted(word for part in parts for word in words(part)))


def names_agree(a: str, b: str) -> bool:
    """Whether nothing in two names says that they are different persons.

    A blank name agrees with any. So does a shorter one whose every word stands in the longer, as such, as an
    initial, a nickname or a beginning ("B. Martin", "Bob Martin", "Robert J. Martin"). The same given name
    with another family name agrees as well (people marry), but another given name does not, even with the
    same family name: couples share e-mail addresses.
    """
    first, second = words(a), words(b)
    if not first or not second or "".join(first) == "".join(second):
        return True
    shorter, longer = sorted((first, second), key=len)
    if _contained(shorter, longer):
        return True
    both_full = len(shorter) > 1 and min(len(first[0]), len(second[0])) > 1
    return both_full and _alike(first[0], second[0])


def _contained(shorter: tuple[str, ...], longer: tuple[str, ...]) -> bool:
    """Whether each word of the shorter name finds a word of its own in the longer, equal ones first."""
    left = list(longer)
    unmatched = []
    for word in shorter:
        if word in left:
            left.remove(word)
        else:
            unmatched.append(word)
    for word in unmatched:
        match = next((other for other in left if _alike(word, other)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _alike(a: str, b: str) -> bool:
    if a == b or _FAMILIES.get(a, _NO_FAMILY) & _FAMILIES.get(b, _NO_FAMILY):
        return True
    shorter, longer = sorted((a, b), key=len)
    return len(shorter) in (1, *range(3, len(longer))) and longer.startswith(shorter)
