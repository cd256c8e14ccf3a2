from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.fields import as_json, fields_of, get, items_of, value_as_json, with_fields
from crmsync.core.model import (
    Address,
    Appointment,
    Attendee,
    Birthday,
    Consent,
    Contact,
    Email,
    Phone,
    Timed,
    Url,
)
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.merge import Merged, merge
from crmsync.core.pair.plan import Lost, Rules, Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.state import Base
from tests.core.records import (
    ANN,
    CANON,
    NOON,
    TALK,
    agreed,
    appointments,
    as_google_keeps_it,
    contacts,
    diverged,
    edited,
    quick,
    seen,
)

CRM_WINS = Rules()
pairs = st.one_of(diverged(contacts), diverged(appointments))


def google_wins(record: Any) -> Rules:
    return Rules(owners={field.name: "google" for field in fields_of(record)})


def merge_values(base: Base | None, local: Any, remote: Any, canon: Canon, rules: Rules) -> Merged[Any]:
    sides = Seen(local, canon.project(local)), Seen(remote, canon.project(remote))
    return merge(base, *sides, canon, rules)


def settle(base: Any, local: Any, remote: Any, rules: Rules = CRM_WINS) -> Merged[Any]:
    return merge_values(None if base is None else agreed(base), local, remote, CANON, rules)


def writes(merged: Merged[Any]) -> tuple[set[str], set[str]]:
    """The fields to be written to the CRM and to Google."""
    return set(merged.local_fields), set(merged.remote_fields)


# --- scalars -----------------------------------------------------------------------------------


def test_a_scalar_changed_on_one_side_goes_to_the_other() -> None:
    merged = settle(ANN, replace(ANN, given_name="Anna"), replace(ANN, family_name="Roy"))
    assert (merged.value.given_name, merged.value.family_name) == ("Anna", "Roy")
    assert writes(merged) == ({"family_name"}, {"given_name"})
    assert merged.lost == ()


def test_a_scalar_cleared_on_one_side_is_cleared_on_the_other() -> None:
    merged = settle(ANN, ANN, replace(ANN, notes="", birthday=None))
    assert (merged.value.notes, merged.value.birthday) == ("", None)
    assert merged.local_fields == {"notes", "birthday"}


def test_the_same_change_on_both_sides_is_no_conflict_and_keeps_the_text_as_typed_here() -> None:
    merged = settle(ANN, replace(ANN, given_name=" Anna"), replace(ANN, given_name="Anna"))
    assert merged.value.given_name == " Anna"
    assert not merged.local_fields
    assert not merged.remote_fields
    assert not merged.lost


def test_both_differ_the_crm_wins_and_googles_value_goes_to_lost() -> None:
    merged = settle(ANN, replace(ANN, given_name="Anna"), replace(ANN, given_name="Anne"))
    assert merged.value.given_name == "Anna"
    assert merged.remote_fields == {"given_name"}
    assert merged.lost == (Lost("given_name", kept="Anna", lost="Anne", lost_side="google"),)


def test_both_differ_google_owns_the_field_and_the_crms_value_goes_to_lost() -> None:
    rules = Rules(owners={"birthday": "google"})
    merged = settle(
        ANN, replace(ANN, birthday=Birthday(1, 2)), replace(ANN, birthday=Birthday(3, 4, 1990)), rules
    )
    assert merged.value.birthday == Birthday(3, 4, 1990)
    assert merged.local_fields == {"birthday"}
    kept, lost = {"year": 1990, "month": 3, "day": 4}, {"month": 1, "day": 2}
    assert merged.lost == (Lost("birthday", kept=kept, lost=lost, lost_side="crm"),)


def test_start_and_end_move_together() -> None:
    moved = with_fields(TALK, {"when": (TALK.end, Timed(NOON, "America/Toronto"))})
    merged = settle(TALK, replace(TALK, title="Second viewing"), moved)
    assert (merged.value.start, merged.value.end) == (moved.start, moved.end)
    assert merged.local_fields == {"when"}
    assert merged.remote_fields == {"title"}


# --- lists -------------------------------------------------------------------------------------

HOME, WORK = ANN.emails
NEW, OTHER = Email("new@example.com"), Email("other@example.com")


def test_elements_added_on_both_sides_are_united_in_our_order() -> None:
    merged = settle(ANN, replace(ANN, emails=(NEW, HOME, WORK)), replace(ANN, emails=(OTHER, WORK, HOME)))
    assert merged.value.emails == (NEW, HOME, WORK, OTHER)
    assert merged.local_fields == merged.remote_fields == {"emails"}


def test_an_element_removed_on_one_side_is_removed() -> None:
    merged = settle(ANN, ANN, replace(ANN, emails=(WORK,)))
    assert merged.value.emails == (WORK,)
    assert writes(merged) == ({"emails"}, set())


def test_an_element_removed_on_one_side_and_edited_on_the_other_stays() -> None:
    relabelled = Email(HOME.value, "cottage")
    here = settle(ANN, replace(ANN, emails=(relabelled, WORK)), replace(ANN, emails=(WORK,)))
    assert here.value.emails == (relabelled, WORK)
    assert here.remote_fields == {"emails"}
    there = settle(ANN, replace(ANN, emails=(WORK,)), replace(ANN, emails=(WORK, relabelled)))
    assert there.value.emails == (WORK, relabelled)
    assert there.local_fields == {"emails"}


def test_an_element_edited_on_both_sides_goes_to_the_owner_and_the_other_to_lost() -> None:
    cottage, office = Email(HOME.value, "cottage"), Email(HOME.value, "office")
    merged = settle(ANN, replace(ANN, emails=(cottage, WORK)), replace(ANN, emails=(office, WORK)))
    assert merged.value.emails == (cottage, WORK)
    (lost,) = merged.lost
    assert (lost.field, lost.lost_side) == ("emails", "google")
    assert lost.lost == [{"value": HOME.value, "type": "office"}]
    assert lost.kept == [{"value": HOME.value, "type": "cottage"}]


def test_the_text_of_an_untouched_element_stays_as_typed_on_each_side() -> None:
    reformatted = Phone("+1 416-555-0199", "Mobile")
    merged = settle(ANN, ANN, replace(ANN, phones=(reformatted,), notes="new"))
    assert merged.value.phones == ANN.phones
    assert merged.local_fields == {"notes"}


def test_googles_list_comes_in_our_order_with_an_edited_element_in_its_place() -> None:
    cottage = Email(HOME.value.upper(), "cottage")
    merged = settle(ANN, ANN, replace(ANN, emails=(NEW, WORK, cottage)))
    assert merged.value.emails == (cottage, WORK, NEW)


def test_one_number_under_two_labels_stays_twice() -> None:
    number = ANN.phones[0].value
    both = (Phone(number, "mobile"), Phone(number, "work"))
    merged = settle(ANN, ANN, replace(ANN, phones=both))
    assert merged.value.phones == both
    removed = settle(merged.value, replace(ANN, phones=both[1:]), merged.value)
    assert removed.value.phones == both[1:]
    assert removed.remote_fields == {"phones"}


def test_an_unknown_label_is_carried_through() -> None:
    odd = Phone("647-555-0100", "Ferienhaus 2")
    merged = settle(ANN, ANN, replace(ANN, phones=(*ANN.phones, odd)))
    assert odd in merged.value.phones


# --- first meeting -----------------------------------------------------------------------------


def test_first_meeting_fills_blanks_both_ways() -> None:
    local = Contact(given_name="Ann", notes="mine", emails=(HOME,))
    remote = Contact(given_name="Ann", organization="Maple Homes", emails=(WORK,))
    merged = settle(None, local, remote)
    assert (merged.value.notes, merged.value.organization) == ("mine", "Maple Homes")
    assert merged.value.emails == (HOME, WORK)
    assert merged.local_fields == {"organization", "emails"}
    assert merged.remote_fields == {"notes", "emails"}
    assert merged.lost == ()


def test_first_meeting_of_differing_scalars_the_owner_wins() -> None:
    merged = settle(None, Contact(given_name="Ann"), Contact(given_name="Anna"))
    assert merged.value.given_name == "Ann"
    assert merged.lost == (Lost("given_name", "Ann", "Anna", "google"),)


def test_first_meeting_a_label_that_only_one_side_has_is_no_conflict() -> None:
    bare, labelled = Phone("4165550199"), Phone("(416) 555-0199", "mobile")
    for local, remote, here in (((bare,), (labelled,), True), ((labelled,), (bare,), False)):
        merged = settle(None, Contact(phones=local), Contact(phones=remote))
        assert merged.value.phones == (labelled,)
        assert merged.lost == ()
        assert writes(merged) == (({"phones"}, set()) if here else (set(), {"phones"}))


def test_first_meeting_of_differing_labels_the_owner_wins() -> None:
    home, work = Email("a@x.example", "home"), Email("a@x.example", "work")
    merged = settle(None, Contact(emails=(home,)), Contact(emails=(work,)))
    assert merged.value.emails == (home,)
    assert len(merged.lost) == 1


# --- what stays in the CRM ---------------------------------------------------------------------


def test_type_detail_and_consent_are_never_changed_by_google() -> None:
    express = Consent("express", source="form")
    local = replace(ANN, contact_type="lead", detail={"temperature": "hot"}, consent=express)
    for base in (ANN, None):
        merged = settle(
            base, local, replace(ANN, given_name="Anna", consent=Consent("revoked")), google_wins(ANN)
        )
        assert merged.value.given_name == "Anna"
        assert (merged.value.contact_type, merged.value.detail) == ("lead", {"temperature": "hot"})
        assert merged.value.consent == express


def test_contact_ids_and_guest_mail_are_never_changed_by_google() -> None:
    local = replace(TALK, contact_ids=("c1",), notify_guests=True, series_id="s")
    merged = settle(TALK, local, replace(TALK, title="Moved"))
    assert (merged.value.contact_ids, merged.value.notify_guests, merged.value.series_id) == (
        ("c1",),
        True,
        "s",
    )


# --- a Google that normalises ------------------------------------------------------------------


def test_a_value_that_google_rewrote_is_not_sent_again_and_not_brought_back() -> None:
    base = agreed(ANN, as_google_keeps_it(ANN))
    merged = merge_values(base, ANN, as_google_keeps_it(ANN), CANON, CRM_WINS)
    assert merged.value == ANN
    assert not merged.local_fields | merged.remote_fields


def test_an_edit_beside_a_rewritten_element_does_not_double_it() -> None:
    ours = Contact(addresses=(Address("1 Main St", city="Toronto"),))
    google = Contact(addresses=(Address("1 Main St", city="Toronto", country="Canada"),))
    base = agreed(ours, google)
    cottage = Address("9 Lake Rd", type="cottage")
    merged = merge_values(base, replace(ours, addresses=(*ours.addresses, cottage)), google, CANON, CRM_WINS)
    assert merged.value.addresses == (*ours.addresses, cottage)
    moved = replace(google, addresses=(Address("2 Main St", city="Toronto", country="Canada"),))
    merged = merge_values(base, ours, moved, CANON, CRM_WINS)
    assert merged.value.addresses == moved.addresses
    assert writes(merged) == ({"addresses"}, set())


def test_an_element_that_google_dropped_is_not_sent_again_for_ever() -> None:
    ours = Contact(urls=(Url("https://a.example"), Url("https://b.example")))
    google = Contact(urls=(Url("https://a.example"),))
    merged = merge_values(agreed(ours, google), ours, replace(google, notes="x"), CANON, CRM_WINS)
    assert merged.value.urls == ours.urls
    assert writes(merged) == ({"notes"}, set())


# --- properties --------------------------------------------------------------------------------


def canon_of(record: Any) -> dict[str, Any]:
    return {field.name: CANON.field_canon(record, field.name) for field in fields_of(record)}


@quick
@given(pairs)
def test_merge_is_deterministic(states: tuple[Any, Any, Any]) -> None:
    base, local, remote = states
    again = merge_values(agreed(base), local, remote, Canon(b"k" * 32, "CA"), CRM_WINS)
    assert settle(base, local, remote) == again


@quick
@given(pairs, st.booleans())
def test_merge_is_idempotent(states: tuple[Any, Any, Any], meeting: bool) -> None:
    base, local, remote = states
    first = settle(None if meeting else base, local, remote)
    replayed = merge_values(first.base, first.value, remote, CANON, CRM_WINS)
    assert replayed.value == first.value
    assert replayed.remote_fields == first.remote_fields
    assert not replayed.local_fields
    done = settle(first.value, first.value, first.value)
    assert not done.local_fields | done.remote_fields
    assert not done.lost


@quick
@given(pairs)
def test_the_side_does_not_matter_where_the_owner_does_not(states: tuple[Any, Any, Any]) -> None:
    base, local, remote = (_unanswered(state) for state in states)
    here = settle(base, local, remote, CRM_WINS)
    there = settle(base, remote, local, google_wins(base))
    assert canon_of(here.value) == canon_of(there.value)
    assert (here.local_fields, here.remote_fields) == (there.remote_fields, there.local_fields)
    assert sorted((lost.field, repr(lost.lost)) for lost in here.lost) == sorted(
        (lost.field, repr(lost.lost)) for lost in there.lost
    )


@quick
@given(pairs, st.booleans(), st.booleans())
def test_a_value_that_a_person_typed_is_never_lost(
    states: tuple[Any, Any, Any], meeting: bool, google: bool
) -> None:
    base, local, remote = states
    merged = settle(None if meeting else base, local, remote, google_wins(base) if google else CRM_WINS)
    lost = {(value.field, repr(value.lost)) for value in merged.lost}
    for side in (local, remote):
        for field in fields_of(side):
            old = None if meeting else base
            if field.kind == "list":
                _elements_are_kept(field.name, side, old, merged, lost)
            elif old is None or CANON.project(side)[field.name] != CANON.project(old)[field.name]:
                value = get(side, field.name)
                shown = repr(as_json(side, [field.name])[field.name])
                said = value != field.blank and CANON.project(side)[field.name]
                assert not said or _scalar_is_kept(field.name, side, merged) or (field.name, shown) in lost


def _unanswered(record: Any) -> Any:
    """The same without the answers of guests, which are Google's to tell, whoever owns the field."""
    if not isinstance(record, Appointment):
        return record
    return replace(record, attendees=tuple(replace(guest, response=None) for guest in record.attendees))


def _scalar_is_kept(name: str, side: Any, merged: Merged[Any]) -> bool:
    if CANON.field_canon(merged.value, name) == CANON.field_canon(side, name):
        return True
    # A single appointment that meets a series at the same time becomes the series, zone and all.
    return name == "when" and not side.recurrence and _same_time(side, merged)


def _same_time(side: Any, merged: Merged[Any]) -> bool:
    single = replace(merged.value, recurrence=())
    return CANON.field_canon(single, "when") == CANON.field_canon(side, "when")


def _elements_are_kept(
    name: str, side: Any, base: Any, merged: Merged[Any], lost: set[tuple[str, str]]
) -> None:
    known = () if base is None else CANON.project(base)[name]
    for element in items_of(side, name):
        digest = CANON.element_digest(name, element)
        listed = value_as_json(side, name, (element,))
        assert isinstance(listed, list)
        (shown,) = listed
        in_lost = any(field == name and repr(shown) in values for field, values in lost)
        kept = any(_covers(name, other, element) for other in items_of(merged.value, name))
        assert digest in known or kept or in_lost, shown


def _covers(name: str, fuller: Any, element: Any) -> bool:
    """Whether an element says all that the other says; a blank label says nothing, nor does no answer yet."""
    blanks = [
        part
        for part in ("type", "name", "response", "country")
        if hasattr(element, part) and getattr(element, part) in (None, "", "needsAction")
    ]
    filled = replace(element, **{part: getattr(fuller, part) for part in blanks})
    return CANON.element_digest(name, filled) == CANON.element_digest(name, fuller)


@quick
@given(pairs)
def test_only_differing_fields_are_written(states: tuple[Any, Any, Any]) -> None:
    base, local, remote = states
    merged = settle(base, local, remote)
    assert merged.local_fields == changed_fields(CANON.project(local), CANON.project(merged.value))
    assert merged.remote_fields == changed_fields(CANON.project(remote), CANON.project(merged.value))


@quick
@given(pairs)
def test_the_base_after_the_local_commit_differs_in_exactly_what_google_still_lacks(
    states: tuple[Any, Any, Any],
) -> None:
    base, local, remote = states
    merged = settle(base, local, remote)
    assert changed_fields(merged.base.local, CANON.project(merged.value)) == merged.remote_fields
    assert not changed_fields(merged.base.remote, CANON.project(remote))


@quick
@given(contacts, st.data())
def test_under_a_normalising_google_an_edit_on_one_side_is_written_to_the_other_only(
    ours: Contact, data: st.DataObject
) -> None:
    google = as_google_keeps_it(ours)
    base = agreed(ours, google)
    edit = data.draw(edited(ours))
    merged = merge_values(base, edit, google, CANON, CRM_WINS)
    assert merged.value == edit
    assert not merged.local_fields
    theirs = data.draw(edited(google))
    merged = merge_values(base, ours, theirs, CANON, CRM_WINS)
    assert not merged.remote_fields
    assert changed_fields(merged.base.local, CANON.project(merged.value)) == frozenset()


def test_a_deleted_side_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="deleted"):
        merge(None, seen(ANN), Seen(None), CANON, CRM_WINS)


def test_a_field_that_the_base_does_not_know_counts_as_blank_there() -> None:
    known = {"given_name": CANON.project(ANN)["given_name"]}
    base = Base(known, known)
    merged = merge_values(
        base, Contact(given_name="Ann"), Contact(given_name="Ann", notes="x"), CANON, CRM_WINS
    )
    assert merged.local_fields == {"notes"}


def test_appointments_merge_their_guests_by_address() -> None:
    accepted = tuple(replace(guest, response="accepted") for guest in TALK.attendees)
    merged = settle(TALK, replace(TALK, location="Office"), replace(TALK, attendees=accepted))
    assert isinstance(merged.value, Appointment)
    assert merged.value.attendees == accepted
    assert merged.local_fields == {"attendees"}


def test_a_guests_answer_reaches_a_guest_who_was_invited_on_both_sides() -> None:
    alone = replace(TALK, attendees=())
    ours = replace(TALK, attendees=(Attendee("ann@example.com"),))
    theirs = replace(TALK, attendees=(Attendee("ann@example.com", "", "accepted"),))
    merged = settle(alone, ours, theirs)
    assert merged.value.attendees == theirs.attendees
    assert writes(merged) == ({"attendees"}, set())
    assert merged.lost == ()


@pytest.mark.parametrize(("ours", "lost"), [(None, False), ("needsAction", False), ("tentative", True)])
def test_a_guest_renamed_here_who_answered_there_has_both(ours: str | None, lost: bool) -> None:
    local = replace(TALK, attendees=(Attendee("ann@example.com", "Ann Lee", ours),))
    remote = replace(TALK, attendees=(Attendee("ann@example.com", "Ann", "declined"),))
    merged = settle(TALK, local, remote)
    assert merged.value.attendees == (Attendee("ann@example.com", "Ann Lee", "declined"),)
    assert writes(merged) == ({"attendees"}, {"attendees"})
    assert any(it.lost_side == "crm" for it in merged.lost) == lost


def test_no_answer_yet_takes_back_none_that_is_noted_here() -> None:
    local = replace(TALK, attendees=(Attendee("ann@example.com", "Ann", "accepted"),))
    remote = replace(TALK, attendees=(Attendee("ann@example.com", "Ann Lee", "needsAction"),))
    assert settle(TALK, local, remote).value.attendees == local.attendees


def test_a_series_and_its_time_are_merged_as_one() -> None:
    weekly = replace(TALK, recurrence=("RRULE:FREQ=WEEKLY",))
    later = with_fields(TALK, {"when": (TALK.end, Timed(NOON, "America/Toronto"))})
    merged = settle(TALK, weekly, later)
    assert (merged.value.start, merged.value.recurrence) == (weekly.start, weekly.recurrence)
    assert {value.field for value in merged.lost} == {"when", "recurrence"}
    merged = settle(TALK, weekly, later, google_wins(TALK))
    assert (merged.value.start, merged.value.recurrence) == (later.start, ())


def test_first_meeting_a_single_appointment_becomes_the_series_it_meets() -> None:
    weekly = replace(TALK, recurrence=("RRULE:FREQ=WEEKLY",))
    for local, remote in ((TALK, weekly), (weekly, TALK)):
        merged = settle(None, local, remote)
        assert merged.value.recurrence == weekly.recurrence
        assert merged.lost == ()
    elsewhen = with_fields(TALK, {"when": (TALK.end, Timed(NOON, "America/Toronto"))})
    assert settle(None, elsewhen, weekly).value.recurrence == ()
