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

_WORDS = re.compile(r"\w+")
_NUMBER = re.compile(r"[\d\s().+\-/]+")
_CONSIDERED = 400
"""Characters of one text that are looked at: a hostile name of 10,000 costs no more."""


def fold(text: str) -> str:
    """Text without accents and case, for comparing and sorting."""
    text = text[:_CONSIDERED]
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def words(*texts: str, most: int = 12) -> list[str]:
    """The folded words of the texts, at most so many of each."""
    return [word for text in texts for word in _WORDS.findall(fold(text))[:most]]


def phone_words(numbers: Iterable[str], most: int = 4) -> list[str]:
    """What a person may type of a telephone number: all digits, the last ten, seven or four."""
    found = []
    for number in list(numbers)[:most]:
        digits = "".join(c for c in number[:60] if c in "0123456789")
        found += [digits[-length:] for length in (len(digits), 10, 7, 4) if 0 < length <= len(digits)]
    return found


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
    return words("".join(c for c in q if c.isdigit()) if _NUMBER.fullmatch(q) else q)


def token(wanted: Sequence[str]) -> str:
    """The one beginning to ask Firestore for: of the longest word, as it finds the fewest."""
    longest = max(wanted, key=len)
    return longest[: max(length for length in LENGTHS if length <= len(longest))]


def matches(wanted: Iterable[str], found: Sequence[str]) -> bool:
    """True when each wanted word begins one of the words found."""
    return all(any(word.startswith(want) for word in found) for want in wanted)
