import pytest

from local import ports


def test_a_taken_port_is_refused_and_the_next_free_one_is_found() -> None:
    with ports.listen() as first:
        port = ports.port_of(first)
        with pytest.raises(OSError, match="in use"):
            ports.listen(port)
        with ports.listen_from(port) as second:
            assert port < ports.port_of(second) < port + 100


def test_when_every_port_is_taken_the_range_is_told() -> None:
    with ports.listen() as first:
        port = ports.port_of(first)
        with pytest.raises(OSError, match=f"no free port from {port} to {port}"):
            ports.listen_from(port, tries=1)


def test_only_loopback_is_listened_on() -> None:
    with ports.listen() as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


def test_an_address_answers_while_something_listens() -> None:
    with ports.listen() as bound:
        address = f"127.0.0.1:{ports.port_of(bound)}"
        assert ports.answers(address)
    assert not ports.answers(address)
    assert not ports.answers("nonsense")
