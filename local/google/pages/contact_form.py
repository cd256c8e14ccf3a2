"""A contact as a form: which inputs there are, and how what was typed becomes a person's fields again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.google.json import JsonObject, inner, text
from local.google.people.fields import Fields

SINGLE = {
    "names": (
        ("honorificPrefix", "Prefix"),
        ("givenName", "First name"),
        ("middleName", "Middle name"),
        ("familyName", "Last name"),
        ("honorificSuffix", "Suffix"),
    ),
    "nicknames": (("value", "Nickname"),),
    "organizations": (("name", "Company"), ("title", "Job title")),
}
"""Fields of which the form shows the first value: part and caption."""

REPEATED = {
    "emailAddresses": ("E-mail", (("value", ""), ("type", "label"))),
    "phoneNumbers": ("Phone", (("value", ""), ("type", "label"))),
    "addresses": (
        "Address",
        (
            ("streetAddress", "street"),
            ("extendedAddress", "line 2"),
            ("city", "city"),
            ("region", "province"),
            ("postalCode", "postal code"),
            ("country", "country"),
            ("type", "label"),
        ),
    ),
    "urls": ("Website", (("value", ""), ("type", "label"))),
}
"""Fields with a row for each value: caption of the row, then part and what it adds to the caption."""

DATE_PARTS = (("month", "Birthday month"), ("day", "Birthday day"), ("year", "Birthday year (optional)"))
_MAIN_PARTS = frozenset(
    {"value", "streetAddress", "extendedAddress", "city", "region", "postalCode", "country"}
)


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its name in the form, its label, its present text."""

    name: str
    label: str
    text: str
    number: bool = False


class ContactForm:
    """The inputs for one contact, filled with `fields`.

    A last empty row of each repeated field adds a value.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    @property
    def main(self) -> list[Input]:
        """Names, nickname, company."""
        return [
            Input(f"{field}-{part}", label, text(self._first(field), part))
            for field, parts in SINGLE.items()
            for part, label in parts
        ]

    @property
    def groups(self) -> Iterator[tuple[str, list[list[Input]]]]:
        """Caption and rows of each repeated field."""
        for field, (caption, parts) in REPEATED.items():
            rows = [*self._fields.get(field, []), {}]
            yield (
                caption,
                [
                    [
                        Input(
                            f"{field}-{n}-{part}", f"{caption} {n + 1} {more}".strip(), str(row.get(part, ""))
                        )
                        for part, more in parts
                    ]
                    for n, row in enumerate(rows)
                ],
            )

    @property
    def birthday(self) -> list[Input]:
        """Month, day and year."""
        date = inner(self._first("birthdays"), "date")
        return [Input(f"birthday-{p}", label, str(date.get(p, "")), number=True) for p, label in DATE_PARTS]

    @property
    def notes(self) -> str:
        """The notes."""
        return text(self._first("biographies"), "value")

    def read(self, typed: Mapping[str, str]) -> Fields:
        """The fields the form shows, as typed; parts it does not show keep their value."""
        person: Fields = {}
        for field, parts in SINGLE.items():
            values = {part: _typed(typed, f"{field}-{part}") for part, _ in parts}
            person[field] = [
                *self._merged(field, 0, values, required=False),
                *self._fields.get(field, [])[1:],
            ]
        for field, (_, parts) in REPEATED.items():
            person[field] = []
            for n in range(len(self._fields.get(field, [])) + 1):
                values = {part: _typed(typed, f"{field}-{n}-{part}") for part, _ in parts}
                person[field] += self._merged(field, n, values, required=True)
        person["birthdays"] = self._read_birthday(typed)
        notes = {"value": _typed(typed, "notes")}
        person["biographies"] = self._merged("biographies", 0, notes, required=True)
        return person

    def _first(self, field: str) -> JsonObject:
        values = self._fields.get(field)
        return values[0] if values else {}

    def _merged(
        self, field: str, index: int, values: Mapping[str, str], *, required: bool
    ) -> list[JsonObject]:
        """The value at `index` with what was typed in place of its parts.

        None when its main parts are empty.
        """
        stored = self._fields.get(field, [])
        before = stored[index] if index < len(stored) else {}
        after = {part: value for part, value in before.items() if part not in values}
        after |= {part: text for part, text in values.items() if text}
        if required and not any(after.get(part) for part in _MAIN_PARTS):
            return []
        if field == "addresses" and any(before.get(part, "") != text for part, text in values.items()):
            after.pop("formattedValue", None)
        return [after] if after else []

    def _read_birthday(self, typed: Mapping[str, str]) -> list[JsonObject]:
        before = self._first("birthdays")
        date: JsonObject = {
            p: int(typed[f"birthday-{p}"]) for p, _ in DATE_PARTS if typed.get(f"birthday-{p}", "").isdigit()
        }
        if date == inner(before, "date"):
            return [before] if before else []
        return [{"date": date}] if date else []


def _typed(typed: Mapping[str, str], name: str) -> str:
    """What was typed; browsers end the lines of a form with two characters, contacts with one."""
    return typed.get(name, "").replace("\r\n", "\n")
