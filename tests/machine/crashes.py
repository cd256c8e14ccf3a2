"""What can happen at a chosen moment of a job: the process dies, or something else happens meanwhile.

An effect is a commit to the store or a mutation at Google. A fuse counts the effects of a job and blows
before or after the k-th.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from crmsync.engine.ports import GoogleSession, Remote
from crmsync.store.documents.port import Documents, DocumentWrite

Effect = Literal["commit", "create", "update", "delete"]
Event = Callable[[Effect], None]
"""What happens when the fuse blows: told whether the job is at a commit or at which mutation at Google."""


class Crash(BaseException):
    """The process is gone. A BaseException, so that nothing that answers failures can answer this one."""


def die(_: Effect) -> None:
    """The process dies here."""
    raise Crash


class Fuse:
    """Counts effects and blows once, at the chosen one."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.after = False
        self.event: Event = die
        self.armed: Callable[[], bool] = lambda: True
        """Whether an effect counts now: where people act beside the jobs, only those of jobs do."""
        self.blown = 0
        self.deleted = 0
        """The most contacts that one job deleted at Google."""
        self.look: Callable[[], Any] = lambda: None
        """What a job knows by looking at records; told when it deletes some."""
        self.deletes: Callable[[Sequence[Any], Any], None] = lambda links, known: None
        """Called at the moment when Google is about to delete what these links name."""

    def set(self, effects: int, *, after: bool, event: Event = die) -> None:
        """Blow at the effect with this number (from 0), before it or after it has happened."""
        self.left, self.after, self.event = effects, after, event

    def clear(self) -> None:
        self.left = None

    def before(self, effect: Effect) -> None:
        if self.left == 0 and not self.after and self.armed():
            self._blow(effect)

    def done(self, effect: Effect) -> None:
        if self.left is None or not self.armed():
            return
        if self.left == 0:
            self._blow(effect)
        else:
            self.left -= 1

    def _blow(self, effect: Effect) -> None:
        self.left = None
        self.blown += 1
        self.event(effect)


class FusedDocuments:
    """Documents whose commits are effects."""

    def __init__(self, inner: Documents, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    def commit(self, writes: Sequence[DocumentWrite]) -> Sequence[str]:
        self.fuse.before("commit")
        answer = self.inner.commit(writes)
        self.fuse.done("commit")
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class FusedRemote:
    """A Google collection whose mutations are effects."""

    def __init__(self, inner: Remote[Any], fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse
        self.deleted = 0
        self.known = fuse.look()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def read(self, *args: Any, **options: Any) -> Mapping[str, Any]:
        self.known = self.fuse.look()
        answer: Mapping[str, Any] = self.inner.read(*args, **options)
        return answer

    def create(self, items: Sequence[Any]) -> Mapping[str, Any]:
        self.fuse.before("create")
        answer = self.inner.create(items)
        self.fuse.done("create")
        return answer

    def update(self, items: Sequence[Any]) -> Mapping[str, Any]:
        self.fuse.before("update")
        answer = self.inner.update(items)
        self.fuse.done("update")
        return answer

    def delete(self, links: Sequence[Any], **options: Any) -> Mapping[str, Any]:
        self.fuse.before("delete")
        self.deleted += len(links)
        self.fuse.deleted = max(self.fuse.deleted, self.deleted)
        self.fuse.deletes(links, self.known)
        answer = self.inner.delete(links, **options)
        self.fuse.done("delete")
        return answer


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
