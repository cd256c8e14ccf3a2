"""From the CRM to Google: the first push, its echo, a storm, idling, and single edits either way."""

from __future__ import annotations

from dataclasses import replace

from bench.measure import Cost, measured
from bench.people import contact
from bench.rows import Row, cost_data, each, pages
from bench.setup import RESOURCES, Setup
from crmsync.core.scope import Scope
from crmsync.gateway.people import PAGE_SIZE, People
from crmsync.gateway.person_write import new_person


def push(setup: Setup, size: int) -> list[Row]:
    """All rows of one user who pushes `size` contacts and then lives on."""
    uid, email = f"push-{size}", f"push-{size}@gmail.example"
    setup.ours.connect(uid, email)
    rows = [_first_push(setup, uid, size), _echo(setup, uid, size, "own echo")]
    age(setup, uid)
    rows += [idle(setup, uid, size), scheduled(setup, uid, size)]
    rows += [_phone_edit(setup, uid, email, size), _crm_edit(setup, uid, size)]
    # Last: a storm moves every etag, no link is written for that, and so the next update is refused once.
    return [*rows, _storm(setup, uid, email, size)]


def _first_push(setup: Setup, uid: str, size: int) -> Row:
    floor = setup.floor(f"floor-{uid}@gmail.example")
    persons = [new_person(contact(number), f"c{number:05d}") for number in range(size)]
    with measured(setup.google) as bare:
        floor.push(persons)
    floor.close()
    setup.ours.fill(uid, {f"c{number:05d}": contact(number) for number in range(size)})
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid)
    ratio = cost.seconds / bare.seconds
    least = pages(size, People.create_size)
    reads, writes = cost.store.reads / size, cost.written / size
    return Row(
        "first push of contacts",
        size,
        f"{cost.calls} calls; {ratio:.2f} × floor ({cost.seconds:.1f} s / {bare.seconds:.1f} s); "
        f"{each(cost.store.reads, size)} reads, {each(cost.written, size)} writes a record",
        f"{least} calls + 1 scan; ≤ 1.3 × floor; 1.00 reads, ≤ 1.03 writes a record",
        cost.calls <= least + 1 and ratio <= 1.3 and round(reads, 2) <= 1.0 and round(writes, 2) <= 1.03,
        {"ours": cost_data(cost), "floor": cost_data(bare), "ratio": ratio},
    )


def _echo(setup: Setup, uid: str, size: int, name: str) -> Row:
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid)
    beside = cost.store.reads - size
    return Row(
        name,
        size,
        f"{cost.calls} calls; {each(cost.store.reads, size)} reads each; {cost.written} writes; "
        f"{cost.seconds:.1f} s",
        f"{pages(size, PAGE_SIZE)} calls; ≤ 1 link read each; 0 writes",
        # The job's own reads come on top: its user, and the records at its cursor.
        cost.calls == pages(size, PAGE_SIZE) and beside <= 5 and cost.written == 0,
        cost_data(cost),
    )


def _storm(setup: Setup, uid: str, email: str, size: int) -> Row:
    setup.google.act("all-changed", account=email, api="people")
    return _echo(setup, uid, size, "“all changed” storm")


def age(setup: Setup, uid: str) -> None:
    """A quiet day later: the echoes are behind the cursors of both resources."""
    setup.ours.sync(uid, *RESOURCES)
    setup.ours.rest(uid)
    setup.ours.sync(uid, *RESOURCES)


def idle(setup: Setup, uid: str, size: int) -> Row:
    """What a sync of both costs when nothing has happened."""
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid, *RESOURCES)
    floor = setup.floor(f"floor-idle-{uid}@gmail.example")
    people, events = floor.pull(), floor.events()
    with measured(setup.google) as bare:
        floor.pull(people)
        floor.events(events)
    floor.close()
    return Row(
        "idle job, contacts + calendar",
        size,
        f"{plain(cost)}; {cost.seconds:.2f} s (floor {bare.seconds:.2f} s)",
        "2 calls, ≤ 2 reads, 0 writes",
        cost.calls == 2 and cost.store.reads <= 2 and cost.written == 0,
        {"ours": cost_data(cost), "floor": cost_data(bare)},
    )


def scheduled(setup: Setup, uid: str, size: int) -> Row:
    """What it costs when the schedule sent it: the end of each sync is noted."""
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid, *RESOURCES, reason="schedule")
    return Row(
        "the same, sent by the schedule",
        size,
        f"{plain(cost)}; {cost.seconds:.2f} s",
        "2 calls, ≤ 2 reads, at most 1 write a job",
        cost.calls == 2 and cost.store.reads <= 2 and cost.written <= 2,
        cost_data(cost),
    )


def _phone_edit(setup: Setup, uid: str, email: str, size: int) -> Row:
    link = setup.ours.store.links_page(Scope.of(uid), "contacts", None, 1)[0]
    edited = {"biographies": [{"value": "Edited on the phone."}]}
    setup.google.act("contacts/edit", account=email, resourceName=link.name, person=edited)
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid)
    stored = setup.ours.store.contact(Scope.of(uid), link.crm)
    assert stored is not None
    assert stored.value.notes == "Edited on the phone."
    return Row(
        "one phone edit → CRM",
        size,
        f"{plain(cost)} in {cost.store.commits} commit(s); {cost.seconds:.2f} s",
        "1 call, ≤ 4 reads, ≤ 4 writes in one commit",
        cost.calls == 1 and cost.store.reads <= 4 and cost.written <= 4 and cost.store.commits == 1,
        cost_data(cost),
    )


def _crm_edit(setup: Setup, uid: str, size: int) -> Row:
    age(setup, uid)
    id = f"c{size - 1:05d}"
    stored = setup.ours.store.contact(Scope.of(uid), id)
    assert stored is not None
    setup.ours.edit(uid, id, replace(stored.value, job_title="Owner"))
    with measured(setup.google, setup.ours) as cost:
        setup.ours.sync(uid)
    read = cost.traffic.operations.get("people.people.get", 0) + cost.traffic.operations.get(
        "people.people.getBatchGet", 0
    )
    return Row(
        "one CRM edit → Google",
        size,
        f"{plain(cost)}, {read} direct reads; {cost.seconds:.2f} s",
        "2 calls, none of them a read before the update; ≤ 3 reads, ≤ 4 writes",
        cost.calls == 2 and read == 0 and cost.store.reads <= 3 and cost.written <= 4,
        cost_data(cost),
    )


def plain(cost: Cost) -> str:
    """Calls and documents, in words."""
    return f"{cost.calls} calls, {cost.store.reads} reads, {cost.written} writes"
