"""Which of two consents lets less out."""

from datetime import date
from itertools import combinations

import pytest

from crmsync.core.consent.strictest import strictest
from crmsync.core.model import Consent

DAY, LATER = date(2026, 1, 2), date(2026, 3, 2)
IN_ORDER = [
    Consent("revoked"),
    Consent(),
    Consent("implied", "inquiry", DAY),
    Consent("implied", "inquiry", LATER),
    Consent("implied", "transaction", DAY),
    Consent("express"),
    Consent("express", obtained_on=DAY, source="fair"),
]


@pytest.mark.parametrize(("stricter", "other"), list(combinations(IN_ORDER, 2)))
def test_the_stricter_one_counts_whichever_comes_first(stricter: Consent, other: Consent) -> None:
    assert strictest(stricter, other) == strictest(other, stricter) == stricter


def test_of_two_that_are_alike_the_first_stays() -> None:
    one, other = (Consent("express", obtained_on=DAY, source=where) for where in ("fair", "shop"))
    assert (strictest(one, other), strictest(other, one)) == (one, other)
