"""Both sides of one user at rest, record by record."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmsync.core.account import User
from crmsync.core.model import Resource
from crmsync.core.scope import Scope
from crmsync.core.state import Link
from crmsync.engine.deps import Deps
from crmsync.engine.sessions import open_session
from crmsync.store.ports import Kind
from tests.processes.people import Person

ALL = 1000
KINDS: Mapping[Resource, Kind] = {"contacts": "contacts", "calendar": "appointments"}


@dataclass
class Found:
    """What is wrong, in words; empty lists when nothing is."""

    doubles: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """What is still at work: a lease, a phase, a create in doubt, an import."""
    records: int = 0

    def add(self, other: "Found") -> None:
        self.doubles += other.doubles
        self.lost += other.lost
        self.differences += other.differences
        self.left += other.left
        self.records += other.records

    @property
    def all(self) -> list[str]:
        return [*self.doubles, *self.lost, *self.differences, *self.left]


def compare(deps: Deps, person: Person) -> Found:
    """Compares the two sides of a user. `records`: how many pairs were looked at."""
    scope = Scope.of(person.user)
    user = deps.store.user(scope)
    assert user is not None
    found = Found()
    records = {kind: list(deps.store.changed(scope, kind, None, None, ALL)) for kind in KINDS.values()}
    persons, events = person.persons(), person.events()
    names_here = [
        *(it.value.given_name for it in records["contacts"] if it.archived_at is None),
        *(it.value.title for it in records["appointments"] if it.archived_at is None),
    ]
    names_there = [
        *(it["names"][0]["givenName"] for it in persons if it.get("names")),
        *(it["summary"] for it in events),
    ]
    for side, names in (("crm", names_here), ("google", names_there)):
        twice = [name for name, count in Counter(names).items() if count > 1]
        found.doubles += [f"{person.user}: {name} is there twice ({side})" for name in twice]
    for resource in KINDS:
        _compare_pairs(deps, user, resource, records[KINDS[resource]], found)
    offered = {
        candidate.name
        for candidate in deps.store.candidates(
            scope, [source["id"] for it in persons for source in it["metadata"]["sources"]]
        ).values()
        if candidate.status == "open"
    }
    for name in set(names_here) ^ set(names_there):
        if name in set(names_there) and any(name in title for title in offered):
            continue
        side = "crm" if name in set(names_here) else "google"
        found.differences.append(f"{person.user}: {name} is only at {side}")
    journal = list(_journal(deps, scope))
    text = str([persons, events, records, journal, list(deps.store.conflicts(scope, None, ALL))])
    missing = [word for word in person.witness.typed - person.witness.gone if word not in text]
    found.lost += [f"{person.user}: nobody has {word}" for word in missing]
    found.left += list(_left(deps, user))
    return found


def _compare_pairs(deps: Deps, user: User, resource: Resource, records: Sequence[Any], found: Found) -> None:
    session = open_session(deps, user)
    assert session is not None
    canon = deps.canon(user.settings.region)
    remote: Any = session.contacts() if resource == "contacts" else session.calendar("primary")
    by_id = {stored.id: stored for stored in records}
    links: list[Link] = [
        link for link in deps.store.links_page(user.scope, resource, None, ALL) if link.state != "detached"
    ]
    seen = remote.read([link.remote_id for link in links])
    for link in links:
        found.records += 1
        stored, there = by_id[link.crm], seen.get(link.remote_id)
        if link.state != "linked":
            found.differences.append(f"{user.uid}: {link.crm} is {link.state}: {link.problem}")
        elif there is None or there.value is None or stored.archived_at is not None:
            found.differences.append(f"{user.uid}: {link.crm} is linked and gone")
        elif canon.project(stored.value) != canon.project(there.value):
            found.differences.append(f"{user.uid}: {link.crm} differs: {stored.value} / {there.value}")


def _journal(deps: Deps, scope: Scope) -> Iterator[Any]:
    after: str | None = None
    while True:
        entries, after = deps.store.journal(scope, crm=None, run=None, after=after, limit=200)
        yield from entries
        if after is None:
            return


def _left(deps: Deps, user: User) -> Iterator[str]:
    if list(deps.store.intents(user.scope)):
        yield f"{user.uid}: creates are in doubt"
    if user.rounds.running is not None:
        yield f"{user.uid}: an import is running"
    resources: tuple[Resource, ...] = ("contacts", "calendar")
    for resource in resources:
        state = user.resource(resource)
        if (state.phase, state.problem) != ("idle", None):
            yield f"{user.uid}: {resource} is {state.phase}: {state.problem}"
        if state.lease_until is not None and state.lease_until > deps.clock.now():
            yield f"{user.uid}: somebody holds the lease of {resource}"
