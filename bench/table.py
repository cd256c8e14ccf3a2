"""The result as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.rows import Row

_HEADINGS = ("scenario", "size", "ours", "target", "")


def markdown(rows: Sequence[Row]) -> str:
    """A table in Markdown."""
    lines = [_line(_HEADINGS), _line(["---", "---:", "---", "---", "---"])]
    lines += [
        _line([row.scenario, f"{row.size:,}" if row.size else "", row.ours, row.target, row.verdict])
        for row in rows
    ]
    return "\n".join(lines)


def summary(rows: Sequence[Row]) -> str:
    """How many targets were met, and which were not."""
    judged = [row for row in rows if row.met is not None]
    missed = [f"{row.scenario} ({row.size:,})" for row in judged if not row.met]
    return f"{len(judged) - len(missed)} of {len(judged)} met" + (
        f"; missed: {', '.join(missed)}" if missed else ""
    )


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def save(path: Path, options: dict[str, Any], rows: Sequence[Row]) -> None:
    """Writes everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "machine": machine(),
        "options": options,
        "rows": [asdict(row) | {"met": row.met} for row in rows],
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
