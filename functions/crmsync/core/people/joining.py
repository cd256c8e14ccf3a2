"""Two records of the CRM become one: field by field, with nothing lost unseen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from crmsync.core import fields
from crmsync.core.consent.strictest import strictest
from crmsync.core.model import Contact
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Rules
from crmsync.core.pair.sides import google_side

Take = Literal["kept", "other", "both"]
"""Whose value of a field counts. both: of a list all elements, of notes both texts."""

TYPE = "contact_type"
"""Contact type and detail go together, and are no synced field."""


@dataclass(frozen=True, slots=True)
class Joint:
    """One field of two contacts. kept, other: as JSON-like data. take: what happens when nobody says anything
    else; choices: what may be said.
    """

    field: str
    kept: object
    other: object
    take: Take
    choices: tuple[Take, ...]


def joints(canon: Canon, kept: Contact, other: Contact) -> list[Joint]:
    """The fields in which either says anything, as they would be joined."""
    found = []
    for field in fields.CONTACT_FIELDS:
        one, two = fields.get(kept, field.name), fields.get(other, field.name)
        blank_one, blank_two = fields.is_blank(field, one), fields.is_blank(field, two)
        if blank_one and blank_two:
            continue
        differ = canon.project(kept)[field.name] != canon.project(other)[field.name]
        several = field.kind == "list" or field.name == "notes"
        united = several and not (blank_one or blank_two)
        choices: tuple[Take, ...] = ("kept", "other", "both") if united else ("kept", "other")
        take: Take = "other" if blank_one else "both" if united else "kept"
        here, there = (fields.as_json(each, (field.name,))[field.name] for each in (kept, other))
        found.append(
            Joint(field.name, here, there, take, choices)
            if differ
            else Joint(field.name, here, there, "kept", ("kept",))
        )
    if (kept.contact_type, dict(kept.detail)) != (other.contact_type, dict(other.detail)):
        found.append(Joint(TYPE, _type_of(kept), _type_of(other), "kept", ("kept", "other")))
    return found


def joined(canon: Canon, kept: Contact, other: Contact, takes: Mapping[str, Take]) -> Contact:
    """The one contact that the two become. takes: whose value counts, where it is not as `joints` has it; a
    field that is not among these is passed over.

    Consent is the stricter of the two, whatever is said.
    """
    value = kept
    for joint in joints(canon, kept, other):
        take = takes.get(joint.field, joint.take)
        if take not in joint.choices or take == "kept":
            continue
        if joint.field == TYPE:
            value = replace(value, contact_type=other.contact_type, detail=dict(other.detail))
        elif take == "other":
            value = fields.with_fields(value, {joint.field: fields.get(other, joint.field)})
        else:
            value = fields.with_fields(value, {joint.field: _both(canon, kept, other, joint.field)})
    return replace(value, consent=strictest(kept.consent, other.consent))


def _both(canon: Canon, kept: Contact, other: Contact, field: str) -> fields.Value:
    """All elements of both lists, each once; both texts, one below the other."""
    if field == "notes":
        return "\n\n".join(text for text in (kept.notes.strip(), other.notes.strip()) if text)
    blank = Contact()
    one, two = (
        google_side(canon, fields.with_fields(blank, {field: fields.get(it, field)})) for it in (kept, other)
    )
    united = decide(None, one, two, canon, Rules()).value
    return fields.get(united if united is not None else kept, field)


def _type_of(contact: Contact) -> dict[str, object]:
    return {"contact_type": contact.contact_type, "detail": dict(contact.detail)}
