"""The words of the sync: what it remembers (`Link`), sees (`Observation`), offers and owes.

All values are frozen. Digests are hexadecimal text of 8 bytes, keyed per installation, so that nothing
personal can be read from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, Literal

from crmsync.core.json_types import JsonObject
from crmsync.core.loops import WriteTime
from crmsync.core.model import CalledBy, Moment, R, Resource
from crmsync.core.scope import DEFAULT_ACCOUNT

DOUBT = timedelta(minutes=15)
"""How long a listing may lack what Google has just made: only then does a create count as never made."""

CANON_VERSION = 2
"""Version of the canonical projection. A link written with another version has an unknown base."""

FieldDigest = str | tuple[str, ...]
"""Digest of one field: text for a scalar ("" when blank), for a list a sorted tuple of element digests.

An element digest is identity + content, 16 hex digits each.
"""

Projection = Mapping[str, FieldDigest]
"""Digests of every synced field of one record on one side."""


@dataclass(frozen=True, slots=True)
class Base:
    """What each side looked like when the two last agreed.

    Google normalises what it is sent, so each side has digests of its own.
    """

    local: Projection = field(default_factory=dict)
    remote: Projection = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """One synced pair of a CRM record and a Google record.

    key: Google's CONTACT source id (hex), or "<calendar id digest>-<event id>": unique per user. crm: CRM
    record id. name: current resourceName, or the calendar id. remote_id: resourceName for contacts, event id
    for appointments. etag: opaque to all but the gateway. rtime: server update time of the newest accepted
    version. rich: fields whose value at Google has parts that our model lacks. match_keys: digests by which
    duplicates are found. generation: the highest that is known of the record's Calendar event
    ids, see `sync.md`. made_here: True when the sync itself created the Google record. made_crm: True when
    the sync itself created the CRM record (by import, or of an event born there).
    """

    key: str
    resource: Resource
    crm: str
    name: str
    remote_id: str
    etag: str
    rtime: datetime
    base: Base
    rich: frozenset[str] = frozenset()
    match_keys: tuple[str, ...] = ()
    canon_version: int = CANON_VERSION
    state: Literal["linked", "detached", "copy", "quarantined", "gone"] = "linked"
    """copy: the CRM's record was merged into another one that has a Google contact of its own; this one stays
    as it is, and nothing of it is sent or taken. gone: Google's contact is deleted, and the link is no pair
    any more. It is kept to know the record by, and what the two agreed on, when a person takes the contact
    out of Google's bin.
    """
    gone_at: datetime | None = None
    """When Google's contact was found deleted, and the CRM's put into the archive for it (gone only); None
    when a person had put that there.
    """
    problem: str | None = None
    tries: int = 0
    tried: str = ""
    """Mark of what Google refused (quarantined only): tried again when the record differs from it."""
    stuck: str = ""
    """Etag of what Google shows and could not be taken in (quarantined only)."""
    retry_at: datetime | None = None
    """When it is tried again as it is (quarantined only); None: not before it changes."""
    generation: int = 0
    writes: tuple[WriteTime, ...] = ()
    """The sync's own recent writes of this pair, for the loop detector."""
    missing_since: datetime | None = None
    """When an update first found nobody there; a listing has yet to tell what became of the contact."""
    made_here: bool = False
    made_crm: bool = False
    named: bool = False
    """Whether the contact that the sync made carries our key with the user's name; older ones carry the bare
    id.
    """
    region: str = ""
    """The telephone region that the base was made with; "" for an appointment, and for one that was linked
    before links remembered it (`UserSettings.base_region`).
    """
    account: str = DEFAULT_ACCOUNT
    shadow: bool = False
    """Whether the CRM's record only says when an event at Google takes place: nothing of it is sent there."""
    met: int = 0
    """How often fields had been switched when the base was made (`pair.sharing`)."""
    leaving: bool = False
    """Whether its record at Google may have been deleted by the clean-up after a disconnect: what Google says
    of that is no news, and what became of it is looked up.
    """
    version: str | None = None
    """The store's version of the document; None before it is stored."""

    @property
    def is_silent(self) -> bool:
        """Whether the two sides do not follow each other."""
        return self.state in ("detached", "copy")


@dataclass(frozen=True, slots=True)
class Observation(Generic[R]):
    """What Google was seen to say of one record.

    value is None when deleted. rtime is None for tombstones. keys: the CRM ids that we once wrote into it for
    this very user (a hint, see `sync.md`): one, or after a merge at Google those of all. bare: CRM ids of
    which it does not say whose they are; they mean something only where they are known from elsewhere.
    previous: earlier resource names. raw: Google's own body, kept only by direct reads, for patching `rich`
    fields. unseen: fields that Google keeps from us, or a part of them: what it shows of them is no news.
    unreadable: it is there, but what it says could not be read: without a value it is not deleted. place: of
    an occurrence that could not be read the series' id at Google, and when the rules put it. only_busy: it is
    no appointment, but takes the user's time: an absence, focus time, what a mail tells of.
    """

    key: str
    name: str
    remote_id: str
    etag: str
    rtime: datetime | None
    deleted: bool
    value: R | None
    rich: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    photo_url: str | None = None
    raw: JsonObject | None = None
    unseen: frozenset[str] = frozenset()
    unreadable: bool = False
    place: tuple[str, Moment] | None = None
    only_busy: bool = False

    @property
    def own_key(self) -> str | None:
        """The first of our keys, which is the only one unless records were merged; None without any."""
        return self.keys[0] if self.keys else None


NOBODY = "none"
"""The answer that a row is none of those whom it asks about."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user has picked for a row of the import sheet; a draft until the sheet is finished.

    person: the CRM record that the contact is said to be, or NOBODY of those that the row asked about then,
    which are `denied`. An answer holds for them only. same_row: the key of another row that is said to be the
    same person: that one is brought in, and this one added to it. other_rows: keys of rows that are said to
    be somebody else.
    """

    selected: bool = False
    contact_type: str = "contact"
    detail: Mapping[str, str] = field(default_factory=dict)
    consent: JsonObject = field(default_factory=lambda: {"status": "none"})
    person: str | None = None
    denied: tuple[str, ...] = ()
    same_row: str | None = None
    other_rows: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether anything was picked: ticked, typed, consented, or said of a possible duplicate."""
        return self != Choice()


@dataclass(frozen=True, slots=True)
class Claim:
    """A CRM record that may be the same person as a candidate.

    verdict and strength: as the table of evidence has them (`people.verdicts`); "different", of strength 0,
    is remembered so that nobody asks again. reasons: what speaks for it and against it, as codes, the
    weightiest first. keys: the record's match keys. mark: digest of what the two said of themselves: while
    they say the same, the claim stands.
    """

    crm: str
    name: str
    verdict: Literal["same", "maybe", "different"] = "maybe"
    strength: int = 2
    reasons: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    mark: str = ""
    muted: bool = False
    """Whether it is weak, and nobody waits for it because its row was declined: asked about again when the
    row is offered again.
    """


@dataclass(frozen=True, slots=True)
class Alike:
    """Another candidate that may be the same person.

    key: of the other one. strength, reasons: as in `Claim`. mark: digest of what the two said of themselves.
    """

    key: str
    strength: int
    reasons: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Google contact that awaits the user's decision on the import sheet.

    labels: Google's ids of them, see `sheet.labels`.
    status: open, imported, linked (adopted or matched), copy (a second Google contact of a CRM record that is
    in step with another one: never sent to), or gone (deleted at Google). Undecided: open and
    round above the closed round; declined: open in a closed round. facts: what tells who it is and is not
    shown (`people.facts`). claims: unlinked CRM records that it may be; linked: linked ones. alike: other
    candidates that it may be; what they are by now is for them to say. distinct: CRM
    ids the user has said are different persons. changed_at: when Google last changed what the sheet shows.
    parted: CRM ids that an undo took the link to away: linked again only by the user. generation: counts up
    when an import of this row was undone; part of the id of the contact it makes.
    """

    key: str
    remote_id: str
    name: str
    sort: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    organization: str
    labels: tuple[str, ...]
    photo_url: str | None
    round: int
    called_by: CalledBy = "name"
    """What of the contact its name here is (`text.titles.called`)."""
    status: Literal["open", "imported", "linked", "copy", "gone"] = "open"
    match_keys: tuple[str, ...] = ()
    facts: JsonObject = field(default_factory=dict)
    content: str = ""
    """Digest of what the sheet shows, so that an unchanged contact costs no write."""
    claims: tuple[Claim, ...] = ()
    linked: tuple[Claim, ...] = ()
    was: Claim | None = None
    """The CRM record whose Google contact this was before it was deleted there; only the user joins the two.
    """
    alike: tuple[Alike, ...] = ()
    distinct: tuple[str, ...] = ()
    choice: Choice = Choice()
    crm: str | None = None
    problem: str | None = None
    changed_at: datetime | None = None
    parted: tuple[str, ...] = ()
    generation: int = 0
    account: str = DEFAULT_ACCOUNT
    version: str | None = None

    @property
    def matches(self) -> tuple[Claim, ...]:
        """The CRM records that may be the same person, as the user is asked about them, best first."""
        known = (*((self.was,) if self.was else ()), *self.claims, *self.linked)
        asked: dict[str, Claim] = {}
        for it in known:
            if it.strength and it.crm not in self.distinct:
                asked.setdefault(it.crm, it)
        return tuple(sorted(asked.values(), key=lambda it: -it.strength))

    @property
    def answer(self) -> str | None:
        """Who the user said this is: a CRM record or NOBODY; None without an answer that holds for those whom
        the row asks about now.
        """
        person, asked = self.choice.person, {it.crm for it in self.matches}
        holds = asked <= {*self.choice.denied} if person == NOBODY else person in asked
        return person if holds else None

    @property
    def same_person_as(self) -> str | None:
        """The CRM record the user said this is, if any."""
        return None if self.answer == NOBODY else self.answer

    @property
    def unanswered(self) -> bool:
        """Whether the row asks about somebody, and the user has not said who it is."""
        return bool(self.matches) and self.answer is None

    def answered(self, person: str | None) -> Choice:
        """The choice with this answer about those whom the row asks about now."""
        denied = tuple(it.crm for it in self.matches) if person == NOBODY else ()
        return replace(self.choice, person=person, denied=denied)


@dataclass(frozen=True, slots=True)
class Intent:
    """Contact creates in doubt: written before Google is asked, deleted with the links that result."""

    id: str
    crm_ids: tuple[str, ...]
    created_at: datetime
    named: bool = False
    """Whether its contacts carry our key with the user's name; older ones the bare id."""
    version: str | None = None

    @property
    def doubt_ends(self) -> datetime:
        """When what no listing has shown by then counts as never made."""
        return self.created_at + DOUBT
