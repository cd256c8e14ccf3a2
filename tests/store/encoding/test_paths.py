"""The table of collections: whoever adds one says where it lies."""

from dataclasses import replace

from crmsync.core.scope import DEFAULT_ACCOUNT
from crmsync.store.encoding import paths
from tests.scopes import ANN


def test_every_collection_has_its_place_in_the_table() -> None:
    names = {
        value
        for name, value in vars(paths).items()
        if name[0].isalpha() and name.isupper() and type(value) is str
    }
    assert names - {DEFAULT_ACCOUNT} == set(paths.COLLECTIONS) | paths.OF_NOBODY


def test_collections_lie_where_the_table_says() -> None:
    second = replace(ANN, account="second")
    for name, place in paths.COLLECTIONS.items():
        if place != "top":
            above = "users/ann/accounts/second" if place == "account" else "users/ann"
            assert paths.collection(second, name) == f"{above}/{name}"
