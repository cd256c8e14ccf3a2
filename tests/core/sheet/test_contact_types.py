import json
from typing import Any

import pytest

from crmsync.core.sheet.contact_types import as_json, read_types
from crmsync.core.sheet.default_types import DEFAULT_TYPES
from crmsync.core.validate import Invalid

EN_FR = {"en": "Tenant", "fr": "Locataire"}
CONTACT: dict[str, Any] = {"id": "contact", "label": EN_FR}
VALUE = {"id": "y", "label": EN_FR}


def with_detail(**parts: object) -> list[dict[str, object]]:
    """Lists with one type, which has one detail."""
    return [{**CONTACT, "details": [{"name": "x", "label": EN_FR, "values": [VALUE], **parts}]}]


@pytest.mark.parametrize(
    ("contact_type", "name", "value"),
    [
        (kind, name, value)
        for kind, details in DEFAULT_TYPES.known.items()
        for name, values in details.items()
        for value in values
    ],
)
def test_each_detail_takes_its_values(contact_type: str, name: str, value: str) -> None:
    DEFAULT_TYPES.validate(contact_type, {})
    DEFAULT_TYPES.validate(contact_type, {name: value})
    with pytest.raises(Invalid):
        DEFAULT_TYPES.validate(contact_type, {name: value + "!"})


@pytest.mark.parametrize(
    ("contact_type", "detail", "field"),
    [
        ("friend", {}, "contact_type"),
        ("lead", {"grade": "A"}, "detail.grade"),
        ("contact", {"grade": "E"}, "detail.grade"),
        ("business", {"category": ""}, "detail.category"),
        ("contact", {"x" * 10_000: "A"}, ("detail." + "x" * 100)[:100]),
    ],
)
def test_other_details_are_refused_by_name(contact_type: str, detail: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        DEFAULT_TYPES.validate(contact_type, detail)
    assert refused.value.field == field
    assert len(str(refused.value)) < 200


def test_the_product_s_own_lists_are_those_of_the_design() -> None:
    assert DEFAULT_TYPES.known == {
        "lead": {
            "temperature": ("new", "hot", "warm", "cold"),
            "horizon": ("unknown", "lt1m", "lt3m", "lt6m", "lt1y", "lt2y", "lt3y", "lt5y", "lt7y"),
            "transaction": ("buyer", "seller", "both", "unknown"),
        },
        "contact": {"grade": ("A", "B", "C", "D")},
        "business": {"category": ("agent", "lawyer", "mover", "stager", "lender", "inspector", "other")},
    }


def test_lists_are_read_back_as_they_are_shown() -> None:
    assert read_types(json.loads(json.dumps(as_json(DEFAULT_TYPES)))) == DEFAULT_TYPES


def test_a_vendor_s_lists_take_the_place_of_the_product_s() -> None:
    pets = {"name": "pets", "label": EN_FR, "values": [{"id": "cat", "label": EN_FR}]}
    types = read_types([CONTACT, {"id": "tenant", "label": EN_FR, "details": [pets]}])
    types.validate("tenant", {"pets": "cat"})
    for wrong in (("lead", {}), ("contact", {"grade": "A"}), ("tenant", {"pets": "dog"})):
        with pytest.raises(Invalid):
            types.validate(*wrong)
    many = read_types([CONTACT, *({"id": f"{n:050}", "label": EN_FR} for n in range(40))])
    with pytest.raises(Invalid) as refused:
        many.validate("lead", {})
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "types must be a list of 1 to 60"),
        ([], "types must be a list of 1 to 60"),
        ([{"id": "lead", "label": EN_FR}], 'one type must have the id "contact"'),
        ([CONTACT, CONTACT], "types has an id twice"),
        ([{**CONTACT, "id": "a b"}], r"types\[0\].id must be"),
        ([{**CONTACT, "label": {"en": "A"}}], r"types\[0\].label.fr must be"),
        ([{**CONTACT, "label": {**EN_FR, "de": "A"}}], r"types\[0\].label has only"),
        ([{**CONTACT, "colour": "red"}], r"types\[0\] has only"),
        ([{**CONTACT, "details": [7]}], r"types\[0\].details\[0\] must be an object"),
        (
            [{**CONTACT, "details": [{"name": "x", "label": EN_FR, "values": []}]}],
            r"types\[0\].details\[0\].values must be",
        ),
        (with_detail(name="a b"), r"types\[0\].details\[0\].name must be"),
        (with_detail(label={"en": "A"}), r"types\[0\].details\[0\].label.fr must be"),
        (with_detail(values=[VALUE, VALUE]), r"types\[0\].details\[0\].values has an id twice"),
        (with_detail(values=[VALUE, 7]), r"types\[0\].details\[0\].values\[1\] must be an object"),
        (with_detail(values=[{**VALUE, "id": ""}]), r"types\[0\].details\[0\].values\[0\].id must be"),
        (
            with_detail(values=[VALUE, {"id": "z"}]),
            r"types\[0\].details\[0\].values\[1\].label must be an object",
        ),
    ],
)
def test_wrong_lists_are_refused_by_place(data: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_types(data)
