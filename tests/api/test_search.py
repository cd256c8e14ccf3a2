"""Searches in a body: the same answers as by address, and nothing that people typed in addresses."""

from typing import Any

import pytest

from tests.api.records.test_contacts import create
from tests.api.service import Service, candidate, refused, said

CONTACTS, APPOINTMENTS, SHEET = "/api/contacts", "/api/appointments", "/api/import/candidates"
LISTS = (CONTACTS, APPOINTMENTS, SHEET)


@pytest.fixture
def service(service: Service) -> Service:
    """People and appointments, some of whom are called Zoë."""
    for number in range(3):
        create(service, {"given_name": "Zoë", "family_name": f"Martin {number}"})
        start = {"date_time": f"2026-05-04T1{number}:00:00", "time_zone": "America/Toronto"}
        end = {"date_time": f"2026-05-04T1{number}:30:00", "time_zone": "America/Toronto"}
        body = {"title": f"Zoë {number}", "start": start, "end": end}
        said(service.call("POST", APPOINTMENTS, body), 201)
    create(service, {"given_name": "Bob"})
    rows = (candidate(f"z{number}", name=f"Zoë {number}", labels=("Family, near",)) for number in range(3))
    service.offer(candidate("b", name="Bob"), *rows)
    return service


def search(service: Service, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return said(service.call("POST", f"{path}/search", body))


@pytest.mark.parametrize("path", LISTS)
def test_a_body_and_an_address_find_the_same_page_by_page(service: Service, path: str) -> None:
    token: str | None = None
    found = []
    for _ in range(2):
        body = {"q": " zoe ", "page_size": 2, "page_token": token}
        page = search(service, path, body)
        query = {"q": "zoe", "page_size": "2"} | ({"page_token": token} if token else {})
        assert said(service.call("GET", path, query_string=query)) == page
        found += page["items"]
        token = page["next_page_token"]
    assert (len(found), token) == (3, None)


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_body_asks_for_the_first_page_of_all(service: Service, path: str) -> None:
    assert search(service, path, {}) == said(service.call("GET", path))


def test_the_archive_is_searched_like_the_rest(service: Service) -> None:
    [bob] = search(service, CONTACTS, {"q": "bob"})["items"]
    service.call("DELETE", f"{CONTACTS}/{bob['id']}")
    assert search(service, CONTACTS, {"q": "bob"})["items"] == []
    assert [each["id"] for each in search(service, CONTACTS, {"q": "bob", "archived": True})["items"]] == [
        bob["id"]
    ]


def test_rows_are_found_by_label_filter_and_order(service: Service) -> None:
    asked = {"filter": "has_email,label:Family, near", "order": "recent", "status": "open"}
    assert [row["id"] for row in search(service, SHEET, asked)["items"]] == ["z0", "z1", "z2"]
    assert search(service, SHEET, {"status": "declined"})["items"] == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"q": "x" * 201}, "q"),
        ({"q": None}, "q"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 501}, "page_size"),
        ({"page_size": "5"}, "page_size"),
        ({"page_token": "nonsense"}, "page_token"),
        ({"page_token": "x" * 5000}, "page_token"),
        ({"words": "x"}, "words"),
    ],
)
def test_a_wrong_body_is_refused_by_field(
    service: Service, path: str, body: dict[str, Any], field: str
) -> None:
    assert refused(service, "POST", f"{path}/search", body)["field"] == field


@pytest.mark.parametrize(
    "body", [{"status": "gone"}, {"order": "age"}, {"filter": "nonsense"}, {"archived": True}]
)
def test_a_wrong_question_to_the_sheet_is_refused(service: Service, body: dict[str, Any]) -> None:
    refused(service, "POST", f"{SHEET}/search", body)


def test_a_token_is_good_for_its_own_words_and_person_only(service: Service) -> None:
    token = search(service, CONTACTS, {"q": "zoe", "page_size": 1})["next_page_token"]
    refused(service, "POST", f"{CONTACTS}/search", {"q": "bob", "page_token": token})
    refused(service, "POST", f"{APPOINTMENTS}/search", {"q": "zoe", "page_token": token})
    refused(service, "POST", f"{CONTACTS}/search", {"q": "zoe", "page_token": token}, user="bob")
