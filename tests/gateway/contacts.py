"""Contacts and Persons that the gateway's tests share, ordinary and hostile."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from crmsync.core.encoding import TEXT
from crmsync.core.model import Address, Birthday, Contact, Email, Phone, Url
from tests.field_samples import CONTACTS, Case

HOSTILE = [
    "<script>alert('x')</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil.example","click")',
    "\u202egnp.exe\u202c مرحبا بالعالم שלום",
    "👩‍👩‍👧‍👦 Zoë e\u0301 \u200b",
    "Robert'); DROP TABLE contacts;--",
    "line one\nline two\r\n\ttabbed ",
    "x" * 10_000,
    "名前 " * 2_500,
]

ADA = Contact(
    given_name="Ada",
    middle_name="Byron",
    family_name="Lovelace",
    prefix="Dr.",
    suffix="FRS",
    nickname="Enchantress",
    organization="Analytical Engines",
    job_title="Programmer",
    emails=(Email("ada@example.test", "work"), Email("ada@home.example.test")),
    phones=(Phone("06 12345678", "mobile"), Phone("+1 (416) 555-0100", "Cottage")),
    addresses=(Address("1 King St W", "Suite 4", "Toronto", "ON", "M5H 1A1", "Canada", "work"),),
    urls=(Url("https://ada.example.test", "blog"),),
    birthday=Birthday(12, 10, 1815),
    notes="First programmer.",
)


def as_google_answers(body: Mapping[str, Any], key: str = "5af3") -> dict[str, Any]:
    """A created Person as Google answers it: with identity, and with what it derives."""
    source = {"type": "CONTACT", "id": key, "etag": "#abc", "updateTime": "2026-07-27T12:41:05.443850Z"}
    person: dict[str, Any] = {
        "resourceName": f"people/c{int(key, 16)}",
        "etag": "%EgUB",
        "metadata": {"sources": [source], "objectType": "PERSON"},
        "memberships": [{"contactGroupMembership": {"contactGroupId": "myContacts"}}],
    }
    for name, items in body.items():
        if name in person or not items:
            continue
        mark = {"source": {"type": "CONTACT", "id": key}}
        person[name] = [{**item, "metadata": mark} for item in items]
        person[name][0]["metadata"] = {**mark, "primary": True}
    for item in person.get("names", ()):
        order = ("honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix")
        item["displayName"] = item["unstructuredName"] = " ".join(
            item[part] for part in order if part in item
        )
    for item in person.get("addresses", ()):
        parts = ("streetAddress", "extendedAddress", "city", "region", "postalCode", "country")
        item["formattedValue"] = "\n".join(item[part] for part in parts if part in item)
    return person


def text(max_size: int = 12) -> st.SearchStrategy[str]:
    """Any text that JSON and Google can carry: no lone surrogates, no NUL."""
    alphabet = st.characters(codec="utf-8", exclude_characters="\0")
    return st.one_of(
        st.sampled_from(["Ada", "Zoë", "李", *HOSTILE[:4]]), st.text(alphabet, max_size=max_size)
    )


def some() -> st.SearchStrategy[str]:
    return text().filter(bool)


def birthdays() -> st.SearchStrategy[Birthday]:
    known = st.dates().map(lambda day: Birthday(day.month, day.day, day.year))
    return st.one_of(known, known.map(lambda it: Birthday(it.month, it.day)))


def contacts() -> st.SearchStrategy[Contact]:
    values = {case.field.name: _values(case) for case in CONTACTS}
    values |= {
        "emails": st.lists(st.builds(Email, some(), text(5)), max_size=3).map(tuple),
        "phones": st.lists(st.builds(Phone, some(), text(5)), max_size=3).map(tuple),
        "addresses": st.lists(
            st.builds(Address, some(), text(), text(), text(), text(), text(), text(5)), max_size=2
        ).map(tuple),
        "urls": st.lists(st.builds(Url, some(), text(5)), max_size=2).map(tuple),
        "birthday": st.none() | birthdays(),
    }
    return st.builds(Contact, **values)


def _values(case: Case[Contact]) -> st.SearchStrategy[object]:
    """Any text for a text, else the samples of its type."""
    return text() if case.field.encoding is TEXT else st.sampled_from(case.values)
