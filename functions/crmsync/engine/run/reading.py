"""Direct reads at Google, in calls of the size that it takes."""

from collections.abc import Sequence

from crmsync.core.model import R
from crmsync.core.state import Link, Observation
from crmsync.engine.run.run import Run


def confirm(run: Run[R], links: Sequence[Link]) -> dict[str, Observation[R]]:
    """Direct reads of records reported deleted: those that exist after all, by link key.

    A late tombstone cannot kill a recreated record.
    """
    found: dict[str, Observation[R]] = {}
    for start in range(0, len(links), run.remote.read_size):
        chunk = links[start : start + run.remote.read_size]
        read = run.remote.read([link.remote_id for link in chunk])
        for link in chunk:
            observation = read.get(link.remote_id)
            if observation is not None and not observation.deleted:
                found[link.key] = observation
    return found
