"""How people write what they know: numbers in all forms, names with slips, accents dropped, words beside."""

from __future__ import annotations

from random import Random

from bench.identity.town import plain

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def usual(number: str) -> tuple[str, ...]:
    """Ten digits as address books hold them every day."""
    area, exchange, line = number[:3], number[3:6], number[6:]
    return (
        f"{area}-{exchange}-{line}",
        f"({area}) {exchange}-{line}",
        f"{area} {exchange}-{line}",
        f"{area}.{exchange}.{line}",
        number,
        f"+1 {area}-{exchange}-{line}",
        f"+1{number}",
        f"1-{area}-{exchange}-{line}",
    )


def unusual(number: str) -> tuple[str, ...]:
    """Ten digits as they are met now and then."""
    area, exchange, line = number[:3], number[3:6], number[6:]
    return (
        f"+1 ({area}) {exchange}-{line}",
        f"001 {area} {exchange} {line}",
        f"011-1-{area}-{exchange}-{line}",
        f"tel:+1-{area}-{exchange}-{line}",
        f"{area}/{exchange}-{line}",
        f"({area}){exchange}{line}",
        f"{area}–{exchange}–{line}",
        f"{area} {exchange} {line[:2]} {line[2:]}",
        f" {area}-{exchange}-{line} ",
        f"+1 {area}\u00a0{exchange}\u00a0{line}",
    )


def extended(number: str, extension: int) -> tuple[str, ...]:
    """Ten digits and an extension."""
    area, exchange, line = number[:3], number[3:6], number[6:]
    return (
        f"{area}-{exchange}-{line} x{extension}",
        f"{area}-{exchange}-{line} ext. {extension}",
        f"({area}) {exchange}-{line} poste {extension}",
        f"{area} {exchange}-{line} #{extension}",
        f"+1 {area}-{exchange}-{line};ext={extension}",
        f"{area}-{exchange}-{line}, p. {extension}",
    )


def paused(number: str, dialled: int) -> tuple[str, ...]:
    """Ten digits, and what a telephone dials after a pause."""
    return (
        f"+1{number},,{dialled}",
        f"{number};{dialled}",
        f"+1 {number[:3]} {number[3:6]} {number[6:]},,,{dialled}#",
    )


def worded(number: str, rng: Random) -> str:
    """Ten digits with words beside."""
    text = f"{number[:3]}-{number[3:6]}-{number[6:]}"
    return rng.choice(
        (
            f"{text} (after 6 pm)",
            f"cell {text}",
            f"maison : {text}",
            f"{text} – laisser un message",
            f"Tel. {text}",
            f"{text} (summer only)",
            f"{text} her cell",
        )
    )


def slip(word: str, rng: Random) -> str:
    """The word with one slip of the keyboard: two letters changed about, one doubled, dropped, hit beside."""
    at = rng.randrange(1, len(word) - 2)
    before, here, then, after = word[:at], word[at], word[at + 1], word[at + 2 :]
    ways = [before + here + here + then + after, before + then + after]
    if here != then:
        ways.append(before + then + here + after)
    for row in _KEYS:
        place = row.find(plain(here).lower())
        if place >= 0:
            ways.append(before + row[place - 1 if place else place + 1] + then + after)
    return rng.choice([way for way in ways if way != word])


def turned(number: str) -> str:
    """Ten digits with two of the last four changed about, or the last one off by one where all are alike."""
    for at in (8, 7, 6):
        if number[at] != number[at + 1]:
            return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    return number[:9] + str((int(number[9]) + 1) % 10)


def careless(name: str, rng: Random) -> str:
    """The name without accents, and in the case that comes first."""
    bare = plain(name)
    return rng.choice((bare, bare.lower(), bare.upper(), name.upper(), name.lower()))
