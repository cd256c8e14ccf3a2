"""A program that answers every write of the sync with one of its own is stopped, for that record alone."""

from dataclasses import replace

from crmsync.core.model import Contact
from tests.stage import Stage


def flip(stage: Stage, turn: int) -> None:
    """Another program puts its own nickname in whenever the sync has written, on both sides."""
    ann = stage.persons_named("Ann")[0]["resourceName"]
    stage.book.phone_edit(ann, {"nicknames": [{"value": f"g{turn}"}]})
    stage.later(60)
    stage.sync()
    stored = stage.contact("ann")
    stage.edit("ann", replace(stored.value, nickname=f"c{turn}"))
    stage.sync()


def test_a_pair_rewritten_in_turn_is_quarantined_and_the_rest_goes_on(stage: Stage) -> None:
    stage.add("ann", Contact(given_name="Ann"))
    stage.add("ben", Contact(given_name="Ben"))
    stage.sync()
    for turn in range(10):
        flip(stage, turn)
    link = stage.store.links_of(stage.scope, "contacts", ["ann"])["ann"]
    assert (link.state, link.problem) == ("quarantined", "loop")
    stage.edit("ben", Contact(given_name="Ben", nickname="Benny"))
    stage.sync()
    assert stage.persons_named("Ben")[0]["nicknames"][0]["value"] == "Benny"


def test_a_person_who_edits_often_on_one_side_is_not_stopped(stage: Stage) -> None:
    stage.add("ann", Contact(given_name="Ann"))
    stage.sync()
    for turn in range(12):
        stage.edit("ann", Contact(given_name="Ann", nickname=f"n{turn}"))
        stage.sync()
    assert stage.persons()[0]["nicknames"][0]["value"] == "n11"


def nicknames(stage: Stage) -> tuple[str, str]:
    """Ann's in the CRM and at Google."""
    person = stage.persons_named("Ann")[0]
    return stage.contact("ann").value.nickname, person["nicknames"][0]["value"]


def edit_there(stage: Stage, nickname: str) -> None:
    ann = stage.persons_named("Ann")[0]["resourceName"]
    stage.book.phone_edit(ann, {"nicknames": [{"value": nickname}]})
    stage.later(60)
    stage.sync()


def edit_here(stage: Stage, nickname: str) -> None:
    stage.edit("ann", replace(stage.contact("ann").value, nickname=nickname))
    stage.sync()


def written(stage: Stage) -> tuple[int, int]:
    """How often the sync has written Ann in the CRM and at Google, as far as it remembers."""
    link = stage.store.links_of(stage.scope, "contacts", ["ann"])["ann"]
    sides = [write.side for write in link.writes]
    return sides.count("crm"), sides.count("google")


def after_turns(stage: Stage, turns: int) -> None:
    """So many writes to each side, all of them made."""
    stage.add("ann", Contact(given_name="Ann"))
    stage.sync()
    for turn in range(turns):
        flip(stage, turn)
        assert nicknames(stage) == (f"c{turn}", f"c{turn}")
    assert written(stage) == (turns, turns)


def test_after_five_writes_to_each_side_the_sixth_is_made_on_both(stage: Stage) -> None:
    after_turns(stage, 5)
    edit_there(stage, "there")
    assert nicknames(stage) == ("there", "there")
    edit_here(stage, "here")
    assert nicknames(stage) == ("here", "here")
    assert written(stage) == (6, 6)


def test_after_six_writes_to_each_side_none_comes_in(stage: Stage) -> None:
    after_turns(stage, 6)
    edit_there(stage, "there")
    assert nicknames(stage) == ("c5", "there")
    link = stage.store.links_of(stage.scope, "contacts", ["ann"])["ann"]
    assert (link.state, link.problem) == ("quarantined", "loop")


def test_after_six_writes_to_each_side_none_goes_out(stage: Stage) -> None:
    after_turns(stage, 6)
    edit_here(stage, "here")
    assert nicknames(stage) == ("here", "c5")
    link = stage.store.links_of(stage.scope, "contacts", ["ann"])["ann"]
    assert (link.state, link.problem) == ("quarantined", "loop")


def test_six_writes_to_one_side_and_five_to_the_other_are_no_loop(stage: Stage) -> None:
    after_turns(stage, 5)
    for turn in range(3):
        edit_there(stage, f"there {turn}")
        assert nicknames(stage) == (f"there {turn}", f"there {turn}")
    assert written(stage) == (6, 5), "as many as decide are remembered"


def test_after_an_hour_writes_no_longer_count(stage: Stage) -> None:
    after_turns(stage, 6)
    stage.later(3600)
    edit_there(stage, "there")
    assert nicknames(stage) == ("there", "there")


def test_a_pair_set_aside_stays_so_until_it_is_edited_here(stage: Stage) -> None:
    after_turns(stage, 6)
    edit_there(stage, "there")
    stage.later(3700)
    edit_there(stage, "still there")
    assert nicknames(stage) == ("c5", "still there"), "the hour is over, and nobody has looked at it"
    edit_here(stage, "here")
    assert nicknames(stage) == ("here", "here")
    edit_there(stage, "there")
    assert nicknames(stage) == ("there", "there")
