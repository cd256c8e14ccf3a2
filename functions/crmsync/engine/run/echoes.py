"""Etags that moved while nothing else did: remembered for the job, for each written down costs a write."""

from dataclasses import replace
from typing import Generic

from crmsync.core.model import R
from crmsync.core.state import Link, Observation

MOST = 1_000
"""So many are remembered: a job's memory does not grow with the address book."""


class Echoes(Generic[R]):
    """By link key: what the pull saw of records whose content is as it was."""

    def __init__(self) -> None:
        self._seen: dict[str, Observation[R]] = {}

    def note(self, link: Link, observation: Observation[R]) -> None:
        """Remembers an etag that is another than the link's."""
        if observation.etag != link.etag and len(self._seen) < MOST:
            self._seen[link.key] = replace(observation, value=None, raw=None)

    def current(self, link: Link) -> Link:
        """The link with what was seen of it, so that an update is not refused for an old etag."""
        seen = self._seen.get(link.key)
        if seen is None or (seen.rtime is not None and seen.rtime < link.rtime):
            return link
        return replace(link, etag=seen.etag, name=seen.name, remote_id=seen.remote_id, rich=seen.rich)
