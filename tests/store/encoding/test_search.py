"""How words are folded, stored and found."""

import time

import pytest

from crmsync.store.encoding.search import (
    MOST,
    asked,
    beginnings,
    fold,
    joined,
    matches,
    pattern,
    phone_words,
    readings,
    token,
    tokens,
    words,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ébert", "ebert"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Ｆｕｌｌ", "full"),
        ("ÅSA", "asa"),
        ("山田", "山田"),
    ],
)
def test_accents_case_and_width_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_a_few_beginnings_of_each_word_are_stored_once_and_bounded() -> None:
    assert beginnings(["anna", "ann"]) == ["a", "an", "ann"]
    assert beginnings(["featherstone"]) == ["f", "fe", "fea", "feathe"]
    assert len(beginnings(f"{n:012}" for n in range(1000, 2000))) <= MOST
    assert len(beginnings(f"{n}{n}" for n in range(100_000, 200_000, 900))) == MOST


@pytest.mark.parametrize("length", range(1, 14))
def test_whatever_is_typed_of_a_word_asks_for_a_beginning_that_is_stored(length: int) -> None:
    assert token(["featherstonehaugh"[:length]]) in beginnings(["featherstonehaugh"])


@pytest.mark.parametrize("typed", ["416", "4165", "4165551234", "1416555", "5551234", "1234", "555"])
def test_a_number_is_found_by_its_beginning_its_local_part_or_its_end(typed: str) -> None:
    stored = phone_words(["+1 (416) 555-1234"])
    assert matches(asked(typed), stored)
    assert token(asked(typed)) in beginnings(stored)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("Ann  Roy", ["ann", "roy"]),
        ("(416) 555-1234", ["4165551234"]),
        ("+1 416", ["1416"]),
        ("12-34 Main", ["12", "34", "main"]),
        ("a@b.ca", ["a", "b", "ca"]),
        ("", []),
        ("  ", []),
        ("-- ( )", []),
        ("🙂", []),
    ],
)
def test_a_search_is_its_words_and_a_number_is_one(q: str, found: list[str]) -> None:
    assert asked(q) == found


NAMES = {
    "D'Amour": ["damour", "d'amour", "D’Amour", "d amour", "amour", "damo"],
    "O'Brien": ["obrien", "o'brien", "O’BRIEN", "brien", "OʼBrien"],
    "OBrien": ["o'brien", "obrien"],
    "Saint-Onge": ["saintonge", "saint onge", "saint-onge", "onge", "Saint‑Onge"],
    "Saintonge": ["saint-onge", "saint onge", "saintonge"],
    "de la Cruz": ["delacruz", "dela cruz", "la cruz", "cruz"],
    "Müller": ["muller", "müller", "Mueller", "mull"],
    "Mueller": ["müller", "mueller"],
    "Łukasz Bjørnsson": ["lukasz", "bjornsson", "lukasz bjorn"],
    "Cœur": ["coeur", "cœur"],
    "Jean-Paul": ["jeanpaul", "jean paul", "paul"],
}
NUMBERS = {
    "416-555-0199": [
        "416-555-0199",
        "(416) 555 0199",
        "+1 416 555 0199",
        "4165550199",
        "555-0199",
        "0199",
        "416",
    ],
    "+1 (416) 555-0199 x22": ["416-555-0199", "555 0199", "416.555.0199 x22", "+14165550199", "14165"],
    "06 12 34 56 78": ["+33 6 12 34 56 78", "0612345678", "06 12"],
    "+33 6 12 34 56 78": ["06 12 34 56 78", "336123"],
}


@pytest.mark.parametrize(("name", "typed"), [(name, typed) for name, some in NAMES.items() for typed in some])
def test_a_name_is_found_however_it_is_written_together(name: str, typed: str) -> None:
    found = [*words(name), *joined(name)]
    ways = readings(typed)
    assert any(matches(way, found) for way in ways)
    assert set(tokens(ways)) & set(beginnings(found)), "Firestore is asked for it"
    row = "".join(f" {word}" for word in words(name))
    assert any(all(pattern(word).search(row) for word in way) for way in ways), "rows that are older, too"


@pytest.mark.parametrize(
    ("number", "typed"), [(number, typed) for number, some in NUMBERS.items() for typed in some]
)
def test_a_number_is_found_as_it_is_typed(number: str, typed: str) -> None:
    found = phone_words([number])
    ways = readings(typed)
    assert any(matches(way, found) for way in ways)
    assert set(tokens(ways)) & set(beginnings(found))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Ann Roy", "roya"),
        ("Damon", "d'amour"),
        ("Saint Martin", "saintonge"),
        ("Ann", "nn"),
        ("Roy", "ann roy"),
    ],
)
def test_nobody_else_is_found(name: str, typed: str) -> None:
    found = [*words(name), *joined(name)]
    row = "".join(f" {word}" for word in words(name))
    for way in readings(typed):
        assert not matches(way, found)
        assert not all(pattern(word).search(row) for word in way)


def test_a_search_asks_for_a_few_beginnings_at_most() -> None:
    assert len(tokens(readings("müller oe ae ue"))) <= 30
    assert readings("a b c d e f") == [["a", "b", "c", "d", "e", "f"]]
    assert readings("--") == []


def test_each_word_must_begin_a_word() -> None:
    found = words("Anna-Maria O'Roy")
    assert found == ["anna", "maria", "o", "roy"]
    assert matches(["mar", "ann"], found)
    assert not matches(["nna"], found)
    assert matches([], found)


def test_the_longest_word_is_asked_for_cut_to_what_is_stored() -> None:
    assert token(["a", "featherstonehaugh"]) == "feathe"


def test_hostile_text_costs_little() -> None:
    hostile = ["ا\u202e" * 50_000, "a " * 50_000, "1" * 100_000, "\ufdfa" * 50_000]
    started = time.process_time()
    stored = beginnings([*words(*hostile), *phone_words(hostile)])
    assert len(stored) <= MOST
    assert time.process_time() - started < 0.5


def test_of_each_text_a_dozen_words_are_found() -> None:
    long = [f"w{n}" for n in range(13)]
    assert words(" ".join(long), "Ann Roy") == [*long[:12], "ann", "roy"]
