from __future__ import annotations

import json

import pytest

from pgassay.errors import MigrationError

from .conftest import Folder

pytestmark = pytest.mark.thorough

FIRST = {
    "1620138136207_users/up.sql": "CREATE TABLE users (id int);\nCREATE TABLE roles (id int);\n",
    "1620138136207_users/down.sql": "DROP TABLE users, roles;",
}
PROJECT = {"config.yaml": "version: 3\nendpoint: http://localhost:8080\nmetadata_directory: metadata\n"}
FLAT = {"1_a.up.sql": "", "1_a.down.sql": ""}
STATE = """
CREATE SCHEMA hdb_catalog;
CREATE TABLE hdb_catalog.hdb_version (
    hasura_uuid UUID PRIMARY KEY DEFAULT gen_random_uuid(), version TEXT NOT NULL, upgraded_on TIMESTAMPTZ NOT NULL,
    cli_state JSONB NOT NULL DEFAULT '{}'::jsonb, console_state JSONB NOT NULL DEFAULT '{}'::jsonb
);
"""
TABLE = "CREATE TABLE hdb_catalog.schema_migrations (version bigint not null primary key, dirty boolean not null);"


def state(**databases: dict[str, bool]) -> str:
    kept = json.dumps({"migrations": databases, "settings": {}} if databases else {})
    return (
        f"{STATE} INSERT INTO hdb_catalog.hdb_version (version, upgraded_on, cli_state) VALUES ('47', now(), '{kept}');"
    )


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (FIRST, True),
        ({**FLAT, **PROJECT}, True),
        (FLAT, False),
        ({"1_a/up.sql": "", **PROJECT}, True),
        ({"00000000000001_a/up.sql": ""}, False),
        ({"001-a.sql": "-- migrate:up\n", **PROJECT}, False),
    ],
)
def test_recognised(folder: Folder, files: dict[str, str], *, found: bool) -> None:
    folder.write(**files)
    assert ("hasura" in folder.candidates) is found


def test_the_project_tells_it_from_golang_migrate(folder: Folder) -> None:
    folder.write(**FLAT, **PROJECT)
    assert folder.format == "hasura"


def test_loaded(folder: Folder) -> None:
    """In the order of the numbers; what is empty does not count."""
    folder.write(
        **FIRST,
        **{
            "10_b/up.sql": "SELECT 1",
            "10_b/down.sql": "-- nothing",
            "9_c.up.sql": "SELECT 1",
            "9_c.down.sql": "SELECT 1",
            "9_c.up.yaml": "- type: clear_metadata",
            "8_d/up.sql": "",
            "7_e/readme.sql": "x",
            "metadata.yaml": "x",
            "18446744073709551616_f/up.sql": "x",
        },
    )
    found = folder.load("hasura")
    assert [(m.version, m.key, m.name, m.label, m.down is None, m.notes) for m in found] == [
        (1, "9", "c", "9_c", False, ("9_c.up.yaml is not run: it is metadata",)),
        (2, "10", "b", "10_b", True, ()),
        (3, "1620138136207", "users", "1620138136207_users", False, ()),
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"default/1_a/up.sql": "x"}, "holds no migration of Hasura"),
        ({"1_a/down.sql": "x"}, '1_a/down.sql" has no up'),
        ({"1_a/up.sql": "", "1_a/down.sql": "x"}, '1_a/down.sql" has no up'),
        ({"1_a.up.sql/x": "x"}, "holds no migration of Hasura"),
        ({"1_a/up.yaml": "x"}, '1_a/up.yaml" is metadata, which only Hasura can apply'),
        ({"1_a/up.sql": "x", "01_b.up.sql": "x"}, "have the same version 1"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("hasura")


def test_up_and_down(folder: Folder) -> None:
    folder.write(
        **FIRST,
        **{
            "1620138136208_function/up.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2;';",
            "1620138136208_function/down.sql": "DROP FUNCTION f;",
            "1620138136209_index/up.sql": " -- hasura:no-transaction \nCREATE INDEX CONCURRENTLY i ON users (id)",
            "1620138136209_index/down.sql": "-- hasura:no-transaction\nDROP INDEX CONCURRENTLY i;",
            "1620138136210_late/up.sql": "\n-- hasura:no-transaction\nCREATE INDEX CONCURRENTLY i ON users (id)",
            "1620138136211_after/up.sql": "SELECT 1",
        },
    )
    assert folder.walk() == [[], [], [], ["up-fails"], ["not-run"], ["not-run"]]


@pytest.mark.parametrize(
    ("line", "transaction"),
    [
        ("-- hasura:no-transaction", False),
        ("-- hasura:no-transaction\r", False),
        ("--hasura:no-transaction", True),
        ("-- hasura:no-transaction please", True),
        ("SELECT 1; -- hasura:no-transaction", True),
    ],
)
def test_no_transaction(folder: Folder, line: str, *, transaction: bool) -> None:
    folder.write(**{"1_a/up.sql": f"{line}\nSELECT 1"})
    assert folder.load("hasura")[0].up.transaction is transaction


@pytest.mark.parametrize(
    "setup",
    [
        state(default={"1": False, "3": True, "7": False}, other={"2": False}),
        state(main={"1": False, "3": True, "7": False}),
        f"{state()} {TABLE} INSERT INTO hdb_catalog.schema_migrations VALUES (1, false), (3, true), (7, false)",
    ],
)
def test_status(folder: Folder, setup: str) -> None:
    folder.write(**{f"{number}_a/up.sql": "x" for number in (1, 2, 3, 4)})
    assert folder.status("", "hasura") is None

    found = folder.status(setup, "hasura")

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("1_a", "applied"),
        ("2_a", "pending"),
        ("3_a", "dirty"),
        ("4_a", "pending"),
        ("7", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("unfinished", 3), ("deleted", 0), ("out of order", 2)]


def test_a_down_that_fails_is_told_by_its_own_file(folder: Folder) -> None:
    folder.write(**{"1_a/up.sql": "SELECT 1", "1_a/down.sql": "SELECT\nbroken"})
    assert '1_a/down.sql", line 2: column "broken" does not exist' in folder.failure("hasura")


def test_nothing_is_applied_yet(folder: Folder) -> None:
    folder.write(**FIRST)
    found = folder.status(state())
    assert found is not None
    assert [e.state for e in found.entries] == ["pending"]


def test_a_state_of_several_databases_cannot_be_told(folder: Folder) -> None:
    folder.write(**FIRST)
    with pytest.raises(MigrationError, match="the state of a, b here"):
        folder.status(state(b={}, a={}))
