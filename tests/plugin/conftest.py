"""A user's project in a directory of its own, and pytest run there as a user runs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., pytest.RunResult]


class Project:
    """A project with one table, as migrations and as contract, that collects the shipped checks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("tests/test_schema.py", "from pgassay.checks import *\n")
        self.write("migrations/001-users.sql", "-- migrate:up\nCREATE TABLE s.users (id int PRIMARY KEY);\n")
        self.append("migrations/001-users.sql", "-- migrate:down\nDROP TABLE s.users;\n")
        self.write("migrations/002-index.sql", "-- migrate:up\nCREATE INDEX i ON s.users (id);\n")
        self.append("migrations/002-index.sql", "-- migrate:down\nDROP INDEX s.i;\n")
        self.write("schema/init/01.sql", "CREATE SCHEMA IF NOT EXISTS s;\nGRANT ALL ON SCHEMA s TO PUBLIC;\n")
        self.write("schema/tables.sql", "CREATE TABLE s.users (id int PRIMARY KEY); CREATE INDEX i ON s.users (id);\n")

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def append(self, name: str, text: str) -> None:
        """Add to a file."""
        self.write(name, (self.path / name).read_text(encoding="utf-8") + text)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.path / name).unlink()


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    return Project(pytester.path)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest in the project, as a process of its own; the options are those that every run here has."""
    for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return lambda *args: pytester.runpytest_subprocess("-pno:cacheprovider", "-pno:hypothesispytest", *args)
