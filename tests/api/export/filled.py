"""A user of whom everything is kept: a document in every collection, every field with a value like no other.

Values are made from the types of the dataclasses that are stored, so a field that is added is filled without
anybody writing a value for it.
"""

import itertools
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from crmsync.core.account import Grant, ImportRun, OAuthState, Offer, PushChannel, User
from crmsync.core.consent.ledger import ConsentEntry
from crmsync.core.doubles import Double
from crmsync.core.encoding import consent_as_json
from crmsync.core.journal import Conflict, Hold, JournalEntry
from crmsync.core.json_types import Json
from crmsync.core.model import AllDay, Appointment, Birthday, Consent, Contact, Timed
from crmsync.core.scope import Scope
from crmsync.core.state import Base, Candidate, Choice, Intent, Link
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.documents.port import Merge, Put, Sentinel, Value
from crmsync.store.ports import (
    AddConsent,
    AddJournal,
    CreateRecord,
    FreeAddresses,
    PutCandidate,
    PutConflict,
    PutDouble,
    PutHold,
    PutImport,
    PutIntent,
    PutLink,
    PutUser,
)
from crmsync.store.repository import DocumentStore
from tests.scopes import ANN

T = TypeVar("T")

SECOND = replace(ANN, account="second")
_APART = {"uid", "tenant", "account", "version"}
"""Fields that say whose it is, or come from the store."""


class Filler:
    """Makes values, no two alike."""

    def __init__(self) -> None:
        self._numbers = itertools.count(70_001)

    def text(self) -> str:
        """A text like no other."""
        return f"~{next(self._numbers)}"

    def make(self, cls: type[T], **known: Any) -> T:
        """An instance whose fields all have a value."""
        assert is_dataclass(cls)
        hints = get_type_hints(cls)
        made = {
            part.name: self._value(hints[part.name], f"{cls.__name__}.{part.name}")
            for part in fields(cls)
            if part.name not in _APART | known.keys()
        }
        return cls(**made, **known)

    def _value(self, hint: Any, name: str) -> Any:
        number = next(self._numbers)
        origin, arguments = get_origin(hint), get_args(hint)
        if hint in (str, Json):
            return f"{name} ~{number}"
        if hint is int:
            return number
        if hint is bool:
            return True
        if hint is datetime:
            return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        if hint is date:
            return date(1800, 1, 1) + timedelta(days=number - 70_000)
        if hint in _SPECIAL:
            return _SPECIAL[hint](self, number)
        if isinstance(hint, type) and is_dataclass(hint):
            return self.make(hint)
        if origin is Literal:
            return arguments[-1]
        if origin in (Union, types.UnionType):
            return self._value(next(each for each in arguments if each is not type(None)), name)
        if origin is tuple and arguments[1:] == (...,):
            return (self._value(arguments[0], name),)
        if origin is tuple:
            return tuple(self._value(each, name) for each in arguments)
        if origin is frozenset:
            return frozenset({self._value(arguments[0], name)})
        if origin is Mapping:
            return {f"{name} key ~{number}": self._value(arguments[1], name)}
        raise TypeError(f"tests/api/export/filled.py has no value of type {hint} for {name}: add one there")


_SPECIAL: Mapping[Any, Any] = {
    AllDay: lambda filler, number: AllDay(date(2025, 1, 1) + timedelta(days=number - 70_000)),
    AllDay | Timed: lambda filler, number: Timed(
        datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number), "America/Toronto"
    ),
    Birthday: lambda filler, number: Birthday(2, 28, 1900),
    Base: lambda filler, number: Base({"notes": f"Base ~{number}"}, {"notes": f"Base ~{number}"}),
    Choice: lambda filler, number: filler.make(
        Choice, consent={**consent_as_json(filler.make(Consent)), "status": "implied"}
    ),
}
"""What has a form that a value made up would not have."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was stored in a collection: the value, and what it is stored as."""

    collection: str
    value: object


def everything(store: DocumentStore, documents: MeteredDocuments) -> list[Kept]:
    """Stores all that there can be about Ann, for two Google accounts; answers it."""
    filler = Filler()
    contact = filler.make(Contact)
    appointment = filler.make(Appointment, recurrence=("RRULE:FREQ=DAILY;COUNT=7",))
    consent, journal, run = filler.make(ConsentEntry), filler.make(JournalEntry), filler.make(ImportRun)
    double = filler.make(Double)
    consent = replace(
        consent, before=consent_as_json(filler.make(Consent)), after=consent_as_json(contact.consent)
    )
    revoking = filler.make(ConsentEntry, contact="c1", before=None, after=consent.after)
    host: dict[str, Value | Sentinel] = {"hosts_own": filler.text()}
    wrong: dict[str, Value | Sentinel] = {"given_name": 7, "start": filler.text()}
    store.commit(
        ANN,
        [
            CreateRecord("contacts", "c1", contact),
            CreateRecord("appointments", "a1", appointment),
            AddConsent(consent),
            AddConsent(revoking),
            AddJournal(journal),
            PutImport(run),
            PutDouble(double),
        ],
    )
    addresses = tuple(item.value for item in contact.emails)
    store.commit(ANN, [FreeAddresses(filler.text(), addresses, revoking.at + timedelta(hours=1))])
    [withdrawal] = store.withdrawals(ANN)
    assert withdrawal.freed
    documents.commit([Merge("users/ann/contacts/c1", host), Put("users/ann/appointments/wrong", wrong)])
    kept = [
        Kept("contacts", contact),
        Kept("contacts", host),
        Kept("appointments", appointment),
        Kept("appointments", wrong),
        Kept("consents", consent),
        Kept("consents", revoking),
        Kept("withdrawn", withdrawal),
        Kept("journal", journal),
        Kept("imports", run),
        Kept("doubles", double),
    ]
    for scope in (ANN, SECOND):
        kept += of_account(store, filler, scope)
    return kept


def of_account(store: DocumentStore, filler: Filler, scope: Scope) -> Iterator[Kept]:
    whose = {"uid": scope.uid, "account": scope.account}
    user = filler.make(User, uid=scope.uid, account=scope.account)
    parts = {part.name: getattr(user, part.name) for part in fields(User) if part.name not in _APART}
    link, candidate, intent = filler.make(Link), filler.make(Candidate), filler.make(Intent)
    conflict, hold = filler.make(Conflict), filler.make(Hold)
    store.commit(
        scope,
        [
            PutUser(parts),
            PutLink(link),
            PutCandidate(candidate),
            PutIntent(intent),
            PutConflict(conflict),
            PutHold(hold),
        ],
    )
    grant, channel = filler.make(Grant, **whose), filler.make(PushChannel, **whose)
    attempt, offer = filler.make(OAuthState, **whose), filler.make(Offer, grant=filler.make(Grant, **whose))
    store.put_grant(grant)
    store.put_channel(channel)
    store.put_oauth_state(attempt)
    store.put_offer(offer)
    yield Kept("users" if scope == ANN else "accounts", user)
    yield Kept("grants", grant)
    yield Kept("channels", channel)
    yield Kept("oauth_states", attempt)
    yield Kept("offers", offer)
    yield Kept("links", link)
    yield Kept("candidates", candidate)
    yield Kept("intents", intent)
    yield Kept("conflicts", conflict)
    yield Kept("holds", hold)


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """The values that are told apart, each with the fields that lead to it."""
    if is_dataclass(value):
        for part in fields(value):
            yield from leaves(getattr(value, part.name), f"{path}.{part.name}" if path else part.name)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from leaves(name, path)
            yield from leaves(each, path)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from leaves(each, path)
    elif isinstance(value, str) and "~" in value:
        yield path, value
    elif isinstance(value, datetime):
        yield path, value.astimezone(UTC)
    elif isinstance(value, date) or (isinstance(value, int) and value > 70_000):
        yield path, value
