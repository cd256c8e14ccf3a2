"""What the import sheet shows of a Google contact."""

from dataclasses import replace

from crmsync.core.model import Contact
from crmsync.core.pair.canon import Canon
from crmsync.core.people.facts import facts_of
from crmsync.core.people.match_keys import match_keys
from crmsync.core.sheet.labels import shown
from crmsync.core.state import Candidate, Observation
from crmsync.core.text.titles import called, sort_key


def candidate_from(observation: Observation[Contact], round: int, canon: Canon) -> Candidate:
    """The candidate that an observed Google contact makes, undecided, in this round. Raises ValueError for a
    deleted contact.
    """
    contact = observation.value
    if contact is None:
        raise ValueError("a deleted contact is no candidate")
    called_by, name = called(contact)
    labels = shown(observation.labels)
    emails = tuple(item.value for item in contact.emails)
    phones = tuple(item.value for item in contact.phones)
    return Candidate(
        key=observation.key,
        remote_id=observation.remote_id,
        name=name,
        sort=sort_key(name),
        called_by=called_by,
        emails=emails,
        phones=phones,
        organization=contact.organization,
        labels=labels,
        photo_url=observation.photo_url,
        round=round,
        match_keys=match_keys(canon, contact),
        facts=facts_of(contact),
        content=canon.content(name, emails, phones, contact.organization, labels, observation.photo_url),
        changed_at=observation.rtime,
    )


def changed(candidate: Candidate, new: Candidate) -> bool:
    """Whether a candidate made anew differs in what the sheet shows, how it is asked for, or who it is.

    Round, status, choice and claims are the user's and the sync's, and do not count.
    """
    return (candidate.content, candidate.remote_id) != (new.content, new.remote_id) or is_somebody_else(
        candidate, new
    )


def is_somebody_else(candidate: Candidate, new: Candidate) -> bool:
    """Whether a candidate made anew says anything else of who it is."""
    return _told(candidate) != _told(new)


def _told(candidate: Candidate) -> tuple[object, ...]:
    return (candidate.match_keys, candidate.facts, candidate.organization, candidate.emails, candidate.phones)


def reduced(candidate: Candidate) -> Candidate:
    """A candidate of which nothing is kept but its key, and what the user decided about it.

    It is offered to nobody; seen at Google again, it says what it said, and the decisions hold.
    """
    return replace(
        candidate,
        remote_id="",
        name="",
        sort="",
        emails=(),
        phones=(),
        organization="",
        labels=(),
        photo_url=None,
        status="gone",
        match_keys=(),
        facts={},
        content="",
        claims=(),
        linked=(),
        alike=(),
        problem=None,
        changed_at=None,
    )
