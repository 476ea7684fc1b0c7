from __future__ import annotations

import pytest

from pgassay.errors import MigrationError

from .conftest import Folder

pytestmark = pytest.mark.thorough

FIRST = {
    "1591200000000_users.sql": "-- Up Migration\nCREATE TABLE users (id int);\nCREATE TABLE roles (id int);\n\n"
    "-- Down Migration\nDROP TABLE users, roles;\n"
}
PAIR = {"1_a.up.sql": "SELECT 1;", "1_a.down.sql": "SELECT 2;"}
PROJECT = {"package.json": '{"dependencies": {"node-pg-migrate": "^8.0.0"}}'}
TABLE = "CREATE TABLE pgmigrations (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (FIRST, True),
        (PAIR, False),
        ({**PAIR, **PROJECT}, True),
        ({"1_a.sql": "SELECT 1", **PROJECT}, True),
        ({"1_a.sql": "SELECT 1"}, False),
        ({"001-a.sql": "-- migrate:up\n"}, False),
        ({"1_a.js": "", **PROJECT}, False),
    ],
)
def test_recognised(folder: Folder, files: dict[str, str], *, found: bool) -> None:
    folder.write(**files)
    assert ("node-pg-migrate" in folder.candidates) is found


def test_the_project_tells_it_from_golang_migrate(folder: Folder) -> None:
    folder.write(**PAIR, **PROJECT)
    assert folder.format == "node-pg-migrate"


def test_loaded(folder: Folder) -> None:
    """By the number, of which 17 digits are a date; then by name, where numbers count as such."""
    folder.write(
        **{
            "20200603160000000_c.sql": "-- Up Migration\n-- Down Migration\n-- nothing\n",
            "1591200000001_d.sql": "SELECT 1",
            "1591199999999-b.SQL": "SELECT 1",
            "0007_x10.sql": "SELECT 1",
            "7_x-9.up.sql": "SELECT 1",
            "7_x-9.down.sql": "SELECT 2",
            "8_code.ts": "export const up = () => {}",
            ".hidden.sql": "",
            "README.md": "",
            "1_dir.sql/x": "",
        }
    )
    found = folder.load("node-pg-migrate")
    assert [(m.version, m.key, m.name, m.label, m.down is None) for m in found] == [
        (1, "7_x-9", "x-9", "7_x-9", False),
        (2, "0007_x10", "x10", "0007_x10", True),
        (3, "8_code", "code", "8_code", False),
        (4, "1591199999999-b", "b", "1591199999999-b", True),
        (5, "20200603160000000_c", "c", "20200603160000000_c", True),
        (6, "1591200000001_d", "d", "1591200000001_d", True),
    ]
    readme = folder.path / "README.md"
    assert [note for m in found for note in m.notes] == [
        f'"{readme}" is passed over: node-pg-migrate refuses the folder for it, unless ignore-pattern names it',
        f'"{folder.path}/8_code.ts" is a program: nothing of it was run',
    ]


@pytest.mark.parametrize(
    ("text", "up", "down"),
    [
        ("a", "a;", None),
        ("-- Up Migration\na;", "-- Up Migration\na;", None),
        ("x;\n-- up migration\na;\n-- down migration\nb;", "-- up migration\na;\n;", "-- down migration\nb;"),
        ("-- down migration\nb;\n-- up migration\na;", "-- up migration\na;", "-- down migration\nb;\n;"),
        ("a;\n-- down migration\nb;", "a;\n-- down migration\nb;", "\n-- down migration\nb;"),
        (" -- - Up  Migration to\na", " -- - Up  Migration to\na;", None),
        ("--UPMigration\n--up-migration\na;", "--UPMigration\n--up-migration\na;", None),
    ],
)
def test_cut_as_the_tool_does(folder: Folder, text: str, up: str, down: str | None) -> None:
    folder.write(**{"1_a.sql": text})
    found = folder.load("node-pg-migrate")[0]
    assert [(script and [p.sql for p in script.pieces or ()]) for script in (found.up, found.down)] == [
        [up],
        down and [down.lstrip("\n")],
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "holds no migration of node-pg-migrate in SQL"),
        ({"1_a.js": ""}, "holds no migration of node-pg-migrate in SQL"),
        ({"a.sql": ""}, 'a.sql": the name does not begin with a number'),
        ({"20201332000000000_a.sql": ""}, "20201332000000000 is no date"),
        ({"1_a.down.sql": ""}, '1_a.down.sql" has no up'),
        ({"1_a.sql": "", "1_a.up.sql": ""}, '1_a.sql" has another half beside it'),
        ({"1_a.js": "", "1_a.sql": ""}, "have the same name 1_a"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("node-pg-migrate")


def test_up_and_down(folder: Folder) -> None:
    folder.write(
        **FIRST,
        **{
            "1591200000001_function.up.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2;'",
            "1591200000001_function.down.sql": "DROP FUNCTION f",
            "1591200000002_code.js": "exports.up = 1",
            "1591200000003_index.sql": "CREATE INDEX CONCURRENTLY i ON users (id)",
            "1591200000004_after.sql": "SELECT 1",
        },
    )
    assert folder.walk("node-pg-migrate") == [[], [], [], ["up-fails"], ["not-run"], ["not-run"]]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"1_a.up.sql": "SELECT 1", "1_a.down.sql": "SELECT\nbroken"}, '1_a.down.sql", line 2'),
        ({"1_a.sql": "SELECT 1;\n-- Down Migration\nSELECT\nbroken"}, '1_a.sql", line 4'),
    ],
)
def test_what_fails_is_told(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    assert f'{error}: column "broken" does not exist' in folder.failure("node-pg-migrate")


def test_status(folder: Folder) -> None:
    folder.write(**{f"{number}_a.sql": "SELECT 1" for number in range(1, 5)})
    assert folder.status("", "node-pg-migrate") is None

    found = folder.status(
        f"{TABLE} INSERT INTO pgmigrations (name, run_on) VALUES ('1_a', now()), ('3_a', now()), ('0_gone', now())",
        "node-pg-migrate",
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("1_a", "applied"),
        ("2_a", "pending"),
        ("3_a", "applied"),
        ("4_a", "pending"),
        ("0_gone", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("deleted", 0), ("out of order", 2)]
