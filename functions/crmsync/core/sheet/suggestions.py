"""What kind of contact a row of the import sheet probably is: a suggestion out of its labels or organisation.

It is only ever shown as one, or applied where the user says so. Words are compared without case and accents,
in English and French; the first rule of the table that finds its word wins, labels before the organisation.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crmsync.core.sheet.contact_types import ContactTypes
from crmsync.core.text.forms import without_accents

Source = Literal["label", "organization"]

_CONSIDERED = 200
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A contact type with its detail. because: what it was read from, and `value` the text itself."""

    contact_type: str
    detail: Mapping[str, str]
    because: Source
    value: str


_Rule = tuple[str, Mapping[str, str], frozenset[str]]


def _rule(contact_type: str, detail: Mapping[str, str], words: str) -> _Rule:
    return contact_type, detail, frozenset(words.split())


def _trade(category: str, words: str) -> _Rule:
    return _rule("business", {"category": category}, words)


# Words are folded and in the singular. A "courtier hypothécaire" is a lender before he is a broker.
_TRADES = (
    _trade("lender", "mortgage lender lending hypotheque hypothecaire preteur"),
    _trade(
        "lawyer",
        "law lawyer attorney solicitor barrister notary notaries notaire avocat avocate juridique legal",
    ),
    _trade("inspector", "inspector inspection inspecteur inspectrice"),
    _trade("mover", "mover moving demenageur demenageuse demenagement"),
    _trade("stager", "stager staging valorisation"),
    _trade("agent", "agent realtor realty brokerage broker courtier courtiere immobilier immobiliere"),
)
_LABELS = (
    *_TRADES,
    _rule("lead", {"transaction": "both"}, "buyer&seller"),
    _rule("lead", {"transaction": "buyer"}, "buyer acheteur acheteuse"),
    _rule("lead", {"transaction": "seller"}, "seller vendeur vendeuse"),
    _rule("lead", {}, "lead prospect piste"),
    _rule("contact", {}, "client cliente customer"),
    _trade("other", "supplier contractor fournisseur fournisseuse entrepreneur business"),
)


def suggest(labels: Sequence[str], organization: str, types: ContactTypes) -> Suggestion | None:
    """The suggestion for a row; None when nothing speaks for one, or the lists of types do not have it.

    Of an organisation only the trade is read: "Buyers & Co" says nothing about a purchase.
    """
    return _first(_LABELS, labels, "label", types) or _first(_TRADES, (organization,), "organization", types)


def _first(
    rules: Sequence[_Rule], texts: Sequence[str], because: Source, types: ContactTypes
) -> Suggestion | None:
    said = [(text, _said(text)) for text in texts[:_CONSIDERED] if text]
    for contact_type, detail, words in rules if said else ():
        known = types.known.get(contact_type)
        for text, found in said:
            if known is not None and not words.isdisjoint(found):
                fitting = {name: value for name, value in detail.items() if value in known.get(name, ())}
                return Suggestion(contact_type, fitting, because, text)
    return None


def _said(text: str) -> frozenset[str]:
    """The words of a text, and what they are in the singular. "Buyers & Sellers" says both at once."""
    words = _WORDS.findall(without_accents(text[:_CONSIDERED]))
    found = {form for word in words for form in (word, word[:-1] if word[-1:] in "sx" else word)}
    if {"buyer", "seller"} <= found or {"acheteur", "vendeur"} <= found:
        found.add("buyer&seller")
    return frozenset(found)
