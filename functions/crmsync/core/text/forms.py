"""Canonical forms of text, only for comparing: what a person typed is kept elsewhere, as typed."""

import re
import unicodedata
from functools import lru_cache
from html import unescape

CACHED = 4096
"""How many texts a cache keeps: those of the few pages that a job has at hand."""
CACHED_LENGTH = 128
"""Longer texts are worked out each time, so that hostile ones cannot fill the caches."""

_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--[^<>]*>")
_BLANKS = re.compile(r"[^\S\n]+")


def plain(text: str) -> str:
    """Composed (NFC), with line feeds for line ends, trimmed."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip()


def folded(text: str) -> str:
    """Case-insensitive form of `plain`, blanks collapsed."""
    return " ".join(plain(text).casefold().split())


def without_accents(text: str) -> str:
    """`folded` without accents: for sorting and for comparing names."""
    text = folded(text)
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", kept).casefold()


def from_html(text: str) -> str:
    """What a reader sees of a description that may hold HTML: its words, line by line.

    Google Calendar's page rewrites descriptions as HTML, so plain text and its HTML must come out equal: tags
    become line ends or nothing, entities characters, blank lines and indents vanish. Linear in the length.
    """
    text = plain(text)
    if "<" in text:
        text = _TAG.sub(lambda tag: "" if _is_inline(tag.group()) else "\n", text)
    if "&" in text:
        text = unescape(text)
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


_INLINE = frozenset(("a", "b", "i", "u", "s", "em", "strong", "span", "font", "code", "sub", "sup", "small"))


def _is_inline(tag: str) -> bool:
    name = tag.strip("</>").split(None, 1)[0].rstrip("/").casefold()
    return name in _INLINE or name.startswith("!")


def email(text: str) -> str:
    """An e-mail address: case does not matter, neither do blanks around it."""
    return _email(text) if len(text) <= CACHED_LENGTH else plain(text).casefold()


@lru_cache(maxsize=CACHED)
def _email(text: str) -> str:
    return plain(text).casefold()


_URL = re.compile(r"(?s)(?:([A-Za-z][A-Za-z0-9+.\-]*)://)?([^/?#]*)(.*)")


def url(text: str) -> tuple[str, str]:
    """A web address as (identity, content): scheme and host in lower case, no lone slash at the end.

    The identity leaves the scheme away, so that adding "https://" edits an address rather than makes another.
    """
    match = _URL.fullmatch(plain(text))
    if match is None:  # pragma: no cover - the expression takes any text
        raise AssertionError
    scheme, host, rest = match.groups()
    place = host.casefold() + ("" if rest == "/" else rest)
    return place, f"{scheme.lower()}://{place}" if scheme else place
