import io

from local.progress import say, step


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
