"""Consent by address: what withdrawals do to each other, what frees an address, what it may be used for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.consent.addresses import (
    Standing,
    Withdrawal,
    digest_of,
    freed,
    is_free,
    is_new_evidence,
    standing,
    withdrawn,
)
from crmsync.core.model import Consent
from crmsync.core.text.digest import digester, unkeyed

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
DAY = AT.date()
TODAY = date(2026, 6, 1)
GONE = Withdrawal("d", AT, "e1")


def express(day: date | None, source: str = "form") -> Consent:
    return Consent("express", None, day, source)


def test_an_address_is_the_same_however_it_is_written() -> None:
    digest = digester(b"key")
    assert digest_of(" S@Optout.example ", digest) == digest_of("s@optout.EXAMPLE", digest)
    assert digest_of("s@optout.example", digest) != digest_of("s@optout.example", digester(b"another"))
    assert digest_of("s@optout.example", digest) not in (digest_of("s@x.example", digest), "")
    assert digest_of("  ", digest) == ""
    assert len(digest_of("s@optout.example", unkeyed)) == 16


def test_an_address_may_be_used_while_the_consent_holds_and_nobody_withdrew_it() -> None:
    lapsed = Consent("implied", "inquiry", date(2025, 1, 1), "form")
    assert standing(express(DAY), "r", None, TODAY, UTC) == Standing(True, None)
    assert standing(lapsed, "r", None, TODAY, UTC) == Standing(False, None)
    assert standing(Consent(), "r", GONE, TODAY, UTC) == Standing(False, AT)
    assert standing(express(DAY), "r", GONE, TODAY, UTC) == Standing(False, AT)
    assert standing(express(DAY + timedelta(1)), "r", GONE, TODAY, UTC) == Standing(True, None)


@pytest.mark.parametrize(
    ("consent", "free", "new"),
    [
        (express(DAY - timedelta(1)), False, False),
        (express(DAY), False, True),
        (express(DAY + timedelta(1)), True, True),
        (express(DAY + timedelta(1), source=" "), False, False),
        (express(None), False, False),
        (Consent("implied", "transaction", DAY + timedelta(1), "sale"), True, True),
        (Consent("implied", "transaction", DAY + timedelta(1)), False, False),
        (Consent("none", None, DAY + timedelta(1), "form"), False, False),
        (Consent("revoked", None, DAY + timedelta(1), "form"), False, False),
    ],
)
def test_only_proven_consent_of_a_later_day_frees(consent: Consent, free: bool, new: bool) -> None:
    assert is_free(consent, "r", GONE, UTC) is free
    assert is_new_evidence(consent, GONE, UTC) is new


def test_days_are_the_user_s_own() -> None:
    late = Withdrawal("d", datetime(2026, 3, 3, 2, tzinfo=UTC))
    toronto = timezone(timedelta(hours=-5))
    assert is_free(express(date(2026, 3, 3)), "r", late, toronto)
    assert not is_free(express(date(2026, 3, 3)), "r", late, UTC)


def test_evidence_of_the_very_day_frees_the_record_for_which_it_was_stated_afterwards() -> None:
    known = freed({"d": GONE}, ["d", "unknown"], "una", AT + timedelta(minutes=1))
    assert is_free(express(DAY), "una", known["d"], UTC)
    assert not is_free(express(DAY), "zed", known["d"], UTC)
    assert not is_free(express(DAY - timedelta(1)), "una", known["d"], UTC)
    before = AT - timedelta(microseconds=1)
    assert freed({"d": GONE}, ["d"], "una", before) == {"d": GONE}, "stated before it was withdrawn"
    again = withdrawn(known, [Withdrawal("d", AT + timedelta(hours=1), "e2")])
    assert not is_free(express(DAY), "una", again["d"], UTC)


def test_the_latest_withdrawal_counts_and_a_repeated_one_changes_nothing() -> None:
    known = freed({"d": GONE}, ["d"], "una", AT + timedelta(minutes=1))
    assert withdrawn(known, [GONE, replace(GONE, at=AT - timedelta(days=9))]) == known
    other = Withdrawal("other", AT)
    assert withdrawn(known, [other]) == {**known, "other": other}


MOMENTS = st.integers(0, 5).map(lambda hours: AT + timedelta(hours=12 * hours))
WITHDRAWALS = st.builds(Withdrawal, st.sampled_from("ab"), MOMENTS, st.sampled_from(["", "e1", "e2"]))
CONSENTS = st.builds(
    Consent,
    st.sampled_from(["express", "implied", "none", "revoked"]),
    st.just("transaction"),
    st.none() | st.integers(-2, 4).map(lambda days: DAY + timedelta(days=days)),
    st.sampled_from(["", "form"]),
)


@given(st.lists(WITHDRAWALS), st.permutations(range(8)))
def test_the_order_in_which_withdrawals_arrive_does_not_matter(
    new: Sequence[Withdrawal], order: Sequence[int]
) -> None:
    shuffled = [new[place] for place in order if place < len(new)] + list(new[len(order) :])
    assert withdrawn({}, new) == withdrawn({}, shuffled)
    assert withdrawn(withdrawn({}, new), new) == withdrawn({}, new)


@given(st.lists(WITHDRAWALS), st.lists(WITHDRAWALS), CONSENTS, st.booleans())
def test_a_withdrawal_frees_nobody(
    before: Sequence[Withdrawal], new: Sequence[Withdrawal], consent: Consent, stated: bool
) -> None:
    known: Any = withdrawn({}, before)
    if stated:
        known = freed(known, ["a", "b"], "r", AT + timedelta(days=1))
    after = withdrawn(known, new)
    for digest in "ab":
        if standing(consent, "r", after.get(digest), TODAY, UTC).can_email:
            assert standing(consent, "r", known.get(digest), TODAY, UTC).can_email


@given(WITHDRAWALS, CONSENTS, MOMENTS)
def test_what_is_new_evidence_frees_its_record_once_it_is_stated_and_no_other(
    withdrawal: Withdrawal, consent: Consent, at: datetime
) -> None:
    known = {withdrawal.digest: withdrawal}
    after = freed(known, known, "r", at)[withdrawal.digest]
    assert is_free(consent, "r", after, UTC) is (
        is_new_evidence(consent, withdrawal, UTC)
        and (withdrawal.at <= at or is_free(consent, "r", withdrawal, UTC))
    )
    assert is_free(consent, "another", after, UTC) is is_free(consent, "another", withdrawal, UTC)
