"""Preconditions of Liquibase's changesets: asked before they run."""

from __future__ import annotations

import psycopg
import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.session import run_script

from .conftest import Folder

pytestmark = pytest.mark.thorough

HEADER = "--liquibase formatted sql\n"


def ups(folder: Folder, *changesets: str) -> list[str]:
    """Run the ups in an empty database; the tables that are there then."""
    numbered = (f"--changeset bob:{n} {text}\n" for n, text in enumerate(changesets, 1))
    folder.write(**{"a.sql": HEADER + "".join(numbered)})
    with psycopg.connect(folder.database.dsn, autocommit=True) as connection:
        for migration in folder.load("liquibase"):
            run_script(connection, migration.up, path=migration.path)
        rows = connection.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
        return [name for (name,) in rows]


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ("sql-check expectedResult:0 SELECT count(*) FROM pg_class WHERE relname LIKE 'b%';", True),
        ("sql-check expectedResult:1 SELECT 2", False),
        ("sql-check t SELECT true", True),
        ("""sql-check expectedResult:"1 row" SELECT '1 row'""", True),
        ("sql-check expectedResult:1 SELECT 1 WHERE false", False),
        ("table-exists table:A", True),
        ("table-exists table:a schema:meta", False),
        ("view-exists view:a", False),
    ],
)
def test_preconditions_are_asked(folder: Folder, condition: str, runs: bool) -> None:
    first = "\nCREATE TABLE a (id int);"
    second = f"\n--preconditions onFail:MARK_RAN\n--precondition-{condition}\nCREATE TABLE b (id int);"
    assert ups(folder, first, second) == ["a", *(["b"] if runs else [])]


@pytest.mark.parametrize(
    ("options", "query", "tables"),
    [
        ("onFail:WARN", "SELECT 2", ["b"]),
        ("onFail:CONTINUE", "SELECT 2", []),
        ("onFail:MARK_RAN onError:MARK_RAN", "SELECT 1/0", []),
        ("onError:WARN", "SELECT 1/0", ["b"]),
        ("onError:CONTINUE", "VALUES (1), (1)", []),
    ],
)
def test_what_is_done_where_a_precondition_does_not_hold(
    folder: Folder, options: str, query: str, tables: list[str]
) -> None:
    asked = f"\n--preconditions {options}\n--precondition-sql-check expectedResult:1 {query}\n"
    assert ups(folder, f"{asked}CREATE TABLE b (id int);") == tables


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        (
            "sql-check expectedResult:1 SELECT 2",
            r'line 2: a precondition does not hold: expected "1", found "2": SELECT 2',
        ),
        ("sql-check expectedResult:1 SELECT 1/0", "line 2: a precondition cannot be asked: division by zero"),
    ],
)
def test_a_precondition_that_must_hold(folder: Folder, condition: str, error: str) -> None:
    with pytest.raises(MigrationError, match=error):
        ups(folder, f"\n--precondition-{condition}\nCREATE TABLE b (id int);")


def test_a_changeset_that_may_fail(folder: Folder) -> None:
    failing = "failOnError:false\nCREATE TABLE a (id int);\nSELECT 1/0;"
    assert ups(folder, failing, "\nCREATE TABLE b (id int);") == ["b"]
