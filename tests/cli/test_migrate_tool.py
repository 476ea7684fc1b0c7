"""`pgassay migrate` on another tool's migrations: it tells where a database stands, and applies nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psycopg
import pytest

from pgassay import cli
from pgassay.conninfo import Conninfo


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: Conninfo) -> Conninfo:
    """Two migrations of golang-migrate's, and a database that only knows the first."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pgassay.toml").touch()
    for name in [name for name in os.environ if name.startswith(("PG", "DATABASE_URL"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name in ("1_a", "2_b"):
        (folder / f"{name}.up.sql").write_text("SELECT 1;")
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE schema_migrations (version bigint, dirty boolean)")
        connection.execute("INSERT INTO schema_migrations VALUES (1, false)")
    return database


def test_status(project: Conninfo, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["migrate", "status", "--database", project.url]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["applied", "1", "1_a"],
        ["pending", "2", "2_b"],
    ]
    assert cli.run(["migrate", "status", "--check", "--json", "--database", project.url]) == 1
    assert [entry["state"] for entry in json.loads(capsys.readouterr().out)["migrations"]] == ["applied", "pending"]


def test_a_table_of_another_name(project: Conninfo, capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(project.dsn, autocommit=True) as connection:
        connection.execute(
            'CREATE SCHEMA "My meta"; CREATE TABLE "My meta".done AS SELECT 2 AS version, false AS dirty'
        )
    Path("pgassay.toml").write_text("""tracking = '"My meta".done'\n""")
    assert cli.run(["migrate", "status", "--database", project.url]) == 0
    assert capsys.readouterr().out.count("applied") == 2


def test_without_a_table_all_are_pending(project: Conninfo, capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(project.dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE schema_migrations")
    assert cli.run(["migrate", "status", "--database", project.url]) == 0
    assert capsys.readouterr().out.count("pending") == 2


def test_a_table_that_may_not_be_read(project: Conninfo, capsys: pytest.CaptureFixture[str], role_name: object) -> None:
    assert callable(role_name)
    role = role_name("guest")
    with psycopg.connect(project.dsn, autocommit=True) as connection:
        connection.execute(f'CREATE ROLE "{role}"; GRANT "{role}" TO CURRENT_USER'.encode())
    assert cli.run(["migrate", "status", "--owner", role, "--database", project.url]) == 3
    assert "permission denied for table schema_migrations" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("up",), ("down",), ("create", "c")])
def test_nothing_is_applied_or_made(
    project: Conninfo, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    before = sorted(Path("migrations").iterdir())
    database = () if words[0] == "create" else ("--database", project.url)
    assert cli.run(["migrate", *words, *database]) == 2
    assert "holds migrations of golang-migrate" in capsys.readouterr().err
    assert sorted(Path("migrations").iterdir()) == before
