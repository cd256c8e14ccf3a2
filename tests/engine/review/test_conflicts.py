"""Values that lost a merge: left as they are, taken after all, or kept beside the other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crmsync.core.account import UserSettings
from crmsync.core.journal import Conflict
from crmsync.core.model import Consent, Contact, Email, Phone
from crmsync.core.scope import Scope
from crmsync.engine.review import conflicts
from crmsync.store.ports import PutConflict, PutUser
from tests.machine.crashes import Crash, Fuse
from tests.stage import Stage

ANN = Contact(
    given_name="Ann",
    family_name="Martin",
    emails=(Email("ann@example.com", "work"),),
    phones=(Phone("+1 416 555 0134", "mobile"), Phone("+1 416 555 0199", "work")),
    notes="first",
    contact_type="lead",
    detail={"temperature": "hot"},
    consent=Consent("express", source="open house"),
)

Differ = Callable[[Contact, dict[str, Any]], Conflict]


def biography(text: str) -> dict[str, Any]:
    return {"biographies": [{"value": text, "contentType": "TEXT_PLAIN"}]}


def nickname(text: str) -> dict[str, Any]:
    return {"nicknames": [{"value": text}] if text else []}


def the_conflict(stage: Stage) -> Conflict:
    [conflict] = stage.store.conflicts(stage.scope, None, 10)
    return conflict


def person(stage: Stage) -> dict[str, Any]:
    [found] = stage.persons()
    return found


@pytest.fixture
def linked(stage: Stage) -> Stage:
    stage.add("ann", ANN)
    stage.sync()
    return stage


@pytest.fixture
def differ(linked: Stage) -> Differ:
    """Both sides change; answers the conflict that is left."""

    def both_change(here: Contact, there: dict[str, Any]) -> Conflict:
        linked.book.phone_edit(person(linked)["resourceName"], there)
        linked.edit("ann", here)
        linked.sync()
        linked.later(600)
        return the_conflict(linked)

    return both_change


def choose(stage: Stage, choice: conflicts.Pick, digest: str | None = None) -> None:
    conflicts.choose(stage.deps, stage.scope, the_conflict(stage).id, choice, digest)
    stage.run()


def at_rest(stage: Stage) -> None:
    """Both sides are equal, nothing is left to choose, the CRM's own fields are as they were."""
    assert stage.store.conflicts(stage.scope, None, 10) == []
    value = stage.contact("ann").value
    assert (value.contact_type, value.detail, value.consent) == ("lead", {"temperature": "hot"}, ANN.consent)
    stage.later(3700)
    stage.sync()
    stage.later(600)
    stage.meter.reset()
    stage.sync()
    assert stage.meter.used().writes == 0


def test_leaving_it_drops_the_conflict_and_changes_neither_side(linked: Stage, differ: Differ) -> None:
    differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    before = linked.contact("ann").version
    choose(linked, "crm")
    assert linked.contact("ann").version == before
    assert person(linked)["nicknames"][0]["value"] == "Nan"
    entries, _ = linked.store.journal(linked.scope, crm="ann", run=None, after=None, limit=1)
    [left] = entries[0].changes
    assert (left.action, left.before) == ("leave", {"nickname": "Annie"}), "the journal can find the value"
    at_rest(linked)


def test_taking_the_other_value_brings_it_to_both_sides(linked: Stage, differ: Differ) -> None:
    differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    choose(linked, "google")
    assert linked.contact("ann").value == replace(ANN, nickname="Annie")
    assert person(linked)["nicknames"][0]["value"] == "Annie"
    entries, _ = linked.store.journal(linked.scope, crm="ann", run=None, after=None, limit=10)
    [picked] = [change for entry in entries for change in entry.changes if change.action == "pick"]
    assert (picked.before, picked.after) == ({"nickname": "Nan"}, {"nickname": "Annie"})
    at_rest(linked)


def test_where_google_owns_the_field_the_crm_value_is_the_one_to_take(linked: Stage, differ: Differ) -> None:
    linked.store.commit(linked.scope, [PutUser({"settings": UserSettings(owners={"nickname": "google"})})])
    conflict = differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    assert conflict.lost_side == "crm"
    assert linked.contact("ann").value.nickname == "Annie"
    choose(linked, "crm")
    assert linked.contact("ann").value.nickname == "Nan"
    assert person(linked)["nicknames"][0]["value"] == "Nan"
    at_rest(linked)


def test_one_element_of_a_list_is_exchanged_in_its_place(linked: Stage, differ: Differ) -> None:
    there = [
        {"value": "+1 416 555 0134", "type": "home"},
        {"value": "+1 416 555 0199", "type": "work"},
    ]
    main = Phone("+1 416 555 0134", "main")
    conflict = differ(replace(ANN, phones=(main, ANN.phones[1])), {"phoneNumbers": there})
    assert (conflict.kept, conflict.lost) == (
        [{"value": "+1 416 555 0134", "type": "main"}],
        [{"value": "+1 416 555 0134", "type": "home"}],
    )
    choose(linked, "google")
    assert linked.contact("ann").value.phones == (Phone("+1 416 555 0134", "home"), ANN.phones[1])
    at_rest(linked)
    assert [phone["type"] for phone in person(linked)["phoneNumbers"]] == ["home", "work"]


def test_both_elements_of_a_list_can_be_kept(linked: Stage, differ: Differ) -> None:
    there = [{"value": "ann@example.com", "type": "home"}]
    differ(replace(ANN, emails=(Email("ann@example.com", "main"),)), {"emailAddresses": there})
    choose(linked, "both")
    expected = (Email("ann@example.com", "main"), Email("ann@example.com", "home"))
    assert linked.contact("ann").value.emails == expected
    at_rest(linked)


def test_both_notes_can_be_kept_one_below_the_other(linked: Stage, differ: Differ) -> None:
    differ(replace(ANN, notes="from the CRM"), biography("from the phone"))
    choose(linked, "both")
    assert linked.contact("ann").value.notes == "from the CRM\n\nfrom the phone"
    assert person(linked)["biographies"][0]["value"] == "from the CRM\n\nfrom the phone"
    at_rest(linked)


def test_a_field_of_one_value_cannot_be_both(linked: Stage, differ: Differ) -> None:
    conflict = differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    with pytest.raises(conflicts.NotPossible):
        choose(linked, "both")
    assert the_conflict(linked) == conflict


def test_notes_that_would_be_too_long_together_are_refused(linked: Stage, differ: Differ) -> None:
    differ(replace(ANN, notes="a" * 40_000), biography("b" * 40_000))
    with pytest.raises(conflicts.NotPossible):
        choose(linked, "both")
    assert linked.contact("ann").value.notes == "a" * 40_000


def test_a_record_that_has_changed_since_is_not_overwritten(linked: Stage, differ: Differ) -> None:
    conflict = differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    linked.edit("ann", replace(ANN, nickname="Nana"))
    with pytest.raises(conflicts.Moved) as moved:
        choose(linked, "google")
    assert moved.value.asked.current == "Nana"
    assert linked.contact("ann").value.nickname == "Nana"
    assert the_conflict(linked) == conflict
    # Seeing what it is now, the user may still want the other.
    choose(linked, "google", moved.value.asked.digest)
    assert linked.contact("ann").value.nickname == "Annie"
    at_rest(linked)


def test_the_digest_of_what_was_shown_protects_against_a_later_edit(linked: Stage, differ: Differ) -> None:
    conflict = differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    [shown] = conflicts.asked(linked.deps, linked.scope, [conflict])
    linked.edit("ann", replace(ANN, nickname="Nana"))
    with pytest.raises(conflicts.Moved):
        choose(linked, "google", shown.digest)
    assert linked.contact("ann").value.nickname == "Nana"


def test_an_edit_of_another_field_is_no_obstacle_and_is_kept(linked: Stage, differ: Differ) -> None:
    differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    linked.edit("ann", replace(ANN, nickname="Nan", job_title="Lawyer"))
    choose(linked, "google")
    assert linked.contact("ann").value == replace(ANN, nickname="Annie", job_title="Lawyer")
    at_rest(linked)


def test_an_element_that_was_removed_since_is_only_brought_back_on_purpose(
    linked: Stage, differ: Differ
) -> None:
    there = [{"value": "ann@example.com", "type": "home"}]
    differ(replace(ANN, emails=(Email("ann@example.com", "main"),)), {"emailAddresses": there})
    linked.edit("ann", replace(ANN, emails=()))
    with pytest.raises(conflicts.Moved) as moved:
        choose(linked, "google")
    assert moved.value.asked.current == []
    choose(linked, "google", moved.value.asked.digest)
    assert linked.contact("ann").value.emails == (Email("ann@example.com", "home"),)


def test_what_the_record_has_already_only_ends_the_conflict(linked: Stage, differ: Differ) -> None:
    differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    linked.edit("ann", replace(ANN, nickname="Annie"))
    choose(linked, "google")
    assert linked.contact("ann").value.nickname == "Annie"
    at_rest(linked)


def test_a_blank_can_be_picked_too(linked: Stage, differ: Differ) -> None:
    differ(replace(ANN, notes="kept"), {"biographies": []})
    choose(linked, "google")
    assert linked.contact("ann").value.notes == ""
    assert "biographies" not in person(linked)
    at_rest(linked)


def test_nobody_is_made_unrecognisable(stage: Stage) -> None:
    stage.add("solo", Contact(given_name="Solo"))
    conflict = Conflict("k", "contacts", "solo", "given_name", "Solo", "", "google", stage.clock.now())
    stage.store.commit(stage.scope, [PutConflict(conflict)])
    with pytest.raises(conflicts.NotPossible):
        conflicts.choose(stage.deps, stage.scope, "k", "google")
    assert stage.contact("solo").value.given_name == "Solo"


def test_an_archived_record_takes_no_value_but_may_be_left(linked: Stage, differ: Differ) -> None:
    differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    linked.edit("ann", replace(ANN, nickname="Nan"), archived=True)
    choices: list[conflicts.Pick] = ["google", "both"]
    for choice in choices:
        with pytest.raises(conflicts.Moved):
            conflicts.choose(linked.deps, linked.scope, the_conflict(linked).id, choice)
    choose(linked, "crm")
    assert linked.store.conflicts(linked.scope, None, 10) == []


def test_an_unknown_conflict_is_refused_and_so_is_anothers(linked: Stage, differ: Differ) -> None:
    conflict = differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    for uid, id in ((linked.uid, "nothing"), ("stranger", conflict.id)):
        with pytest.raises(conflicts.UnknownConflict):
            conflicts.choose(linked.deps, Scope.of(uid), id, "google")
    assert the_conflict(linked) == conflict


def test_an_edit_at_the_same_moment_is_not_lost(linked: Stage, differ: Differ) -> None:
    """The record moves between reading and writing: it is read again, and the other edit survives."""
    differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    moved: list[bool] = []
    commit = linked.store.commit

    def overtaken(scope: Scope, writes: Any, *rest: Any, **more: Any) -> Any:
        if not moved:
            moved.append(True)
            linked.edit("ann", replace(ANN, nickname="Nan", job_title="Lawyer"))
        return commit(scope, writes, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linked.store, "commit", overtaken)
        conflicts.choose(linked.deps, linked.scope, the_conflict(linked).id, "google")
    linked.run()
    assert linked.contact("ann").value == replace(ANN, nickname="Annie", job_title="Lawyer")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_the_commit_leaves_the_choice_open_or_done(
    linked: Stage, differ: Differ, after: bool
) -> None:
    conflict = differ(replace(ANN, nickname="Nan"), nickname("Annie"))
    fuse = Fuse()
    linked.fuse(fuse)
    fuse.set(0, after=after)
    with pytest.raises(Crash):
        conflicts.choose(linked.deps, linked.scope, conflict.id, "google")
    left = linked.store.conflicts(linked.scope, None, 10)
    assert left == ([] if after else [conflict])
    assert linked.contact("ann").value.nickname == ("Annie" if after else "Nan")
    linked.sync()
    assert person(linked)["nicknames"][0]["value"] == linked.contact("ann").value.nickname
