"""Commits: all or nothing, and the fence around a job's own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crmsync import tally
from crmsync.core.account import ResourceState, User
from crmsync.core.scope import Scope
from crmsync.store.counts import counts_of
from crmsync.store.documents.limits import check_writes
from crmsync.store.documents.port import (
    SERVER_TIME,
    Changes,
    Document,
    DocumentWrite,
    Merge,
    PreconditionFailed,
    Update,
)
from crmsync.store.encoding import paths
from crmsync.store.encoding.translation import translated
from crmsync.store.errors import Conflicted, InvalidWrite, StoreUnavailable, Superseded
from crmsync.store.parts import marks
from crmsync.store.parts.users import Users, merged_state, parts_data, user_from, with_parts, with_rev
from crmsync.store.parts.withdrawn import Withdrawn
from crmsync.store.withdrawn.shards import is_shard
from crmsync.store.writes import Committed, DropCandidate, Guard, PutCandidate, PutUser, Write

ATTEMPTS = 10
"""How often a guarded commit is tried when only others' parts of the user document moved."""

_Batch = Sequence[tuple[DocumentWrite, str | None]]


class Commits(Users, Withdrawn):
    """Writes, all or nothing."""

    def commit(
        self,
        scope: Scope,
        writes: Sequence[Write],
        guard: Guard | None = None,
        *,
        expect_user: str | None = None,
    ) -> Committed:
        """Writes all or nothing. Raises Conflicted, Superseded, InvalidWrite, StoreUnavailable."""
        if guard is not None and expect_user is not None:
            raise InvalidWrite("a commit takes a guard or an expected version")
        parts = _parts_of(writes)
        batch = translated(scope, writes, guard.rev + 1 if guard else 0, self._digest)
        mark = marks.new()
        if guard is not None:
            return self._commit_guarded(scope, parts, batch, writes, guard, mark)
        user = _user_write(scope, parts, mark, expect_user)
        try:
            version, versions = self._write(scope, user, batch, writes)
        except PreconditionFailed as failed:
            if not failed.doubtful:
                raise Conflicted(paths.described(failed.path)) from failed
            found = self._documents.get(paths.user(scope)) if user is not None else None
            if found is None or not marks.is_last(found, mark):
                raise StoreUnavailable("the answer to a commit was lost") from failed
            return self._landed(found, mark, batch, writes)
        if user is None:
            return Committed(None, versions)
        base = self._remembered(scope, expect_user) if expect_user is not None else None
        return Committed(self._become(scope, base, parts, version), versions)

    def size(self, scope: Scope, writes: Sequence[Write]) -> int:
        """Bytes that these writes take of a commit, but for those of the user document, of the sheet and of
        withdrawn addresses.
        """
        batch = translated(scope, writes, 0, self._digest)
        return check_writes([write for write, _ in batch]).request

    def change_users(self, changes: Sequence[tuple[User, Mapping[str, object]]]) -> Sequence[User]:
        """Replaces parts of several users' documents in one commit, each under the version that was read."""
        mark = marks.new()
        updates = [
            Update(paths.user(user.scope), {**parts_data(parts), **marks.fields(mark)}, user.version)
            for user, parts in changes
        ]
        try:
            versions = self._documents.commit(updates) if updates else ()
        except PreconditionFailed as failed:
            if failed.doubtful:
                raise StoreUnavailable("the answer to a commit was lost") from failed
            raise Conflicted(paths.described(failed.path)) from failed
        return [
            self._remember(with_parts(user, parts, version))
            for (user, parts), version in zip(changes, versions, strict=True)
        ]

    def _commit_guarded(
        self,
        scope: Scope,
        parts: Mapping[str, object],
        batch: _Batch,
        writes: Sequence[Write],
        guard: Guard,
        mark: str,
    ) -> Committed:
        """Commits under the version last seen, and again under a newer one as long as the guard holds.

        What seems to fail may have landed, and only its answer was lost: then the mark is found.
        """
        if {"contacts", "calendar"} - {guard.resource} & parts.keys():
            raise InvalidWrite("a job writes the state of its own resource only")
        seen = self._remembered(scope, guard.user_version)
        base, version = seen, guard.user_version
        for _ in range(ATTEMPTS):
            data = parts_data(parts)
            if isinstance(state := data.get(guard.resource), dict):
                state["rev"] = guard.rev + 1
            else:
                data[f"{guard.resource}.rev"] = guard.rev + 1
            data |= marks.fields(mark, guard.resource)
            try:
                user = Update(paths.user(scope), data, version)
                now, versions = self._write(scope, user, batch, writes)
            except StoreUnavailable:
                found = self._documents.get(paths.user(scope))
                if (landed := self._landed_under(guard, found, mark, batch, writes)) is None:
                    raise
                return landed
            except PreconditionFailed as failed:
                moved = failed.path == paths.user(scope)
                found = self._documents.get(paths.user(scope)) if moved or failed.doubtful else None
                if (landed := self._landed_under(guard, found, mark, batch, writes)) is not None:
                    return landed
                if not moved:
                    raise Conflicted(paths.described(failed.path)) from failed
                base = self._still_holding(found, guard)
                parts = _beside(scope, parts, guard, seen, base)
                assert base.version is not None
                seen, version = base, base.version
                continue
            written = parts if base is None else with_rev(base, guard.resource, parts, guard.rev + 1)
            return Committed(self._become(scope, base, written, now), versions)
        raise StoreUnavailable("the user document never stood still")

    def _landed_under(
        self, guard: Guard, found: Document | None, mark: str, batch: _Batch, writes: Sequence[Write]
    ) -> Committed | None:
        """What a job's commit did that landed without an answer; None when it has not landed.

        Raises Superseded when the job holds no more since.
        """
        if found is None or not marks.is_last_of(found, mark, guard.resource):
            return None
        self._still_holding(found, replace(guard, rev=guard.rev + 1, rounds=None))
        return self._landed(found, mark, batch, writes)

    def _landed(self, found: Document, mark: str, batch: _Batch, writes: Sequence[Write]) -> Committed:
        """What a commit did that landed without an answer. found: the user document with its mark.

        All documents of a commit get one version. When the user document has moved on since, it is not known
        which: then the versions are such as no document has, and whoever relies on one is refused.
        """
        tally.count(**counts_of(writes))
        version = found.version if marks.is_last(found, mark) else ""
        return Committed(
            self._remember(user_from(found)), {name: version for _, name in batch if name is not None}
        )

    def _still_holding(self, found: Document | None, guard: Guard) -> User:
        """The user as the document found now says, if what the guard relies on is as it was.

        Raises Superseded.
        """
        fresh = None if found is None else self._remember(user_from(found))
        if fresh is None or fresh.connection is None or fresh.connection.sub != guard.sub:
            raise Superseded("the connection ended")
        if fresh.generation != guard.generation:
            raise Superseded("the connection is another")
        if fresh.resource(guard.resource).rev != guard.rev:
            raise Superseded("another job committed")
        if guard.rounds is not None and fresh.rounds != guard.rounds:
            raise Superseded("the import rounds moved on")
        return fresh

    def _write(
        self, scope: Scope, user: DocumentWrite | None, batch: _Batch, writes: Sequence[Write]
    ) -> tuple[str, Mapping[str, str]]:
        """Commits the user document first, so that its precondition is the first to be named, and last what
        follows for withdrawn addresses and for the directory of the sheet.
        """
        documents = [*([] if user is None else [user]), *(write for write, _ in batch)]
        answered = self._with_what_follows(scope, documents, writes)
        tally.count(**counts_of(writes))
        version, answered = ("", answered) if user is None else (answered[0], answered[1:])
        versions = {name: new for (_, name), new in zip(batch, answered, strict=True) if name is not None}
        return version, versions

    def _with_what_follows(
        self, scope: Scope, documents: Sequence[DocumentWrite], writes: Sequence[Write]
    ) -> Sequence[str]:
        """Commits, again when only withdrawn addresses or the directory moved meanwhile; answers the
        documents' new versions.
        """
        put = [write.candidate for write in writes if isinstance(write, PutCandidate)]
        dropped = [write.key for write in writes if isinstance(write, DropCandidate)]
        directories = self._directories
        for attempt in range(ATTEMPTS):
            listed = directories.step(scope, put, dropped, fresh=attempt > 0) if put or dropped else None
            follows = [*self._withdrawing(scope, writes), *(listed.writes if listed else ())]
            try:
                answered = self._documents.commit([*documents, *follows])
            except PreconditionFailed as failed:
                is_list = directories.is_list(scope, failed.path)
                if failed.doubtful and listed:
                    directories.forget(scope)
                if failed.doubtful or not (is_list or is_shard(scope, failed.path)):
                    raise
                continue
            except StoreUnavailable:
                if listed:
                    directories.forget(scope)
                raise
            if listed:
                directories.remember(scope, listed.done(answered[-1]))
            return answered[: len(documents)]
        raise StoreUnavailable("what follows a commit never stood still")

    def _become(self, scope: Scope, base: User | None, parts: Mapping[str, object], version: str) -> User:
        """The user after a commit: from the state it was based on, or read when that is not known."""
        if base is not None:
            return self._remember(with_parts(base, parts, version))
        fresh = self.user(scope)
        if fresh is None:
            raise Superseded("the user is gone")
        return fresh


def _beside(
    scope: Scope, parts: Mapping[str, object], guard: Guard, seen: User | None, fresh: User
) -> dict[str, object]:
    """The parts to write over a newer user document, with what others changed meanwhile.

    Raises Conflicted.

    Without the state that the parts were made from it is not known what others changed: read and decide
    again.
    """
    if seen is None and parts:
        raise Conflicted(paths.described(paths.user(scope)))
    beside = dict(parts)
    for part, ours in parts.items():
        if part == guard.resource and isinstance(ours, ResourceState) and seen is not None:
            beside[part] = merged_state(seen.resource(guard.resource), ours, fresh.resource(guard.resource))
        elif part != "next_due_at" and getattr(seen, part) != getattr(fresh, part):
            raise Conflicted(paths.described(paths.user(scope)))
    return beside


def _parts_of(writes: Sequence[Write]) -> dict[str, object]:
    """The parts of the user document that a commit replaces. Raises InvalidWrite."""
    puts = [write for write in writes if isinstance(write, PutUser)]
    if len(puts) > 1:
        raise InvalidWrite("a commit takes one PutUser")
    return dict(puts[0].parts) if puts else {}


def _user_write(
    scope: Scope, parts: Mapping[str, object], mark: str, expect: str | None
) -> DocumentWrite | None:
    """What an unguarded commit writes to the user document: under a version, or beside whatever is there;
    None for nothing.
    """
    data: Changes = parts_data(parts)
    if expect is not None:
        return Update(
            paths.user(scope), {**(data or {"checked_at": SERVER_TIME}), **marks.fields(mark)}, expect
        )
    return Merge(paths.user(scope), {**data, **marks.fields(mark)}) if parts else None
