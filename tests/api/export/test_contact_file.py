"""vCards read back by vobject, which knows nothing of us: each says what its contact says."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import vobject
from hypothesis import example, given
from hypothesis import strategies as st

from crmsync.api.export.contact_file import card
from crmsync.api.export.lines import plain
from crmsync.core.fields import get, record_from_data, record_to_data
from crmsync.core.model import Address, Birthday, Consent, Contact, Email, Phone, Stored, Url
from tests.contracts.samples import FULL_CONTACT, HOSTILE
from tests.core.records import quick
from tests.field_samples import CONTACTS, Case

NOW = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
TYPES = {
    frozenset({"HOME"}): "home",
    frozenset({"WORK"}): "work",
    frozenset({"CELL"}): "mobile",
    frozenset({"PAGER"}): "pager",
    frozenset({"MAIN"}): "main",
    frozenset({"HOME", "FAX"}): "homeFax",
    frozenset({"WORK", "FAX"}): "workFax",
}


def written(contact: Contact) -> str:
    return card(Stored("c1", contact, "v", NOW, NOW), "Lead").decode()


def read(text: str) -> Any:
    return vobject.readOne(text)


def contact_of(found: Any) -> Contact:
    """The contact that a card shows."""

    def texts(name: str) -> list[str]:
        return [each.value for each in found.contents.get(name, [])]

    def first(name: str) -> str:
        return next(iter(texts(name)), "")

    labels = {each.group: each.value for each in found.contents.get("x-ablabel", [])}

    def label(line: Any) -> str:
        if line.group:
            return str(labels[line.group])
        return TYPES.get(frozenset(line.params.get("TYPE", ())), "")

    consent = {
        name.removeprefix("x-crmsync-consent-").replace("-", "_"): lines[0].value
        for name, lines in found.contents.items()
        if name.startswith("x-crmsync-consent-")
    }
    obtained = consent.get("obtained_on")
    names = found.n.value
    return Contact(
        given_name=names.given,
        middle_name=names.additional,
        family_name=names.family,
        prefix=names.prefix,
        suffix=names.suffix,
        nickname=first("nickname"),
        organization=found.org.value[0] if "org" in found.contents else "",
        job_title=first("title"),
        emails=tuple(Email(each.value, label(each)) for each in found.contents.get("email", [])),
        phones=tuple(Phone(each.value, label(each)) for each in found.contents.get("tel", [])),
        addresses=tuple(
            Address(
                each.value.street,
                each.value.extended,
                each.value.city,
                each.value.region,
                each.value.code,
                each.value.country,
                label(each),
            )
            for each in found.contents.get("adr", [])
        ),
        urls=tuple(Url(each.value, label(each)) for each in found.contents.get("url", [])),
        birthday=_birthday(first("bday")),
        notes=first("note"),
        contact_type=first("x-crmsync-type"),
        detail=dict(each.value.split(";", 1) for each in found.contents.get("x-crmsync-detail", [])),
        consent=Consent(
            status=found.contents["x-crmsync-consent"][0].value,
            basis=consent.get("basis"),
            obtained_on=date.fromisoformat(obtained) if obtained else None,
            source=consent.get("source", ""),
            note=consent.get("note", ""),
            recorded_by=consent.get("recorded_by", ""),
        ),
    )


def _birthday(text: str) -> Birthday | None:
    if not text:
        return None
    if text.startswith("--"):
        return Birthday(int(text[2:4]), int(text[4:]))
    day = date.fromisoformat(text)
    return Birthday(day.month, day.day, day.year)


def test_a_card_says_all_that_its_contact_says() -> None:
    assert contact_of(read(written(FULL_CONTACT))) == FULL_CONTACT


@pytest.mark.parametrize("case", CONTACTS, ids=str)
def test_every_field_stands_in_the_card(case: Case[Contact]) -> None:
    for record in case.records:
        found = contact_of(read(written(record)))
        assert get(found, case.field.name) == get(record, case.field.name), (
            f"{case.row} api/export/contact_file.py does not write it"
        )


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=90) | st.sampled_from(
    [
        "",
        HOSTILE,
        "C:\\New, C:\\new; x",
        "a\r\nb\rc\u2028d",
        "\\" * 90,
        "é" * 200,
        "BEGIN:VCARD\nEND:VCARD",
        " x ",
    ]
)
LABEL = st.sampled_from(["", "home", "work", "mobile", "homeFax", "Home", "cot;ta,ge\n2"])
DETAIL = st.dictionaries(st.sampled_from(["temperature", "horizon"]), st.sampled_from(["hot", "<1"]))
CONTACT = st.builds(
    Contact,
    *([TEXT] * 8),
    emails=st.lists(st.builds(Email, TEXT, LABEL), max_size=3).map(tuple),
    phones=st.lists(st.builds(Phone, TEXT, LABEL), max_size=3).map(tuple),
    addresses=st.lists(st.builds(Address, *([TEXT] * 6), LABEL), max_size=2).map(tuple),
    urls=st.lists(st.builds(Url, TEXT, LABEL), max_size=2).map(tuple),
    birthday=st.none()
    | st.builds(Birthday, st.integers(1, 12), st.integers(1, 28), st.none() | st.integers(1, 9999)),
    notes=TEXT,
    detail=DETAIL,
    consent=st.builds(
        Consent,
        st.sampled_from(["express", "implied", "none", "revoked"]),
        st.sampled_from([None, "transaction", "inquiry"]),
        st.none() | st.dates(),
        TEXT,
        TEXT,
        TEXT,
    ),
)


@quick
@given(CONTACT)
@example(replace(FULL_CONTACT, notes="\\N " * 40))
def test_any_contact_is_read_back_as_it_was(contact: Contact) -> None:
    text = written(contact)
    assert all(len(line) <= 75 for line in text.encode().split(b"\r\n"))
    assert text.encode().count(b"\n") == text.encode().count(b"\r\n")
    assert contact_of(read(text)) == printable(contact)


def printable(contact: Contact) -> Contact:
    """The contact with what a card cannot hold taken out of its texts."""
    return record_from_data("contacts", _printable(record_to_data(contact)))


def _printable(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _printable(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_printable(value) for value in data]
    return plain(data) if isinstance(data, str) else data


def test_what_google_and_apple_know_is_written_their_way() -> None:
    contact = Contact(
        given_name="Ann",
        phones=(Phone("+1 514 555 0100", "mobile"), Phone("555-0101", "cottage")),
        birthday=Birthday(2, 29),
    )
    lines = written(contact).split("\r\n")
    assert "TEL;TYPE=CELL:+1 514 555 0100" in lines
    assert lines[lines.index("item2.TEL:555-0101") + 1] == "item2.X-ABLabel:cottage"
    assert "BDAY:--0229" in lines
    assert "CATEGORIES:Lead" in lines
