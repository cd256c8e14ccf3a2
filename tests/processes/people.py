"""One user of the system over HTTP: at the CRM, which may be killed at any moment, and at the phone.

The user remembers every text that was typed and that nobody took back. Each record has a name that no other
has, and which nobody changes: so a double shows.
"""

import random
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.machine.people import Witness
from tests.processes.system import Processes

Json = Mapping[str, Any]
PATIENCE = 60.0
BETWEEN = 0.1
"""Seconds until a call that was cut short is made again, and for how long."""
EDITS = 4
"""So often one side edits one record: more on both would be a loop of programs."""
DELETIONS = 3
"""So many deletions a side and kind: many more within an hour would wait for the user's yes."""
CRM_TEXTS = {"contacts": ("notes", "nickname", "job_title"), "appointments": ("location", "description")}
PERSON = "names,nicknames,biographies,organizations,emailAddresses,metadata,clientData"
MONDAY = datetime(2030, 1, 7, 9, tzinfo=UTC)


class Broken(Exception):
    """A call that did not get through in time."""


class Person:
    """Does what the dice say."""

    def __init__(self, system: Processes, user: str, dice: random.Random) -> None:
        self.system = system
        self.user = user
        self.dice = dice
        self.witness = Witness()
        self.names: set[str] = set()
        """Of everything that was added."""
        self.deleted: set[str] = set()
        self.edits = 0
        self._counts: dict[tuple[str, str], int] = {}
        self._deletions: dict[str, int] = {}
        self._crm = requests.Session()
        self._crm.headers["Authorization"] = f"Bearer {system.token(user)}"
        self._google = requests.Session()
        self._google.headers["Authorization"] = f"Bearer {system.phone(user)}"

    def act(self) -> None:
        """One thing at one side, of one kind."""
        acts: tuple[Callable[[], None], ...] = (
            self.adds_a_contact,
            self.adds_an_appointment,
            lambda: self.edits_in_the_crm("contacts"),
            lambda: self.edits_in_the_crm("contacts"),
            lambda: self.edits_in_the_crm("appointments"),
            lambda: self.edits_in_the_crm("appointments"),
            lambda: self.archives(self.dice.choice(("contacts", "appointments"))),
            self.adds_on_the_phone,
            self.edits_a_contact_on_the_phone,
            self.edits_a_contact_on_the_phone,
            self.edits_an_event_on_the_phone,
            self.edits_an_event_on_the_phone,
            self.deletes_on_the_phone,
            self.clicks,
            self.finishes_the_sheet,
        )
        self.dice.choice(acts)()

    # --- at the CRM

    def adds_a_contact(self) -> None:
        name = self._name()
        self._create("contacts", {"given_name": name, "emails": [{"value": f"{name}@example.com"}]})

    def adds_an_appointment(self) -> None:
        name = self._name()
        at = MONDAY + timedelta(hours=self.dice.randint(0, 2000))
        self._create("appointments", {"title": name, "start": _moment(at), "end": _moment(at, 1)})

    def edits_in_the_crm(self, kind: str) -> None:
        record = self._pick(kind)
        if record is None:
            return
        field, word = self.dice.choice(CRM_TEXTS[kind]), self.witness.fresh("crm")
        path = f"/api/{kind}/{record['id']}"
        answer = self._asked("PATCH", path, json={field: word}, headers={"If-Match": record["etag"]})
        after = answer.json() if answer.status_code == 200 else self._asked("GET", path).json()
        # A call that was cut short may have got through, and then its repeat meets another version.
        if word in str(after):
            self.edits += 1
            self.witness.saw(record, after)
        else:
            self.witness.typed.discard(word)

    def archives(self, kind: str) -> None:
        record = self._pick(kind)
        if record is None or not self._may_delete(f"crm {kind}"):
            return
        self.edits += 1
        self.deleted.add(_name_in(record, self.names))
        self._asked("DELETE", f"/api/{kind}/{record['id']}")

    def clicks(self) -> None:
        self._asked("POST", "/api/sync", json={})

    def finishes_the_sheet(self) -> None:
        """Everything that is offered is ticked."""
        self._asked("POST", "/api/import/choices/all", json={"choice": {"selected": True}})
        self._asked("POST", "/api/import/finish", json={"action": "done"})

    # --- at the phone

    def adds_on_the_phone(self) -> None:
        name = self._name()
        if self.dice.random() < 0.5:
            self._told("POST", "/v1/people:createContact", json={"names": [{"givenName": name}]})
        else:
            at = MONDAY + timedelta(hours=self.dice.randint(0, 2000))
            body = {"summary": name, "start": _shown(at), "end": _shown(at, 1)}
            self._told("POST", "/calendar/v3/calendars/primary/events", json=body)

    def edits_a_contact_on_the_phone(self) -> None:
        found = [it for it in self.persons() if self._may_edit("phone", _name_in(it, self.names))]
        if not found:
            return
        person, word = self.dice.choice(found), self.witness.fresh("phone")
        field = self.dice.choice(("biographies", "nicknames"))
        body = {"etag": person["etag"], "metadata": person["metadata"], field: [{"value": word}]}
        query = {"updatePersonFields": field, "personFields": PERSON}
        path = f"/v1/{person['resourceName']}:updateContact"
        self._typed(word, person, self._told("PATCH", path, params=query, json=body))

    def edits_an_event_on_the_phone(self) -> None:
        found = [it for it in self.events() if self._may_edit("phone", _name_in(it, self.names))]
        if not found:
            return
        event, word = self.dice.choice(found), self.witness.fresh("phone")
        body = {self.dice.choice(("location", "description")): word}
        path = f"/calendar/v3/calendars/primary/events/{event['id']}"
        headers = {"If-Match": event["etag"]}
        self._typed(word, event, self._told("PATCH", path, json=body, headers=headers))

    def deletes_on_the_phone(self) -> None:
        contacts = self.dice.random() < 0.5
        found = self.persons() if contacts else self.events()
        found = [it for it in found if _name_in(it, self.names) not in self.deleted]
        if not found or not self._may_delete(f"phone {contacts}"):
            return
        record = self.dice.choice(found)
        self.edits += 1
        self.deleted.add(_name_in(record, self.names))
        self.witness.saw(record, "")
        if contacts:
            self._told("DELETE", f"/v1/{record['resourceName']}:deleteContact")
        else:
            self._told("DELETE", f"/calendar/v3/calendars/primary/events/{record['id']}")

    def persons(self) -> list[dict[str, Any]]:
        """The contacts on the phone."""
        query = {"personFields": PERSON, "pageSize": "1000"}
        answer = self._told("GET", "/v1/people/me/connections", params=query)
        return list(answer.json().get("connections", ()))

    def events(self) -> list[dict[str, Any]]:
        """The living events on the phone."""
        answer = self._told("GET", "/calendar/v3/calendars/primary/events", params={"maxResults": "2500"})
        return list(answer.json()["items"])

    # --- inside

    def _name(self) -> str:
        name = f"{self.user}n{len(self.names)}x"
        self.names.add(name)
        self.edits += 1
        return name

    def _create(self, kind: str, body: Json) -> None:
        self._asked("POST", f"/api/{kind}", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    def _pick(self, kind: str) -> dict[str, Any] | None:
        """A record that the other side has not deleted and that was not edited too often."""
        items = self._asked("GET", f"/api/{kind}", params={"page_size": "500"}).json()["items"]
        found = [it for it in items if self._may_edit("crm", _name_in(it, self.names))]
        return self.dice.choice(found) if found else None

    def _may_edit(self, side: str, name: str) -> bool:
        return name not in self.deleted and self._counts.get((side, name), 0) < EDITS

    def _may_delete(self, what: str) -> bool:
        self._deletions[what] = self._deletions.get(what, 0) + 1
        return self._deletions[what] <= DELETIONS

    def _typed(self, word: str, before: Json, answer: requests.Response) -> None:
        """Google has taken what was typed on the phone, or refused it, for the record had moved."""
        if answer.status_code != 200:
            self.witness.typed.discard(word)
            return
        self.edits += 1
        name = _name_in(before, self.names)
        self._counts[("phone", name)] = self._counts.get(("phone", name), 0) + 1
        self.witness.saw(before, answer.json())

    def _asked(self, method: str, path: str, **options: Any) -> requests.Response:
        """A call to the CRM; one that is cut short or finds nobody is made again."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._crm.request(method, self.system.url + path, timeout=PATIENCE, **options)
                if answer.status_code < 500:
                    return answer
            except requests.RequestException:
                pass
            if time.monotonic() > until:
                raise Broken(f"{method} {path}")
            time.sleep(BETWEEN)

    def _told(self, method: str, path: str, **options: Any) -> requests.Response:
        with self.system.line:
            return self._google.request(method, self.system.google + path, timeout=PATIENCE, **options)


def _name_in(record: Json, names: set[str]) -> str:
    """The name that a record was given when it was added."""
    told = record.get("given_name") or record.get("title") or record.get("summary")
    if told is None and record.get("names"):
        told = record["names"][0].get("givenName")
    return str(told) if told in names else ""


def _moment(at: datetime, hours: int = 0) -> dict[str, str]:
    local = (at + timedelta(hours=hours)).replace(tzinfo=None)
    return {"date_time": local.isoformat(), "time_zone": "America/Toronto"}


def _shown(at: datetime, hours: int = 0) -> dict[str, str]:
    local = (at + timedelta(hours=hours)).replace(tzinfo=None)
    return {"dateTime": local.isoformat(), "timeZone": "America/Toronto"}
