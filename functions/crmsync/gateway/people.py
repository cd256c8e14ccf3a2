"""A user's Google contacts, as the engine's `Remote[Contact]`.

Every read uses one mask (`person_shape`). A batch is all or nothing at Google: when one is refused, the bad
records get their errors and the others are sent once more without them: one bad record stops no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crmsync import logs
from crmsync.core.chunks import chunks
from crmsync.core.errors import NotFound, Refused, SyncError, Unavailable
from crmsync.core.json_types import Json
from crmsync.core.model import Contact
from crmsync.core.quarantine import INTERNAL
from crmsync.core.state import Link, Observation
from crmsync.engine.ports import New, Page, Update
from crmsync.gateway import people_update, person
from crmsync.gateway.client import Client, resource
from crmsync.gateway.errors import Attempt, BatchRefused, from_rpc, malformed
from crmsync.gateway.people_costs import BATCH, DELETE, GROUPS, READ
from crmsync.gateway.person_shape import CONTACT_SOURCE, PERSON_SHAPE, READ_MASK
from crmsync.gateway.person_write import new_person
from crmsync.gateway.photos import GOOGLES, Pictures
from crmsync.gateway.wire import WireBody

Outcome = Observation[Contact] | SyncError

PAGE_SIZE = 1000
_LIST_FIELDS = f"nextPageToken,nextSyncToken,totalItems,connections({PERSON_SHAPE})"
_GET_FIELDS = f"responses(requestedResourceName,status,person({PERSON_SHAPE}))"
_CREATE_FIELDS = f"createdPeople(status,person({PERSON_SHAPE}))"
_GROUP_FIELDS = "nextPageToken,contactGroups(resourceName,groupType,formattedName,name)"
_MUTATION = Attempt(mutates=True)
_OWN_LABELS = frozenset({"starred", "friends", "family", "coworkers"})
"""System groups that a person puts contacts into; `myContacts` and the like say nothing of a contact."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A contact to create, as Google is sent it."""

    crm: str
    body: dict[str, Json]


class People:
    """The contacts of one user, on one thread. Implements `crmsync.engine.ports.Remote`."""

    create_size = 200
    update_size = 200
    delete_size = 500
    read_size = 200

    def __init__(self, root: str, client: Client, own_key: str, pictures: Pictures = GOOGLES) -> None:
        """`root`: the People API's address, with a trailing slash. `own_key`: how our keys are named.

        pictures: those that may be shown.
        """
        self._people = resource("people.v1", root, "people")
        self._connections = resource("people.v1", root, "people.connections")
        self._groups = resource("people.v1", root, "contactGroups")
        self._client = client
        self._own_key = own_key
        self._pictures = pictures

    def list_page(
        self, sync_token: str | None, page_token: str | None, *, resumes: bool = True
    ) -> Page[Contact]:
        """One page of up to 1,000. Google wants every other parameter the same from page to page and sync to
        sync.
        """
        request = self._connections.list(
            resourceName="people/me",
            personFields=READ_MASK,
            sources=[CONTACT_SOURCE],
            pageSize=PAGE_SIZE,
            requestSyncToken=True if resumes else None,
            syncToken=sync_token,
            pageToken=page_token,
            fields=_LIST_FIELDS,
            prettyPrint=False,
        )
        attempt = Attempt(cursor=bool(sync_token or page_token))
        answer = self._client.call(request, attempt, READ)
        page = Page(
            items=tuple(self._whole(answer.get("connections") or ())),
            next_page_token=answer.get("nextPageToken"),
            next_sync_token=answer.get("nextSyncToken"),
            total=answer.get("totalItems"),
        )
        if resumes and page.next_page_token is None and page.next_sync_token is None:
            # A quiet delta has no `connections`, but always its next token: without one this is no answer.
            raise malformed(attempt)
        return page

    def read(self, remote_ids: Sequence[str]) -> Mapping[str, Observation[Contact]]:
        """Direct reads by resource name, keyed by the name asked for; who is not found is absent.

        Nothing but Google's own NOT_FOUND makes a contact absent: any other status is raised.
        """
        if not remote_ids:
            return {}
        request = self._people.getBatchGet(
            resourceNames=list(remote_ids),
            personFields=READ_MASK,
            sources=[CONTACT_SOURCE],
            fields=_GET_FIELDS,
            prettyPrint=False,
        )
        answer = self._client.call(request, Attempt(), READ)
        told = {item.get("requestedResourceName"): item for item in answer.get("responses") or ()}
        found: dict[str, Observation[Contact]] = {}
        for name in remote_ids:
            seen = self._read_response(told.get(name))
            if seen is not None:
                found[name] = seen
        return found

    def create(self, items: Sequence[New[Contact]]) -> Mapping[str, Outcome]:
        """Creates contacts that carry our key, by which the answers are told apart.

        Raises what concerns the whole call, as long as nothing was made. A definite refusal has made nothing,
        so that the records it does not name are sent again in smaller calls; an unknown outcome never is.
        """
        outcomes: dict[str, Outcome] = {}
        if written := list(self._written(items, outcomes)):
            self._create(written, outcomes)
        return outcomes

    def update(self, items: Sequence[Update[Contact]]) -> Mapping[str, Outcome]:
        """Updates contacts under both etags; see `people_update`."""
        return people_update.perform(self._people, self._client, self.read, items)

    def delete(self, links: Sequence[Link], *, notify: bool = False) -> Mapping[str, SyncError | None]:
        """Deletes contacts, whatever their etags: Google checks none. Who is gone counts as deleted."""
        outcomes: dict[str, SyncError | None] = dict.fromkeys(link.key for link in links)
        try:
            self._delete(links, outcomes)
        except NotFound:
            living = self._living(links)
            self._delete([link for link in links if link.remote_id in living], outcomes)
        return outcomes

    def labels(self) -> Mapping[str, str]:
        """The user's labels: resource name of the group to the name shown."""
        names: dict[str, str] = {}
        token: str | None = None
        while True:
            request = self._groups.list(
                pageSize=PAGE_SIZE, pageToken=token, groupFields="name,groupType", fields=_GROUP_FIELDS
            )
            answer = self._client.call(request, Attempt(), GROUPS)
            for group in answer.get("contactGroups") or ():
                if group.get("groupType") == "USER_CONTACT_GROUP" or group.get("name") in _OWN_LABELS:
                    names[group["resourceName"]] = group.get("formattedName") or group.get("name", "")
            token = answer.get("nextPageToken")
            if token is None:
                return names

    def _seen(self, one: WireBody, *, keep_raw: bool = False) -> Observation[Contact] | None:
        return person.seen(one, self._own_key, self._pictures, keep_raw=keep_raw)

    def _whole(self, people: Sequence[WireBody]) -> Iterator[Observation[Contact]]:
        """What a page shows, with direct reads in place of contacts that the listing may have cut.

        A listing shows 100 addresses and 100 numbers of a contact, whatever there are: taken as it comes, the
        rest would be taken for removed. Who is not found is left out: the next delta tells of the deletion,
        and a complete listing has the absent looked for.
        """
        cut = [one["resourceName"] for one in people if person.is_cut(one)]
        read = {name: seen for some in chunks(cut, self.read_size) for name, seen in self.read(some).items()}
        for one in people:
            item = self._seen(one)
            if item is not None and item.remote_id in cut:
                whole = read.get(item.remote_id)
                # Earlier names are told by deltas alone.
                item = None if whole is None else replace(whole, previous=item.previous, raw=None)
            if item is not None:
                yield item

    def _create(self, items: list[_Written], outcomes: dict[str, Outcome], *, again: bool = False) -> None:
        try:
            outcomes.update(self._send(items))
        except BatchRefused as refusal:
            self._create_others(items, refusal, outcomes, again=again)
        except Refused as refusal:
            if len(items) == 1 or refusal.reason == "contacts_full":
                outcomes.update({item.crm: refusal for item in items})
                return
            half = len(items) // 2
            self._create(items[:half], outcomes)
            self._create(items[half:], outcomes)
        except SyncError as error:
            ambiguous = isinstance(error, Unavailable) and error.ambiguous
            if ambiguous or not outcomes:
                raise
            # Part of the items is settled: raising would say that nothing was made.
            outcomes.update({item.crm: error for item in items})

    def _create_others(
        self, items: list[_Written], refusal: BatchRefused, outcomes: dict[str, Outcome], *, again: bool
    ) -> None:
        """Settles the records that a refusal names, and sends the others once more."""
        bad = {items[int(at)].crm: error for at, error in refusal.errors.items() if at.isdigit()}
        outcomes.update(bad)
        good = [item for item in items if item.crm not in bad]
        if again or not bad:
            outcomes.update({item.crm: Unavailable("batch_refused") for item in good})
        elif good:
            self._create(good, outcomes, again=True)

    def _send(self, items: Sequence[_Written]) -> dict[str, Outcome]:
        body = {
            "contacts": [{"contactPerson": item.body} for item in items],
            "readMask": READ_MASK,
            "sources": [CONTACT_SOURCE],
        }
        request = self._people.batchCreateContacts(body=body, fields=_CREATE_FIELDS, prettyPrint=False)
        answer = self._client.call(request, _MUTATION, BATCH)
        made: dict[str, Outcome] = {}
        for response in answer.get("createdPeople") or ():
            seen = self._seen(response.get("person") or {})
            if seen is not None and seen.own_key is not None:
                made[seen.own_key] = seen
        if made.keys() != {item.crm for item in items}:
            # A success that does not show every contact leaves the others in doubt: a scan will tell.
            raise malformed(_MUTATION)
        return made

    def _delete(self, links: Sequence[Link], outcomes: dict[str, SyncError | None]) -> None:
        if not links:
            return
        names = [link.remote_id for link in links]
        request = (
            self._people.deleteContact(resourceName=names[0])
            if len(names) == 1
            else self._people.batchDeleteContacts(body={"resourceNames": names})
        )
        try:
            self._client.call(request, _MUTATION, DELETE)
        except Refused as refusal:
            if len(links) == 1:
                outcomes[links[0].key] = refusal
                return
            half = len(links) // 2
            self._delete(links[:half], outcomes)
            self._delete(links[half:], outcomes)

    def _living(self, links: Sequence[Link]) -> set[str]:
        names = [link.remote_id for link in links]
        return {name for some in chunks(names, self.read_size) for name in self.read(some)}

    def _read_response(self, response: WireBody | None) -> Observation[Contact] | None:
        if response is not None and response.get("person"):
            return self._seen(response["person"], keep_raw=True)
        status = (response or {}).get("status")
        if not status or not status.get("code"):
            raise malformed(Attempt())
        error = from_rpc(status)
        if isinstance(error, NotFound):
            return None
        raise error

    def _written(self, items: Sequence[New[Contact]], outcomes: dict[str, Outcome]) -> Iterator[_Written]:
        """The bodies of contacts; of one that cannot be written the outcome says so."""
        for item in items:
            try:
                yield _Written(item.crm, new_person(item.value, item.crm, self._own_key))
            except Exception as error:
                logs.failure("unwritable contact", error, record=item.crm)
                outcomes[item.crm] = Refused(INTERNAL)
