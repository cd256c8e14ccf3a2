from dataclasses import replace

import pytest

from crmsync.core.model import Contact, Email, Phone
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
        (Contact(notes="x"), NO_NAME),
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
