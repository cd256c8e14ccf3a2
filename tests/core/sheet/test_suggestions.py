import time

import pytest

from crmsync.core.sheet.contact_types import ContactTypes, read_types
from crmsync.core.sheet.default_types import DEFAULT_TYPES
from crmsync.core.sheet.suggestions import Suggestion, suggest


def told(
    labels: tuple[str, ...] = (), organization: str = "", types: ContactTypes = DEFAULT_TYPES
) -> tuple[str, str] | None:
    found = suggest(labels, organization, types)
    return None if found is None else (found.contact_type, " ".join(found.detail.values()))


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Clients", ("contact", "")),
        ("Past clients 2019", ("contact", "")),
        ("LEADS", ("lead", "")),
        ("Buyers", ("lead", "buyer")),
        ("Acheteurs", ("lead", "buyer")),
        ("Seller", ("lead", "seller")),
        ("Vendeuses", ("lead", "seller")),
        ("Buyers & Sellers", ("lead", "both")),
        ("Lawyers", ("business", "lawyer")),
        ("Notaires", ("business", "lawyer")),
        ("Inspecteurs", ("business", "inspector")),
        ("Déménageurs", ("business", "mover")),
        ("Home staging", ("business", "stager")),
        ("Courtiers hypothécaires", ("business", "lender")),
        ("Courtiers", ("business", "agent")),
        ("Contractors", ("business", "other")),
        ("Family", None),
        ("Lawson", None),
        ("", None),
    ],
)
def test_labels_suggest_a_type(label: str, kind: tuple[str, str] | None) -> None:
    assert told((label,)) == kind


@pytest.mark.parametrize(
    ("organization", "kind"),
    [
        ("Singh & Roy Law LLP", ("business", "lawyer")),
        ("Étude de notaires Gagnon", ("business", "lawyer")),
        ("Maple Mortgage", ("business", "lender")),
        ("Fast Moving Inc.", ("business", "mover")),
        ("Harbour Realty", ("business", "agent")),
        ("Clients First", None),
        ("Buyers & Co", None),
        ("Lead Plumbing", None),
        ("Movember", None),
    ],
)
def test_organisations_suggest_a_trade_and_nothing_else(
    organization: str, kind: tuple[str, str] | None
) -> None:
    assert told((), organization) == kind


def test_labels_come_before_the_organisation_and_say_what_they_were_read_from() -> None:
    found = suggest(("Friends", "Buyers"), "Harbour Realty", DEFAULT_TYPES)
    assert found == Suggestion("lead", {"transaction": "buyer"}, "label", "Buyers")
    found = suggest(("Friends",), "Harbour Realty", DEFAULT_TYPES)
    assert found == Suggestion("business", {"category": "agent"}, "organization", "Harbour Realty")


def test_only_what_the_lists_of_the_installation_have_is_suggested() -> None:
    label = {"en": "x", "fr": "x"}
    types = read_types([{"id": "contact", "label": label}, {"id": "business", "label": label}])
    assert told(("Buyers",), types=types) is None
    assert told(("Buyers", "Clients"), types=types) == ("contact", "")
    assert told(("Lawyers",), types=types) == ("business", "")


def test_hostile_text_costs_little() -> None:
    started = time.process_time()
    assert told(tuple("ا\u202e" * 5000 for _ in range(1000)), "law" * 100_000) is None
    assert time.process_time() - started < 0.5
