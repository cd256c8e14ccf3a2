"""Direct reads at Google, in calls of the size that it takes."""

from collections.abc import Sequence

from crmsync.core.chunks import chunks
from crmsync.core.model import R
from crmsync.core.state import Link, Observation
from crmsync.engine.ports import Remote
from crmsync.engine.run.run import Run


def read_all(remote: Remote[R], remote_ids: Sequence[str]) -> dict[str, Observation[R]]:
    """Records as they are now, deleted ones as such or left out, by Google's id."""
    found: dict[str, Observation[R]] = {}
    for some in chunks(remote_ids, remote.read_size):
        found |= remote.read(some)
    return found


def read_linked(run: Run[R], links: Sequence[Link]) -> dict[str, Observation[R]]:
    """The same of the records behind these links, by link key."""
    found = read_all(run.remote, [link.remote_id for link in links])
    return {link.key: found[link.remote_id] for link in links if link.remote_id in found}


def tombstone(link: Link) -> Observation[R]:
    """What is seen of a record that is not there any more."""
    return Observation(link.key, link.name, link.remote_id, link.etag, None, deleted=True, value=None)


def confirm(run: Run[R], links: Sequence[Link]) -> dict[str, Observation[R]]:
    """Of records reported deleted, those that exist after all, by link key.

    A late tombstone cannot kill a recreated record.
    """
    return {key: item for key, item in read_linked(run, links).items() if not item.deleted}
