from dataclasses import asdict
from pathlib import Path

import pytest

from local.data_dir import DataDir, Origin
from local.progress import Unready

ORIGIN = Origin("simulated", "file")


def finished(path: Path) -> DataDir:
    """The folder after a first start, closed again."""
    data = DataDir.open(path, ORIGIN)
    for file in (data.store, data.tasks, data.google):
        file.write_bytes(b"kept")
    data.finish(8080, 9090)
    data.close()
    return data


def test_the_next_start_finds_keys_and_ports(tmp_path: Path) -> None:
    first = finished(tmp_path / "new" / "data")
    second = DataDir.open(first.path, ORIGIN)
    assert (second.keys, second.port, second.google_port, second.begun) == (first.keys, 8080, 9090, True)
    assert second.store.read_bytes() == b"kept"
    second.close()


def test_secrets_are_for_the_owners_eyes(tmp_path: Path) -> None:
    path = finished(tmp_path / "data").path
    assert (path.stat().st_mode & 0o777, (path / "system.json").stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_start_that_did_not_get_to_its_end_is_begun_anew(tmp_path: Path) -> None:
    first = DataDir.open(tmp_path, ORIGIN)
    first.store.write_bytes(b"half of the demo")
    first.close()
    second = DataDir.open(tmp_path, ORIGIN)
    assert not second.begun
    assert not second.store.exists()
    second.close()


def test_fresh_deletes_what_a_system_has_made_and_nothing_else(tmp_path: Path) -> None:
    first = finished(tmp_path)
    mine = tmp_path / "letter.txt"
    mine.write_text("not yours")
    second = DataDir.open(tmp_path, Origin("real", "firestore"), fresh=True)
    assert (second.begun, second.port, second.store.exists()) == (False, 0, False)
    assert set(asdict(second.keys).values()).isdisjoint(asdict(first.keys).values())
    assert mine.read_text() == "not yours"
    second.close()


def test_one_system_has_it_at_a_time(tmp_path: Path) -> None:
    first = DataDir.open(tmp_path, ORIGIN)
    with pytest.raises(Unready, match="another script/run is using"):
        DataDir.open(tmp_path, ORIGIN)
    first.close()
    DataDir.open(tmp_path, ORIGIN).close()


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (Origin("real", "file"), "--google simulated --store file"),
        (Origin("simulated", "firestore"), "--google simulated --store file"),
    ],
)
def test_data_of_another_google_or_store_is_not_mixed_up(tmp_path: Path, origin: Origin, told: str) -> None:
    path = finished(tmp_path).path
    with pytest.raises(Unready, match=f"{told}.*--fresh"):
        DataDir.open(path, origin)
    DataDir.open(path, ORIGIN).close()


@pytest.mark.parametrize("text", ["{", '{"format": 0}', "[]", '{"format": 1, "origin": {}, "keys": {}}'])
def test_what_cannot_be_read_is_told_with_a_way_out(tmp_path: Path, text: str) -> None:
    finished(tmp_path)
    (tmp_path / "system.json").write_text(text)
    with pytest.raises(Unready, match=r"another version, or is damaged: begin anew with --fresh"):
        DataDir.open(tmp_path, ORIGIN)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unready, match=r"file/data cannot be used: Not a directory\. Name another folder"):
        DataDir.open(tmp_path / "file" / "data", ORIGIN)
