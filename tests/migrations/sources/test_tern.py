from __future__ import annotations

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.model import Migration, Piece
from pgassay.migrations.sources import tern

from .conftest import Folder

pytestmark = pytest.mark.thorough

LINE = "---- create above / drop below ----"
BARE = "---- tern: disable-tx ----"
FIRST = f"CREATE TABLE users (id int);\n\n{LINE}\n\nDROP TABLE users;\n"
TABLE = "CREATE TABLE public.schema_version (version int4 NOT NULL PRIMARY KEY);"


def only(folder: Folder, text: str) -> Migration:
    folder.write(**{"1_a.sql": text})
    (found,) = folder.load("tern")
    return found


@pytest.mark.parametrize(
    ("files", "recognised"),
    [
        ({"001_users.sql": FIRST}, True),
        ({"001_users.sql": "SELECT 1;", "tern.conf": "[database]"}, True),
        ({"001_users.sql": "SELECT 1;"}, False),
        ({"tern.conf": "[database]"}, False),
        ({"001-users.sql": "-- migrate:up\n-- migrate:down\n"}, False),
        ({"001_users.up.sql": "CREATE TABLE users (id int);"}, False),
        ({"001_users.sql": "-- +goose Up\nSELECT 1;"}, False),
    ],
)
def test_recognised(folder: Folder, files: dict[str, str], recognised: bool) -> None:
    folder.write(**files)
    assert tern.looks_like(folder.path) is recognised
    assert (folder.format == "tern") is recognised


def test_no_folder_is_not_recognised(folder: Folder) -> None:
    assert tern.looks_like(folder.path / "none") is False


def test_loaded_by_number(folder: Folder) -> None:
    folder.write(**{f"{n:03}_a_{n}.sql": FIRST for n in range(1, 11)}, **{"11-b.sql": "x", "shared/12_c.sql": "x"})
    assert [(m.version, m.key, m.name, m.label) for m in folder.load()][8:] == [
        (9, "9", "a_9", "009_a_9"),
        (10, "10", "a_10", "010_a_10"),
    ]


def test_cut_at_the_separator(folder: Folder) -> None:
    """It may stand anywhere in a line; what follows a second one goes down."""
    found = only(folder, f"\n\nSELECT ';'; -- {LINE}\n\nSELECT 1;\n-- {LINE}\nSELECT 2;\n")
    assert found.up.pieces == (Piece("SELECT ';'; --", 3),)
    assert found.down is not None
    assert found.down.pieces == (Piece(f"SELECT 1;\n-- {LINE}\nSELECT 2;", 5),)
    assert found.irreversible is None


def test_a_half_without_a_transaction_is_cut_into_statements(folder: Folder) -> None:
    found = only(folder, f"{BARE}\nSELECT 1;\nSELECT ';'; SELECT 2\n{LINE}\nSELECT 3; SELECT 4;")
    assert found.up.transaction is False
    assert found.up.pieces == (Piece(f"{BARE}\nSELECT 1;", 1), Piece("SELECT ';';", 3), Piece("SELECT 2", 3))
    assert found.down is not None
    assert (found.down.transaction, found.down.pieces) == (True, (Piece("SELECT 3; SELECT 4;", 5),))


def test_without_a_separator_it_is_irreversible(folder: Folder) -> None:
    found = only(folder, "SELECT 1;")
    assert (found.down, found.irreversible) == (None, f"it has no line {LINE}")


@pytest.mark.parametrize("down", ["", "\n-- nothing\n", "BEGIN; /* nothing */ COMMIT;"])
def test_an_empty_down_is_none(folder: Folder, down: str) -> None:
    found = only(folder, f"SELECT 1; {LINE}{down}")
    assert (found.down, found.irreversible) == (None, None)


def test_templates(folder: Folder) -> None:
    folder.placeholders = {"who": '"O\'Neill"'}
    folder.write(**{"shared/v.sql": "CREATE VIEW {{.who}} AS SELECT 1;\n"})
    found = only(folder, f'{{{{ template "shared/v.sql" . }}}}\n{LINE}\nDROP VIEW {{{{ .who }}}};')
    assert found.up.sql == 'CREATE VIEW "O\'Neill" AS SELECT 1;\n'
    assert found.down is not None
    assert found.down.sql == 'DROP VIEW "O\'Neill";'


def test_all_names_without_a_value_are_told_at_once(folder: Folder) -> None:
    folder.write(**{"1_a.sql": f"\n\nSELECT\n{{{{.b}}}}\n{LINE}\n{{{{.a}}}}", "2_b.sql": "SELECT {{.c}}"})
    with pytest.raises(MigrationError, match=r'/1_a.sql", line 4: no value is set for a, b, c'):
        folder.load("tern")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"-- nothing\n\n{LINE}\nSELECT 1;", "line 1: nothing goes up in this file"),
        ("", "line 1: nothing goes up in this file"),
        ("SELECT 1;\nSELECT {{ if }}", 'line 2: the action "if" is not known here'),
    ],
)
def test_refused(folder: Folder, text: str, error: str) -> None:
    folder.write(**{"1_a.sql": text})
    with pytest.raises(MigrationError, match=rf'"[^"]*/1_a.sql", {error}'):
        folder.load("tern")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"1_a.sql": FIRST, "01_b.sql": FIRST}, "have the same number 1"),
        ({"1_a.sql": FIRST, "3_b.sql": FIRST}, '/3_b.sql" stands where migration 2 should'),
        ({"0_a.sql": FIRST, "1_b.sql": FIRST}, '/0_a.sql" stands where migration 1 should'),
        ({}, "holds no migration of tern"),
    ],
)
def test_a_folder_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("tern")


def test_walk(folder: Folder) -> None:
    """Without a transaction each statement takes effect by itself; an irreversible step ends the way down."""
    folder.write(**{
        "1_users.sql": FIRST,
        "2_label.sql": "CREATE TYPE mood AS ENUM ('glad');",
        "3_index.sql": f"{BARE}\nCREATE INDEX CONCURRENTLY i ON users (id);\nCREATE INDEX CONCURRENTLY j ON users (id);"
        f"\n{LINE}\n{BARE}\nDROP INDEX CONCURRENTLY i; DROP INDEX CONCURRENTLY j;",
        "4_function.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$BEGIN\n  RETURN 1;\nEND;$$;\n"
        f"{LINE}\nDROP FUNCTION f();",
        "5_fails.sql": f"CREATE TABLE t ();\nCREATE INDEX CONCURRENTLY k ON users (id);\n{LINE}\nDROP TABLE t;",
    })  # fmt: skip
    assert folder.walk() == [[], [], [], [], ["up-fails"], ["not-run"]]


@pytest.mark.parametrize(
    ("version", "states", "problems"),
    [
        (0, ["pending", "pending", "pending"], []),
        (2, ["applied", "applied", "pending"], []),
        (4, ["pending", "pending", "pending", "applied, without a file"], ["deleted"]),
    ],
)
def test_status(folder: Folder, version: int, states: list[str], problems: list[str]) -> None:
    folder.write(**{f"{n}_a.sql": FIRST for n in (1, 2, 3)})
    found = folder.status(f"{TABLE} INSERT INTO public.schema_version VALUES ({version})")
    assert found is not None
    assert [entry.state for entry in found.entries] == states
    assert [problem.kind for problem in found.problems] == problems


def test_status_without_a_table(folder: Folder) -> None:
    folder.write(**{"1_a.sql": FIRST})
    assert folder.status("") is None
