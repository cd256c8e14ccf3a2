from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.fields import fields_of, get, with_fields
from crmsync.core.model import Contact, Email, Phone
from crmsync.core.pair.decide import IDENTITY_CLEARED, Unaccounted, account_for, after_push, decide
from crmsync.core.pair.plan import Action, Decision, Lost, Rules, Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.state import CANON_VERSION, Base, Link
from tests.core.records import (
    ANN,
    CANON,
    TALK,
    agreed,
    appointments,
    as_google_keeps_it,
    contacts,
    diverged,
    link,
    quick,
    seen,
)

RULES = Rules()
GONE: Seen[Any] = Seen(None)
HERE = replace(ANN, given_name="Anna")
THERE = replace(ANN, family_name="Roy")

AS_IT_WAS, EDITED_HERE, EDITED_THERE = seen(ANN), seen(HERE), seen(THERE)


def on(local: Seen[Any] | None, remote: Seen[Any] | None, of: Link | None = None) -> Decision[Any]:
    return decide(of or link(agreed(ANN)), local, remote, CANON, RULES)


# --- 4a, linked: row by row ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "local", "remote", "action"),
    [
        ("=/=", AS_IT_WAS, AS_IT_WAS, Action.NOTHING),
        ("=/=", None, AS_IT_WAS, Action.NOTHING),
        ("=/=", AS_IT_WAS, None, Action.NOTHING),
        ("=/=", None, None, Action.NOTHING),
        ("=/~", AS_IT_WAS, EDITED_THERE, Action.UPDATE_LOCAL),
        ("~/=", EDITED_HERE, AS_IT_WAS, Action.UPDATE_REMOTE),
        ("~/=", EDITED_HERE, None, Action.UPDATE_REMOTE),
        ("~/~", EDITED_HERE, EDITED_THERE, Action.UPDATE_BOTH),
        ("~/~", EDITED_HERE, seen(replace(HERE, notes="")), Action.UPDATE_LOCAL),
        ("~/~", seen(replace(THERE, notes="")), EDITED_THERE, Action.UPDATE_REMOTE),
        ("~/~", EDITED_HERE, EDITED_HERE, Action.REFRESH),
        ("=/x", AS_IT_WAS, GONE, Action.ARCHIVE_LOCAL),
        ("=/x", None, GONE, Action.ARCHIVE_LOCAL),
        ("~/x", EDITED_HERE, GONE, Action.RECREATE_REMOTE),
        ("x/=", GONE, AS_IT_WAS, Action.DELETE_REMOTE),
        ("x/=", GONE, None, Action.DELETE_REMOTE),
        ("x/~", GONE, EDITED_THERE, Action.RESTORE_LOCAL),
        ("x/x", GONE, GONE, Action.DROP_LINK),
    ],
)
def test_linked(row: str, local: Seen[Any] | None, remote: Seen[Any] | None, action: Action) -> None:
    decision = on(local, remote)
    assert (decision.row, decision.action) == (row, action)
    assert decision.need is None
    assert decision.hold is None


def test_unchanged_no_write_even_if_the_etag_moved() -> None:
    moved = replace(link(agreed(ANN)), etag="another")
    assert on(AS_IT_WAS, AS_IT_WAS, moved) == Decision(Action.NOTHING, "=/=")


def test_changed_at_google_names_the_changed_fields_and_the_merged_value() -> None:
    decision = on(seen(replace(ANN, contact_type="lead")), EDITED_THERE)
    assert decision.local_fields == {"family_name"}
    assert not decision.remote_fields
    assert decision.value == replace(THERE, contact_type="lead")
    assert decision.base == agreed(THERE)


def test_changed_at_google_needs_the_crm_record_before_anything_is_written() -> None:
    decision = on(None, EDITED_THERE)
    assert (decision.action, decision.need) == (Action.UPDATE_LOCAL, "local")
    assert decision.local_fields == {"family_name"}
    assert decision.value is None
    assert decision.base is None


def test_changed_in_the_crm_needs_no_read_of_google_and_the_base_still_tells_what_to_send() -> None:
    decision = on(EDITED_HERE, None)
    assert decision.value == HERE
    assert decision.remote_fields == {"given_name"}
    assert decision.base is not None
    assert changed_fields(decision.base.local, CANON.project(HERE)) == {"given_name"}


def test_changed_on_both_sides_merges_and_the_loser_is_kept() -> None:
    decision = on(EDITED_HERE, seen(replace(THERE, given_name="Anne")))
    assert decision.value == replace(HERE, family_name="Roy")
    assert decision.lost == (Lost("given_name", "Anna", "Anne", "google"),)
    assert decision.local_fields == {"family_name"}
    assert decision.remote_fields == {"given_name"}


def test_edit_beats_delete_in_the_crm_a_new_generation_gets_all_fields() -> None:
    decision = on(EDITED_HERE, GONE)
    assert decision.value == HERE
    assert decision.remote_fields == {name for name, digest in CANON.project(HERE).items() if digest}


def test_edit_beats_delete_at_google_the_archived_record_is_restored_with_the_edit_and_its_consent() -> None:
    archived = replace(ANN, contact_type="lead", notes="edited before it was archived")
    decision = on(Seen(None, archived=archived), EDITED_THERE)
    assert decision.action is Action.RESTORE_LOCAL
    assert decision.value == replace(archived, family_name="Roy")
    assert decision.local_fields == {"family_name"}
    assert decision.remote_fields == {"notes"}


def test_edit_beats_delete_at_google_when_the_crm_has_nothing_left_google_is_taken_whole() -> None:
    decision = on(GONE, EDITED_THERE)
    assert decision.value == THERE
    assert decision.base == agreed(THERE)
    assert "family_name" in decision.local_fields


def test_a_detached_pair_is_silent_whatever_changes() -> None:
    apart = link(agreed(ANN), state="detached")
    for local, remote in ((EDITED_HERE, EDITED_THERE), (GONE, None), (None, GONE)):
        assert on(local, remote, apart) == Decision(Action.SILENT, "detached")


def test_a_quarantined_pair_is_decided_like_any_other() -> None:
    refused = link(agreed(ANN), state="quarantined", problem="too_large")
    assert on(EDITED_HERE, None, refused).action is Action.UPDATE_REMOTE


# --- a link of another canon version --------------------------------------------------------------------

OLD = link(Base({"given_name": "old"}, {"given_name": "old"}), canon_version=CANON_VERSION - 1)


def test_base_unknown_and_equal_is_refreshed_silently() -> None:
    assert on(AS_IT_WAS, AS_IT_WAS, OLD) == Decision(Action.REFRESH, "base unknown", base=agreed(ANN))


def test_base_unknown_and_unequal_is_a_first_meeting() -> None:
    decision = on(seen(replace(ANN, notes="")), seen(replace(ANN, organization="")), OLD)
    assert (decision.action, decision.row) == (Action.UPDATE_BOTH, "base unknown")
    assert decision.value == ANN


@pytest.mark.parametrize(
    ("local", "remote", "need"),
    [(EDITED_HERE, None, "remote"), (None, EDITED_THERE, "local"), (GONE, None, "remote")],
)
def test_base_unknown_needs_both_sides(
    local: Seen[Any] | None, remote: Seen[Any] | None, need: Literal["local", "remote"]
) -> None:
    assert on(local, remote, OLD) == Decision(Action.NOTHING, "base unknown", need=need)


def test_base_unknown_a_deletion_stands_and_is_the_guards_to_hold() -> None:
    assert on(GONE, EDITED_THERE, OLD).action is Action.DELETE_REMOTE
    assert on(EDITED_HERE, GONE, OLD).action is Action.ARCHIVE_LOCAL
    assert on(GONE, GONE, OLD).action is Action.DROP_LINK


# --- suspicious clear -----------------------------------------------------------------------------------

CLEARED = Contact(notes=ANN.notes, job_title="Agent", addresses=ANN.addresses)


@pytest.mark.parametrize("local", [AS_IT_WAS, EDITED_HERE, None, GONE])
def test_suspicious_clear(local: Seen[Any] | None) -> None:
    decision = on(local, seen(CLEARED))
    assert decision == Decision(Action.SILENT, "suspicious clear", hold=IDENTITY_CLEARED)


def test_base_unknown_a_cleared_contact_is_filled_again_rather_than_held() -> None:
    decision = on(AS_IT_WAS, seen(CLEARED), OLD)
    assert decision.hold is None
    assert decision.value is not None
    assert decision.value.emails == ANN.emails


def test_suspicious_clear_can_be_confirmed_by_the_user() -> None:
    decision = decide(link(agreed(ANN)), AS_IT_WAS, seen(CLEARED), CANON, Rules(allow_clear=True))
    assert decision.action is Action.UPDATE_LOCAL
    assert decision.value == CLEARED


def test_clearing_some_of_what_identifies_a_contact_is_an_edit() -> None:
    assert on(AS_IT_WAS, seen(replace(CLEARED, phones=ANN.phones))).action is Action.UPDATE_LOCAL


def test_a_contact_that_never_had_a_name_is_not_suspicious() -> None:
    nameless = Contact(notes="x")
    decision = on(seen(nameless), seen(replace(nameless, notes="y")), link(agreed(nameless)))
    assert decision.action is Action.UPDATE_LOCAL


def test_an_appointment_without_a_title_is_not_suspicious() -> None:
    decision = on(seen(TALK), seen(replace(TALK, title="", attendees=())), link(agreed(TALK)))
    assert decision.action is Action.UPDATE_LOCAL


# --- 4b, not linked -------------------------------------------------------------------------------------


def unlinked(local: Seen[Any] | None, remote: Seen[Any] | None) -> Decision[Any]:
    return decide(None, local, remote, CANON, RULES)


def test_create_crm_record_nothing_at_google() -> None:
    decision = unlinked(AS_IT_WAS, None)
    assert (decision.action, decision.row, decision.value) == (Action.CREATE_REMOTE, "create", ANN)
    assert decision.remote_fields == {name for name, digest in CANON.project(ANN).items() if digest}


def test_offer_google_contact_no_crm_record() -> None:
    assert unlinked(None, AS_IT_WAS) == Decision(Action.OFFER, "offer", value=ANN)


def test_adopt_both_exist_blanks_are_filled_both_ways() -> None:
    local = Contact(given_name="Ann", notes="mine")
    remote = Contact(given_name="Anna", emails=(Email("ann@example.com"),))
    decision = unlinked(seen(local), seen(remote))
    assert (decision.action, decision.row) == (Action.ADOPT, "adopt")
    assert decision.value == replace(local, emails=remote.emails)
    assert decision.local_fields == {"emails"}
    assert decision.remote_fields == {"given_name", "notes"}
    assert decision.lost == (Lost("given_name", "Ann", "Anna", "google"),)


def test_adopt_equal_records_write_nothing_but_the_link() -> None:
    decision = unlinked(AS_IT_WAS, AS_IT_WAS)
    assert decision.action is Action.ADOPT
    assert not decision.local_fields | decision.remote_fields
    assert decision.base == agreed(ANN)


@pytest.mark.parametrize(
    ("local", "remote", "action"),
    [
        (GONE, None, Action.NOTHING),
        (None, GONE, Action.NOTHING),
        (GONE, GONE, Action.NOTHING),
        (AS_IT_WAS, GONE, Action.CREATE_REMOTE),
        (GONE, AS_IT_WAS, Action.OFFER),
    ],
)
def test_deleted_sides_do_not_count(
    local: Seen[Any] | None, remote: Seen[Any] | None, action: Action
) -> None:
    assert unlinked(local, remote).action is action


def test_nothing_at_all_cannot_be_decided() -> None:
    with pytest.raises(ValueError, match="nothing to decide"):
        unlinked(None, None)


# --- crashes and echoes ---------------------------------------------------------------------------------


def test_update_sent_but_the_link_not_saved_is_refreshed_and_nothing_is_sent() -> None:
    decision = on(EDITED_HERE, EDITED_HERE)
    assert decision == Decision(Action.REFRESH, "~/~", base=agreed(HERE))


def test_own_echo_of_a_push_that_google_normalised_is_nothing() -> None:
    answered = as_google_keeps_it(HERE)
    base = after_push(agreed(ANN), CANON.project(HERE), CANON.project(answered))
    assert base == agreed(HERE, answered)
    assert on(None, seen(answered), link(base)) == Decision(Action.NOTHING, "=/=")
    assert on(EDITED_HERE, seen(answered), link(base)) == Decision(Action.NOTHING, "=/=")


def test_after_a_push_of_some_fields_the_others_keep_their_base() -> None:
    sent = {"given_name": CANON.project(HERE)["given_name"]}
    base = after_push(agreed(ANN), sent, CANON.project(replace(HERE, notes="sneaked in")))
    assert changed_fields(base.remote, CANON.project(HERE)) == frozenset()
    assert base.local["notes"] == CANON.project(ANN)["notes"]


# --- properties -----------------------------------------------------------------------------------------

pairs = st.one_of(diverged(contacts), diverged(appointments))
sides = st.sampled_from(["given", "unseen", "gone"])


@quick
@given(pairs, st.booleans(), st.booleans(), st.booleans())
def test_after_a_performed_plan_nothing_is_left_to_do(
    states: tuple[Any, Any, Any], met: bool, google_owns: bool, normalises: bool
) -> None:
    base, local, remote = states
    owners: dict[str, Literal["crm", "google"]] = (
        {f.name: "google" for f in fields_of(base)} if google_owns else {}
    )
    rules = Rules(owners, allow_clear=True)
    pair = link(agreed(base)) if met else None
    decision = decide(pair, seen(local), seen(remote), CANON, rules)
    after = decision.base or agreed(base)
    crm = with_fields(local, _taken(decision, decision.local_fields))
    google = with_fields(remote, _taken(decision, decision.remote_fields))
    if decision.remote_fields:
        pending = decide(link(after), seen(crm), seen(remote), CANON, rules)
        assert (pending.action, pending.remote_fields) == (Action.UPDATE_REMOTE, decision.remote_fields)
        google = crm if not normalises or not isinstance(crm, Contact) else as_google_keeps_it(crm)
        after = after_push(after, CANON.project(crm), CANON.project(google))
    for again in (seen(crm), None):
        done = decide(link(after), again, seen(google), CANON, rules)
        assert done.action is Action.NOTHING, done


def _taken(decision: Decision[Any], fields: frozenset[str]) -> dict[str, Any]:
    return {field: get(decision.value, field) for field in fields} if decision.value else {}


@quick
@given(pairs, sides, sides)
def test_every_combination_has_a_decision_with_the_row_of_its_states(
    states: tuple[Any, Any, Any], here: str, there: str
) -> None:
    base, local, remote = states
    given_local = {"given": seen(local), "unseen": None, "gone": GONE}[here]
    given_remote = {"given": seen(remote), "unseen": None, "gone": GONE}[there]
    decision = decide(link(agreed(base)), given_local, given_remote, CANON, RULES)
    if decision.hold is None:
        expected = [
            "x"
            if how == "gone"
            else "~"
            if how == "given" and CANON.project(it) != CANON.project(base)
            else "="
            for how, it in ((here, local), (there, remote))
        ]
        assert decision.row == "/".join(expected)


@quick
@given(pairs)
def test_deciding_replays_to_the_same_after_a_crash_between_local_commit_and_push(
    states: tuple[Any, Any, Any],
) -> None:
    base, local, remote = states
    rules = Rules(allow_clear=True)
    first = decide(link(agreed(base)), seen(local), seen(remote), CANON, rules)
    if first.action is not Action.UPDATE_BOTH:
        return
    assert first.base is not None
    replayed = decide(link(first.base), seen(first.value), seen(remote), CANON, rules)
    assert replayed.value == first.value
    assert (replayed.remote_fields, replayed.local_fields) == (first.remote_fields, frozenset())
    assert replayed.lost == ()


# --- completeness ---------------------------------------------------------------------------------------


def test_a_plan_that_forgets_a_record_is_refused_by_name() -> None:
    with pytest.raises(Unaccounted) as refused:
        account_for(["a", "b", "c"], {"b": on(None, None)})
    assert refused.value.ids == ("a", "c")


@given(st.sets(st.text(max_size=3)), st.sets(st.text(max_size=3)))
@quick
def test_a_plan_accounts_for_every_input_id(ids: set[str], decided: set[str]) -> None:
    if ids <= decided:
        account_for(ids, decided)
    else:
        with pytest.raises(Unaccounted):
            account_for(ids, decided)


def test_phones_written_another_way_at_google_are_no_change() -> None:
    shown = replace(ANN, phones=(Phone("+1 416-555-0199", "Mobile"),))
    assert on(AS_IT_WAS, seen(shown)).action is Action.NOTHING
