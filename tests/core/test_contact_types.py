import pytest

from crmsync.core.contact_types import DETAILS, validate_detail
from crmsync.core.validate import Invalid


@pytest.mark.parametrize(
    ("contact_type", "name", "value"),
    [
        (kind, name, value)
        for kind, details in DETAILS.items()
        for name, values in details.items()
        for value in values
    ],
)
def test_each_detail_takes_its_values(contact_type: str, name: str, value: str) -> None:
    validate_detail(contact_type, {})
    validate_detail(contact_type, {name: value})
    with pytest.raises(Invalid):
        validate_detail(contact_type, {name: value + "!"})


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
        validate_detail(contact_type, detail)
    assert refused.value.field == field
    assert len(str(refused.value)) < 200
