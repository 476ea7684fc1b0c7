from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pgassay.errors import MigrationError, UsageError
from pgassay.migrations.create import TEMPLATE, create_migration
from pgassay.migrations.sources.native import load

NOW = datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("there", "made"),
    [
        ([], "20261123140506-x.sql"),
        (["001-a.sql"], "002-x.sql"),
        (["001-a.sql", "009-b.sql", "README.md"], "010-x.sql"),
        (["1-a.sql", "9-b.sql"], "10-x.sql"),
        (["0001-a.sql", "2-b.sql"], "3-x.sql"),
        (["999-a.sql"], "1000-x.sql"),
        (["20251123140506-a.sql"], "20261123140506-x.sql"),
        (["001-a.sql", "20251123140506-a.sql"], "20261123140506-x.sql"),
        (["20261123140506-a.sql"], "20261123140507-x.sql"),
    ],
)
def test_it_goes_on_in_the_folders_style(tmp_path: Path, there: list[str], made: str) -> None:
    for name in there:
        (tmp_path / name).write_text("-- migrate:up\nSELECT 1;\n")
    path = create_migration(tmp_path, "x", now=NOW)
    assert (path, path.read_bytes()) == (tmp_path / made, TEMPLATE.encode())
    assert load(tmp_path)[-1].path == path


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    assert create_migration(tmp_path / "a" / "b", "x").is_file()


@pytest.mark.parametrize("name", ["add-users", "🐘", 'it is a "name"'.replace('"', "'"), "a.b", "é" * 100])
def test_good_names(tmp_path: Path, name: str) -> None:
    assert create_migration(tmp_path, name, now=NOW).name == f"20261123140506-{name}.sql"


@pytest.mark.parametrize(
    "name",
    ["", " ", " a", "a ", ".a", "-a", "a/b", "a\\b", "../a", "a\nb", "a\0b", "a:b", 'a"b', "a*", "a.sql", "é" * 101],
)
def test_bad_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a migration's name"):
        create_migration(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_disorder_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.sql").touch()
    with pytest.raises(MigrationError, match=r'notes\.sql" is not named like a migration'):
        create_migration(tmp_path, "x")
    with pytest.raises(MigrationError, match="no migration can be made in"):
        create_migration(tmp_path / "notes.sql", "x")
