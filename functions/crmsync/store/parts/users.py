"""The user document: read, remembered by version, and changed part by part."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from crmsync import tally
from crmsync.core.account import ResourceState, User
from crmsync.core.model import Resource
from crmsync.core.scope import DEFAULT_ACCOUNT, Scope
from crmsync.core.text.digest import Digester, unkeyed
from crmsync.store.documents.port import Document, Documents, Filter, Query, Value
from crmsync.store.encoding import paths
from crmsync.store.encoding.codec import Unreadable, decode, encode_fields
from crmsync.store.encoding.paths import ACCOUNTS, USERS
from crmsync.store.errors import InvalidWrite
from crmsync.store.parts.reading import Part

PARTS = frozenset(field.name for field in fields(User)) - {"uid", "account", "version"}
"""The parts of the user document that may be replaced one by one."""

_ASKED = frozenset(("requested_at", "decided_at"))
_REMEMBERED = 512


class Users(Part):
    """Reads of user documents.

    A version names one state of a document for ever, so states are remembered by it: a commit that holds
    under a version need not read the document again to know what it has become.
    """

    def __init__(self, documents: Documents, digest: Digester = unkeyed) -> None:
        super().__init__(documents, digest)
        self._lock = threading.Lock()
        self._states: OrderedDict[tuple[Scope, str], User] = OrderedDict()

    def user(self, scope: Scope) -> User | None:
        """The user document."""
        document = self._documents.get(paths.user(scope)) if paths.fits(scope) else None
        return None if document is None else self._remember(user_from(document))

    def accounts(self, scope: Scope) -> Sequence[Scope]:
        """The scopes of all Google accounts of the user, the default one first."""
        own = replace(scope, account=DEFAULT_ACCOUNT)
        if not paths.fits(own):
            return [own]
        further = self._all(Query(paths.collection(own, ACCOUNTS)))
        return [own, *(replace(own, account=paths.original(document.id)) for document in further)]

    def due_users(self, now: datetime, limit: int) -> Sequence[User]:
        """Users whose `next_due_at` has come, oldest first. Whose document cannot be read holds up nobody."""
        found: list[User] = []
        start: tuple[Value, ...] = ()
        while len(found) < limit:
            asked = limit - len(found)
            query = Query(
                USERS, (Filter("next_due_at", "<=", now),), ("next_due_at",), start_after=start, limit=asked
            )
            page = self._documents.query(query)
            for document in page:
                try:
                    found.append(self._remember(user_from(document)))
                except Unreadable:
                    tally.count(unreadable=1)
            if len(page) < asked:
                break
            start = (page[-1].data["next_due_at"], page[-1].id)
        return found

    def _remember(self, user: User) -> User:
        assert user.version is not None
        with self._lock:
            self._states[user.scope, user.version] = user
            self._states.move_to_end((user.scope, user.version))
            if len(self._states) > _REMEMBERED:
                self._states.popitem(last=False)
        return user

    def _forget(self, scope: Scope) -> None:
        """Nothing is known of the user any more."""
        with self._lock:
            for key in [key for key in self._states if key[0].uid == scope.uid]:
                del self._states[key]

    def _remembered(self, scope: Scope, version: str) -> User | None:
        with self._lock:
            return self._states.get((scope, version))


def user_from(document: Document) -> User:
    """A user from its document."""
    uid, account = paths.owner(document.path)
    return decode(User, document.data, uid=uid, account=account, version=document.version)


def parts_data(parts: Mapping[str, object]) -> dict[str, Value]:
    """The data of some parts of a user document. Raises InvalidWrite for a name that is not a part."""
    if unknown := parts.keys() - PARTS:
        raise InvalidWrite(f"not parts of a user: {sorted(unknown)}")
    return encode_fields(User, parts)


def merged_state(base: ResourceState, ours: ResourceState, theirs: ResourceState) -> ResourceState:
    """Our state with what others changed meanwhile in fields that we left alone.

    Only jobs move the rev, so `theirs` has nothing but requests: a later click or decision is never cleared
    by an earlier job.
    """
    kept = {
        field.name: value
        for field in fields(ResourceState)
        if (value := getattr(theirs, field.name)) != getattr(base, field.name)
        and (field.name in _ASKED or getattr(ours, field.name) == getattr(base, field.name))
    }
    return replace(ours, **kept)


def with_parts(user: User, parts: Mapping[str, object], version: str) -> User:
    """The user as it is after a commit of these parts."""
    # Of which type each part is follows from its name, which no mapping can say.
    named: Mapping[str, Any] = parts
    return replace(user, **named, version=version)


def with_rev(user: User, resource: Resource, parts: Mapping[str, object], rev: int) -> dict[str, object]:
    """The parts with the guarded resource's state among them, at its new rev."""
    given = parts.get(resource)
    state = given if isinstance(given, ResourceState) else user.resource(resource)
    return {**parts, resource: replace(state, rev=rev)}
