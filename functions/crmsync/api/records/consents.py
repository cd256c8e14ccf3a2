"""The ledger of consent over HTTP: a contact's entries, also as a file of evidence; what expires soon."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import flask

from crmsync.api.http import body, paging, times, withdrawals
from crmsync.api.http.answers import listing
from crmsync.api.http.context import Call, day_of, zone_of
from crmsync.api.http.errors import InvalidRequest, NotFound, Withdrawn
from crmsync.api.http.tables import table
from crmsync.api.records.contacts import addresses
from crmsync.api.records.contacts import consent as shown_consent
from crmsync.api.records.handlers import Records
from crmsync.core.account import User
from crmsync.core.consent.addresses import Standing, is_new_evidence, standings
from crmsync.core.consent.ledger import ConsentEntry, entry
from crmsync.core.consent.validity import grants
from crmsync.core.encoding import consent_as_json
from crmsync.core.json_types import Json
from crmsync.core.model import Contact, Stored
from crmsync.core.text.titles import title_of, told
from crmsync.store.ports import AddConsent, FreeAddresses, Write

FORMATS = ("json", "csv")
DAYS = 60
MOST_DAYS = 730
PAGE = 300
WITHDRAWN = ("ask", "keep")
"""What a caller says who records consent: to be asked for addresses for which it was withdrawn, or that they
stay withdrawn.
"""
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
        """The entry that belongs to a contact which a caller makes or changes, and what it frees.

        Raises Withdrawn when consent is stated for addresses for which it was withdrawn, and the evidence is
        no newer; unless the caller knows (`withdrawn=keep`): then it is for the others.
        """
        was = before.consent if before is not None else None
        made = entry(call.deps.new_id(), id, was, after.consent, call.deps.clock.now(), call.uid, "api")
        if made is None:
            return ()
        if not grants(after.consent):
            return (AddConsent(made),)
        known = call.deps.store.withdrawn(call.scope, [item.value for item in after.emails])
        if not known:
            return (AddConsent(made),)
        zone = zone_of(call)
        freed = [address for address, it in known.items() if is_new_evidence(after.consent, it, zone)]
        left = {address: it for address, it in known.items() if address not in freed}
        if left and body.one_of(call.request, "withdrawn", WITHDRAWN) == "ask":
            raise Withdrawn(
                "Consent was withdrawn for an address of this contact. Say where and on which day since then "
                "it was given anew.",
                field="consent.obtained_on",
                current={"withdrawn": withdrawals.as_json(left)},
            )
        return AddConsent(made), FreeAddresses(id, tuple(freed), made.at)

    def besides(
        self, call: Call, user: User, items: Sequence[Stored[Contact]], today: date
    ) -> Mapping[str, Mapping[str, Json]]:
        """Which addresses may be used; for all records together at the cost of one read."""
        standing = of_addresses(call, items, today, user)
        return {stored.id: addresses(stored.value, standing[stored.id]) for stored in items}

    def is_of_its_version(self, shown: Mapping[str, Json]) -> bool:
        """Implied consent lapses, and an address is withdrawn or freed, without a write of the record."""
        emails, consent = shown["emails"], shown["consent"]
        assert isinstance(emails, Sequence)
        assert isinstance(consent, Mapping)
        withdrawn = (isinstance(each, Mapping) and each["withdrawn"] is not None for each in emails)
        return consent["status"] != "implied" and not any(withdrawn)


def of_addresses(
    call: Call, items: Sequence[Stored[Contact]], today: date, user: User
) -> Mapping[str, Sequence[Standing]]:
    """How it stands with the e-mail addresses of contacts, by contact, for one read."""
    wanted = [item.value for stored in items for item in stored.value.emails]
    known, zone = call.deps.store.withdrawn(call.scope, wanted), zone_of(call, user)
    return {stored.id: standings(stored.value, stored.id, known, today, zone) for stored in items}


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
    user = call.deps.store.user(call.scope) or User.unknown(call.scope)
    today = day_of(call, user)
    page = paging.paging(call, "expiring", str(days), today.isoformat())
    last = today + timedelta(days=days)
    found, after = call.deps.store.consents_expiring(call.scope, today, last, page.after, page.limit)
    standing = of_addresses(call, found, today, user)
    items: list[Json] = [
        {
            "contact_id": stored.id,
            "name": told(title_of(stored.value)),
            "contact_type": stored.value.contact_type,
            "emails": [email.value for email in stored.value.emails],
            "consent": shown_consent(consent_as_json(stored.value.consent)),
            "can_email": any(each.can_email for each in standing[stored.id]),
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
        "before": None if made.before is None else shown_consent(made.before),
        "after": shown_consent(made.after),
    }


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
        data = {} if consent is None else shown_consent(consent)
        told += [data.get(part, "") for part in PARTS]
    return [str(cell) for cell in told]


def _all(call: Call) -> Iterator[ConsentEntry]:
    after = None
    while True:
        page, after = call.deps.store.consents(call.scope, call.id, after, PAGE)
        yield from page
        if after is None:
            return
