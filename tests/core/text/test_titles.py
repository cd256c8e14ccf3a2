from dataclasses import replace

import pytest

from crmsync.core.model import Address, Birthday, Contact, Email, Phone, Url
from crmsync.core.text.titles import LAST, NO_NAME, NO_TITLE, full_name, sort_key, title_of
from tests.core.records import TALK


@pytest.mark.parametrize(
    ("contact", "title"),
    [
        (
            Contact(prefix="Dr.", given_name=" Ann ", middle_name="B.", family_name="Martin"),
            "Dr. Ann B. Martin",
        ),
        (Contact(nickname="Annie", organization="Maple"), "Annie"),
        (Contact(organization="Maple", emails=(Email("a@x.example"),)), "Maple"),
        (Contact(emails=(Email(" "), Email("a@x.example")), phones=(Phone("1"),)), "a@x.example"),
        (Contact(phones=(Phone("555-0100"),)), "555-0100"),
        (Contact(job_title="Plumber", notes="x"), "Plumber"),
        (
            Contact(addresses=(Address(), Address(street="99 Elm St\nGuelph ON N1H 2B2")), notes="x"),
            "99 Elm St, Guelph ON N1H 2B2",
        ),
        (
            Contact(addresses=(Address("1 Rue A", "Apt 2", "Laval", "QC", "H7A 1A1", "Canada"),)),
            "1 Rue A, Apt 2, Laval QC H7A 1A1, Canada",
        ),
        (Contact(notes=" \n shed key under the pot \nmore"), "shed key under the pot"),
        (Contact(notes="x" * 150), f"{'x' * 100}…"),
        (Contact(urls=(Url(" "), Url("https://a.example")), birthday=Birthday(8, 9)), "https://a.example"),
        (Contact(birthday=Birthday(8, 9, 1972)), "1972-08-09"),
        (Contact(birthday=Birthday(8, 9)), "--08-09"),
        (Contact(), NO_NAME),
    ],
)
def test_a_contact_is_called_by_what_it_has(contact: Contact, title: str) -> None:
    assert title_of(contact) == title


def test_an_appointment_is_called_by_its_title() -> None:
    assert title_of(TALK) == "Viewing"
    assert title_of(replace(TALK, title=" ")) == NO_TITLE


def test_an_organisation_is_no_personal_name() -> None:
    assert full_name(Contact(organization="Maple")) == ""


def test_names_sort_without_case_accents_and_punctuation_and_the_nameless_last() -> None:
    titles = ["(No name)", "zoë", "Éva", "“Ann”", "eva", "bob", "---"]
    assert sorted(titles, key=sort_key) == ["“Ann”", "bob", "Éva", "eva", "zoë", "(No name)", "---"]
    assert sort_key(NO_NAME) == sort_key("---") == LAST
