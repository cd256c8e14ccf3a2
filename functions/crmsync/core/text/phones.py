"""Canonical telephone numbers, by Google's phonenumbers library, in bounded time."""

import re
from functools import lru_cache

from crmsync.core.text.forms import CACHED, folded

PARSED_LENGTH = 64
"""Longer texts are no telephone numbers and are compared as text; parsing them could be slow."""

_CLEAN = re.compile(
    r"[\s\d+()./\-\u2010-\u2015\u2212]*(?:;ext=|\b(?:x|ext\.?|extension|poste)[\s:.]*)?[\s\d]*"
)


def phone(text: str, region: str) -> tuple[str, str]:
    """A telephone number as (identity, content).

    The identity is E.164, with ";ext=" when there is an extension; the cleaned text when it is no possible
    number. The content is the same unless words stand beside the number ("evenings only"): those are then
    compared too. region: ISO 3166 country of numbers without a country code.
    """
    if len(text) > PARSED_LENGTH:
        cleaned = folded(text)
        return cleaned, cleaned
    return _phone(text, region)


@lru_cache(maxsize=CACHED)
def _phone(text: str, region: str) -> tuple[str, str]:
    # Imported where used: its tables take long to load, and the doors must start fast.
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_possible_number,
        parse,
    )

    cleaned = folded(text)
    try:
        number = parse(text, region)
    except NumberParseException:
        return cleaned, cleaned
    if not is_possible_number(number):
        return cleaned, cleaned
    identity = format_number(number, PhoneNumberFormat.E164)
    if number.extension:
        identity = f"{identity};ext={number.extension}"
    return identity, identity if _CLEAN.fullmatch(cleaned) else f"{identity} {cleaned}"
