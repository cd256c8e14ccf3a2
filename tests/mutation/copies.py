"""Working copies of the tree, for no mutant ever touches the developer's own, and runs of pytest in them."""

import compileall
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from py_compile import PycInvalidationMode

from local.progress import Unready
from tests.mutation.in_copy import mutation_plugin

_PLUGIN = Path(mutation_plugin.__file__)
_COMPILED = ("functions", "local", "tests")


class Copy:
    """One copy, in which one run of pytest goes on at a time."""

    def __init__(self, root: Path, folder: Path, environment: Mapping[str, str]) -> None:
        """Copies the tree at `root` to `folder`."""
        self.folder = folder
        self._environment = {
            **os.environ,
            **environment,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(_PLUGIN.parent),
        }
        self._running: subprocess.Popen[bytes] | None = None
        hidden = shutil.ignore_patterns(".*", "__pycache__", "node_modules")
        shutil.copytree(root, folder, ignore=hidden)
        for name in _COMPILED:
            # A mutated file may have the size and the second of the compiled one: its content tells it apart.
            compileall.compile_dir(folder / name, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)

    @contextlib.contextmanager
    def changed(self, path: str, source: str) -> Iterator[None]:
        """Another text in one file."""
        file = self.folder / path
        before = file.read_bytes()
        file.write_text(source, encoding="utf-8")
        try:
            yield
        finally:
            file.write_bytes(before)

    def pytest(
        self,
        arguments: Sequence[str],
        *,
        limits: Mapping[str, float] | None = None,
        seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "Ran":
        """Run pytest, of the tests in `limits` each within its seconds, the whole within `seconds`."""
        order, output = self.folder / "mutation-order.json", self.folder / "mutation-output.txt"
        order.write_text(json.dumps({"limits": limits} if limits is not None else {}))
        command = [sys.executable, "-m", "pytest", "-p", _PLUGIN.stem, "-p", "no:cacheprovider", *arguments]
        with open(output, "wb") as out:
            self._running = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self._environment, mutation_plugin.ORDER_VARIABLE: str(order), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that what a test has started ends with it
            )
            try:
                code: int | None = self._running.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                self.stop()
        return Ran(code, order, output)

    def stop(self) -> None:
        """End the run that goes on, with all that it has started."""
        if self._running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()


class Ran:
    """How a run of pytest went."""

    def __init__(self, code: int | None, order: Path, output: Path) -> None:
        """`code` is None when its time was over."""
        self.code = code
        self._order, self._output = order, output

    def measured(self) -> tuple[dict[str, float], list[str]]:
        """The seconds of each test that passed, and the tests that failed."""
        told = json.loads(self._order.read_text())
        if "passed" not in told:
            raise self.unready("the tests did not run")
        return told["passed"], told["failed"]

    def unready(self, what: str) -> Unready:
        """The error for a run that says nothing about the code, with the end of what pytest printed."""
        return Unready(f"{what} (pytest ended with {self.code}):\n{self._output.read_text()[-2000:]}")
