"""Withdrawn addresses over HTTP: who carries them, taking in lists of them, and giving them out.

Only digests of addresses are kept: which they are can be told of those that a record carries.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo

import flask

from crmsync.api.http import body, paging, times
from crmsync.api.http.answers import answer, listing
from crmsync.api.http.context import Call, day_of, zone_of
from crmsync.api.http.errors import InvalidPageToken
from crmsync.api.http.tables import table
from crmsync.api.records.address_lists import read_list
from crmsync.api.schemas.consents import AddressListBody
from crmsync.core.account import User
from crmsync.core.chunks import chunks
from crmsync.core.consent.addresses import Withdrawal, standing
from crmsync.core.json_types import Json
from crmsync.core.model import Contact, Stored
from crmsync.core.scope import Scope
from crmsync.core.text.titles import title_of, told
from crmsync.engine.deps import Deps
from crmsync.store.ports import ADDRESSES_AT_ONCE, Withdraw

FORMATS = ("json", "csv")
PAGE = 300
COLUMNS = ("address", "withdrawn_at", "digest")

Carriers = Sequence[tuple[str, Stored[Contact]]]


def browse(call: Call) -> flask.Response:
    """GET /api/consents/withdrawn: withdrawn addresses that records carry, latest first, with these; `others`
    counts those of the page that none carries. `format=csv`: all of them as a file.
    """
    body.only(call.request, (*paging.PARAMETERS, "format"))
    if body.one_of(call.request, "format", FORMATS) == "csv":
        return _file(call)
    page = paging.paging(call, "withdrawn")
    every = call.deps.store.withdrawals(call.scope)
    after = None if page.after is None else _read_position(page.after)
    rest = [each for each in every if after is None or (each.at, each.digest) < after]
    asked = rest[: page.limit]
    carriers: dict[str, Carriers] = {}
    for some in chunks([each.digest for each in asked], ADDRESSES_AT_ONCE):
        carriers |= call.deps.store.carriers(call.scope, some)
    user = call.deps.store.user(call.scope) or User.unknown(call.scope)
    today, zone = day_of(call, user), zone_of(call, user)
    items: list[Json] = [
        _item(each, carriers[each.digest], today, zone) for each in asked if each.digest in carriers
    ]
    following = _position(asked[-1]) if len(rest) > len(asked) else None
    return listing(items, page.token(following), len(every), others=len(asked) - len(items))


def _item(withdrawal: Withdrawal, carriers: Carriers, today: date, zone: tzinfo) -> dict[str, Json]:
    def can_email(stored: Stored[Contact]) -> bool:
        return standing(stored.value.consent, stored.id, withdrawal, today, zone).can_email

    return {
        "address": carriers[0][0],
        "at": times.instant(withdrawal.at),
        "contacts": [
            {
                "id": stored.id,
                "name": told(title_of(stored.value)),
                "archived": stored.archived_at is not None,
                "can_email": can_email(stored),
            }
            for _, stored in carriers
        ],
    }


def _position(withdrawal: Withdrawal) -> str:
    return f"{withdrawal.at.isoformat()} {withdrawal.digest}"


def _read_position(text: str) -> tuple[datetime, str]:
    at, _, digest = text.partition(" ")
    try:
        return datetime.fromisoformat(at), digest
    except ValueError:
        raise InvalidPageToken from None


def take_in(call: Call) -> flask.Response:
    """POST /api/consents/withdrawn: withdraws the addresses of a list; with `dry_run` only says what it would
    do. Repeatable.

    An address for which the list tells no time is withdrawn as of now, also when it is known: whoever is on
    the list is not to be written to, whatever was recorded before.
    """
    sent = body.read(call.request, AddressListBody)
    found, now = read_list(sent.csv), call.deps.clock.now()
    known = call.deps.store.withdrawn(call.scope, list(found.withdrawn))
    if found.withdrawn and not sent.dry_run:
        by_time: dict[datetime, list[str]] = {}
        for address, at in found.withdrawn.items():
            by_time.setdefault(now if at is None else min(at, now), []).append(address)
        writes = [Withdraw(tuple(addresses), at) for at, addresses in by_time.items()]
        call.deps.store.commit(call.scope, writes)
    return answer(
        {
            "addresses": len(found.withdrawn),
            "new": len(found.withdrawn) - len(known),
            "known": len(known),
            "dated": sum(at is not None for at in found.withdrawn.values()),
            "skipped": found.skipped,
        }
    )


def _file(call: Call) -> flask.Response:
    rows = (
        [address or "", times.instant(each.at) or "", "" if address else each.digest]
        for each, address in with_addresses(call.deps, call.scope)
    )
    response = flask.Response(b"".join(table(COLUMNS, rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="withdrawn.csv"'
    return response


def with_addresses(deps: Deps, scope: Scope) -> Iterator[tuple[Withdrawal, str | None]]:
    """All withdrawals, latest first, each with the address as a record has it, archived ones too; None when
    none carries it any more.

    Walks over all contacts, when anything is withdrawn at all.
    """
    withdrawals = deps.store.withdrawals(scope)
    addresses: dict[str, str] = {}
    after = None
    while withdrawals and (page := deps.store.kept_records(scope, "contacts", after, PAGE)):
        after = page[-1].id
        contacts = (kept.record.value for kept in page if kept.record is not None)
        carried = [item.value for each in contacts if isinstance(each, Contact) for item in each.emails]
        for address, found in deps.store.withdrawn(scope, carried).items():
            addresses.setdefault(found.digest, address)
    return ((each, addresses.get(each.digest)) for each in withdrawals)
