"""Why Google does not take a record, as its owner reads it."""

import re

import pytest

from crmsync.core.shown.refusals import REASONS, in_words


@pytest.mark.parametrize("reason", [*REASONS, None, "something_new"])
def test_every_reason_is_told_in_whole_sentences(reason: str | None) -> None:
    assert re.fullmatch(r"([A-Z][^.]+\.)( [A-Z][^.]+\.)?", in_words(reason)), in_words(reason)


def test_what_google_refuses_without_a_reason_that_is_known_is_told_as_such() -> None:
    assert in_words("something_new") == in_words(None)
    assert in_words(None) not in REASONS.values()
