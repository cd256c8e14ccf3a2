"""Content lines, of which vCard and iCalendar files consist: escaped, folded, and safe for any text.

The libraries at hand lose some of it: icalendar takes a typed backslash and N for a line break, and does not
escape the parts of a name.
"""

import re
from collections.abc import Sequence

_BREAK = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
"""What some programs take for the end of a line."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_LONGEST = 75


def plain(text: str) -> str:
    """A text without characters that such a file cannot hold; all its line breaks are line feeds."""
    return _UNPRINTABLE.sub("", _BREAK.sub("\n", text))


def line(name: str, value: str) -> bytes:
    """A line whose value is one text."""
    return verbatim(name, plain(value).translate(_ESCAPES))


def structured(name: str, values: Sequence[str]) -> bytes:
    """A line whose value has several texts: the parts of a name, say."""
    return verbatim(name, ";".join(plain(value).translate(_ESCAPES) for value in values))


def verbatim(name: str, value: str) -> bytes:
    """A line whose value is no free text, and so needs no escapes."""
    rest = f"{name}:{value}".encode()
    folded = b""
    while len(rest) > _LONGEST:
        cut = _LONGEST - 1
        # Neither a character nor an escape is torn apart.
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        cut -= (cut - len(rest[:cut].rstrip(b"\\"))) % 2
        folded += rest[:cut] + b"\r\n"
        rest = b" " + rest[cut:]
    return folded + rest + b"\r\n"


def parameter(name: str, value: str) -> str:
    """A parameter of a line whose value is free text. There is no way to write a quotation mark in it."""
    return f';{name}="{plain(value).replace(chr(34), chr(39)).replace(chr(10), " ")}"'
