"""Which of two consents lets less out: what counts when two records turn out to be one person."""

from collections.abc import Mapping
from datetime import date

from crmsync.core.consent.validity import evidence_of_express, expires_on
from crmsync.core.model import Consent, ConsentStatus

_ORDER: Mapping[ConsentStatus, int] = {"revoked": 0, "none": 1, "implied": 2, "express": 3}


def strictest(one: Consent, other: Consent) -> Consent:
    """The stricter consent, the first of two that are alike: revoked before none, none before implied,
    implied before express; of implied ones that which lapses first, of express ones that which is not proven.
    """
    return min(one, other, key=_rank)


def _rank(consent: Consent) -> tuple[int, date, bool]:
    expiry = expires_on(consent)
    if consent.status != "implied":
        expiry = date.max
    proven = evidence_of_express(consent) == "proven"
    return _ORDER[consent.status], expiry or date.min, proven
