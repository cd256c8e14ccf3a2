"""Stages on which somebody may be there twice."""

import pytest

from tests.core.people.somebody import contact
from tests.engine.who.end_state import settle
from tests.stage import Stage

MAIL = ["zoe@quist.example"]
ZOE, AGAIN = contact("Zoe|Quist", emails=MAIL), contact("Zoe|Quist", emails=MAIL, phones=["416-555-0130"])


@pytest.fixture
def zoes(stage: Stage) -> Stage:
    """Zoe is in step; somebody adds her once more."""
    stage.add("one", ZOE)
    settle(stage)
    stage.add("two", AGAIN)
    settle(stage)
    return stage
