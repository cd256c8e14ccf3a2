"""No module imports, by whatever way round, one that imports it."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.imports import circle, modules

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(("tree", "root"), [("functions", "functions"), ("local", ".")])
def test_there_is_no_circle(tree: str, root: str) -> None:
    assert len(modules(ROOT / tree, ROOT / root)) > 50
    assert circle(ROOT / tree, ROOT / root) == []


def write(folder: Path, sources: dict[str, str]) -> None:
    """Files of Python under a folder."""
    for name, source in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)


def test_a_circle_is_found_through_every_way_of_importing(tmp_path: Path) -> None:
    sources = {
        "house/__init__.py": "",
        "house/attic.py": "from house import cellar\n",
        "house/cellar.py": "def dig():\n    from house.garden.well import depth\n    return depth\n",
        "house/garden/__init__.py": "",
        "house/garden/well.py": (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.attic\ndepth = 3\n"
        ),
        "house/street.py": "from house.attic import cellar\nimport house.garden.well\n",
    }
    write(tmp_path, sources)
    found = circle(tmp_path / "house", tmp_path)
    assert found[0] == found[-1]
    pairs = set(pairwise(found))
    assert pairs == {
        ("house.attic", "house.cellar"),
        ("house.cellar", "house.garden.well"),
        ("house.garden.well", "house.attic"),
    }


def test_a_package_may_offer_what_its_modules_hold(tmp_path: Path) -> None:
    sources = {
        "house/__init__.py": "from house.attic import ROOF\n",
        "house/attic.py": "import os\nROOF = os.sep\n",
        "house/street.py": "from house import ROOF\n",
    }
    write(tmp_path, sources)
    assert circle(tmp_path / "house", tmp_path) == []
    write(tmp_path, {"house/attic.py": "from house import ROOF\n"})
    assert set(circle(tmp_path / "house", tmp_path)) == {"house", "house.attic"}
