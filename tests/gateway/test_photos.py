"""Which pictures of contacts are shown: Google's own, and those of a Google of our own."""

import pytest

from crmsync.gateway.person import observation
from crmsync.gateway.photos import Pictures
from tests.gateway.contacts import as_google_answers

GOOGLES = "https://lh3.googleusercontent.com/contacts/AF5Q=s100"


@pytest.mark.parametrize(
    "url",
    [
        GOOGLES,
        "https://lh3.googleusercontent.com/a-/x%20y=s100-p?sz=4",
        "https://lh4.ggpht.com/x",
        "https://a.b-c.googleusercontent.com/",
    ],
)
def test_pictures_come_from_googles_image_hosts(url: str) -> None:
    assert Pictures().shows(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        5,
        "",
        "https://photos.example/me",
        "http://lh3.googleusercontent.com/x",
        "https://lh3.googleusercontent.com",
        "https://googleusercontent.com/x",
        "https://lh3googleusercontent.com/x",
        "https://lh3.googleusercontent.com.evil.example/x",
        "https://evil.example/lh3.googleusercontent.com/x",
        "https://evil.example\\.googleusercontent.com/x",
        "https://evil.example#.googleusercontent.com/x",
        "https://evil.example?.googleusercontent.com/x",
        "https://user@lh3.googleusercontent.com/x",
        "https://lh3.googleusercontent.com:8443/x",
        "https://lh3.googleusercontent.com@evil.example/x",
        "https://lh3.googleusercontent.com/x y",
        "https://lh3.googleusercontent.com/x\n",
        " https://lh3.googleusercontent.com/x",
        "//lh3.googleusercontent.com/x",
        "javascript:alert(1)//lh3.googleusercontent.com/x",
        "data:image/svg+xml,x",
        GOOGLES + "x" * 2048,
    ],
)
def test_no_others_do(url: object) -> None:
    assert not Pictures().shows(url)
    assert not Pictures("http://127.0.0.1:9").shows(url)


def test_a_google_of_our_own_has_its_own_pictures() -> None:
    ours = Pictures("http://127.0.0.1:9")
    assert ours.shows("http://127.0.0.1:9/photos/a=s100")
    assert ours.shows(GOOGLES)
    for other in ("http://127.0.0.1:99/photos/a", "http://127.0.0.1:9.evil.example/a", "http://127.0.0.1:9"):
        assert not ours.shows(other)


def test_a_contact_shows_its_first_picture_that_may_be_shown() -> None:
    person = as_google_answers({})
    person["photos"] = [{"url": "https://tracker.example/pixel.gif"}, {"url": GOOGLES, "default": False}]
    seen = observation(person)
    assert seen is not None
    assert seen.photo_url == GOOGLES
    person["photos"] = person["photos"][:1]
    seen = observation(person)
    assert seen is not None
    assert seen.photo_url is None
