import pytest

from crmsync.core.text.forms import email, folded, from_html, plain, url, without_accents
from crmsync.core.text.phones import phone


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br/>Two<BR>Three", "One\nTwo\nThree"),
        ("<ul><li>One</li><li>Two</li></ul>", "One\nTwo"),
        ('See <a href="https://x.example">the <b>page</b></a>.', "See the page."),
        ("Fish &amp; chips &lt;3&nbsp;kg", "Fish & chips <3 kg"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("a<!-- hidden -->b", "ab"),
        ("  One \t two \r\n\r\n three", "One two\nthree"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_html_is_read_as_text(html: str, text: str) -> None:
    assert from_html(html) == text


def test_plain_text_and_its_html_are_one() -> None:
    assert from_html("Keys & papers\n\nat noon") == from_html("<p>Keys &amp; papers</p>\n<p>at noon</p>")


def test_text_is_composed_trimmed_and_has_one_kind_of_line_end() -> None:
    assert plain(" e\u0301\r\nb\rc ") == "é\nb\nc"


def test_folding_ignores_case_and_blanks_and_without_accents_accents_too() -> None:
    assert folded("  Main   STREET\n5 ") == "main street 5"
    assert without_accents("Ångström ŁÓDŹ") == "angstrom łodz"
    assert email(" Ann@EXAMPLE.com ") == "ann@example.com"
    assert email("A" * 10_000) == "a" * 10_000


@pytest.mark.parametrize(
    ("text", "identity", "content"),
    [
        ("https://Ann.Example/", "ann.example", "https://ann.example"),
        ("ann.example/Page?q=1#top", "ann.example/Page?q=1#top", "ann.example/Page?q=1#top"),
        ("HTTP://ann.example/a/", "ann.example/a/", "http://ann.example/a/"),
        ("javascript:alert(1)", "javascript:alert(1)", "javascript:alert(1)"),
        ("", "", ""),
    ],
)
def test_web_addresses(text: str, identity: str, content: str) -> None:
    assert url(text) == (identity, content)


@pytest.mark.parametrize(
    ("text", "identity", "content"),
    [
        ("(416) 555-0199", "+14165550199", "+14165550199"),
        ("+44 20 7946 0958", "+442079460958", "+442079460958"),
        ("416-555-0199 ext. 5", "+14165550199;ext=5", "+14165550199;ext=5"),
        ("1-800-FLOWERS", "+18003569377", "+18003569377 1-800-flowers"),
        ("12", "12", "12"),
        ("Ask  ANN", "ask ann", "ask ann"),
        ("", "", ""),
    ],
)
def test_telephone_numbers(text: str, identity: str, content: str) -> None:
    assert phone(text, "CA") == (identity, content)
