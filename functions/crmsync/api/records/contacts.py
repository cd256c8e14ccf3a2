"""Contacts in HTTP's terms: what a body makes of a contact, and how a contact is shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from crmsync.api.http import times
from crmsync.api.http.errors import InvalidRequest
from crmsync.api.schemas.common import is_email
from crmsync.api.schemas.contact import ContactBody
from crmsync.core.consent.addresses import Standing
from crmsync.core.consent.validity import evidence_of_express, expires_on, validate_consent
from crmsync.core.encoding import CONSENT, consent_as_json
from crmsync.core.fields import CONTACT_FIELDS, Field, get, record_from_data, record_to_data
from crmsync.core.json_types import Json, JsonObject
from crmsync.core.model import Consent, Contact
from crmsync.core.sheet.contact_types import ContactTypes
from crmsync.core.validate import Invalid

IDENTITY = tuple(field for field in CONTACT_FIELDS if field.identity)
"""A contact has at least one of these."""


def build(
    before: Contact | None, body: ContactBody, recorded_by: str, today: date, types: ContactTypes
) -> Contact:
    """The contact that `before` becomes by the given fields, or a new one.

    Consent that changes is signed by `recorded_by`: evidence is not the caller's to forge. Raises
    InvalidRequest.
    """
    given = body.model_dump(mode="json", exclude_unset=True)
    if "contact_type" in given and before is not None and given["contact_type"] != before.contact_type:
        # Details belong to a type: those of the former one mean nothing for the new.
        given.setdefault("detail", {})
    data = record_to_data(before or Contact()) | given
    after = record_from_data("contacts", data)
    after = replace(after, consent=_signed(before, after.consent, recorded_by))
    _check(before, after, today, types)
    return after


def _signed(before: Contact | None, consent: Consent, recorded_by: str) -> Consent:
    known = before.consent if before else Consent()
    unsigned = replace(consent, recorded_by=known.recorded_by)
    return known if unsigned == known else replace(consent, recorded_by=recorded_by)


def _check(before: Contact | None, after: Contact, today: date, types: ContactTypes) -> None:
    if not any(_says_something(after, field) for field in IDENTITY) and (
        before is None or any(_says_something(before, field) for field in IDENTITY)
    ):
        raise InvalidRequest("Give the contact a name, an organisation, an e-mail or a phone number.")
    _check_emails(before, after)
    try:
        if before is None or (after.contact_type, after.detail) != (before.contact_type, before.detail):
            types.validate(after.contact_type, after.detail)
        if before is None or after.consent != before.consent:
            validate_consent(after.consent, today)
    except Invalid as wrong:
        raise InvalidRequest(str(wrong), field=wrong.field) from None


def _check_emails(before: Contact | None, after: Contact) -> None:
    """What came from Google may not be an address; it may stay as long as nobody touches it."""
    known = {email.value for email in before.emails} if before else set()
    for position, email in enumerate(after.emails):
        if email.value not in known and not is_email(email.value):
            raise InvalidRequest("This is not an e-mail address.", field=f"emails[{position}].value")


def _says_something(contact: Contact, field: Field) -> bool:
    value = get(contact, field.name)
    return bool(value.strip() if isinstance(value, str) else value)


def show(contact: Contact, today: date) -> dict[str, Json]:
    """The contact as JSON, but for which of its addresses may be used."""
    return {**record_to_data(contact), "consent": consent(consent_as_json(contact.consent))}


def consent(data: JsonObject) -> dict[str, Json]:
    """A consent as JSON, with what follows from it: the day on which it expires, and whether it is proven."""
    known = CONSENT.read("consent", data)
    expiry, evidence = expires_on(known), evidence_of_express(known)
    shown: dict[str, Json] = {**data}
    shown |= {} if expiry is None else {"expires_on": expiry.isoformat()}
    return shown | ({} if evidence is None else {"evidence": evidence})


def addresses(contact: Contact, standings: Sequence[Standing]) -> dict[str, Json]:
    """How it stands with the e-mail addresses, as JSON: that of a contact is that any of them may be used."""
    emails: list[Json] = [
        {
            "value": item.value,
            "type": item.type,
            "can_email": each.can_email,
            "withdrawn": times.instant(each.withdrawn),
        }
        for item, each in zip(contact.emails, standings, strict=True)
    ]
    return {"emails": emails, "can_email": any(each.can_email for each in standings)}
