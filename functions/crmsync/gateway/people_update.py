"""Updates of contacts: one by `updateContact` with its own mask, several by `batchUpdateContacts` with one.

A masked field that a person lacks is cleared by Google, so everyone in a batch is sent every masked field. A
person whose own change is narrower than the mask, or touches a field that is rich, is read first, and what
was not touched goes back exactly as Google has it. Updates are safe to repeat under their etags.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from crmsync import logs
from crmsync.core.errors import NotFound, Refused, Stale, SyncError, Unavailable
from crmsync.core.json_types import Json
from crmsync.core.model import Contact
from crmsync.core.quarantine import INTERNAL
from crmsync.core.state import Observation
from crmsync.engine.ports import Update
from crmsync.gateway.client import Client
from crmsync.gateway.errors import Attempt, BatchRefused
from crmsync.gateway.people_costs import BATCH, WRITE
from crmsync.gateway.person import identity_in, identity_of
from crmsync.gateway.person import seen as seen_person
from crmsync.gateway.person_shape import CONTACT_SOURCE, PERSON_FIELD, PERSON_SHAPE, READ_MASK
from crmsync.gateway.person_write import changed_person, mask_of
from crmsync.gateway.wire import Collection, WireBody

Outcome = Observation[Contact] | SyncError
Read = Callable[[Sequence[str]], Mapping[str, Observation[Contact]]]

MOST_MASKS = 2
"""Up to so many different masks each make a call of their own; more share one, at the price of a read."""

_MUTATION = Attempt(mutates=True)
_UPDATE_FIELDS = f"updateResult/*/person({PERSON_SHAPE})"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """One person of an update, ready to be sent."""

    key: str
    name: str
    source_etag: str
    body: dict[str, Json]


def perform(
    people: Collection, client: Client, read: Read, items: Sequence[Update[Contact]]
) -> dict[str, Outcome]:
    """Sends the updates; answers by link key. Raises what concerns the whole call, if nothing was sent yet.

    `raw` of an update, when given, is the very read that its decision was made on: its etags are sent. A
    person that is read here must not have moved since the link's etag, else the answer is Stale.
    """
    sender = _Sender(people, client, read)
    by_mask: dict[frozenset[str], list[Update[Contact]]] = {}
    for item in items:
        by_mask.setdefault(mask_of(item.fields), []).append(item)
    if len(by_mask) > MOST_MASKS:
        by_mask = {frozenset().union(*by_mask): list(items)}
    outcomes: dict[str, Outcome] = {}
    for mask, group in by_mask.items():
        try:
            outcomes |= sender.send(group, mask)
        except SyncError as error:
            if not outcomes:
                raise
            outcomes |= {item.link.key: error for item in group}
    return outcomes


class _Sender:
    def __init__(self, people: Collection, client: Client, read: Read) -> None:
        self._people = people
        self._client = client
        self._read = read

    def send(self, items: Sequence[Update[Contact]], mask: frozenset[str]) -> dict[str, Outcome]:
        """One group under one mask: read who must be read, then write."""
        outcomes: dict[str, Outcome] = {}
        raws = {item.link.key: item.raw for item in items if item.raw is not None}
        unknown = [item for item in items if item.raw is None and _must_read(item, mask)]
        found = self._read([item.link.remote_id for item in unknown])
        for item in unknown:
            seen = found.get(item.link.remote_id)
            if seen is None or seen.raw is None:
                outcomes[item.link.key] = NotFound("not_found")
            elif _version(seen.etag) != _version(item.link.etag):
                outcomes[item.link.key] = Stale("moved_meanwhile")
            else:
                raws[item.link.key] = seen.raw
        prepared: list[_Prepared] = []
        for item in items:
            if item.link.key in outcomes:
                continue
            try:
                prepared.append(_prepare(item, mask, raws.get(item.link.key)))
            except Refused as refusal:
                outcomes[item.link.key] = refusal
            except Exception as error:
                logs.failure("unwritable contact", error, record=item.link.crm)
                outcomes[item.link.key] = Refused(INTERNAL)
        return outcomes | self._write(prepared, mask)

    def _write(
        self, prepared: Sequence[_Prepared], mask: frozenset[str], *, again: bool = False
    ) -> dict[str, Outcome]:
        """Writes what is prepared; what a refusal does not name is sent once more without what it names."""
        if not prepared:
            return {}
        try:
            return self._call_one(prepared[0], mask) if len(prepared) == 1 else self._call_all(prepared, mask)
        except BatchRefused as refusal:
            bad: dict[str, Outcome] = {
                one.key: refusal.errors[one.name] for one in prepared if one.name in refusal.errors
            }
        except (Stale, NotFound) as error:
            bad = {prepared[0].key: error} if len(prepared) == 1 else self._moved(prepared)
        except Refused as refusal:
            return self._write_halves(prepared, mask, refusal)
        good = [one for one in prepared if one.key not in bad]
        if again or not bad:
            return bad | {one.key: Unavailable("batch_refused") for one in good}
        return bad | self._write_others(good, mask)

    def _write_halves(
        self, prepared: Sequence[_Prepared], mask: frozenset[str], refusal: Refused
    ) -> dict[str, Outcome]:
        """Writes each half by itself, after a refusal that names nobody; one alone is whom it is about."""
        if len(prepared) == 1:
            return {prepared[0].key: refusal}
        half = len(prepared) // 2
        return self._write(prepared[:half], mask) | self._write(prepared[half:], mask)

    def _write_others(self, good: Sequence[_Prepared], mask: frozenset[str]) -> dict[str, Outcome]:
        """Writes those whom a refusal does not name, once more; nothing is raised, for part is settled."""
        try:
            return self._write(good, mask, again=True)
        except SyncError as error:
            return {one.key: error for one in good}

    def _call_one(self, one: _Prepared, mask: frozenset[str]) -> dict[str, Outcome]:
        request = self._people.updateContact(
            resourceName=one.name,
            body=one.body,
            updatePersonFields=",".join(sorted(mask)),
            personFields=READ_MASK,
            sources=[CONTACT_SOURCE],
            fields=PERSON_SHAPE,
            prettyPrint=False,
        )
        answer = self._client.call(request, _MUTATION, WRITE)
        seen = seen_person(answer)
        return {one.key: seen if seen is not None else Unavailable("malformed_answer", ambiguous=True)}

    def _call_all(self, prepared: Sequence[_Prepared], mask: frozenset[str]) -> dict[str, Outcome]:
        body = {
            "contacts": {one.name: one.body for one in prepared},
            "updateMask": ",".join(sorted(mask)),
            "readMask": READ_MASK,
            "sources": [CONTACT_SOURCE],
        }
        request = self._people.batchUpdateContacts(body=body, fields=_UPDATE_FIELDS, prettyPrint=False)
        told = self._client.call(request, _MUTATION, BATCH).get("updateResult") or {}
        outcomes: dict[str, Outcome] = {}
        for one in prepared:
            seen = seen_person((told.get(one.name) or {}).get("person") or {})
            if seen is not None:
                outcomes[one.key] = seen
        silent = [one for one in prepared if one.key not in outcomes]
        # Google may answer a success with an empty map: look for ourselves.
        found = self._read([one.name for one in silent])
        return outcomes | {one.key: found.get(one.name) or NotFound("not_found") for one in silent}

    def _moved(self, prepared: Sequence[_Prepared]) -> dict[str, Outcome]:
        """Who of a batch that was refused as a whole is gone, or has another etag than was sent."""
        found = self._read([one.name for one in prepared])
        bad: dict[str, Outcome] = {}
        for one in prepared:
            seen = found.get(one.name)
            if seen is None:
                bad[one.key] = NotFound("not_found")
            elif _version(seen.etag) != one.source_etag:
                bad[one.key] = Stale("etag_mismatch")
        return bad


def _must_read(item: Update[Contact], mask: frozenset[str]) -> bool:
    """Whether this person's masked fields are not known in full without a read."""
    rich = {PERSON_FIELD[field] for field in item.link.rich if field in PERSON_FIELD}
    return bool(rich & mask) or mask != mask_of(item.fields)


def _prepare(item: Update[Contact], mask: frozenset[str], raw: WireBody | None) -> _Prepared:
    named = identity_in(raw) if raw is not None else identity_of(item.link)
    name = raw["resourceName"] if raw is not None else item.link.remote_id
    body = {**named.as_body(), **changed_person(item.value, item.fields, mask, raw)}
    return _Prepared(item.link.key, name, named.source_etag, body)


def _version(etag: str) -> str:
    """The CONTACT source's etag, which alone says whether the contact moved."""
    return etag.partition(" ")[2]
