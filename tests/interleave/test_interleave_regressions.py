"""Orders after which something did not hold, as the explorer told them."""

import pytest

from tests.interleave.orders import Broken, Scenario, replay

WITH_A_DEATH = Scenario("contacts", "busy", ("job 1", "job 2"), fates=("dies",))


def test_a_job_dies_with_the_lease_and_another_one_has_met_it() -> None:
    replay(WITH_A_DEATH, ["job 1", "job 1", "job 1", "job 1", "job 1 dies", "job 2", "job 2"])


def test_an_order_tells_what_it_comes_to_when_something_does_not_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.interleave.oracles.FOLLOW_UPS", 0)
    order = ["job 1", "job 1", "job 1", "job 1", "job 2"]
    with pytest.raises(Broken, match="too many follow-ups") as told:
        replay(Scenario("contacts", "busy", ("job 1", "job 2")), order)
    assert "replay(Scenario(resource='contacts'" in str(told.value)
    assert '["job 1", "job 1", "job 1", "job 1", "job 2"' in str(told.value)


def test_two_jobs_that_meet_the_same_doubt_look_at_it_together() -> None:
    """Each came back for a look of its own, as often as the doubt was old, for a quarter of an hour."""
    cast = ("job 1", "job 2", "phone deletes")
    order = [
        *["job 1"] * 3,
        "phone deletes",
        *["job 1"] * 4,
        *["job 2"] * 4,
        "job 2 refused",
        "job 2",
        "job 2",
    ]
    replay(Scenario("contacts", "busy", cast, fates=("refused",)), order)


def test_an_undo_that_meets_the_lease_of_a_job_that_died_comes_to_its_end() -> None:
    order = [*["job 1"] * 4, "undo", "undo", "job 1 dies"]
    replay(Scenario("contacts", "busy", ("job 1", "undo"), fates=("dies",)), order)


def test_a_job_dies_as_it_gives_back_its_lease_after_the_user_has_left() -> None:
    order = [*["job 1"] * 4, "disconnect", "disconnect", "job 1", "disconnect", "job 1 dies"]
    replay(Scenario("contacts", "busy", ("job 1", "disconnect"), fates=("dies",)), order)
