"""The ledger of consent over HTTP: a contact's entries, also as a file of evidence; what expires soon."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import flask

from crmsync.api.http import body, paging, times
from crmsync.api.http.answers import listing
from crmsync.api.http.context import Call, day_of
from crmsync.api.http.errors import InvalidRequest, NotFound
from crmsync.api.http.tables import table
from crmsync.api.records.handlers import Records
from crmsync.core.consent.ledger import ConsentEntry, entry
from crmsync.core.consent.validity import can_email, expires_on
from crmsync.core.encoding import CONSENT, consent_as_json
from crmsync.core.json_types import Json, JsonObject
from crmsync.core.model import Contact
from crmsync.core.text.titles import title_of
from crmsync.store.ports import AddConsent, Write

FORMATS = ("json", "csv")
DAYS = 60
MOST_DAYS = 730
PAGE = 300
PARTS = ("status", "basis", "obtained_on", "expires_on", "source", "note", "recorded_by")
COLUMNS = (
    "contact_id",
    "name",
    "at",
    "by",
    "origin",
    *(f"{moment}_{part}" for moment in ("before", "after") for part in PARTS),
)
"""Of a table of entries."""


class Contacts(Records[Contact]):
    """The handlers of contacts: what changes a consent writes its entry with it."""

    def evidence(self, call: Call, id: str, before: Contact | None, after: Contact) -> Sequence[Write]:
        """The entry that belongs to a contact which a caller makes or changes."""
        was = before.consent if before is not None else None
        made = entry(call.deps.new_id(), id, was, after.consent, call.deps.clock.now(), call.uid, "api")
        return () if made is None else (AddConsent(made),)


def browse(call: Call) -> flask.Response:
    """GET /api/contacts/{id}/consents: every change of consent, newest first; `format=csv` as a file."""
    body.only(call.request, (*paging.PARAMETERS, "format"))
    if body.one_of(call.request, "format", FORMATS) == "csv":
        return _file(call)
    page = paging.paging(call, "consents", call.id)
    entries, after = call.deps.store.consents(call.scope, call.id, page.after, page.limit)
    if not entries and call.deps.store.contact(call.scope, call.id) is None:
        raise NotFound("There is no such contact.")
    return listing(map(shown, entries), page.token(after), None)


def expiring(call: Call) -> flask.Response:
    """GET /api/consents/expiring: implied consents that expire within `days`, soonest first."""
    body.only(call.request, (*paging.PARAMETERS, "days"))
    given = body.number(call.request, "days", MOST_DAYS)
    days = DAYS if given is None else given
    if days == 0:
        raise InvalidRequest(f"Say 1 to {MOST_DAYS} days.", field="days")
    today = day_of(call)
    page = paging.paging(call, "expiring", str(days), today.isoformat())
    last = today + timedelta(days=days)
    found, after = call.deps.store.consents_expiring(call.scope, today, last, page.after, page.limit)
    items: list[Json] = [
        {
            "contact_id": stored.id,
            "name": title_of(stored.value),
            "contact_type": stored.value.contact_type,
            "emails": [email.value for email in stored.value.emails],
            "consent": _consent(consent_as_json(stored.value.consent)),
            "can_email": can_email(stored.value.consent, today),
        }
        for stored in found
    ]
    return listing(items, page.token(after), None)


def shown(made: ConsentEntry) -> dict[str, Json]:
    """An entry as JSON."""
    return {
        "id": made.id,
        "contact_id": made.contact,
        "at": times.instant(made.at),
        "by": made.by,
        "origin": made.origin,
        "before": None if made.before is None else _consent(made.before),
        "after": _consent(made.after),
    }


def _consent(data: JsonObject) -> dict[str, Json]:
    """A consent with the day on which it expires."""
    expiry = expires_on(CONSENT.read("consent", data))
    return {**data} if expiry is None else {**data, "expires_on": expiry.isoformat()}


def _file(call: Call) -> flask.Response:
    stored = call.deps.store.contact(call.scope, call.id)
    entries = list(_all(call))
    if stored is None and not entries:
        raise NotFound("There is no such contact.")
    name = title_of(stored.value) if stored else ""
    file = b"".join(table(COLUMNS, (cells(made, name) for made in entries)))
    response = flask.Response(file, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="consent.csv"'
    return response


def cells(made: ConsentEntry, name: str) -> list[str]:
    """An entry as a row of a table. name: the contact's."""
    told: list[Json] = [made.contact, name, times.instant(made.at), made.by, made.origin]
    for consent in (made.before, made.after):
        data = {} if consent is None else _consent(consent)
        told += [data.get(part, "") for part in PARTS]
    return [str(cell) for cell in told]


def _all(call: Call) -> Iterator[ConsentEntry]:
    after = None
    while True:
        page, after = call.deps.store.consents(call.scope, call.id, after, PAGE)
        yield from page
        if after is None:
            return
