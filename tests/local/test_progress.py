import io

import pytest

from local.progress import gist, say, step


class Line(io.StringIO):
    """A stream that lets the test go on when something was written."""

    def __init__(self, awaited: int) -> None:
        super().__init__()
        self.awaited = awaited

    def wait(self) -> None:
        while self.getvalue().count("\n") < self.awaited:
            pass


def test_a_quick_step_says_nothing() -> None:
    out = io.StringIO()
    with step("working", patience=60, out=out):
        pass
    assert out.getvalue() == ""


def test_a_slow_step_says_so_again_and_again() -> None:
    out = Line(awaited=2)
    with step("working", patience=0.001, out=out):
        out.wait()
    assert out.getvalue().startswith("working (0 s)\nworking (0 s)\n")


def test_a_line_is_written_at_once() -> None:
    out = io.StringIO()
    say("hello", out)
    assert out.getvalue() == "hello\n"


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (
            "Downloading Chromium\nError: getaddrinfo ENOTFOUND cdn.example\n    at Object.once (x.js:1)\n"
            "  errno: -3008,\n  code: 'ENOTFOUND'\n}\n",
            "Error: getaddrinfo ENOTFOUND cdn.example",
        ),
        ("\x1b[31mE: Unable to locate package\x1b[0m\n", "E: Unable to locate package"),
        ('Traceback (most recent call last):\n  File "a.py", line 1\nOSError: full\n', "OSError: full"),
        ("downloading\nno space left\n}\n", "no space left"),
        ("}\n", "it said nothing"),
        ("", "it said nothing"),
    ],
)
def test_of_what_a_program_said_the_telling_line_is_shown(log: str, said: str) -> None:
    assert gist(log) == said
