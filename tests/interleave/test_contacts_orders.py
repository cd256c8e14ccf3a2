"""Every order of a few small scenarios of contacts; `script/soak --interleave` goes many more."""

from collections.abc import Callable

import pytest

from tests.interleave.orders import Scenario, explore
from tests.interleave.scenarios import fixed


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scenario", fixed("contacts"), ids=str)
def test_no_order_loses_doubles_or_leaves_anything(
    scenario: Scenario, record_property: Callable[[str, object], None]
) -> None:
    record_property("orders", str(explore(scenario)))
