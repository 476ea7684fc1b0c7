"""A user's project in a directory of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., pytest.RunResult]
"""Runs pytest in the project, as a process of its own."""


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
