"""Fields that do not go every way: nothing is blanked, nothing typed is lost, nothing is sent unasked."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.account import UserSettings
from crmsync.core.fields import fields_of, get
from crmsync.core.model import Contact, Email, Phone
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Rules, Seen
from crmsync.core.pair.sharing import CHOICES, Sharing, Way
from crmsync.core.state import Link
from tests.core.records import ANN, CANON, agreed, contacts, diverged, link, quick, seen

GONE: Seen[Any] = Seen(None)
WAYS: tuple[Way, ...] = ("both", "to_crm", "to_google", "never")
NOTED = replace(ANN, notes="Agreed")
OURS, THEIRS = replace(NOTED, notes="Ours"), replace(NOTED, notes="Theirs")
PAIR = link(agreed(NOTED))


def shared(**ways: Way) -> UserSettings:
    return UserSettings().changed({"ways": ways})


def on(
    local: Contact | None,
    remote: Contact | None,
    settings: UserSettings,
    of: Link | None = PAIR,
) -> Any:
    here, there = (None if side is None else seen(side) for side in (local, remote))
    return decide(of, here, there, CANON, Rules(sharing=settings.sharing("contacts")))


@pytest.mark.parametrize(
    ("way", "here", "there"),
    [
        ("both", Action.UPDATE_REMOTE, Action.UPDATE_LOCAL),
        ("to_crm", Action.NOTHING, Action.UPDATE_LOCAL),
        ("to_google", Action.UPDATE_REMOTE, Action.NOTHING),
        ("never", Action.NOTHING, Action.NOTHING),
    ],
)
@pytest.mark.parametrize("text", ["New", ""])
def test_an_edit_goes_the_ways_that_are_open_and_a_clearing_too(
    way: Way, here: Action, there: Action, text: str
) -> None:
    edited = replace(NOTED, notes=text)
    assert on(edited, NOTED, shared(notes=way)).action is here
    assert on(edited, None, shared(notes=way)).action is here
    assert on(NOTED, edited, shared(notes=way)).action is there


@pytest.mark.parametrize("way", WAYS[1:])
def test_another_field_takes_a_kept_one_nowhere(way: Way) -> None:
    here, there = replace(OURS, given_name="Anna"), replace(THEIRS, family_name="Roy")
    decision = on(here, there, shared(notes=way))
    assert decision.value is not None
    assert (decision.value.given_name, decision.value.family_name) == ("Anna", "Roy")
    assert ("notes" in decision.remote_fields) == (way == "to_google")
    assert decision.value.notes == "Ours"
    assert [lost.lost for lost in decision.lost] == ([] if way == "never" else ["Theirs"])


def test_what_google_has_comes_in_until_the_crm_has_a_text_of_its_own() -> None:
    settings = shared(notes="to_crm")
    decision = on(NOTED, THEIRS, settings)
    assert decision.value.notes == "Theirs"
    after = replace(PAIR, base=decision.base)
    own = replace(decision.value, notes="Mine alone")
    assert on(own, None, settings, after).action is Action.NOTHING
    later = on(own, replace(THEIRS, notes="Theirs again"), settings, after)
    assert (later.action, later.lost[0].lost) == (Action.REFRESH, "Theirs again")


def test_what_was_typed_at_google_is_kept_where_the_crm_overwrites_it() -> None:
    settings = shared(phones="to_google")
    one, two, three = (Phone(f"+1 416-555-010{n}") for n in range(3))
    had = replace(ANN, phones=(one,))
    pair, theirs = link(agreed(had)), replace(had, phones=(one, two))
    assert on(had, theirs, settings, pair).action is Action.NOTHING
    decision = on(replace(had, phones=(one, three)), theirs, settings, pair)
    assert (decision.action, decision.remote_fields) == (Action.UPDATE_REMOTE, {"phones"})
    [lost] = decision.lost
    assert (lost.lost, lost.kept) == ([{"value": two.value, "type": ""}], [])


def test_a_first_meeting_overwrites_nothing_on_a_side_that_is_not_written() -> None:
    ours = replace(ANN, notes="Ours", nickname="", phones=(Phone("416-555-0101"),))
    theirs = replace(ANN, notes="Theirs", nickname="Annie", phones=(Phone("416-555-0102"),))
    decision = on(ours, theirs, shared(notes="to_google", nickname="to_google", phones="to_crm"), None)
    assert decision.value.notes == "Ours"
    assert decision.remote_fields == set()
    assert (decision.value.nickname, len(decision.value.phones)) == ("", 2)
    filled = on(replace(ANN, notes="Ours"), replace(ANN, notes=""), shared(notes="to_google"), None)
    assert filled.remote_fields == {"notes"}


def test_switched_off_says_nothing_and_switched_on_again_the_two_meet_for_the_first_time() -> None:
    off = shared(notes="never")
    assert on(replace(NOTED, notes=""), NOTED, off).action is Action.NOTHING
    back = off.changed({"ways": {}})
    assert (back.switches, back.opened) == (1, {"notes": 1})
    # Cleared here while it was off: filled again, not cleared there.
    filled = on(replace(NOTED, notes=""), NOTED, back)
    assert (filled.action, filled.value.notes) == (Action.UPDATE_LOCAL, "Agreed")
    differing = on(OURS, THEIRS, back)
    assert (differing.value.notes, differing.lost[0].lost) == ("Ours", "Theirs")
    equal = on(OURS, OURS, back)
    assert equal.action is Action.REFRESH
    met = replace(PAIR, base=equal.base, met=back.switches)
    assert on(OURS, OURS, back, met).action is Action.NOTHING
    assert on(OURS, replace(OURS, notes=""), back, met).value.notes == ""


def test_an_unmet_field_is_sent_only_after_a_look_at_google() -> None:
    back = shared(notes="never").changed({"ways": {}})
    decision = on(NOTED, None, back)
    assert (decision.need, decision.remote_fields) == ("remote", {"notes"})
    blank = link(agreed(replace(ANN, notes="")))
    assert on(replace(ANN, notes=""), None, back, blank).action is Action.NOTHING


@pytest.mark.parametrize("ways", [{}, {"notes": "never"}, {"notes": "to_google"}])
def test_what_was_typed_at_google_unheard_is_neither_deleted_nor_brings_a_record_back(
    ways: dict[str, Way],
) -> None:
    settings = shared(notes="never").changed({"ways": ways})
    rules = Rules(sharing=settings.sharing("contacts"))
    assert decide(PAIR, GONE, seen(THEIRS), CANON, rules).action is Action.DETACH
    assert decide(PAIR, GONE, seen(NOTED), CANON, rules).action is Action.DELETE_REMOTE
    heard = decide(PAIR, GONE, seen(replace(THEIRS, given_name="Anna")), CANON, rules)
    assert heard.action is Action.RESTORE_LOCAL


def test_an_unmet_field_is_no_edit_that_beats_a_deletion_at_google() -> None:
    back = shared(notes="never").changed({"ways": {}})
    decision = decide(PAIR, seen(OURS), GONE, CANON, Rules(sharing=back.sharing("contacts")))
    assert decision.action is Action.ARCHIVE_LOCAL


def test_only_what_goes_a_new_way_is_unmet() -> None:
    settings = shared(notes="both", emails="never").changed({"ways": {"notes": "to_crm", "emails": "never"}})
    assert settings.switches == 0
    settings = settings.changed({"ways": {"notes": "to_google", "emails": "never"}})
    assert settings.opened == {"notes": 1}
    settings = settings.changed({"ways": {"notes": "never", "organization": "never"}})
    assert settings.opened == {"notes": 1, "emails": 2}
    assert settings.changed({"ways": {}}).opened == {
        "notes": 3,
        "emails": 2,
        "organization": 3,
        "job_title": 3,
    }


# --- only to Google -----------------------------------------------------------------------------------

ONE_WAY = UserSettings(pull_contacts=False)


def test_nothing_comes_in_and_what_is_deleted_there_no_longer_follows() -> None:
    assert on(NOTED, THEIRS, ONE_WAY).action is Action.NOTHING
    for local in (NOTED, OURS):
        sides = seen(local), GONE
        assert decide(PAIR, *sides, CANON, Rules(sharing=ONE_WAY.sharing("contacts"))).action is Action.DETACH


def test_what_was_edited_there_is_not_deleted_for_the_crm() -> None:
    rules = Rules(sharing=ONE_WAY.sharing("contacts"))
    assert decide(PAIR, GONE, seen(THEIRS), CANON, rules).action is Action.DETACH
    assert decide(PAIR, GONE, seen(NOTED), CANON, rules).action is Action.DELETE_REMOTE


def test_both_ways_again_every_field_meets_for_the_first_time() -> None:
    back = ONE_WAY.changed({"pull_contacts": True})
    decision = on(replace(NOTED, nickname=""), replace(THEIRS, nickname="Annie"), back)
    assert (decision.value.nickname, decision.value.notes) == ("Annie", "Agreed")
    assert decision.lost[0].lost == "Theirs"


# --- properties ---------------------------------------------------------------------------------------


def said(record: Contact, name: str) -> set[str]:
    """What a field says: its text, or what its elements are about."""
    form = CANON.field_canon(record, name)
    return {form} - {""} if isinstance(form, str) else {identity for identity, _ in form}


ways = st.dictionaries(st.sampled_from(sorted(CHOICES["contacts"])), st.sampled_from(WAYS))


@quick
@given(pair=diverged(contacts), before=ways, after=ways)
def test_whatever_is_switched_nothing_comes_or_goes_unasked_and_nothing_is_emptied(
    pair: Any, before: dict[str, Way], after: dict[str, Way]
) -> None:
    base, local, remote = pair
    settings = UserSettings().changed({"ways": before}).changed({"ways": after})
    sharing: Sharing = settings.sharing("contacts")
    decision = on(local, remote, settings, link(agreed(base)))
    here = decision.value or local
    for name in (field.name for field in fields_of(local)):
        assert sharing.goes(name) or name not in decision.remote_fields
        if not sharing.comes(name):
            assert get(here, name) == get(local, name)
        elif name in sharing.unmet(link(agreed(base))):
            assert said(local, name) <= said(here, name) or decision.lost
            assert said(here, name) or not (said(local, name) or said(remote, name))


def test_what_is_made_of_the_other_side_has_not_agreed_on_what_was_kept_out() -> None:
    sharing = shared(emails="to_crm", notes="to_google").sharing("contacts")
    sent = sharing.outgoing(NOTED)
    assert (sent.emails, sent.notes) == ((), "Agreed")
    base = sharing.made_there(CANON.project(NOTED), CANON.project(sent))
    assert base.local["emails"] == base.remote["emails"] == ()
    theirs = replace(NOTED, emails=(Email("other@example.com"),))
    decision: Any = decide(link(base), seen(NOTED), seen(theirs), CANON, Rules(sharing=sharing))
    assert len(decision.value.emails) == len(NOTED.emails) + 1
