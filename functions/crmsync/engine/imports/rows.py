"""What one ticked row of the import sheet becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeGuard
from zoneinfo import ZoneInfo

from crmsync.core import fields
from crmsync.core.account import ImportRun, User
from crmsync.core.consent.addresses import Withdrawals, unmet
from crmsync.core.consent.ledger import entry
from crmsync.core.consent.validity import evidence_of_express
from crmsync.core.doubles import Double
from crmsync.core.encoding import CONSENT
from crmsync.core.journal import Change
from crmsync.core.model import Consent, Contact, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Decision, Rules, Seen
from crmsync.core.pair.sides import google_side
from crmsync.core.people.match_keys import match_keys
from crmsync.core.quarantine import INTERNAL
from crmsync.core.sheet.alike import Fate
from crmsync.core.state import NOBODY, Base, Candidate, Choice, Link, Observation
from crmsync.engine.run.effects import lost_values
from crmsync.engine.run.pending import Pending
from crmsync.store.ports import AddConsent, CreateRecord, PutCandidate, PutDouble, PutLink, PutRecord, Write

UNPROVEN = "unproven"
"""Why a row is not imported whose express consent lacks source or day: whoever alleges consent has to prove
it (CASL, s. 13).
"""
UNDECIDED = "undecided"
"""Why a row was not imported that asks about somebody, and nobody has said who it is."""
IN_STEP = "in step already"
"""Why a row was joined with a contact that is linked with another one at Google."""
OUT_OF_ARCHIVE = "same person, out of the archive"
"""Why a row was joined with a contact that was in the archive."""
LAPSED = "answer_lapsed"
"""Why one was not that was said to be somebody whom it does not ask about any more."""
NOT_IN_GOOGLE = "not_in_google"
"""Why one was not that Google does not have any more."""
FAILURES_NAMED = 1000
"""Failed rows of one import that are remembered one by one: a document has its limit."""


@dataclass(slots=True, kw_only=True)
class Batch(Pending):
    """What one row of the import writes: a unit."""

    at: datetime
    known: Withdrawals = field(default_factory=dict)
    """Which addresses of the page's contacts are withdrawn."""
    imported: int = 0
    linked: int = 0
    withdrawn: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    decided: list[Candidate] = field(default_factory=list)
    """Rows that are no longer anybody's to claim."""
    joined: dict[str, "Batch"] = field(default_factory=dict)
    """CRM records that rows of the same page were joined with, or became, and which of them writes each."""
    crm: str | None = None
    """The CRM record that the row becomes, or is joined with."""
    made: dict[str, Stored[Contact]] = field(default_factory=dict)
    """The same where there was none before."""

    def begin_anew(self) -> None:
        """Forgets what the row was about to become."""
        self.clear()
        self.imported = self.linked = self.withdrawn = 0
        self.failed.clear()
        self.decided.clear()
        self.made.clear()
        self.crm = None


@dataclass(frozen=True, slots=True)
class Joining:
    """How a row fares in the light of others: what it becomes, and of a row that was said to be one with
    another the CRM record which that has become, and what that was.
    """

    fate: Fate
    crm: str | None = None
    head: Batch | None = None

    @property
    def failure(self) -> str | None:
        """Why the row cannot come in, for the other one cannot. One that is gone leaves it by itself."""
        failed = next((reason for _, reason in self.head.failed), None) if self.head is not None else None
        return None if failed == NOT_IN_GOOGLE else failed


def counted(run: ImportRun, rows: Sequence[Batch], after: str | None) -> ImportRun:
    """The run as it stands with these rows."""
    failed = [failure for row in rows for failure in row.failed]
    return replace(
        run,
        imported=run.imported + sum(row.imported for row in rows),
        linked=run.linked + sum(row.linked for row in rows),
        withdrawn=run.withdrawn + sum(row.withdrawn for row in rows),
        failed=(*run.failed, *failed)[:FAILURES_NAMED],
        failures=run.failures + len(failed),
        after=after,
    )


def import_row(
    user: User,
    canon: Canon,
    row: Candidate,
    observation: Observation[Contact] | None,
    records: Mapping[str, Stored[Contact]],
    owned: Mapping[str, Link],
    batch: Batch,
    fate: Joining,
    *,
    connected: bool,
) -> None:
    """Adds to `batch` what one ticked row becomes: a new CRM contact, a link with the one it is, or a failure
    with its reason.

    owned: links of the records that rows may be the same person as. fate: what others have to do with it.
    """
    if observation is not None and observation.unreadable:
        fail(user, row, batch, INTERNAL)
        return
    if observation is None or observation.deleted or observation.value is None:
        _fail(user, row, batch, connected=connected)
        return
    if row.choice.person not in (None, row.answer, NOBODY):
        fail(user, row, batch, LAPSED)
        return
    if fate.failure is not None:
        fail(user, row, batch, fate.failure)
        return
    target = fate.crm or row.same_person_as
    if fate.crm is None and (row.unanswered or fate.fate == "undecided"):
        fail(user, row, batch, UNDECIDED)
        return
    if target is None and evidence_of_express(consent_of(row.choice, user.uid)) == "unproven":
        fail(user, row, batch, UNPROVEN)
        return
    if target is not None:
        stored = records.get(target)
        back = row.was is not None and row.was.crm == target
        if stored is None or (stored.archived_at is not None and not back):
            fail(user, row, batch, LAPSED)
            return
        batch.decided.append(row)
        batch.crm = stored.id
        if stored.id in owned or stored.id in batch.joined:
            _add_copy(user, canon, row, observation, stored, batch)
        else:
            _join(user, canon, row, observation, stored, batch)
        return
    batch.decided.append(row)
    _bring_in(user, canon, row, observation, batch)


def fail(user: User, row: Candidate, batch: Batch, reason: str) -> None:
    """The row cannot be imported now. Nobody declined it: it comes again."""
    again = replace(row, round=user.rounds.incoming, choice=replace(row.choice, selected=False))
    batch.failed.append((row.key, reason))
    batch.put(PutCandidate(replace(again, problem=reason)))


def _fail(user: User, row: Candidate, batch: Batch, *, connected: bool) -> None:
    """Google does not have the contact, or cannot be asked. Nobody declined the row: it comes again."""
    again = replace(row, round=user.rounds.incoming, choice=replace(row.choice, selected=False))
    reason = NOT_IN_GOOGLE if connected else "disconnected"
    if connected:
        batch.decided.append(row)
        again = replace(again, status="gone", claims=())
    batch.failed.append((row.key, reason))
    batch.put(PutCandidate(replace(again, problem=reason)))


def _bring_in(
    user: User, canon: Canon, row: Candidate, observation: Observation[Contact], batch: Batch
) -> None:
    """A new CRM contact with the chosen type, detail and consent; its id follows from user and Google
    contact, so a replay meets itself.
    """
    assert observation.value is not None
    crm = ids.imported_contact_id(canon, user.uid, row.key, row.generation)
    sharing = user.settings.sharing("contacts")
    value = replace(
        sharing.incoming(observation.value),
        contact_type=row.choice.contact_type,
        detail=dict(row.choice.detail),
        consent=consent_of(row.choice, user.uid),
    )
    base = sharing.made_here(canon.project(value), canon.project(observation.value))
    link = _link(user, canon, crm, observation, base)
    said = entry(f"import-{crm}", crm, None, value.consent, batch.at, user.uid, "import")
    batch.writes += [AddConsent(said)] if said is not None else []
    batch.writes += [
        CreateRecord("contacts", crm, value),
        PutLink(replace(link, made_crm=True)),
        PutCandidate(replace(row, status="imported", crm=crm, claims=(), problem=None)),
    ]
    batch.writes += _told_apart(canon, row, crm, batch.at)
    after = fields.as_json(value, fields.names(value))
    batch.changes.append(Change("crm", "import", crm, row.key, "chosen on the import sheet", None, after))
    batch.crm, batch.joined[crm] = crm, batch
    batch.made[crm] = Stored(crm, value, "", batch.at, batch.at)
    zone = ZoneInfo(user.settings.time_zone)
    batch.withdrawn += bool(unmet(value.consent, (it.value for it in value.emails), batch.known, zone))
    batch.imported += 1


def _told_apart(canon: Canon, row: Candidate, crm: str, at: datetime) -> list[Write]:
    """What the user said of the row holds for the contact that it becomes: nobody is asked the same again."""
    others = {*row.distinct, *(row.choice.denied if row.answer == NOBODY else ())}
    pairs = [(min(crm, other), max(crm, other)) for other in sorted(others)]
    return [PutDouble(Double(ids.double_id(canon, *pair), pair, "different", at=at)) for pair in pairs]


def _join(
    user: User,
    canon: Canon,
    row: Candidate,
    observation: Observation[Contact],
    stored: Stored[Contact],
    batch: Batch,
) -> None:
    """The user said *same person*: the two are linked and merged; type, detail and consent of the CRM's
    contact stay. One that is in the archive comes out of it.
    """
    assert observation.value is not None
    local = Seen(stored.value, canon.project(stored.value))
    remote = Seen(observation.value, canon.project(observation.value))
    decision = decide(None, local, remote, canon, rules_of(user))
    value = decision.value if decision.value is not None else stored.value
    base = decision.base or Base(local.projection, remote.projection)
    link = _link(user, canon, stored.id, observation, base)
    back = stored.archived_at is not None
    batch.writes += [
        PutRecord("contacts", stored.id, value, stored.version, archived=False if back else None),
        PutLink(link),
        PutCandidate(replace(row, status="linked", crm=stored.id, claims=(), problem=None)),
    ]
    batch.writes += lost_values(canon, "contacts", stored.id, decision.lost, batch.at)
    before = fields.as_json(stored.value, decision.local_fields)
    after = fields.as_json(value, decision.local_fields)
    batch.joined[stored.id] = batch
    why = OUT_OF_ARCHIVE if back else "same person"
    batch.changes.append(Change("crm", "link", stored.id, row.key, why, before, after))
    batch.linked += 1


def _add_copy(
    user: User,
    canon: Canon,
    row: Candidate,
    observation: Observation[Contact],
    stored: Stored[Contact],
    batch: Batch,
) -> None:
    """The person is in step already, as another Google contact, which stays the only one. What this one has
    more goes into the CRM's contact; what it says otherwise is kept for the user to pick.
    """
    assert observation.value is not None
    known = batch.joined.get(stored.id)
    value = stored.value if known is None else written(known, stored.id)
    decision = added(user, canon, value, observation.value)
    after = decision.value if decision.value is not None else value
    if known is not None:
        rewrite(known, stored.id, after)
    elif decision.local_fields:
        batch.writes.append(PutRecord("contacts", stored.id, after, stored.version))
        batch.joined[stored.id] = batch
    batch.writes.append(PutCandidate(replace(row, status="copy", crm=stored.id, claims=(), problem=None)))
    batch.writes += lost_values(canon, "contacts", stored.id, decision.lost, batch.at)
    was, now = (fields.as_json(each, decision.local_fields) for each in (value, after))
    batch.changes.append(Change("crm", "link", stored.id, row.key, IN_STEP, was, now))
    batch.linked += 1


def rules_of(user: User) -> Rules:
    """How a contact and one at Google meet by the user's hand: also where nothing else comes in."""
    return Rules(user.settings.owners, sharing=replace(user.settings.sharing("contacts"), takes=True))


def added(user: User, canon: Canon, ours: Contact, theirs: Contact) -> Decision[Contact]:
    """What a second copy at Google adds to a contact of the CRM: what this lacks, whoever owns a field."""
    rules = replace(rules_of(user), owners={})
    return decide(None, google_side(canon, ours), google_side(canon, theirs), canon, rules)


def written(batch: Pending, crm: str) -> Contact:
    """The contact as a batch writes it."""
    found = next(write.value for write in batch.writes if _is_of(write, crm))
    assert isinstance(found, Contact)
    return found


def rewrite(batch: Pending, crm: str, value: Contact) -> None:
    """Lets a batch write this value of the contact instead."""
    batch.writes[:] = [replace(write, value=value) if _is_of(write, crm) else write for write in batch.writes]


def _is_of(write: Write, crm: str) -> TypeGuard[CreateRecord | PutRecord]:
    return isinstance(write, CreateRecord | PutRecord) and write.id == crm


def _link(user: User, canon: Canon, crm: str, observation: Observation[Contact], base: Base) -> Link:
    assert observation.value is not None
    assert observation.rtime is not None
    return Link(
        key=observation.key,
        resource="contacts",
        crm=crm,
        name=observation.name,
        remote_id=observation.remote_id,
        etag=observation.etag,
        rtime=observation.rtime,
        base=base,
        rich=observation.rich,
        match_keys=match_keys(canon, observation.value),
        region=canon.region,
        met=user.settings.switches,
    )


def consent_of(choice: Choice, uid: str) -> Consent:
    """The consent as chosen, with who recorded it; without a choice it is "none"."""
    return replace(CONSENT.read("consent", choice.consent), recorded_by=uid)
