"""What a listing has shown, remembered in little room."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from crmsync.engine.pull.key_set import KeySet


@given(st.lists(st.sets(st.text(max_size=4))), st.text(max_size=4))
def test_it_holds_what_was_added_and_nothing_else(parts: list[set[str]], other: str) -> None:
    keys, plain = KeySet(), set[str]()
    for part in parts:
        keys.update(part)
        plain |= part
        assert all(key in keys for key in part)
    assert (other in keys) == (other in plain)
    keys.clear()
    assert other not in keys


def test_fifty_thousand_take_half_a_megabyte_and_none_is_lost() -> None:
    tracemalloc.start()
    try:
        keys = KeySet()
        for start in range(0, 50_000, 1000):
            keys.update(f"people/c{number:020d}" for number in range(start, start + 1000))
            assert f"people/c{start:020d}" in keys
        room, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert room < 600_000
    assert all(f"people/c{number:020d}" in keys for number in range(0, 50_000, 97))
    assert not any(f"people/c{number:020d}" in keys for number in range(50_000, 51_000))
