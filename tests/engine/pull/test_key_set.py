"""What a listing has shown, remembered in little room."""

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
