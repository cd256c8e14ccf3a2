"""A record whose etag Google refuses although it is the one that it shows: tried a few times, then set aside.

Usually a refused etag means that the record has moved, and the next read tells how. A read may lag, so one
refusal of the etag that is shown proves nothing; but where it goes on, no read will ever help.
"""

from collections.abc import Sequence
from dataclasses import replace

from crmsync.core.model import R, Stored
from crmsync.core.quarantine import ETAG
from crmsync.core.state import Link, Observation
from crmsync.engine.run import aside
from crmsync.engine.run.effects import linked
from crmsync.engine.run.run import Run
from crmsync.store.ports import PutLink, Write

TRIES = 3
"""So often, by one job each, a record is sent with the etag that Google shows before it is set aside."""


def refused(run: Run[R], link: Link, stored: Stored[R], now: Observation[R] | None) -> Sequence[Write]:
    """The writes after Google has refused the link's etag: the record comes again, or is set aside.

    now: what Google shows since, with the content that the link's base knows; None when the next job reads.
    """
    if now is not None and now.etag != link.etag:
        return [PutLink(linked(link, now)), run.touch(stored)]
    if link.state != "quarantined":
        if link.tries + 1 < TRIES:
            return [PutLink(replace(link, tries=link.tries + 1)), run.touch(stored)]
        link = replace(link, tries=0)
    return [PutLink(aside.set_aside(run, link, stored, ETAG))]
