from datetime import date

import pytest

from crmsync.core.consent.validity import (
    can_email,
    evidence_of_express,
    expires_on,
    validate_consent,
)
from crmsync.core.model import Consent, ConsentStatus
from crmsync.core.validate import Invalid

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("basis", "obtained", "expiry"),
    [
        ("transaction", date(2024, 3, 2), date(2026, 3, 2)),
        ("transaction", date(2024, 2, 29), date(2026, 2, 28)),
        ("inquiry", date(2025, 9, 2), date(2026, 3, 2)),
        ("inquiry", date(2025, 8, 31), date(2026, 2, 28)),
        ("transaction", date.max, date.max),
    ],
)
def test_implied_consent_lapses(basis: str, obtained: date, expiry: date) -> None:
    assert expires_on(Consent("implied", basis, obtained)) == expiry  # type: ignore[arg-type]


def test_implied_consent_holds_until_the_day_it_expires() -> None:
    consent = Consent("implied", "inquiry", date(2025, 9, 3))
    assert can_email(consent, date(2026, 3, 2))
    assert not can_email(consent, date(2026, 3, 3))


def test_express_consent_does_not_lapse() -> None:
    consent = Consent("express", obtained_on=date(1990, 1, 1))
    assert expires_on(consent) is None
    assert can_email(consent, TODAY)


@pytest.mark.parametrize("status", ["none", "revoked"])
def test_no_and_revoked_consent_block_email(status: ConsentStatus) -> None:
    assert not can_email(Consent(status, "transaction", TODAY), TODAY)
    assert expires_on(Consent(status, "transaction", TODAY)) is None


@pytest.mark.parametrize(
    "consent", [Consent("implied"), Consent("implied", "inquiry"), Consent("implied", None, TODAY)]
)
def test_implied_consent_without_evidence_blocks_email_and_is_refused(consent: Consent) -> None:
    assert not can_email(consent, TODAY)
    with pytest.raises(Invalid) as refused:
        validate_consent(consent, TODAY)
    assert refused.value.field in ("consent.basis", "consent.obtained_on")


def test_consent_from_the_future_is_refused() -> None:
    with pytest.raises(Invalid, match="future"):
        validate_consent(Consent("express", obtained_on=date(2026, 3, 3)), TODAY)


@pytest.mark.parametrize(
    ("consent", "field"),
    [
        (Consent("express"), "obtained_on"),
        (Consent("express", source="form"), "obtained_on"),
        (Consent("express", obtained_on=TODAY), "source"),
        (Consent("express", obtained_on=TODAY, source=" \n"), "source"),
    ],
)
def test_express_consent_without_its_evidence_is_refused_and_counts_where_it_stands_already(
    consent: Consent, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        validate_consent(consent, TODAY)
    assert refused.value.field == f"consent.{field}"
    assert (evidence_of_express(consent), can_email(consent, TODAY)) == ("unproven", True)


def test_only_express_consent_is_asked_whether_it_is_proven() -> None:
    assert evidence_of_express(Consent("express", None, TODAY, "form")) == "proven"
    assert evidence_of_express(Consent("implied", "inquiry", TODAY, "form")) is None
    assert evidence_of_express(Consent("revoked")) is None


@pytest.mark.parametrize(
    "consent",
    [
        Consent(),
        Consent("express", None, TODAY, "form"),
        Consent("implied", "inquiry", TODAY),
        Consent("revoked"),
    ],
)
def test_consent_with_its_evidence_is_taken(consent: Consent) -> None:
    validate_consent(consent, TODAY)
    assert can_email(consent, TODAY) is (consent.status in ("express", "implied"))


def test_a_contact_starts_without_consent() -> None:
    assert Consent().status == "none"
