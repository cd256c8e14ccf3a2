"""A pair that was set aside goes on, and what hangs on its record with it."""

from crmsync.core.model import R, Stored
from crmsync.core.state import Link
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Work
from crmsync.store.ports import PutRecord


def come_out(run: Run[R], link: Link, stored: Stored[R], work: Work[R]) -> None:
    """Adds to `work` what follows when the pair is set aside no longer; nothing when it was not. link: as it
    was.
    """
    if link.state != "quarantined":
        return
    back, _ = run.side.dependants.come_out(run, link, stored.id, stored.value)
    work.put(*back)
    work.requeued |= {write.id for write in back if isinstance(write, PutRecord)}
