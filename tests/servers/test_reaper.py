from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pgassay.servers.binaries import Binaries
from pgassay.servers.kept import kept_server
from pgassay.servers.local import Options, start_server
from pgassay.servers.process import postmaster
from pgassay.servers.provider import start_in_run
from pgassay.servers.reaper import places, reap
from pgassay.servers.rundir import KEPT_PATIENCE, MARKER, RunDirectory, kept_lock, write_marker
from tests.servers.support import eventually, is_running, start_owner


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of ours."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_an_owner_that_is_killed_leaves_nothing(only_root: Path) -> None:
    owner, path = start_owner(only_root)
    pid = postmaster(path / "main" / "data")
    assert pid is not None
    owner.kill()
    owner.wait()
    assert eventually(lambda: not is_running(pid) and [entry.name for entry in only_root.iterdir()] == [".lock"])
    assert not path.exists()


def test_the_watchdog_of_a_run_that_ended_well_goes_too(only_root: Path, binaries: Binaries) -> None:
    with RunDirectory.create(root=only_root) as run:
        start_in_run(run, "main", binaries)
        watchdog = run.once("watchdog", lambda: 0)
        assert is_running(watchdog)
    assert eventually(lambda: not is_running(watchdog))


def test_a_dead_run_without_a_watchdog_is_reaped(only_root: Path, binaries: Binaries) -> None:
    path, pid = _dead_run(only_root, binaries)
    assert [place.state for place in places()] == ["left by a dead run"]
    assert reap() == [path]
    assert not path.exists()
    assert not is_running(pid)


def test_a_run_in_progress_is_left_alone(only_root: Path) -> None:
    owner, path = start_owner(only_root)
    with RunDirectory.create(root=only_root) as mine:
        assert reap() == []
        assert {place.path for place in places() if place.alive} == {path, mine.path}
    owner.kill()
    owner.wait()


def test_a_number_that_another_process_has_now_is_not_believed(
    only_root: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    data = only_root / "r-01234567" / "main" / "data"
    data.mkdir(parents=True)
    (data / "postmaster.pid").write_text(f"{sleeper.pid}\n{data}\n")
    write_marker(only_root / "r-01234567", kind="run")
    assert reap() == [only_root / "r-01234567"]
    assert sleeper.poll() is None


def test_what_is_not_marked_as_ours_is_left_alone(only_root: Path) -> None:
    for name in ("r-01234567", "mine", "r-mine"):
        (only_root / name).mkdir()
    write_marker(only_root / "mine", kind="run")
    (only_root / "r-89abcdef").symlink_to(only_root / "mine")
    assert reap() == []
    assert len(list(only_root.iterdir())) == 5  # with the lock


def test_a_mark_that_cannot_be_read_is_none(only_root: Path) -> None:
    path = only_root / "r-01234567"
    path.mkdir()
    for text in ("", "[]", "{", "{}", '{"kind": "run", "pid": "x"}'):
        (path / MARKER).write_text(text)
        assert reap() == []


def test_a_removal_that_was_interrupted_is_finished(only_root: Path) -> None:
    (only_root / ".dead-0123" / "x").mkdir(parents=True)
    reap()
    assert not (only_root / ".dead-0123").exists()


def test_a_kept_server_goes_an_hour_after_its_last_use(only_root: Path, binaries: Binaries) -> None:
    with RunDirectory.create(root=only_root) as run:
        server = kept_server(binaries, Options(), kind="kept", key="a", run=run)
        path = Path(server.conninfo.get("host")).parent
        _age(path)
        assert reap() == []  # a run that lives uses it
    assert kept_server(binaries, Options(), kind="kept", key="a") == server
    assert reap() == []
    _age(path)
    with kept_lock(path):
        assert reap() == []  # somebody is about to take it up
    assert reap() == [path]


def test_a_server_started_by_hand_stays(only_root: Path, binaries: Binaries) -> None:
    server = kept_server(binaries, Options(), kind="started", key="a")
    path = Path(server.conninfo.get("host")).parent
    _age(path)
    assert reap() == []
    os.kill(postmaster(path / "main" / "data") or 0, signal.SIGKILL)
    assert eventually(lambda: postmaster(path / "main" / "data") is None)
    assert reap() == [path]


@pytest.mark.nightly
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSEGV])
@pytest.mark.parametrize("when", ["idle", "starting"])
def test_however_an_owner_ends_nothing_is_left(only_root: Path, number: signal.Signals, when: str) -> None:
    owner, path = start_owner(only_root, wait=when == "idle")
    time.sleep(0 if when == "idle" else 0.25)
    os.kill(owner.pid, number)
    owner.wait()
    assert eventually(lambda: not _processes_in(only_root) and not list(only_root.glob("r-*"))), path


def _dead_run(root: Path, binaries: Binaries) -> tuple[Path, int]:
    """Make what a run leaves whose owner and watchdog were killed."""
    path = root / "r-01234567"
    path.mkdir(mode=0o700)
    write_marker(path, kind="run")
    start_server(path / "main", binaries, mark="m")
    pid = postmaster(path / "main" / "data")
    assert pid is not None
    return path, pid


def _age(path: Path) -> None:
    long_ago = time.time() - KEPT_PATIENCE - 1
    os.utime(path / "users", (long_ago, long_ago))


def _processes_in(root: Path) -> list[str]:
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if str(root) in line]
