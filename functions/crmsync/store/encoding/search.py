"""How a person's words find a row: words folded, their beginnings stored with the document.

Firestore has no text search. A document carries some beginnings of its words; a search asks for one of them
and checks the rest of its words on what comes back. Each beginning is an entry in every index of the
document, so that few are kept: short ones for what is being typed, one longer to tell many rows apart.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice

from crmsync.store.documents.port import Value

LENGTHS = (1, 2, 3, 6)
"""How many characters of a word are stored; what is typed beyond is told apart when the rest is checked."""

MOST = 60
"""Beginnings stored for one document. Names come first, so that they are never crowded out."""

_WORDS = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"[\d\s().+\-/]+")
_EXTENSION = re.compile(r"(?:\s*(?:x|ext\.?|poste|#|;|,)+\s*\d*)+\s*", re.IGNORECASE)
_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ʼ": "'", "ʻ": "'"}
)
"""Letters that no decomposition takes apart, and apostrophes that pass for letters."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_WRITTEN_OUT = re.compile("(a|o|u)e")
_JOINED = 6
"""So many words of a text are also found when they are typed as one."""
_SPLIT = 4
"""A search of at most so many words is also read as if some of them were one."""
_CONSIDERED = 400
"""Characters of one text that are looked at: a hostile name of 10,000 costs no more."""


def fold(text: str) -> str:
    """Text without accents and case, for comparing and sorting."""
    text = text[:_CONSIDERED]
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold().translate(_LETTERS)


def words(*texts: str, most: int = 12) -> list[str]:
    """The folded words of the texts, at most so many of each."""
    return [word for text in texts for word in _WORDS.findall(fold(text))[:most]]


def joined(*texts: str) -> list[str]:
    """Neighbours among the folded words of each text as one word, two and three of them: whoever is called
    D'Amour, Saint-Onge or de la Cruz is looked for as "damour", "saintonge", "delacruz", too.
    """
    found: list[str] = []
    for text in texts:
        some = _WORDS.findall(fold(text))[:_JOINED]
        for count in (2, 3):
            found += ["".join(some[at : at + count]) for at in range(len(some) - count + 1)]
    return found


def phone_words(numbers: Iterable[str], most: int = 4) -> list[str]:
    """What a person may type of a telephone number: all digits but those of an extension, the last ten, nine
    (without the nought or country code before them), seven or four.
    """
    found = []
    for number in list(numbers)[:most]:
        digits = _digits(_without_extension(number[:60]))
        found += [digits[-length:] for length in (len(digits), 10, 9, 7, 4) if 0 < length <= len(digits)]
    return found


def _without_extension(number: str) -> str:
    begin = _EXTENSION.search(number)
    return number[: begin.start()] if begin and _digits(number[: begin.start()]) else number


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdigit())


def beginnings(words: Iterable[str]) -> list[Value]:
    """What is stored: the beginnings of every word of the LENGTHS that it has, each once, at most MOST."""
    found: dict[str, None] = {}
    for word in words:
        for length in LENGTHS:
            if length > len(word):
                break
            found[word[:length]] = None
        if len(found) >= MOST:
            break
    return list(islice(found, MOST))


def asked(q: str) -> list[str]:
    """The words of a search; none when it has no letter or digit. A telephone number is one word."""
    number = _without_extension(q)
    return words(_digits(number) if _NUMBER.fullmatch(number) else q)


def readings(q: str) -> list[list[str]]:
    """What may be meant by a search: its words; with umlauts written out, or without what was written out;
    and neighbours among them as one word. Of a number also its end, whatever code is typed before it. Any of
    these will do. None when there is no letter or digit in it.
    """
    plain = asked(q)
    if not plain:
        return []
    if len(plain) == 1 and plain[0].isdigit():
        number = plain[0]
        ends = [number[-length:] for length in (10, 9) if len(number) > length]
        return [[each] for each in dict.fromkeys((number, *ends))]
    composed = unicodedata.normalize("NFC", q[:_CONSIDERED]).casefold()
    spelled = [plain, words(composed.translate(_UMLAUTS)), [_short(word) for word in plain]]
    found: dict[tuple[str, ...], None] = {}
    for some in spelled:
        found.update(dict.fromkeys(_grouped(some)))
    return [list(each) for each in found]


def _short(word: str) -> str:
    """A word without the e's of umlauts that were written out, where enough of it is left to look for."""
    short = _WRITTEN_OUT.sub(r"\1", word)
    return short if len(short) >= LENGTHS[-1] else word


def _grouped(some: Sequence[str]) -> list[tuple[str, ...]]:
    """The words, and each way in which neighbours among them are one."""
    if len(some) > _SPLIT:
        return [tuple(some)]
    found: list[tuple[str, ...]] = [tuple(some[:1])]
    for word in some[1:]:
        found = [way for each in found for way in ((*each, word), (*each[:-1], each[-1] + word))]
    return sorted(found, key=lambda way: -len(way))


def tokens(ways: Sequence[Sequence[str]]) -> list[Value]:
    """What to ask Firestore for, any of it: a beginning for each reading."""
    return list(dict.fromkeys(token(each) for each in ways))


def token(wanted: Sequence[str]) -> str:
    """The one beginning to ask Firestore for: of the longest word, as it finds the fewest."""
    longest = max(wanted, key=len)
    return longest[: max(length for length in LENGTHS if length <= len(longest))]


def matches(wanted: Iterable[str], found: Sequence[str]) -> bool:
    """True when each wanted word begins one of the words found."""
    return all(any(word.startswith(want) for word in found) for want in wanted)


def pattern(word: str) -> re.Pattern[str]:
    """What finds a word in a text of folded words with blanks before them, whether it is one there or
    several.
    """
    between = "" if word.isdigit() else " ?"
    return re.compile(" " + between.join(map(re.escape, word)))
