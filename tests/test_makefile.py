"""How the two commands find a Python and make their environment, on machines that lack something."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci/venv"
# A stand-in for a Python whose venv module fails half way, as Debian's does without python3-venv.
HALF_WAY = """#!/bin/sh
[ "$1" = -c ] && exit 0
[ "$2" = venv ] && mkdir -p "$3/bin"
exit 1
"""
UV = """#!/bin/sh
for venv; do :; done
mkdir -p "$venv/bin"
printf '#!/bin/sh\\n' > "$venv/bin/python"
chmod +x "$venv/bin/python"
"""
TOO_OLD = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with nothing on it but what a shell script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "rm", "touch", "mkdir", "dirname"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return folder


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def make_venv(path: Path, venv: Path) -> subprocess.CompletedProcess[str]:
    sh = str(path / "sh")
    return subprocess.run(
        [sh, str(SCRIPT), str(venv)], env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )


def test_no_python_at_all(path: Path, tmp_path: Path) -> None:
    put(path, "python3", TOO_OLD)
    done = make_venv(path, tmp_path / "venv")
    assert done.returncode == 1
    assert done.stderr == "no Python 3.11 to 3.14 found, and no uv: install one of them\n"


def test_a_python_that_cannot_make_one(path: Path, tmp_path: Path) -> None:
    put(path, "python3.11", HALF_WAY)
    done = make_venv(path, tmp_path / "venv")
    assert done.returncode == 1
    assert "found python3.11, but none can make a virtual environment: install python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.slow
@pytest.mark.thorough
def test_the_next_python_is_tried_and_a_broken_venv_is_not_taken_for_good(path: Path, tmp_path: Path) -> None:
    put(path, "python3.14", HALF_WAY)
    (path / "python3.12").symlink_to(Path(sys.base_prefix, "bin/python3"))
    (tmp_path / "venv/bin").mkdir(parents=True)
    put(tmp_path / "venv/bin", "python", "broken")
    assert make_venv(path, tmp_path / "venv").returncode == 0
    assert (tmp_path / "venv/.made").exists()
    mark = (tmp_path / "venv/pyvenv.cfg").stat().st_mtime_ns
    assert make_venv(path, tmp_path / "venv").returncode == 0
    assert (tmp_path / "venv/pyvenv.cfg").stat().st_mtime_ns == mark


def test_uv_is_the_last_way(path: Path, tmp_path: Path) -> None:
    (path / "chmod").symlink_to(shutil.which("chmod") or "")
    put(path, "uv", UV)
    assert make_venv(path, tmp_path / "venv").returncode == 0
    assert (tmp_path / "venv/.made").exists()
