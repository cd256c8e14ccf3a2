"""The decision table of occurrences that do not take place: where a cancellation meets the other side.

To cancel an occurrence is to delete it: it wins over nothing, an edit of the other side wins over it. But
nothing is removed: the exception stays, on both sides, for it has to be remembered.
"""

from dataclasses import replace

from crmsync.core.calendar.occurrences import is_cancelled_occurrence
from crmsync.core.fields import get as value_of
from crmsync.core.fields import names, with_fields
from crmsync.core.model import Appointment, R
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.merge import merge
from crmsync.core.pair.plan import Action, Decision, Rules, Seen
from crmsync.core.state import Base, Link, Projection

STATUS = frozenset(("status",))


def decide_cancelled(
    link: Link, local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules
) -> Decision[R] | None:
    """What to do with a pair of exceptions of which one is cancelled; None when this table has no say.

    local, remote: as for `decide`.
    """
    here = local is not None and is_cancelled_occurrence(local.value)
    there = remote is not None and is_cancelled_occurrence(remote.value)
    if not (here or there) or _is_gone(local) or _is_gone(remote):
        return None
    told, heard = rules.sharing.told, rules.sharing.heard
    new_here = here and local is not None and bool(told(link, local.projection))
    new_there = there and remote is not None and bool(heard(link, remote.projection))
    if here and there and local is not None and remote is not None:
        if new_here or new_there:
            return Decision(Action.REFRESH, "x/x", base=Base(local.projection, remote.projection))
        return Decision(Action.NOTHING, "x/x")
    if there and remote is not None:
        return _cancelled_there(link, local, remote, rules) if new_there else None
    assert local is not None
    return _cancelled_here(link, local, remote, canon, rules, new=new_here)


def _is_gone(seen: Seen[R] | None) -> bool:
    return seen is not None and seen.deleted


def _cancelled_there(link: Link, local: Seen[R] | None, remote: Seen[R], rules: Rules) -> Decision[R]:
    base = Base(dict(remote.projection), dict(remote.projection))
    if local is None:
        return Decision(Action.UPDATE_LOCAL, "=/x", local_fields=STATUS, need="local")
    if rules.sharing.told(link, local.projection):
        fields = (_said(local.projection) - rules.sharing.kept_in) | STATUS
        return Decision(Action.UPDATE_REMOTE, "~/x", value=local.value, remote_fields=fields, base=base)
    assert isinstance(local.value, Appointment)
    return Decision(
        Action.UPDATE_LOCAL,
        "=/x",
        value=replace(local.value, status="cancelled"),
        local_fields=STATUS,
        base=base,
    )


def _cancelled_here(
    link: Link, local: Seen[R], remote: Seen[R] | None, canon: Canon, rules: Rules, *, new: bool
) -> Decision[R] | None:
    if not new and remote is None:
        return None
    if remote is None or not rules.sharing.heard(link, remote.projection):
        if not new:
            return None
        return Decision(Action.UPDATE_REMOTE, "x/=", value=local.value, remote_fields=STATUS, base=link.base)
    ours, theirs = local.value, remote.value
    assert isinstance(ours, Appointment)
    assert isinstance(theirs, Appointment)
    if not new:
        # Both had agreed that it does not take place: what Google shows now is all there is to it.
        fields = frozenset(
            name
            for name in names(theirs)
            if rules.sharing.comes(name) and value_of(ours, name) != value_of(theirs, name)
        )
        base = Base(dict(remote.projection), dict(remote.projection))
        value = with_fields(ours, {name: value_of(theirs, name) for name in fields})
        return Decision(Action.RESTORE_LOCAL, "x/~", value=value, local_fields=fields, base=base)
    alive = replace(ours, status=theirs.status)
    merged = merge(
        link.base, Seen(alive, canon.project(alive)), Seen(theirs, remote.projection), canon, rules
    )
    return Decision(
        Action.RESTORE_LOCAL,
        "x/~",
        value=merged.value,
        local_fields=merged.local_fields | STATUS,
        remote_fields=merged.remote_fields - STATUS,
        lost=merged.lost,
        base=merged.base,
    )


def _said(projection: Projection) -> frozenset[str]:
    return frozenset(name for name, digest in projection.items() if digest)
