"""What the labels of offered contacts are called at Google."""

from collections.abc import Iterable, Mapping

from crmsync.core.model import Contact
from crmsync.core.sheet.labels import renamed, shown
from crmsync.core.state import Observation
from crmsync.engine.run.run import Run

_BY_ITSELF = frozenset(("schedule", "change"))
"""What asks for a job without anybody who waits for it: it looks for no other names."""


def names(run: Run[Contact], offered: Iterable[Observation[Contact]]) -> Mapping[str, str]:
    """Names of labels by id; asked of Google only when a contact has one that is not known yet."""
    known = run.state.label_names
    if run.memory.labels is None and any(id not in known for item in offered for id in shown(item.labels)):
        run.memory.labels = run.session.labels()
    return {**known, **(run.memory.labels or {})}


def follow(run: Run[Contact]) -> None:
    """Notes what labels are called by now, and which are gone. Costs one call in a job that somebody has
    asked for, or that has listed everything, and none as long as no offered contact has a label; a write when
    anything is called otherwise.
    """
    known = run.state.label_names
    listed_all = run.state.full_at is not None and run.state.full_at >= run.started
    if not known or (run.reason in _BY_ITSELF and not listed_all and run.memory.labels is None):
        return
    if run.memory.labels is None:
        run.memory.labels = run.session.labels()
    now = renamed(known, run.memory.labels)
    if now != known:
        run.ledger.commit(label_names=now)
