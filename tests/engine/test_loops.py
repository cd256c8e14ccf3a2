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
