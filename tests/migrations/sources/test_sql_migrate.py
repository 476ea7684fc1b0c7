from __future__ import annotations

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, Piece
from pgassay.migrations.sources import sql_migrate

from .conftest import Folder

pytestmark = pytest.mark.thorough

FIRST = "-- +migrate Up\nCREATE TABLE users (id int);\n\n-- +migrate Down\nDROP TABLE users;\n"
TABLE = """
CREATE TABLE IF NOT EXISTS "gorp_migrations" (
    "id" text NOT NULL PRIMARY KEY, "applied_at" timestamp with time zone
);
"""


def only(folder: Folder, text: str) -> Migration:
    folder.write(**{"1_a.sql": text})
    (found,) = folder.load("sql-migrate")
    return found


@pytest.mark.parametrize(
    ("name", "text", "recognised"),
    [
        ("20260102030405-users.sql", FIRST, True),
        ("users.sql", "\n-- +migrate  Up notransaction\nSELECT 1;", True),
        ("001-users.sql", "-- migrate:up\n-- migrate:down\n", False),
        ("001_users.up.sql", "CREATE TABLE users (id int);", False),
        ("001_users.sql", "-- +goose Up\nSELECT 1;", False),
        ("001_users.sql", "-- +migrate Upwards\n", False),
    ],
)
def test_recognised(folder: Folder, name: str, text: str, recognised: bool) -> None:
    folder.write(**{name: text})
    assert sql_migrate.looks_like(folder.path) is recognised
    assert (folder.format == "sql-migrate") is recognised


def test_no_folder_is_not_recognised(folder: Folder) -> None:
    assert sql_migrate.looks_like(folder.path / "none") is False


def test_sorted_by_number_then_by_name(folder: Folder) -> None:
    folder.write(**{f"{n}.sql": FIRST for n in ("efg", "10_b", "2-a", "02_a", ".x", "7", "_1")}, readme="x")
    assert [(m.version, m.key, m.name, m.label) for m in folder.load()] == [
        (1, "02_a.sql", "a", "02_a"),
        (2, "2-a.sql", "a", "2-a"),
        (3, "7.sql", "", "7"),
        (4, "10_b.sql", "b", "10_b"),
        (5, ".x.sql", ".x", ".x"),
        (6, "_1.sql", "1", "_1"),
        (7, "efg.sql", "efg", "efg"),
    ]


def test_cut_as_sql_migrate_cuts(folder: Folder) -> None:
    """Lines that begin with two dashes and a blank are gone, the semicolon at an end too, unless a comment follows."""
    found = only(
        folder,
        "SELECT 0;\n-- +migrate Up\n\n-- gone\nSELECT 1; SELECT\n-- gone;\n--stays\n 2 ;\nSELECT 3; -- end\n"
        "-- +migrate down\n-- +migrate StatementBegin\nDO $$BEGIN\n  NULL;\nEND$$;\n-- +migrate StatementEnd\n"
        "-- +migrate Down notransaction\nSELECT 4;\n-- +migrate StatementEnd\n-- +migrate Up\nSELECT 5;",
    )
    assert found.up.pieces == (
        Piece("SELECT 1; SELECT\n--stays\n 2 ", 5),
        Piece("SELECT 3; -- end", 9),
        Piece("DO $$BEGIN\n  NULL;\nEND$$", 12),
        Piece("SELECT 5", 20),
    )
    assert found.down is not None
    assert found.down.pieces == (Piece("SELECT 4", 17),)
    assert (found.up.transaction, found.down.transaction) == (True, False)
    assert found.notes == (
        f'"{folder.path}/1_a.sql", line 10: "down" is no command of sql-migrate\'s, which passes it over',
        f'"{folder.path}/1_a.sql", what stands above -- +migrate Up is never run: sql-migrate passes it over',
    )


def test_a_comment_above_is_no_loss(folder: Folder) -> None:
    assert only(folder, f"/* a;\n*/\n--b\n{FIRST}").notes == ()


def test_a_no_break_space_is_no_blank(folder: Folder) -> None:
    """To PostgreSQL it is a letter, and sql-migrate sends it."""
    (piece,) = only(folder, "-- +migrate Up\n \xa0SELECT 1;\n").up.pieces or ()
    assert piece.sql == "\xa0SELECT 1"


@pytest.mark.parametrize(
    "down",
    [
        "",
        "-- +migrate Down\n",
        "-- +migrate Down\n-- nothing",
        "-- +migrate Down\n/* at all */;\n",
        "-- +migrate Down\n-- +migrate StatementBegin\n-- +migrate StatementEnd",
    ],
)
def test_an_empty_down_is_none(folder: Folder, down: str) -> None:
    assert only(folder, f"-- +migrate Up\nSELECT 1;\n{down}").down is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT 1;", r"line 1: neither -- \+migrate Up nor -- \+migrate Down is in this file"),
        ("-- +migrate up\nSELECT 1;", r"line 1: neither -- \+migrate Up nor"),
        ("--+migrate Up\nSELECT 1;", r"line 1: neither -- \+migrate Up nor"),
        ("-- +migrate Up\n-- +migrate \n", "line 2: a command of sql-migrate's has no name"),
        ("-- +migrate Up\n\nSELECT\n1\n-- +migrate Down", "line 3: a statement begins here and has no end"),
        ("-- +migrate Up\nSELECT 1; SELECT 2", "line 2: a statement begins here and has no end"),
        (f"{FIRST}--nothing", "line 6: a statement begins here and has no end"),
        ("-- +migrate Up\n-- +migrate StatementBegin\nSELECT 1;", "line 3: .* StatementBegin has no StatementEnd"),
    ],
)
def test_refused(folder: Folder, text: str, error: str) -> None:
    folder.write(**{"1_a.sql": text})
    with pytest.raises(MigrationError, match=rf'"[^"]*/1_a.sql", {error}'):
        folder.load("sql-migrate")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({f"{2**63}_a.sql": FIRST}, f'_a.sql": the number is above {2**63 - 1}'),
        ({}, "holds no migration of sql-migrate"),
    ],
)
def test_a_folder_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("sql-migrate")


def test_walk(folder: Folder) -> None:
    """Without a transaction each query takes effect by itself; a body without StatementBegin is cut in two."""
    index = "-- +migrate {0} notransaction\n{1} INDEX CONCURRENTLY i{2};\n{1} INDEX CONCURRENTLY j{2};\n"
    folder.write(**{
        "1-users.sql": FIRST,
        "2-index.sql": index.format("Up", "CREATE", " ON users (id)") + index.format("Down", "DROP", ""),
        "3-function.sql": "-- +migrate Up\n-- +migrate StatementBegin\nCREATE FUNCTION f() RETURNS int "
        "LANGUAGE plpgsql AS $$BEGIN\n  RETURN 1;\nEND;$$;\n-- +migrate StatementEnd\n"
        "-- +migrate Down\nDROP FUNCTION f();",
        "4-cut.sql": "-- +migrate Up\nDO $$BEGIN\n  NULL;\nEND;$$;\n-- +migrate Down\n",
    })  # fmt: skip
    assert folder.walk() == [[], [], [], ["up-fails"], ["not-run"]]


def test_a_commit_within_the_transaction_fails(folder: Folder) -> None:
    """The driver of sql-migrate finds its transaction gone, when all has taken effect."""
    folder.write(**{
        "1_a.sql": "-- +migrate Up notransaction\nBEGIN;\nCREATE TABLE t ();\nCOMMIT;\n-- +migrate Down\nDROP TABLE t;",
        "2_b.sql": "-- +migrate Up\nBEGIN;\nCREATE TABLE u ();\nCOMMIT;\n-- +migrate Down\nDROP TABLE u;",
    })  # fmt: skip
    assert folder.walk() == [[], ["up-fails"], ["not-run"]]


def test_status(folder: Folder) -> None:
    folder.write(**{f"{n}_a.sql": FIRST for n in ("1", "2", "3", "4")})
    assert folder.status("") is None

    found = folder.status(
        f"{TABLE} INSERT INTO gorp_migrations VALUES ('1_a.sql', now()), ('3_a.sql', now()), ('7_a.sql', now())"
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("1_a", "applied"),
        ("2_a", "pending"),
        ("3_a", "applied"),
        ("4_a", "pending"),
        ("7_a.sql", "applied, without a file"),
    ]
    assert [(p.kind, p.text.split(", and ")[-1]) for p in found.problems] == [
        ("deleted", "there is no file of it"),
        ("out of order", "lies before what is; sql-migrate applies it"),
    ]
