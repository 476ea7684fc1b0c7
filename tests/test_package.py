"""What is installed is what is there."""

from __future__ import annotations

import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pgassay

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_is_listed() -> None:
    source = ROOT / "src"
    packages = {".".join(init.parent.relative_to(source).parts) for init in source.rglob("__init__.py")}
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == packages | {"pgassay.checks"}


def test_every_data_file_is_installed() -> None:
    installed = Path(pgassay.__file__).parent
    for path in (ROOT / "src/pgassay").rglob("*"):
        if path.is_file() and path.suffix not in {".py", ".pyc"}:
            assert (installed / path.relative_to(ROOT / "src/pgassay")).is_file(), path


def test_the_version_is_said_once_and_once() -> None:
    assert PYPROJECT["project"]["version"] == pgassay.__version__ == version("pgassay")


def test_entry_points() -> None:
    assert [point.value for point in entry_points(group="pytest11", name="pgassay")] == ["pgassay.plugin"]
    assert [point.value for point in entry_points(group="console_scripts", name="pgassay")] == ["pgassay.cli:main"]


def test_every_dependency_has_its_reason() -> None:
    """The reason stands behind the dependency in pyproject.toml, as a comment."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for wanted in PYPROJECT["project"]["dependencies"]:
        (line,) = [line for line in text.splitlines() if line.strip().startswith(f'"{wanted}",') and "#" in line]
        assert line.partition("#")[2].strip()
