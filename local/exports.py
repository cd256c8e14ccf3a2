"""What the Firestore emulator holds, written to a folder each minute and at the end: it keeps nothing."""

import shutil
import threading
from pathlib import Path
from typing import Self

from local.emulator import Emulator
from local.progress import say, step

PERIOD = 60.0
"""Seconds between two exports."""


class Exports:
    """From `start` to `stop`, which exports a last time. A later export takes the place of the one before."""

    def __init__(self, emulator: Emulator, project: str, folder: Path, period: float = PERIOD) -> None:
        """`folder`: holds the newest export whole, or none."""
        self._emulator = emulator
        self._project = project
        self._folder = folder
        self._period = period
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exports", daemon=True)

    def start(self) -> Self:
        """Begin to count; the first export comes after one period."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Export what there is, and say so."""
        self._over.set()
        self._thread.join()
        with step("exporting the data"):
            failed = self._export()
        say(f"not exported: {failed}" if failed else f"exported to {self._folder}")

    def _run(self) -> None:
        told = ""
        while not self._over.wait(self._period):
            failed = self._export()
            if failed and failed != told:
                say(f"not exported, tried again each minute: {failed}")
            told = failed

    def _export(self) -> str:
        """Export now; what went wrong, or nothing."""
        new = self._folder.with_name(f"{self._folder.name}-new")
        old = self._folder.with_name(f"{self._folder.name}-old")
        try:
            shutil.rmtree(new, ignore_errors=True)
            self._emulator.export(self._project, new)
            shutil.rmtree(old, ignore_errors=True)
            if self._folder.exists():
                self._folder.rename(old)
            new.rename(self._folder)
            shutil.rmtree(old, ignore_errors=True)
        except OSError as problem:
            return str(problem)
        return ""


def newest(folder: Path) -> Path | None:
    """What the emulator starts from to go on with the newest export; None when nothing was exported.

    An export that was replaced when the process was killed is taken back.
    """
    old = folder.with_name(f"{folder.name}-old")
    if not folder.exists() and old.exists():
        old.rename(folder)
    return next(folder.glob("*.overall_export_metadata"), None)
