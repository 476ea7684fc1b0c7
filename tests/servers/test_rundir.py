from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from pgassay.errors import ServerError
from pgassay.servers.rundir import RunDirectory, is_alive, safe_name

COUNTING = """
import sys
from pathlib import Path
from pgassay.servers.rundir import RunDirectory

def compute():
    with open(sys.argv[2], "a") as file:
        file.write("x")
    return "result"

print(RunDirectory.attach(sys.argv[1]).once("shared", compute))
"""


def test_it_is_private_and_goes_away(short_root: Path) -> None:
    with RunDirectory.create(root=short_root) as run:
        assert run.path.stat().st_mode & 0o777 == 0o700
        assert is_alive(run.path)
    assert not run.path.exists()
    assert not is_alive(run.path)


def test_a_run_that_has_ended_cannot_be_joined(short_root: Path) -> None:
    with pytest.raises(ServerError, match="there is no run in"):
        RunDirectory.attach(short_root / "r-00000000")


def test_threads_compute_once(short_root: Path) -> None:
    counter = count()
    with RunDirectory.create(root=short_root) as run, ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: run.once("a", lambda: next(counter)), range(16)))
    assert results == [0] * 16
    assert next(counter) == 1


def test_processes_compute_once(short_root: Path, tmp_path: Path) -> None:
    with RunDirectory.create(root=short_root) as run:
        command = [sys.executable, "-c", COUNTING, str(run.path), str(tmp_path / "calls")]
        children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        assert [child.communicate()[0].strip() for child in children] == ["result"] * 3
    assert (tmp_path / "calls").read_text() == "x"


def test_whether_another_process_has_joined_it(short_root: Path, tmp_path: Path) -> None:
    with RunDirectory.create(root=short_root) as run:
        assert not RunDirectory.attach(run.path).has_others
        subprocess.run([sys.executable, "-c", COUNTING, str(run.path), str(tmp_path / "calls")], check=True)
        assert run.has_others


def test_an_error_is_not_kept(short_root: Path) -> None:
    with RunDirectory.create(root=short_root) as run:
        with pytest.raises(ZeroDivisionError):
            run.once("a", lambda: 1 / 0)
        assert run.once("a", lambda: 2.0) == 2.0


def test_a_result_may_be_written_in_a_form_of_its_own(short_root: Path) -> None:
    with RunDirectory.create(root=short_root) as run:
        for _ in range(2):
            assert run.once("a", lambda: "é", dump=str.encode, load=bytes.decode) == "é"


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", "x" * 500, "CON", "é😀", "a\nb", ".", "\udcff"])
def test_any_text_is_a_name(short_root: Path, name: str) -> None:
    with RunDirectory.create(root=short_root) as run:
        assert run.once(name, lambda: 1) == run.once(name, lambda: 2) == 1
        with run.lock(name):
            pass
        assert not [path for path in run.path.rglob("*") if len(path.name) > 60]


def test_different_texts_are_different_names() -> None:
    assert len({safe_name(name) for name in ("A", "a", "a ", "a/", "x" * 40, "x" * 41)}) == 6
