"""Lists of who has left, in the forms in which mail programs give them out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.api.http.errors import InvalidRequest
from crmsync.api.http.tables import table
from crmsync.api.records.address_lists import read_list

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "addresses", "skipped"),
    [
        ("", [], 0),
        ("a@x.example", ["a@x.example"], 0),
        ("a@x.example\r\nB@X.example \r\n\r\n", ["a@x.example", "b@x.example"], 0),
        ("\ufeffEmail\na@x.example\n", ["a@x.example"], 0),
        ("Courriel;Nom\na@x.example;Ann\n;Bo\n", ["a@x.example"], 1),
        ('Name\tE-mail\n"Roy, Ann"\ta@x.example', ["a@x.example"], 0),
        ("Ann Roy <a@x.example>\nBo <bo@x.example>", ["a@x.example", "bo@x.example"], 0),
        ("name,e-mail,by\nAnn,a@x.example,me@us.example\nBo,b@x.example,", ["a@x.example", "b@x.example"], 0),
        ("a@x.example,b@x.example\nc@x.example,", ["a@x.example", "c@x.example"], 0),
        ("Email\nnot an address\n'+tag@x.example", ["+tag@x.example"], 1),
        ("only,a,header\n", [], 0),
        ("nothing\nat all", [], 1),
    ],
)
def test_addresses_are_taken_from_the_column_that_has_most_of_them(
    text: str, addresses: list[str], skipped: int
) -> None:
    found = read_list(text)
    assert (list(found.withdrawn), found.skipped) == (addresses, skipped)
    assert set(found.withdrawn.values()) <= {None}


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2026-03-02", NOON),
        ("2026-03-02 12:00:00", NOON),
        ("2026-03-02T07:00:00-05:00", NOON),
        ("2026-03-02T12:00:00Z", NOON),
        ("02/03/2026", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
    ],
)
@pytest.mark.parametrize(
    "name", ["UNSUB_TIME", "Unsubscribed at", "withdrawn_at", "Opt-out date", "Désabonné le"]
)
def test_the_time_is_in_a_column_whose_name_is_about_leaving(
    name: str, cell: str, at: datetime | None
) -> None:
    found = read_list(f"Email Address,OPTIN_TIME,{name}\na@x.example,2020-01-01,{cell}\n")
    assert found.withdrawn == {"a@x.example": at}


def test_of_an_address_that_comes_twice_the_later_time_counts_and_none_before_any() -> None:
    header = "e-mail,unsubscribed\n"
    lines = ["a@x.example,2026-01-01", "A@x.example,2026-03-02", "a@x.example,2026-02-01"]
    assert read_list(header + "\n".join(lines)).withdrawn == {"a@x.example": NOON}
    assert read_list(header + "\n".join([*lines, "a@x.example,"])).withdrawn == {"a@x.example": None}


def test_a_row_that_is_too_long_is_no_table() -> None:
    with pytest.raises(InvalidRequest):
        read_list('"' + "x" * 200_000)


def test_what_we_give_out_can_be_taken_in() -> None:
    rows = [["=a@x.example", "2026-03-02T12:00:00Z", ""], ["", "2026-03-02T12:00:00Z", "0" * 16]]
    file = b"".join(table(("address", "withdrawn_at", "digest"), rows)).decode("utf-8")
    found = read_list(file)
    assert (found.withdrawn, found.skipped) == ({"=a@x.example": NOON}, 1)


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    try:
        found = read_list(text)
    except InvalidRequest:
        return
    assert all("@" in address for address in found.withdrawn)
