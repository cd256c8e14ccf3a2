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
