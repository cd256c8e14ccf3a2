"""The decision tables: what to do with one pair of records, given what the link remembers of it.

Rows of linked pairs are named local/remote: "=" unchanged, "~" changed, "x" deleted. The other rows have
words: "create", "offer", "adopt", "gone" for pairs without a link, "detached" and "base unknown" for special
links, "suspicious clear" for a contact that lost all that says who it is.
"""

from collections.abc import Callable, Collection, Container, Iterable
from typing import Literal

from crmsync.core.fields import CONTACT_FIELDS
from crmsync.core.model import Contact, R, Record
from crmsync.core.pair.cancelling import decide_cancelled
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.merge import Merged, merge
from crmsync.core.pair.plan import Action, Decision, Rules, Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.pair.sharing import Sharing
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
    if link.is_silent:
        return Decision(Action.SILENT, "detached")
    occurrence = decide_cancelled(link, local, remote, canon, rules)
    if occurrence is not None:
        return occurrence
    local_state = _state(link, local, rules.sharing.told)
    remote_state = _state(link, remote, rules.sharing.heard)
    if local_state == "x" and remote_state == "x":
        return Decision(Action.DROP_LINK, "x/x")
    if _stays(link, local, remote, rules.sharing):
        return Decision(Action.DETACH, f"{local_state}/{'x' if remote_state == 'x' else '~'}")
    known = link.canon_version == CANON_VERSION
    if not known:
        if local is None or remote is None:
            return Decision(Action.NOTHING, "base unknown", need="remote" if remote is None else "local")
        # Digests of another version tell no edit from none: a deletion stands, and the guard holds it.
        local_state = "=" if local_state == "~" else local_state
        remote_state = "=" if remote_state == "~" else remote_state
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
    if row == "=/=" and not rules.sharing.meeting(link, *_projections(local, remote)):
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


def _state(
    link: Link, seen: Seen[R] | None, news: Callable[[Link, Projection], frozenset[str]]
) -> Literal["=", "~", "x"]:
    if seen is None:
        return "="
    if seen.deleted:
        return "x"
    return "~" if news(link, seen.projection) else "="


def _stays(link: Link, local: Seen[R] | None, remote: Seen[R] | None, sharing: Sharing) -> bool:
    """Whether a pair ends with both sides as they are: the CRM's is archived, and Google's was edited in what
    does not come in, or had not when it was edited; or nothing at all comes in, and it was deleted there.
    """
    if remote is None:
        return False
    if remote.deleted:
        return not sharing.takes
    if local is None or not local.deleted or sharing.heard(link, remote.projection):
        return False
    return bool(changed_fields(link.base.remote, remote.projection))


def _projections(*sides: Seen[R] | None) -> list[Projection]:
    return [side.projection for side in sides if side is not None]


def _unlinked(local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules) -> Decision[R]:
    if local is None and remote is None:
        raise ValueError("nothing to decide: no link and no record")
    here, there = local is not None and not local.deleted, remote is not None and not remote.deleted
    if here and there:
        return _adopt(local, remote, canon, rules)
    if here and local is not None:
        fields = _said(local.projection)
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
        unmet = rules.sharing.unmet(link)
        return _decision(Action.RESTORE_LOCAL, row, merge(link.base, archived, remote, canon, rules, unmet))
    if remote.value is None:  # pragma: no cover - x/x has been decided
        raise AssertionError
    value = rules.sharing.incoming(remote.value)
    taken = canon.project(value)
    base = rules.sharing.made_here(taken, dict(remote.projection))
    return Decision(Action.RESTORE_LOCAL, row, value=value, local_fields=_said(taken), base=base)


def _remote_gone(row: str, local: Seen[R] | None) -> Decision[R]:
    """Rows =/x and ~/x: edit beats delete."""
    if row == "=/x" or local is None:
        return Decision(Action.ARCHIVE_LOCAL, row)
    return Decision(Action.RECREATE_REMOTE, row, value=local.value, remote_fields=_said(local.projection))


def _changed(
    link: Link, row: str, local: Seen[R] | None, remote: Seen[R] | None, canon: Canon, rules: Rules
) -> Decision[R]:
    """Rows =/~, ~/= and ~/~, and fields that have yet to meet."""
    sharing = rules.sharing
    if local is not None and remote is not None:
        return _both(link.base, row, local, remote, canon, rules, sharing.unmet(link))
    if remote is not None:
        fields = sharing.heard(link, remote.projection) | sharing.meeting(link, remote.projection)
        return Decision(Action.UPDATE_LOCAL, row, local_fields=fields, need="local")
    if local is None:  # pragma: no cover - a side that is not given is unchanged
        raise AssertionError
    fields = sharing.told(link, local.projection)
    unmet = {name for name in sharing.meeting(link, local.projection) if sharing.goes(name)}
    if unmet:
        return Decision(Action.UPDATE_REMOTE, row, remote_fields=fields | unmet, need="remote")
    if not fields:
        return Decision(Action.NOTHING, row)
    return Decision(Action.UPDATE_REMOTE, row, value=local.value, remote_fields=fields, base=link.base)


def _said(projection: Projection) -> frozenset[str]:
    return frozenset(field for field, digest in projection.items() if digest)


def _both(
    base: Base | None,
    row: str,
    local: Seen[R] | None,
    remote: Seen[R] | None,
    canon: Canon,
    rules: Rules,
    unmet: Collection[str] = (),
) -> Decision[R]:
    merged = _merged(base, local, remote, canon, rules, unmet)
    if merged.local_fields and merged.remote_fields:
        return _decision(Action.UPDATE_BOTH, row, merged)
    if merged.local_fields:
        return _decision(Action.UPDATE_LOCAL, row, merged)
    if merged.remote_fields:
        return _decision(Action.UPDATE_REMOTE, row, merged)
    return Decision(Action.REFRESH, row, lost=merged.lost, base=merged.base)


def _merged(
    base: Base | None,
    local: Seen[R] | None,
    remote: Seen[R] | None,
    canon: Canon,
    rules: Rules,
    unmet: Collection[str] = (),
) -> Merged[R]:
    if local is None or remote is None:
        raise ValueError("both sides are needed to merge them")
    return merge(base, local, remote, canon, rules, unmet)


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
