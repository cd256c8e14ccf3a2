"""Everything that is kept about a user, as one JSON document: no tokens, no digests.

What the API shows of a record elsewhere is shown here the same way, with the rest beside it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime

from crmsync.api.activity import history
from crmsync.api.export.source import Source
from crmsync.api.http import times
from crmsync.api.http.answers import encode
from crmsync.api.imports import rows
from crmsync.api.records import consents, withdrawn
from crmsync.api.sync import settings
from crmsync.core.account import Grant, ImportRun, Offer, PushChannel, ResourceState, User, Watch
from crmsync.core.consent.addresses import Withdrawal
from crmsync.core.doubles import Double
from crmsync.core.fields import record_to_data
from crmsync.core.journal import Hold
from crmsync.core.json_types import Json
from crmsync.core.scope import Scope
from crmsync.core.state import Alike, Candidate, Claim, Intent, Link
from crmsync.store.ports import KeptRecord

PARTS: Mapping[str, str] = {
    "users": "accounts",
    "accounts": "accounts",
    "grants": "accounts",
    "channels": "accounts",
    "oauth_states": "accounts",
    "offers": "accounts",
    "contacts": "contacts",
    "appointments": "appointments",
    "links": "links",
    "candidates": "candidates",
    "intents": "intents",
    "conflicts": "conflicts",
    "holds": "holds",
    "doubles": "doubles",
    "journal": "activity",
    "consents": "consents",
    "withdrawn": "withdrawn",
    "imports": "imports",
}
"""Collection of the store -> the part of the document that tells what is in it."""

LEFT_OUT: Mapping[str, str] = {
    "sheet": "the rows of `candidates` again, in short, for counting and searching",
}
"""Collection of the store -> why no part tells what is in it."""

_SEALED = "kept encrypted"
_HIDDEN: Mapping[type, frozenset[str]] = {
    User: frozenset(("uid", "version")),
    # Google's cursors, and who is at work.
    ResourceState: frozenset(("sync_token", "page_token", "lease_by")),
    # By what the store finds, and knows again, without knowing what it says.
    Claim: frozenset(("keys", "mark")),
    Alike: frozenset(("mark",)),
    Double: frozenset(("id", "keys", "version")),
    # What a notification is believed by.
    Watch: frozenset(("channel",)),
    PushChannel: frozenset(("id", "uid", "tenant", "account", "resource_id", "token_digest")),
    ImportRun: frozenset(("after", "undo_after", "failed", "kept")),
}
"""Class -> what is not told of it."""


def document(source: Source) -> Iterator[bytes]:
    """The document, piece by piece."""
    user = source.user
    yield b'{"user":' + encode(user.uid)
    yield b',"exported_at":' + encode(times.instant(source.at))
    yield b',"account":' + encode(_account(user))
    yield b',"settings":' + encode(settings.as_json(user))
    for name, items in _parts(source):
        yield b"," + encode(name) + b":["
        for position, item in enumerate(items):
            yield (b"," if position else b"") + encode(item)
        yield b"]"
    yield b"}"


def _account(user: User) -> Json:
    connection = user.connection
    if connection is None:
        return None
    return {
        "email": connection.email,
        "granted": sorted(connection.scopes),
        "since": times.instant(connection.since),
    }


def _parts(source: Source) -> Iterable[tuple[str, Iterator[dict[str, Json]]]]:
    store = source.deps.store
    yield "accounts", (_state(source, user) for user in source.users)
    yield "contacts", map(_record, source.records("contacts"))
    yield "appointments", map(_record, source.records("appointments"))
    yield "consents", map(consents.shown, source.consents())
    yield "withdrawn", (_withdrawal(*it) for it in withdrawn.with_addresses(source.deps, source.scope))
    yield "links", (_of(scope, _link(link)) for scope in source.scopes for link in source.links(scope))
    yield (
        "candidates",
        (
            _of(scope, _candidate(source, candidate))
            for scope in source.scopes
            for candidate in source.candidates(scope)
        ),
    )
    yield "intents", (_of(scope, _intent(it)) for scope in source.scopes for it in store.intents(scope))
    yield (
        "conflicts",
        (_of(scope, history.conflict(it)) for scope in source.scopes for it in source.conflicts(scope)),
    )
    yield "holds", (_of(scope, _hold(it)) for scope in source.scopes for it in store.holds(scope))
    yield "doubles", map(_told, source.doubles())
    yield "activity", ({**history.entry(it), "account": it.account} for it in source.journal())
    yield "imports", map(_import, source.imports())


def _of(scope: Scope, told: Mapping[str, Json]) -> dict[str, Json]:
    return {**told, "account": scope.account}


def _state(source: Source, user: User) -> dict[str, Json]:
    """What is kept about one Google account. That Google's permission is kept is told, the token is not."""
    store, scope = source.deps.store, user.scope
    grant = store.grant(scope)
    return {
        **_told(user),
        "permission": None if grant is None else _permission(grant),
        "channels": [_told(channel) for channel in store.channels_of(scope)],
        "attempts": [
            {"asked": sorted(attempt.scopes), "expires_at": times.instant(attempt.expires_at)}
            for attempt in store.oauth_states_of(scope)
        ],
        "not_taken": [_offer(offer) for offer in store.offers_of(scope)],
    }


def _permission(grant: Grant) -> dict[str, Json]:
    return {"google_id": grant.sub, "granted": sorted(grant.scopes), "token": _SEALED}


def _offer(offer: Offer) -> Json:
    """A permission that no connection holds."""
    return {
        **_permission(offer.grant),
        "email": _SEALED,
        "asked": sorted(offer.scopes),
        "until": times.instant(offer.until),
        "taken": offer.taken,
    }


def _record(kept: KeptRecord) -> dict[str, Json]:
    """A record, and under `more` what a host CRM has put beside it; all of it, when it is no record."""
    more: dict[str, Json] = {"more": kept.more} if kept.more else {}
    if kept.record is None:
        return {"id": kept.id, "readable": False, **more}
    return {
        "id": kept.id,
        **record_to_data(kept.record.value),
        "created_at": times.instant(kept.record.created_at),
        "updated_at": times.instant(kept.record.updated_at),
        "archived_at": times.instant(kept.record.archived_at),
        **more,
    }


def _link(link: Link) -> dict[str, Json]:
    return {
        "record_id": link.crm,
        "google_id": link.remote_id,
        "resource": link.resource,
        "google_name": link.name,
        "google_changed_at": times.instant(link.rtime),
        "state": link.state,
        "problem": link.problem,
        "tries": link.tries,
        "retry_at": times.instant(link.retry_at),
        "missing_since": times.instant(link.missing_since),
        "gone_at": times.instant(link.gone_at),
        "more_at_google": sorted(link.rich),
        "made_at_google_by_us": link.made_here,
        "made_in_crm_by_us": link.made_crm,
        "only_times": link.shadow,
        "written": [_told(write) for write in link.writes],
        "phone_region": link.region,
        "directions_changed_before": link.met,
    }


def _candidate(source: Source, candidate: Candidate) -> dict[str, Json]:
    return {
        **rows.row(candidate, source.deps.types),
        "google_id": candidate.remote_id,
        "round": candidate.round,
        "times_undone": candidate.generation,
        "may_be": [_told(claim) for claim in candidate.claims],
        "may_be_linked": [_told(claim) for claim in candidate.linked],
        "was": None if candidate.was is None else _told(candidate.was),
        "may_be_rows": [_told(it) for it in candidate.alike],
        "facts": dict(candidate.facts),
        "other_persons": list(candidate.distinct),
        "parted_from": list(candidate.parted),
    }


def _intent(intent: Intent) -> dict[str, Json]:
    return {
        "id": intent.id,
        "record_ids": list(intent.crm_ids),
        "created_at": times.instant(intent.created_at),
    }


def _hold(hold: Hold) -> dict[str, Json]:
    return {name: value for name, value in history.hold(hold).items() if name != "digest"}


def _withdrawal(withdrawal: Withdrawal, address: str | None) -> dict[str, Json]:
    """A withdrawn address; None when no record carries it any more, and nobody can tell which it was."""
    return {
        "address": address,
        "at": times.instant(withdrawal.at),
        "consent_id": withdrawal.entry or None,
        "freed_for": sorted(withdrawal.freed),
    }


def _import(run: ImportRun) -> dict[str, Json]:
    told = {"failed": run.failed, "kept": run.kept}
    lists = {name: [{"id": id, "reason": why} for id, why in pairs] for name, pairs in told.items()}
    return {**_told(run), **lists}


def _told(value: object) -> dict[str, Json]:
    """A dataclass as JSON, with all its fields but those that are hidden."""
    assert is_dataclass(value)
    hidden = _HIDDEN.get(type(value), frozenset())
    return {part.name: _plain(getattr(value, part.name)) for part in fields(value) if part.name not in hidden}


def _plain(value: object) -> Json:
    if is_dataclass(value):
        return _told(value)
    if isinstance(value, datetime):
        return times.instant(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    assert value is None or isinstance(value, str | int | float)
    return value
