"""What people do on both sides while jobs run, each as one action or as the API does it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

from crmsync.core.consent.ledger import entry
from crmsync.core.fields import with_fields
from crmsync.core.model import Appointment, Consent, Contact, Email, Resource, Stored
from crmsync.engine.deps import Deps
from crmsync.engine.requests import request_sync
from crmsync.store.ports import AddConsent, Conflicted, CreateRecord, Kind, PutRecord, Write
from tests.engine.appointments import shown, timed
from tests.interleave.hub import Hub, Key
from tests.interleave.ports import CLOCK, EVENTS, NEW, ORDER, PEOPLE, Filled
from tests.machine.people import Witness
from tests.stage import Stage

DAY = date(2026, 3, 1)
ATTEMPTS = 5
"""So often the API tries a change whose record moves meanwhile."""


@dataclass(slots=True)
class World:
    """What one order happens to."""

    stage: Stage
    hub: Hub
    witness: Witness = field(default_factory=Witness)
    filled: Filled = field(default_factory=Filled)

    def typed(self, text: str, before: object, after: object) -> None:
        """Somebody's text is there now, and perhaps not what stood there before."""

        def noted() -> None:
            self.witness.typed.add(text)
            self.witness.saw(before, after)

        self.hub.at("act", "has typed", noted)


class People(ABC):
    """The people of one resource. A text is typed once, so that a loss can be seen."""

    resource: Resource
    kind: Kind
    field: str
    """Where both sides type."""
    pending: str
    """Where the CRM has typed before the order begins."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.stage = world.stage

    # --- at the CRM

    @abstractmethod
    def value(self, name: str) -> Any:
        """A record of this name."""

    def crm_types(self, deps: Deps, id: str, field: str, text: str) -> None:
        """A PATCH: under the version that was read, again when the record moved."""

        def put(stored: Stored[Any]) -> Sequence[Write]:
            if stored.archived_at is not None:
                return ()
            return (PutRecord(self.kind, id, with_fields(stored.value, {field: text}), stored.version),)

        written = self._write(deps, id, put)
        if written is not None:
            self.world.typed(text, getattr(written.value, field), text)

    def crm_archives(self, deps: Deps, id: str) -> None:
        """A DELETE."""

        def put(stored: Stored[Any]) -> Sequence[Write]:
            if stored.archived_at is not None:
                return ()
            return (PutRecord(self.kind, id, stored.value, stored.version, archived=True),)

        self._write(deps, id, put)

    def crm_adds(self, deps: Deps, id: str) -> None:
        """A POST."""
        deps.store.commit(self.stage.scope, [CreateRecord(self.kind, id, self.value(id))])
        request_sync(deps, self.stage.scope, "change", frozenset((self.resource,)))

    def _write(
        self, deps: Deps, id: str, change: Callable[[Stored[Any]], Sequence[Write]]
    ) -> Stored[Any] | None:
        """Answers the record as it was before; None when nothing was to be written."""
        for _ in range(ATTEMPTS):
            stored = deps.store.records(self.stage.scope, self.kind, [id])[id]
            writes = change(stored)
            if not writes:
                return None
            try:
                deps.store.commit(self.stage.scope, writes)
            except Conflicted:
                continue
            request_sync(deps, self.stage.scope, "change", frozenset((self.resource,)))
            return stored
        raise AssertionError("the record never stood still")

    # --- at the phone

    @abstractmethod
    def there(self, id: str) -> str | None:
        """The id at Google of what stands for a CRM record; None when it is gone."""

    @abstractmethod
    def key(self, there: str) -> Key:
        """What is touched when this record is."""

    @abstractmethod
    def texts(self, there: str) -> str:
        """All that Google holds of it."""

    @abstractmethod
    def edit(self, there: str, field: str, text: str) -> None:
        """Types a text into a field of the CRM's name."""

    @abstractmethod
    def delete(self, there: str) -> None:
        """Deletes it."""

    @abstractmethod
    def add(self, name: str) -> None:
        """Adds somebody or something of this name."""

    def phone_types(self, id: str, field: str, text: str) -> None:
        """Types into a record, unless it is gone."""
        there = self._look(id)
        if there is not None:
            before = self.texts(there)
            self.edit(there, field, text)
            self.world.typed(text, before, self.texts(there))

    def phone_deletes(self, id: str) -> None:
        """Deletes a record, unless it is gone."""
        there = self._look(id)
        if there is not None:
            self.world.witness.saw(self.texts(there), "")
            self.delete(there)

    def phone_adds(self, name: str) -> None:
        """Adds a record of which the CRM does not know."""
        self.world.hub.reads(CLOCK)
        self.world.hub.writes((*self.key("")[:2], NEW), (*self.key("")[:2], ORDER))
        self.add(name)

    def _look(self, id: str) -> str | None:
        there = self.there(id)
        self.world.hub.reads(CLOCK)
        # One that is gone may be made again: then it matters when the person looked.
        self.world.hub.writes(self.key("")[:2] if there is None else self.key(there))
        self.world.hub.writes((*self.key("")[:2], ORDER))
        return there


class AtContacts(People):
    """Contacts, and the phone's address book."""

    resource = "contacts"
    kind = "contacts"
    field = "nickname"
    pending = "job_title"
    google: ClassVar = {"nickname": "nicknames", "notes": "biographies"}

    def crm_consents(self, deps: Deps, id: str, text: str) -> None:
        """A PATCH of the consent, with its entry in the ledger."""

        def put(stored: Stored[Any]) -> Sequence[Write]:
            if stored.archived_at is not None:
                return ()
            value = replace(stored.value, consent=Consent("express", obtained_on=DAY, note=text))
            scope, before, after = self.stage.scope, stored.value.consent, value.consent
            made = entry(deps.new_id(), id, before, after, deps.clock.now(), scope.uid, "api")
            record = PutRecord(self.kind, id, value, stored.version)
            return (record,) if made is None else (record, AddConsent(made))

        if self._write(deps, id, put) is not None:
            self.world.typed(text, "", text)

    def value(self, name: str) -> Contact:
        return Contact(given_name=name, emails=(Email(f"{name}@example.com"),))

    def there(self, id: str) -> str | None:
        for name, person in self.stage.book.contents().items():
            if any(item["value"] == id for item in person.get("clientData", ())):
                return str(name)
        return None

    def key(self, there: str) -> Key:
        return (*PEOPLE, there)

    def texts(self, there: str) -> str:
        return str(self.stage.book.contents()[there])

    def edit(self, there: str, field: str, text: str) -> None:
        self.stage.book.phone_edit(there, {self.google[field]: [{"value": text}]})

    def delete(self, there: str) -> None:
        self.stage.book.phone_delete(there)

    def add(self, name: str) -> None:
        person = {"names": [{"givenName": name}], "emailAddresses": [{"value": f"{name}@example.com"}]}
        self.stage.book.phone_create(person)


class AtTheCalendar(People):
    """Appointments, and the phone's calendar."""

    resource = "calendar"
    kind = "appointments"
    field = "location"
    pending = "title"

    def value(self, name: str) -> Appointment:
        return Appointment(title=name, start=timed(10, 9), end=timed(10, 10))

    @property
    def events(self) -> Any:
        return self.stage.calendar.calendar("primary").events

    def there(self, id: str) -> str | None:
        for event in self.events.values():
            private = event.fields.get("extendedProperties", {}).get("private", {})
            ours = any(name.startswith("crmsync") and value == id for name, value in private.items())
            if ours and not event.cancelled and event.series_id is None:
                return str(event.id)
        return None

    def key(self, there: str) -> Key:
        return (*EVENTS, there)

    def texts(self, there: str) -> str:
        return str(self.events[there].fields)

    def edit(self, there: str, field: str, text: str) -> None:
        self.stage.calendar.phone_edit(there, {field: text})

    def delete(self, there: str) -> None:
        self.stage.calendar.phone_delete(there)

    def add(self, name: str) -> None:
        times = {"start": shown(timed(11, 9)), "end": shown(timed(11, 10))}
        self.stage.calendar.phone_create({"summary": name, **times})
