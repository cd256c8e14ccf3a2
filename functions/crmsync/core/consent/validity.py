"""Consent to commercial e-mail under Canada's anti-spam law (CASL): whether it holds, and until when.

Express consent does not lapse. Implied consent lasts two years from a transaction or contract and six months
from an inquiry. No consent and revoked consent block e-mail. Nothing that a sync does may change consent.
"""

from collections.abc import Mapping
from datetime import date

from dateutil.relativedelta import relativedelta

from crmsync.core.model import Consent, ConsentBasis
from crmsync.core.validate import Invalid

LASTS: Mapping[ConsentBasis, relativedelta] = {
    "transaction": relativedelta(years=2),
    "inquiry": relativedelta(months=6),
}


def expires_on(consent: Consent) -> date | None:
    """The first day on which implied consent no longer holds; None for all other consent, which has no such
    day.

    None also for implied consent without basis or date, which never held.
    """
    if consent.status != "implied" or consent.basis is None or consent.obtained_on is None:
        return None
    try:
        return consent.obtained_on + LASTS[consent.basis]
    except (ValueError, OverflowError):
        return date.max


def can_email(consent: Consent, today: date) -> bool:
    """Whether the contact may be sent commercial e-mail on that day."""
    if consent.status == "express":
        return True
    expiry = expires_on(consent)
    return expiry is not None and today < expiry


def validate_consent(consent: Consent, today: date) -> None:
    """Checks that consent has the evidence that it needs. today: the user's day. Raises Invalid."""
    if consent.obtained_on is not None and consent.obtained_on > today:
        raise Invalid("consent.obtained_on", "Consent cannot have been obtained in the future.")
    if consent.status != "implied":
        return
    if consent.basis is None:
        raise Invalid("consent.basis", "Implied consent needs its basis: a transaction or an inquiry.")
    if consent.obtained_on is None:
        raise Invalid("consent.obtained_on", "Implied consent needs the day it was obtained.")
