import pytest

from crmsync.core.calendar.zones import zone


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("America/Toronto", "America/Toronto"),
        ("UTC", "UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Eastern Standard Time", "America/New_York"),
        ("GMT+05:30", "Asia/Kolkata"),
        ("UTC-5", "Etc/GMT+5"),
        ("+0100", "Etc/GMT-1"),
        ("GMT+00:00", "Etc/GMT"),
    ],
)
def test_a_zone_is_known_by_any_of_its_names(name: str, meant: str) -> None:
    assert zone(name).key == meant


@pytest.mark.parametrize(
    "name", ["", "Narnia", "posix/UTC", "localtime", "GMT+25:00", "../etc/passwd", "x" * 65]
)
def test_what_is_no_zone_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        zone(name)
