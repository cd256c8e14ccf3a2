"""Sizes as Firestore reckons them: https://firebase.google.com/docs/firestore/storage-size."""

from datetime import UTC, datetime

import pytest

from crmsync.store.documents.limits import check_path, document_size
from crmsync.store.documents.port import Value
from crmsync.store.errors import InvalidWrite

EMPTY = document_size("users/ann", {})


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (None, 1),
        (True, 1),
        (7, 8),
        (-(2**63), 8),
        (1.5, 8),
        (datetime(2026, 3, 2, tzinfo=UTC), 8),
        ("", 1),
        ("Ann", 4),
        ("é", 3),
        (b"123", 3),
        ([], 0),
        ([1, "Ann"], 12),
        ({}, 0),
        ({"ab": 1}, 11),
        ([{"ab": [True]}], 4),
    ],
    ids=repr,
)
def test_each_value_has_the_size_that_firestore_documents(value: Value, size: int) -> None:
    name = len("n") + 1
    assert document_size("users/ann", {"n": value}) - EMPTY == name + size


@pytest.mark.parametrize(
    "path", ["users/.", "users/..", "users/__x__", "./ann", "users", "users/", "users/" + "x" * 1501]
)
def test_what_firestore_takes_for_no_document_is_refused(path: str) -> None:
    with pytest.raises(InvalidWrite):
        check_path(path)


def test_the_path_of_a_document_is_answered_in_bytes() -> None:
    assert check_path("users/é.") == b"users/\xc3\xa9."
