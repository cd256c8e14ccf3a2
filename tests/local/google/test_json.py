"""Reading members of JSON objects: absent and null are the default, another type is a mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from local.google.json import Body, flag, inner, items, number, text, texts

BODY: Body = {
    "name": "Ann",
    "size": 3,
    "on": True,
    "date": {"year": 2026},
    "lines": ["a", "b"],
    "guests": [{"email": "ann@example.com"}],
    "nothing": None,
}


def test_a_member_is_read_as_what_it_is() -> None:
    assert text(BODY, "name") == "Ann"
    assert number(BODY, "size") == 3
    assert flag(BODY, "on") is True
    assert inner(BODY, "date") == {"year": 2026}
    assert texts(BODY, "lines") == ["a", "b"]
    assert items(BODY, "guests") == [{"email": "ann@example.com"}]


@pytest.mark.parametrize("name", ["absent", "nothing"])
def test_absent_and_null_are_the_default(name: str) -> None:
    assert (text(BODY, name), text(BODY, name, "none")) == ("", "none")
    assert (number(BODY, name), number(BODY, name, 7)) == (0, 7)
    assert (flag(BODY, name), flag(BODY, name, True)) == (False, True)
    assert (inner(BODY, name), texts(BODY, name), items(BODY, name)) == ({}, [], [])


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (text, "size"),
        (number, "name"),
        (flag, "size"),
        (inner, "guests"),
        (texts, "name"),
        (texts, "guests"),
        (items, "lines"),
    ],
)
def test_another_type_is_a_mistake(read: Callable[[Body, str], object], name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} is no "):
        read(BODY, name)
