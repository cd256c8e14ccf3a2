"""The types of CRM contacts and the details that each has."""

from collections.abc import Mapping

from crmsync.core.validate import Invalid

TEMPERATURES = ("new", "hot", "warm", "cold")
HORIZONS = ("unknown", "lt1m", "lt3m", "lt6m", "lt1y", "lt2y", "lt3y", "lt5y", "lt7y")
"""When a lead means to buy or sell: unknown, or in less than so many months (m) or years (y)."""
TRANSACTIONS = ("buyer", "seller", "both", "unknown")
GRADES = ("A", "B", "C", "D")
CATEGORIES = ("agent", "lawyer", "mover", "stager", "lender", "inspector", "other")

DETAILS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "lead": {"temperature": TEMPERATURES, "horizon": HORIZONS, "transaction": TRANSACTIONS},
    "contact": {"grade": GRADES},
    "business": {"category": CATEGORIES},
}
"""Contact type -> its details -> their values. Every detail may be left out."""


def validate_detail(contact_type: str, detail: Mapping[str, str]) -> None:
    """Checks that a contact type exists, has these details, and that they have these values.

    Raises Invalid.
    """
    known = DETAILS.get(contact_type)
    if known is None:
        raise Invalid("contact_type", "A contact is one of: " + ", ".join(DETAILS) + ".")
    for name, value in detail.items():
        if name not in known:
            raise Invalid(f"detail.{name}"[:100], f"A {contact_type} has only: {', '.join(known)}.")
        if value not in known[name]:
            raise Invalid(f"detail.{name}", "Choose one of: " + ", ".join(known[name]) + ".")
