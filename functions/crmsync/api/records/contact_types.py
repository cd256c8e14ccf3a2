"""GET /api/contact-types: what contacts can be here, and which consents there are."""

from typing import get_args

import flask

from crmsync.api.http import body
from crmsync.api.http.answers import tagged
from crmsync.api.http.context import Call
from crmsync.core.consent.validity import LASTS
from crmsync.core.json_types import Json
from crmsync.core.model import ConsentStatus
from crmsync.core.sheet.contact_types import as_json

_STATUS_LABELS = {
    "none": ("No consent", "Aucun consentement"),
    "express": ("Express", "Exprès"),
    "implied": ("Implied", "Tacite"),
    "revoked": ("Revoked", "Retiré"),
}
_BASIS_LABELS = {
    "transaction": ("Transaction or contract", "Transaction ou contrat"),
    "inquiry": ("Inquiry", "Demande de renseignements"),
}


def show(call: Call) -> flask.Response:
    """The lists of the installation, with their labels in English and French."""
    body.only(call.request, ())
    statuses = [_named(status, _STATUS_LABELS[status]) for status in get_args(ConsentStatus)]
    bases = [
        {**_named(basis, _BASIS_LABELS[basis]), "months": lasts.years * 12 + lasts.months}
        for basis, lasts in LASTS.items()
    ]
    consent: Json = {"default": "none", "statuses": statuses, "bases": bases}
    return tagged(call.request, {"types": as_json(call.deps.types), "consent": consent})


def _named(id: str, label: tuple[str, str]) -> dict[str, Json]:
    return {"id": id, "label": dict(zip(("en", "fr"), label, strict=True))}
