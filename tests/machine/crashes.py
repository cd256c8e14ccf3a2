"""Dying at a chosen moment: before or after the k-th effect of a job, as a process that is killed would."""

from collections.abc import Mapping, Sequence
from typing import Any

from crmsync.engine.ports import GoogleSession, Remote
from crmsync.store.documents import Documents, DocumentWrite


class Crash(BaseException):
    """The process is gone. A BaseException, so that nothing that answers failures can answer this one."""


class Fuse:
    """Counts effects and blows at the chosen one. An effect is a commit to the store or a mutation at Google."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.after = False
        self.blown = 0

    def set(self, effects: int, *, after: bool) -> None:
        """Blow at the effect with this number (from 0), before it or after it has happened."""
        self.left, self.after = effects, after

    def clear(self) -> None:
        self.left = None

    def before(self) -> None:
        if self.left == 0 and not self.after:
            self._blow()

    def done(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            self._blow()
        self.left -= 1

    def _blow(self) -> None:
        self.left = None
        self.blown += 1
        raise Crash


class FusedDocuments:
    """Documents whose commits are effects."""

    def __init__(self, inner: Documents, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        self.fuse.before()
        answer = self.inner.commit(writes)
        self.fuse.done()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class FusedRemote:
    """A Google collection whose mutations are effects."""

    def __init__(self, inner: Remote[Any], fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.inner, name)
        if name not in ("create", "update", "delete"):
            return attribute

        def effect(*args: Any, **kwargs: Any) -> Mapping[str, Any]:
            self.fuse.before()
            answer: Mapping[str, Any] = attribute(*args, **kwargs)
            self.fuse.done()
            return answer

        return effect


class FusedSession:
    """A session whose collections are fused."""

    def __init__(self, inner: GoogleSession, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    def contacts(self) -> Any:
        return FusedRemote(self.inner.contacts(), self.fuse)

    def calendar(self, calendar_id: str, window_start: Any = None) -> Any:
        return FusedRemote(self.inner.calendar(calendar_id, window_start), self.fuse)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class FusedGoogle:
    """Google whose sessions are fused."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    def session(self, uid: str, sealed_token: str | None) -> Any:
        session = self.inner.session(uid, sealed_token)
        return None if session is None else FusedSession(session, self.fuse)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
