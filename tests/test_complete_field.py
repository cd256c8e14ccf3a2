"""A field of the table is known everywhere: whoever adds one and forgets a place is told which.

Each test takes one field to one place, with values made from the field's type.
"""

import json
import secrets
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from crmsync.core.errors import SyncError
from crmsync.core.fields import get, record_from_data, record_to_data
from crmsync.core.model import Appointment, Contact, R, Record
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Rules
from crmsync.core.state import Base, Link, Observation
from crmsync.engine.ports import New, Remote, Update
from crmsync.gateway.event import appointment_of, changed_event, new_event
from crmsync.gateway.person import contact_of, rich_fields
from crmsync.gateway.person_shape import PERSON_FIELD
from crmsync.gateway.person_write import changed_person, mask_of, new_person
from local.emulator import Emulator
from local.google.clock import Clock
from local.google.server import GoogleServer
from local.google.world import World
from tests.api.contract import DOCUMENT
from tests.api.service import Service, started
from tests.core.records import CANON, link, seen
from tests.field_samples import APPOINTMENTS, CASES, CONTACTS, Case
from tests.gateway.simulated import User, link_to
from tests.stage import START, Stage
from tests.store.browser import NOW, Browser, load_rules

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "firestore.rules"
EXEMPT = {
    (each["collectionGroup"], each["fieldPath"])
    for each in json.loads((ROOT / "firestore.indexes.json").read_text())["fieldOverrides"]
}
SCHEMAS = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["components"]["schemas"]
BODIES = {
    "contacts": ("Contact", "ContactBody", "api/schemas/contact.py"),
    "appointments": ("Appointment", "AppointmentBody", "api/schemas/appointment.py"),
}

each_field = pytest.mark.parametrize("case", CASES, ids=str)
_numbers = count()


@pytest.fixture(scope="module")
def server() -> Iterator[GoogleServer]:
    """A simulated Google; each test has an account of its own."""
    with GoogleServer(World(Clock(START))) as running:
        yield running


@pytest.fixture
def user(server: GoogleServer) -> User:
    return User(server, f"user{next(_numbers)}@gmail.example")


@pytest.fixture
def stage(server: GoogleServer) -> Stage:
    made = Stage(server, f"stage{next(_numbers)}@gmail.example")
    made.connect()
    return made


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def owner(emulator: Emulator) -> Browser:
    """An owner's browser, in a project that has our rules."""
    project, uid = f"fields-{secrets.token_hex(8)}", secrets.token_hex(8)
    load_rules(emulator.host, project, RULES.name, RULES.read_text())
    return Browser(emulator.host, project, uid, home=uid)


def agrees(case: Case[R], shown: Record | None, wanted: Record) -> bool:
    """Whether two records say the same in the field."""
    name = case.field.name
    return shown is not None and CANON.project(shown)[name] == CANON.project(wanted)[name]


# --- the core


@each_field
def test_the_encoding_gives_back_what_it_wrote(case: Case[R]) -> None:
    for record in case.records:
        data = json.loads(json.dumps(record_to_data(record)))
        again: Record = record_from_data(case.kind, data)
        assert again == record, f"{case.row} its encoding there reads something else than it wrote"


@each_field
def test_the_field_has_a_canonical_form(case: Case[R]) -> None:
    name, lacking = case.field.name, f"{case.row} core/pair/canon.py has no canonical form for it"
    try:
        digests = [CANON.project(record)[name] for record in case.records]
    except (KeyError, TypeError, AttributeError) as error:
        raise AssertionError(lacking) from error
    assert len(set(digests)) == len(digests), f"{lacking} that tells its values apart"
    assert name == "when" or not digests[-1], f"{lacking} in which its blank says nothing"


@pytest.mark.parametrize("case", [case for case in CASES if not case.field.unit], ids=str)
def test_a_link_from_before_the_field_takes_it_from_the_side_that_has_it(case: Case[R]) -> None:
    """So a new field asks for no new CANON_VERSION: what a base does not remember was blank."""
    base = {name: digest for name, digest in CANON.project(case.blank).items() if name != case.field.name}
    old, value = link(Base(base, base)), case.filled[0]
    come = decide(old, seen(case.blank), seen(value), CANON, Rules())
    assert (come.action, come.value, come.local_fields) == (Action.UPDATE_LOCAL, value, {case.field.name})
    go = decide(old, seen(value), seen(case.blank), CANON, Rules())
    assert (go.action, go.value, go.remote_fields) == (Action.UPDATE_REMOTE, value, {case.field.name})
    assert decide(old, seen(value), seen(value), CANON, Rules()).action == Action.REFRESH


# --- the gateway, and Google behind it


def made(outcome: Observation[R] | SyncError | None) -> Observation[R]:
    assert isinstance(outcome, Observation), outcome
    return outcome


def listed(remote: Remote[R], key: str) -> R | None:
    return next((each.value for each in remote.list_page(None, None).items if each.key == key), None)


def updated(remote: Remote[R], case: Case[R], known: Link) -> None:
    """Google takes each of the other values, and in the end a blank."""
    for value in case.records[1:]:
        update = Update(known, value, frozenset({case.field.name}))
        answer = made(remote.update([update])[known.key])
        assert agrees(case, answer.value, value), f"{case.row} the gateway does not write its changes"
        assert agrees(case, listed(remote, known.key), value)
        known = link_to(answer, resource=known.resource)


@pytest.mark.parametrize("case", CONTACTS, ids=str)
def test_google_contacts_get_the_field_and_give_it_back(user: User, case: Case[Contact]) -> None:
    name, value = case.field.name, case.filled[0]
    assert name in PERSON_FIELD, (
        f"{case.row} PERSON_FIELD in gateway/person_shape.py does not say where it is"
    )
    lacking = f"{case.row} gateway/person_write.py does not write it into `{PERSON_FIELD[name]}`"
    try:
        assert new_person(value, "crm") != new_person(case.blank, "crm"), lacking
    except KeyError as error:
        raise AssertionError(lacking) from error
    contacts = user.session().contacts()
    answer = made(contacts.create([New("crm", value)])["crm"])
    with user.world.lock:
        person = user.account.people.person(answer.remote_id)
    assert PERSON_FIELD[name] in person, f"{case.row} local/google/ does not keep `{PERSON_FIELD[name]}`"
    assert agrees(case, contact_of(person), value), f"{case.row} gateway/person.py does not read it"
    for shown in (answer.value, listed(contacts, answer.key)):
        asked = agrees(case, shown, value)
        assert asked, f"{case.row} PERSON_SHAPE in gateway/person_shape.py does not ask Google for it"
    updated(contacts, case, link_to(answer))


@pytest.mark.parametrize("case", CONTACTS, ids=str)
def test_what_google_contacts_have_more_of_the_field_is_not_overwritten(case: Case[Contact]) -> None:
    name = PERSON_FIELD[case.field.name]
    written = new_person(case.filled[0], "crm")[name]
    assert isinstance(written, list)
    items = [item for item in written if isinstance(item, dict)]
    assert items
    more = [*items, *items] if case.field.kind == "scalar" else [{**items[0], "more": "than we model"}]
    lacking = f"{case.row} `_RICH` in gateway/person.py does not say when `{name}` has more than we model"
    try:
        assert case.field.name in rich_fields({name: more}), lacking
    except KeyError as error:
        raise AssertionError(lacking) from error


@pytest.mark.parametrize("case", APPOINTMENTS, ids=str)
def test_google_calendar_gets_the_field_and_gives_it_back(user: User, case: Case[Appointment]) -> None:
    value, lacking = case.filled[0], f"{case.row} gateway/event.py does not write it (`_WRITERS`)"
    try:
        assert new_event(value, "crm", None) != new_event(case.blank, "crm", None), lacking
    except KeyError as error:
        raise AssertionError(lacking) from error
    calendar = user.session().calendar("primary")
    answer = made(calendar.create([New("crm", value, id="event00001")])["crm"])
    with user.world.lock:
        (event,) = user.account.calendars.every_event()
    for name in changed_event(value, {case.field.name}, None):
        assert name in event, f"{case.row} local/google/ does not keep `{name}`"
    assert agrees(case, appointment_of(event), value), f"{case.row} gateway/event.py does not read it"
    for shown in (answer.value, listed(calendar, answer.key)):
        asked = agrees(case, shown, value)
        assert asked, f"{case.row} EVENT_SHAPE in gateway/event.py does not ask Google for it"
    updated(calendar, case, link_to(answer, resource="calendar"))


@pytest.mark.parametrize("case", [case for case in APPOINTMENTS if case.is_chosen], ids=str)
def test_a_value_of_google_s_that_is_none_of_ours_is_read_as_one_of_ours(case: Case[Appointment]) -> None:
    """Else the CRM's record would be of a shape that nobody can read."""
    name, value = case.field.name, case.filled[0]
    unheard_of = dict.fromkeys(changed_event(value, {name}, None), "unheard of")
    read = get(appointment_of(new_event(value, "crm", None) | unheard_of), name)
    assert read in case.values, f"{case.row} gateway/event.py reads what Google may add one day as {read!r}"


# --- the sync


@pytest.mark.parametrize("case", CONTACTS, ids=str)
def test_contacts_are_synced_in_the_field(stage: Stage, case: Case[Contact]) -> None:
    first, last, name = case.records[0], case.records[1], case.field.name
    stage.add("it", first)
    stage.sync()
    (person,) = stage.persons()
    assert agrees(case, contact_of(person), first), f"{case.row} it does not reach Google"
    stage.book.phone_edit(person["resourceName"], changed_person(last, {name}, mask_of({name}), None))
    stage.later(3600)
    stage.sync()
    assert agrees(case, stage.contact("it").value, last), f"{case.row} it does not come back from Google"
    assert name in brought(stage), f"{case.row} the journal does not tell it"
    stage.edit("it", first)
    stage.sync()
    assert agrees(case, contact_of(stage.persons()[0]), first), f"{case.row} its edits do not reach Google"


@pytest.mark.parametrize("case", APPOINTMENTS, ids=str)
def test_appointments_are_synced_in_the_field(stage: Stage, case: Case[Appointment]) -> None:
    first, last, name = case.records[0], case.records[1], case.field.name
    stage.add("it", first)
    stage.sync("calendar")
    (event,) = stage.events()
    assert agrees(case, appointment_of(event), first), f"{case.row} it does not reach Google"
    stage.calendar.phone_edit(event["id"], changed_event(last, {name}, None))
    stage.later(3600)
    stage.sync("calendar")
    assert agrees(case, stage.appointment("it").value, last), f"{case.row} it does not come back from Google"
    assert name in brought(stage), f"{case.row} the journal does not tell it"
    stage.edit("it", first)
    stage.sync("calendar")
    assert agrees(case, appointment_of(stage.events()[0]), first), f"{case.row} its edits do not reach Google"


def brought(stage: Stage) -> set[str]:
    """The fields that the journal says came from Google."""
    entries, _ = stage.store.journal(stage.scope, crm="it", run=None, after=None, limit=20)
    changes = [change for entry in entries for change in entry.changes if change.side == "crm"]
    return {name for change in changes for name in change.after or {}}


# --- the API and the documents


def data_of(case: Case[R]) -> list[dict[str, object]]:
    """The field as data, once for each of its values."""
    return [{name: record_to_data(record)[name] for name in case.attributes} for record in case.records]


def least_of(case: Case[R]) -> dict[str, object]:
    """What a record needs besides."""
    needed = ("given_name", "organization") if case.kind == "contacts" else ("title", "start", "end")
    return {name: record_to_data(case.blank)[name] for name in needed}


@each_field
def test_the_api_takes_and_shows_the_field(service: Service, case: Case[R]) -> None:
    shown, body, module = BODIES[case.kind]
    first, *others = data_of(case)
    answer = service.call("POST", f"/api/{case.kind}", least_of(case) | first, described=False)
    assert answer.status_code == 201, f"{case.row} {body} in {module} does not take it: {answer.text}"
    assert answer.json is not None
    for name in case.attributes:
        assert as_given(answer.json[name], first[name]) == first[name], (
            f"{case.row} {body} in {module} takes it as something else"
        )
        for schema, part in ((body, "properties"), (shown, "properties"), (shown, "required")):
            assert name in SCHEMAS[schema][part], (
                f"{case.row} docs/openapi.yaml has no {name} in {schema}.{part}"
            )
    path = f"/api/{case.kind}/{answer.json['id']}"
    for data in others:
        # The call is held against docs/openapi.yaml.
        answer = service.call("PATCH", path, data)
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        assert {name: as_given(answer.json[name], value) for name, value in data.items()} == data


def as_given(shown: Any, given: Any) -> Any:
    """What is shown, without what the service says of each part besides."""
    if isinstance(shown, list) and isinstance(given, list) and len(shown) == len(given):
        return [as_given(*both) for both in zip(shown, given, strict=True)]
    if isinstance(shown, dict) and isinstance(given, dict):
        return {name: shown[name] for name in given if name in shown}
    return shown


@pytest.mark.emulator
@each_field
def test_the_rules_let_the_owner_write_the_field_in_its_shape(owner: Browser, case: Case[R]) -> None:
    times = {"created_at": NOW, "updated_at": NOW, "archived_at": None}
    path = f"{case.kind}/{secrets.token_hex(8)}"
    least, (first, *others) = least_of(case), data_of(case)
    assert owner.create(path, least | first | times), (
        f"{case.row} firestore.rules do not let its owner write it"
    )
    for data in others:
        assert owner.update(path, {**data, "updated_at": NOW}), f"{case.row} firestore.rules refuse {data}"
    for name in case.attributes:
        wrong = 7 if isinstance(first[name], str) else "x"
        assert not owner.update(path, {name: wrong, "updated_at": NOW}), (
            f"{case.row} firestore.rules let {wrong!r} stand in its place"
        )


@each_field
def test_firestore_does_not_index_the_field_by_itself(case: Case[R]) -> None:
    for name in case.attributes:
        assert (case.kind, name) in EXEMPT, (
            f"{case.row} fieldOverrides in firestore.indexes.json lacks {name}"
        )
