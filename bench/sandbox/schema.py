"""The schemas: the same SQL as pgassay's migrations and as one file for the peers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Schema:
    """So many tables with three indexes each; the last one is seeded, and tests leave it alone."""

    tables: int
    rows: int = 0

    @property
    def name(self) -> str:
        return f"{self.tables}-{self.rows}"

    def write_migrations(self, folder: Path) -> None:
        folder.mkdir()
        down = "\n".join(f"DROP TABLE t{number};" for number in reversed(range(self.tables)))
        (folder / "001-tables.sql").write_text(f"-- migrate:up\n{self._create()}\n\n-- migrate:down\n{down}\n")
        if self.rows:
            undo = f"TRUNCATE t{self.tables - 1};"
            (folder / "002-rows.sql").write_text(f"-- migrate:up\n{self._seed()}\n\n-- migrate:down\n{undo}\n")

    def write_file(self, path: Path) -> None:
        path.write_text(f"{self._create()}\n{self._seed()}\n")

    def _create(self) -> str:
        return "\n".join(map(_table, range(self.tables)))

    def _seed(self) -> str:
        if not self.rows:
            return ""
        return (
            f"INSERT INTO t{self.tables - 1} (name, email)\n"
            f"SELECT 'user' || n, 'user' || n || '@example.org' FROM generate_series(1, {self.rows}) AS n;"
        )


def _table(number: int) -> str:
    """Every other table refers to the one before it, as tables do."""
    reference = f",\n    other bigint REFERENCES t{number - 1}" if number % 2 else ""
    return (
        f"CREATE TABLE t{number} (\n"
        "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
        "    name text NOT NULL,\n"
        "    email text,\n"
        f"    created_at timestamptz NOT NULL DEFAULT now(){reference}\n"
        ");\n"
        f"CREATE UNIQUE INDEX t{number}_email ON t{number} (email);\n"
        f"CREATE INDEX t{number}_created_at ON t{number} (created_at);"
    )
