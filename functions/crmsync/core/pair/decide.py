"""The decision tables: what to do with one pair of records, given what the link remembers of it.

Rows of linked pairs are named local/remote: "=" unchanged, "~" changed, "x" deleted. The other rows have
words: "create", "offer", "adopt", "gone" for pairs without a link, "detached" and "base unknown" for special
links, "suspicious clear" for a contact that lost all that says who it is.
"""

from collections.abc import Container, Iterable

from crmsync.core.fields import CONTACT_FIELDS
from crmsync.core.model import Contact, R, Record
from crmsync.core.pair.cancelling import decide_cancelled
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.merge import Merged, merge
from crmsync.core.pair.plan import Action, Decision, Rules, Seen
from crmsync.core.pair.settle import changed_fields, differs
from crmsync.core.state import CANON_VERSION, Base, Link, Projection

IDENTITY_CLEARED = "identity_cleared"
"""Hold reason of the row "suspicious clear"."""

_IDENTITY = tuple(field.name for field in CONTACT_FIELDS if field.identity)


class Unaccounted(LookupError):
    """The planner forgot records. `ids` names them."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(sorted(ids))
        super().__init__(f"no decision for {len(self.ids)} record(s)")


def account_for(ids: Iterable[str], decided: Container[str]) -> None:
    """Raises Unaccounted unless every id has a decision: a plan that forgets one is no plan."""
    missing = {id for id in ids if id not in decided}
    if missing:
        raise Unaccounted(missing)


def decide(
    link: Link | None, local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules
) -> Decision[R]:
    """What to do with one pair.

    local, remote: each side as it is now; None when it is not in a delta, which means unchanged. Without a
    link, the sides that exist; with both, the two are known to be the same and are adopted. Raises ValueError
    for no link and no side.
    """
    if link is None:
        return _unlinked(local, remote, canon, rules)
    if link.state == "detached":
        return Decision(Action.SILENT, "detached")
    occurrence = decide_cancelled(link, local, remote, canon, rules)
    if occurrence is not None:
        return occurrence
    local_state, remote_state = _state(local, link.base.local), _state(remote, link.base.remote)
    if local_state == "x" and remote_state == "x":
        return Decision(Action.DROP_LINK, "x/x")
    known = link.canon_version == CANON_VERSION
    if not known:
        if local is None or remote is None:
            return Decision(Action.NOTHING, "base unknown", need="remote" if remote is None else "local")
        # Digests of another version tell no edit from none: a deletion stands, and the guard holds it.
        local_state, remote_state = (state.replace("~", "=") for state in (local_state, remote_state))
    row = f"{local_state}/{remote_state}"
    if remote is not None and remote.value is not None and not rules.allow_clear:
        held = remote_state == "~" and _cleared(remote.value, remote.projection, link.base.remote)
        if held:
            return Decision(Action.SILENT, "suspicious clear", hold=IDENTITY_CLEARED)
    if local_state == "x":
        return _local_gone(link, row, local, remote, canon, rules)
    if remote_state == "x":
        return _remote_gone(row, local)
    if not known:
        return _both(None, "base unknown", local, remote, canon, rules)
    if row == "=/=":
        return Decision(Action.NOTHING, row)
    return _changed(link, row, local, remote, canon, rules)


def after_push(link_base: Base, sent: Projection, answered: Projection) -> Base:
    """The base after Google accepted an update: of each sent field, what we had and what Google's answer
    shows.

    sent: the CRM record's digests of the fields that were sent. Other fields keep the base they had. A field
    that was cleared and is not blank in the answer has uncovered something (a second nickname): that is no
    form of ours, but news.
    """
    shown = {
        field: answered[field] if digest else digest for field, digest in sent.items() if field in answered
    }
    return Base(local={**link_base.local, **sent}, remote={**link_base.remote, **shown})


def _state(seen: Seen[R] | None, base: Projection) -> str:
    if seen is None:
        return "="
    if seen.deleted:
        return "x"
    return "~" if differs(base, seen.projection) else "="


def _unlinked(local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules) -> Decision[R]:
    if local is None and remote is None:
        raise ValueError("nothing to decide: no link and no record")
    here, there = local is not None and not local.deleted, remote is not None and not remote.deleted
    if here and there:
        return _adopt(local, remote, canon, rules)
    if here and local is not None:
        fields = frozenset(field for field, digest in local.projection.items() if digest)
        return Decision(Action.CREATE_REMOTE, "create", value=local.value, remote_fields=fields)
    if there and remote is not None:
        return Decision(Action.OFFER, "offer", value=remote.value)
    return Decision(Action.NOTHING, "gone")


def _adopt(local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules) -> Decision[R]:
    merged = _merged(None, local, remote, canon, rules)
    return _decision(Action.ADOPT, "adopt", merged)


def _local_gone(
    link: Link, row: str, local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules
) -> Decision[R]:
    """Rows x/= and x/~: edit beats delete."""
    if row == "x/=" or remote is None or local is None:
        return Decision(Action.DELETE_REMOTE, row)
    if local.archived is not None:
        archived = Seen(local.archived, canon.project(local.archived))
        return _decision(Action.RESTORE_LOCAL, row, merge(link.base, archived, remote, canon, rules))
    fields = frozenset(field for field, digest in remote.projection.items() if digest)
    base = Base(dict(remote.projection), dict(remote.projection))
    return Decision(Action.RESTORE_LOCAL, row, value=remote.value, local_fields=fields, base=base)


def _remote_gone(row: str, local: Seen[R] | None) -> Decision[R]:
    """Rows =/x and ~/x: edit beats delete."""
    if row == "=/x" or local is None:
        return Decision(Action.ARCHIVE_LOCAL, row)
    fields = frozenset(field for field, digest in local.projection.items() if digest)
    return Decision(Action.RECREATE_REMOTE, row, value=local.value, remote_fields=fields)


def _changed(
    link: Link, row: str, local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules
) -> Decision[R]:
    """Rows =/~, ~/= and ~/~."""
    if local is not None and remote is not None:
        return _both(link.base, row, local, remote, canon, rules)
    if remote is not None:
        fields = changed_fields(link.base.remote, remote.projection)
        return Decision(Action.UPDATE_LOCAL, row, local_fields=fields, need="local")
    if local is None:  # pragma: no cover - a side that is not given is unchanged
        raise AssertionError
    fields = changed_fields(link.base.local, local.projection)
    return Decision(Action.UPDATE_REMOTE, row, value=local.value, remote_fields=fields, base=link.base)


def _both(
    base: Base | None, row: str, local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules
) -> Decision[R]:
    merged = _merged(base, local, remote, canon, rules)
    if merged.local_fields and merged.remote_fields:
        return _decision(Action.UPDATE_BOTH, row, merged)
    if merged.local_fields:
        return _decision(Action.UPDATE_LOCAL, row, merged)
    if merged.remote_fields:
        return _decision(Action.UPDATE_REMOTE, row, merged)
    return Decision(Action.REFRESH, row, base=merged.base)


def _merged(
    base: Base | None, local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules
) -> Merged[R]:
    if local is None or remote is None:
        raise ValueError("both sides are needed to merge them")
    return merge(base, local, remote, canon, rules)


def _decision(action: Action, row: str, merged: Merged[R]) -> Decision[R]:
    return Decision(
        action,
        row,
        value=merged.value,
        local_fields=merged.local_fields,
        remote_fields=merged.remote_fields,
        lost=merged.lost,
        base=merged.base,
    )


def _cleared(value: Record, now: Projection, before: Projection) -> bool:
    """Whether a contact lost every name, organisation, e-mail and phone at once: more likely a slip than a
    wish.
    """
    if not isinstance(value, Contact) or any(now.get(field) for field in _IDENTITY):
        return False
    return any(before.get(field) for field in _IDENTITY)
