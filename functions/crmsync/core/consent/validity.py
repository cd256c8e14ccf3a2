"""Consent to commercial e-mail under Canada's anti-spam law (CASL, S.C. 2010, c. 23): whether it holds, until
when, and whether it can be proven.

Express consent (s. 10(1)) does not lapse. Implied consent lasts two years from a transaction or contract and
six months from an inquiry (s. 10(9), (10)). No consent and revoked consent block e-mail. Nothing that a sync
does may change consent. Whether an address may be used is another matter (`crmsync.core.consent.addresses`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

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
    """Whether a consent lets commercial e-mail out on that day."""
    if consent.status == "express":
        return True
    expiry = expires_on(consent)
    return expiry is not None and today < expiry


def grants(consent: Consent) -> bool:
    """Whether a consent says yes to e-mail, whatever became of it since."""
    return consent.status in ("express", "implied")


def is_proven(consent: Consent) -> bool:
    """Whether it is recorded from where and when a consent was obtained: whoever alleges that they have it
    has the onus of proving it (s. 13).
    """
    return consent.obtained_on is not None and bool(consent.source.strip())


def evidence_of_express(consent: Consent) -> Literal["proven", "unproven"] | None:
    """How it stands with the evidence of express consent; None for all other consent. What was recorded
    without, before evidence was asked for, counts as it did.
    """
    if consent.status != "express":
        return None
    return "proven" if is_proven(consent) else "unproven"


def validate_consent(consent: Consent, today: date) -> None:
    """Checks that consent has the evidence that it needs. today: the user's day. Raises Invalid."""
    if consent.obtained_on is not None and consent.obtained_on > today:
        raise Invalid("consent.obtained_on", "Consent cannot have been obtained in the future.")
    if consent.status == "express":
        if consent.obtained_on is None:
            raise Invalid("consent.obtained_on", "Express consent needs the day it was given.")
        if not consent.source.strip():
            raise Invalid("consent.source", "Express consent needs its source: where it was given.")
    if consent.status != "implied":
        return
    if consent.basis is None:
        raise Invalid("consent.basis", "Implied consent needs its basis: a transaction or an inquiry.")
    if consent.obtained_on is None:
        raise Invalid("consent.obtained_on", "Implied consent needs the day it was obtained.")
