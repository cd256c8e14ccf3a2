"""A contact as a vCard 3.0, which Google Contacts, Apple and Outlook all take.

Labels that vCard knows become its types; any other is written beside its value, as Google and Apple do it. A
birthday without a year is written as Google writes it. What only the CRM knows stands in properties of our
own, which other programs pass over; the contact type is a category besides.
"""

from collections.abc import Iterator, Mapping

from crmsync.api.export.lines import line, structured, verbatim
from crmsync.api.http import times
from crmsync.core.consent.validity import expires_on
from crmsync.core.encoding import consent_as_json
from crmsync.core.model import Address, Birthday, Contact, Stored
from crmsync.core.text.titles import title_of

OWN = "X-CRMSYNC"
_TYPES: Mapping[str, Mapping[str, str]] = {
    "EMAIL": {"home": "HOME", "work": "WORK"},
    "TEL": {
        "home": "HOME",
        "work": "WORK",
        "mobile": "CELL",
        "pager": "PAGER",
        "main": "MAIN",
        "homeFax": "HOME,FAX",
        "workFax": "WORK,FAX",
    },
    "ADR": {"home": "HOME", "work": "WORK"},
    "URL": {"home": "HOME", "work": "WORK"},
}
"""The labels that vCard has types for, as they are spelt here and at Google."""


def card(stored: Stored[Contact], category: str) -> bytes:
    """The contact's card. category: what its contact type is called."""
    return b"".join(_lines(stored, category))


def _lines(stored: Stored[Contact], category: str) -> Iterator[bytes]:
    contact = stored.value
    yield verbatim("BEGIN", "VCARD")
    yield verbatim("VERSION", "3.0")
    yield line("UID", stored.id)
    yield verbatim("REV", times.instant(stored.updated_at) or "")
    yield line("FN", title_of(contact))
    names = (contact.family_name, contact.given_name, contact.middle_name, contact.prefix, contact.suffix)
    yield structured("N", names)
    for name, text in (("NICKNAME", contact.nickname), ("TITLE", contact.job_title), ("NOTE", contact.notes)):
        if text:
            yield line(name, text)
    if contact.organization:
        yield structured("ORG", (contact.organization,))
    yield from _labelled(contact)
    if contact.birthday is not None:
        yield verbatim("BDAY", _birthday(contact.birthday))
    yield line("CATEGORIES", category)
    yield from _own(contact)
    yield verbatim("END", "VCARD")


def _birthday(value: Birthday) -> str:
    if value.year is None:
        return f"--{value.month:02}{value.day:02}"
    return f"{value.year:04}-{value.month:02}-{value.day:02}"


def _labelled(contact: Contact) -> Iterator[bytes]:
    """The values that have a label, each with it."""
    items: list[tuple[str, tuple[str, ...], str]] = [
        *(("EMAIL", (item.value,), item.type) for item in contact.emails),
        *(("TEL", (item.value,), item.type) for item in contact.phones),
        *(("ADR", _parts(item), item.type) for item in contact.addresses),
        *(("URL", (item.value,), item.type) for item in contact.urls),
    ]
    for number, (name, values, label) in enumerate(items, 1):
        known = _TYPES[name].get(label, "")
        group = f"item{number}." if label and not known else ""
        yield structured(f"{group}{name};TYPE={known}" if known else f"{group}{name}", values)
        if group:
            yield line(f"{group}X-ABLabel", label)


def _parts(address: Address) -> tuple[str, ...]:
    """In the order of vCard, which begins with the post-office box."""
    return (
        "",
        address.extended,
        address.street,
        address.city,
        address.region,
        address.postal_code,
        address.country,
    )


def _own(contact: Contact) -> Iterator[bytes]:
    yield line(f"{OWN}-TYPE", contact.contact_type)
    for name, value in sorted(contact.detail.items()):
        yield structured(f"{OWN}-DETAIL", (name, value))
    consent = dict(consent_as_json(contact.consent))
    yield line(f"{OWN}-CONSENT", consent.pop("status"))
    expiry = expires_on(contact.consent)
    if expiry is not None:
        consent["expires_on"] = expiry.isoformat()
    for part, text in consent.items():
        yield line(f"{OWN}-CONSENT-{part.upper().replace('_', '-')}", text)
