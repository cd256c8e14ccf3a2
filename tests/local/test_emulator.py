import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local import emulator as module
from local import ports
from local.emulator import HOST_VARIABLE, Emulator, find_jar, find_java
from local.exports import Exports, newest
from local.progress import Unready

LEASH = Path(module.__file__).with_name("leash.py")


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_the_emulator_answers_and_forgets_on_request(emulator: Emulator, firestore_project: str) -> None:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import firestore

    client = firestore.Client(project=firestore_project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
    client.document("a/b").set({"n": 1})
    assert client.document("a/b").get().to_dict() == {"n": 1}
    emulator.clear(firestore_project)
    assert not client.document("a/b").get().exists
    client.close()  # type: ignore[no-untyped-call]


def test_stopping_an_emulator_frees_its_port() -> None:
    with Emulator.start({**os.environ, module.HOST_VARIABLE: ""}) as own:
        assert ports.answers(own.host)
    assert not ports.answers(own.host)
    own.stop()


def test_a_foreign_emulator_is_used_and_left_alone(emulator: Emulator) -> None:
    Emulator.start({module.HOST_VARIABLE: emulator.host}).stop()
    assert ports.answers(emulator.host)


def test_a_named_emulator_that_does_not_answer_is_told(free_port: int) -> None:
    with pytest.raises(Unready, match=f"FIRESTORE_EMULATOR_HOST=127.0.0.1:{free_port}"):
        Emulator.start({module.HOST_VARIABLE: f"127.0.0.1:{free_port}"})


def test_no_emulator_tells_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Unready, match="--store memory"):
        Emulator.start({"PATH": str(tmp_path)})


def test_no_java_is_told_in_one_line(tmp_path: Path) -> None:
    jar = touch(tmp_path / "emulator.jar")
    with pytest.raises(Unready, match=r"^Java was not found[^\n]*--store memory$"):
        Emulator.start({"PATH": str(tmp_path), module.JAR_VARIABLE: str(jar)})


def test_an_emulator_that_does_not_come_up_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(Unready, match="Could not find or load main class"):
        Emulator.start({"PATH": os.environ["PATH"], "CLOUDSDK_ROOT_DIR": str(broken_sdk(tmp_path))})


def broken_sdk(root: Path) -> Path:
    touch(root / "platform" / "cloud-firestore-emulator" / "cloud-firestore-emulator.jar")
    return root


def test_gclouds_component_comes_before_firebases_jar_before_the_named_one(tmp_path: Path) -> None:
    named = touch(tmp_path / "named.jar")
    environment = {"PATH": str(tmp_path / "none"), module.JAR_VARIABLE: str(named)}
    assert find_jar(environment, tmp_path) == named

    cache = tmp_path / ".cache" / "firebase" / "emulators"
    touch(cache / "cloud-firestore-emulator-v1.9.2.jar")
    newest = touch(cache / "cloud-firestore-emulator-v1.19.8.jar")
    assert find_jar(environment, tmp_path) == newest

    component = touch(
        tmp_path / "sdk" / "platform" / "cloud-firestore-emulator" / "cloud-firestore-emulator.jar"
    )
    assert find_jar({**environment, "CLOUDSDK_ROOT_DIR": str(tmp_path / "sdk")}, tmp_path) == component

    program = touch(tmp_path / "sdk" / "bin" / "gcloud")
    program.chmod(0o755)
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "gcloud").symlink_to(program)
    assert find_jar(environment, tmp_path) == component


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    own = touch(tmp_path / "bin" / "java")
    assert find_java({"JAVA_HOME": str(tmp_path), "PATH": os.environ["PATH"]}) == str(own)
    assert find_java({"PATH": str(tmp_path / "none")}) is None


# --- the leash ---

PROGRAM = "import os, sys; print(os.getpid(), flush=True); sys.stdin.close(); import time; time.sleep(600)"


def leashed(program: str = PROGRAM, grace: str = "20") -> tuple[subprocess.Popen[bytes], int]:
    leash = subprocess.Popen(
        [sys.executable, "-I", "-S", str(LEASH), grace, sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert leash.stdout is not None
    return leash, int(leash.stdout.readline())


def assert_gone(process: int) -> None:
    """Waits until a process that was killed has gone."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        # Orphans wait for process 1 to reap them; such a one runs no longer.
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        os.sched_yield()
    pytest.fail("the program still runs")


def close(leash: subprocess.Popen[bytes]) -> None:
    assert leash.stdin is not None
    assert leash.stdout is not None
    leash.stdin.close()
    leash.stdout.close()
    leash.wait(20)


def test_a_leashed_program_ends_when_its_starter_lets_go() -> None:
    leash, program = leashed()
    close(leash)
    assert_gone(program)


def test_a_leashed_program_ends_when_the_leash_is_killed() -> None:
    leash, program = leashed()
    leash.send_signal(signal.SIGKILL)
    close(leash)
    assert_gone(program)


def test_a_program_that_will_not_end_is_killed() -> None:
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PROGRAM}"
    leash, program = leashed(stubborn, grace="0.05")
    close(leash)
    assert_gone(program)


def test_the_leash_passes_the_exit_status_on() -> None:
    leash, _ = leashed("import os; print(os.getpid(), flush=True); raise SystemExit(7)")
    assert leash.wait(20) == 7
    close(leash)


def test_a_leash_that_is_terminated_ends_with_its_stubborn_program() -> None:
    ignores = (
        "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid(), flush=True)"
    )
    leash, _ = leashed(f"{ignores}; signal.pause()", grace="0.2")
    with leash:
        leash.terminate()
        assert leash.wait(20) == 128 + signal.SIGKILL


def test_what_was_exported_is_there_again_after_a_start(
    emulator: Emulator, firestore_project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmsync.store.documents.firestore import connect
    from crmsync.store.documents.port import Create

    before = connect(firestore_project)
    before.commit([Create("users/ann", {"name": "Ann", "list": [{"n": 1}]})])
    folder = tmp_path / "export"
    exports = Exports(emulator, firestore_project, folder).start()
    exports.stop()
    before.commit([Create("users/bob", {"name": "Bob"})])
    before.close()
    # Killed while one export takes the place of another.
    folder.rename(tmp_path / "export-old")
    monkeypatch.delenv(HOST_VARIABLE)
    with Emulator.start(alone=True, export=newest(folder)) as again:
        monkeypatch.setenv(HOST_VARIABLE, again.host)
        after = connect(firestore_project)
        found = after.get_many(["users/ann", "users/bob"])
        after.close()
    assert {path: document.data for path, document in found.items()} == {
        "users/ann": {"name": "Ann", "list": [{"n": 1}]}
    }


def test_what_cannot_be_exported_is_said_and_the_last_export_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "one.overall_export_metadata").touch()
    exports = Exports(Emulator(f"{ports.HOST}:{ports.free_port()}"), "p", folder, period=0.01).start()
    time.sleep(0.1)
    exports.stop()
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2, "once, and at the end"
    assert "not exported, tried again each minute: " in said[0]
    assert newest(folder) == folder / "one.overall_export_metadata"


def test_an_emulator_of_somebody_else_cannot_take_up_what_was_kept() -> None:
    with pytest.raises(Unready, match="--store file"):
        Emulator.start({HOST_VARIABLE: "127.0.0.1:1"}, alone=True)
