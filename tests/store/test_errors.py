"""What an error of the store says of itself, in the log."""

from crmsync.store.errors import Conflicted


def test_a_conflict_names_the_document_that_was_not_as_expected() -> None:
    error = Conflicted("contacts/c1")
    assert (str(error), error.what) == ("precondition failed: contacts/c1", "contacts/c1")
