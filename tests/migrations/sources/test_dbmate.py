from __future__ import annotations

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources import dbmate

from .conftest import Folder

FIRST = "-- migrate:up\nCREATE TABLE users (id int);\n-- migrate:down\nDROP TABLE users;\n"
TABLE = "CREATE TABLE schema_migrations (version varchar PRIMARY KEY);"


@pytest.mark.parametrize(
    ("name", "text", "recognised"),
    [
        ("20260102030405_users.sql", FIRST, True),
        ("1.sql", FIRST.replace("-- ", "--"), True),
        ("001-users.sql", FIRST, False),
        ("001_users.up.sql", "CREATE TABLE users (id int);", False),
        ("001_users.sql", "-- +goose Up\nSELECT 1;", False),
        ("001_users.sql", "SELECT 'x -- migrate:up';", False),
    ],
)
def test_recognised(folder: Folder, name: str, text: str, recognised: bool) -> None:
    folder.write(**{name: text})
    assert dbmate.looks_like(folder.path) is recognised
    assert (folder.format == "dbmate") is recognised


def test_no_folder_is_not_recognised(folder: Folder) -> None:
    assert dbmate.looks_like(folder.path / "none") is False


def test_sorted_as_text(folder: Folder) -> None:
    folder.write(**{"10_b.sql": FIRST, "9_a.sql": FIRST, "10a.sql.bak": "x", "x_1.sql": "x"})
    found = folder.load()
    assert [(m.version, m.key, m.name, m.label) for m in found] == [(1, "10", "b", "10_b"), (2, "9", "a", "9_a")]


def test_cut_at_the_markers(folder: Folder) -> None:
    """What another lexer would take for a part of a string is a marker all the same."""
    folder.write(**{
        "1_a.sql": "-- says\n\n--migrate:up transaction:true transaction:false x\nSELECT ';\n"
        "-- migrate:downwards\n--\tmigrate:down\nSELECT 1"
    })  # fmt: skip
    (found,) = folder.load("dbmate")
    assert found.up.pieces is not None
    assert [(p.sql, p.line) for p in found.up.pieces] == [
        ("--migrate:up transaction:true transaction:false x\nSELECT ';\n-- migrate:downwards\n", 3)
    ]
    assert found.up.transaction is False
    assert found.down is not None
    assert (found.down.sql, found.down.line, found.down.transaction) == ("--\tmigrate:down\nSELECT 1", 6, True)


def test_an_empty_down_is_none(folder: Folder) -> None:
    folder.write(**{"1_a.sql": "-- migrate:up\n-- migrate:down\n\n-- nothing\nBEGIN; COMMIT;"})
    (found,) = folder.load()
    assert found.down is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT 1", "line 1: no -- migrate:up is in this file"),
        (" -- migrate:up\n -- migrate:down", "line 1: no -- migrate:up is in this file"),
        ("-- migrate:up\n", "line 1: no -- migrate:down follows the up"),
        ("-- migrate:down\n-- migrate:up\n", "line 2: no -- migrate:down follows the up"),
        (f"--\n/* a */\n{FIRST}", "line 2: text other than comments stands before -- migrate:up"),
        (FIRST + FIRST, "line 5: a second pair: dbmate fails on it"),
        (f"{FIRST}-- migrate:down\n", "line 5: a second pair: dbmate fails on it"),
        (f"-- migrate:up\n{FIRST}", "line 2: a second pair: dbmate fails on it"),
    ],
)
def test_refused(folder: Folder, text: str, error: str) -> None:
    folder.write(**{"1_a.sql": text})
    with pytest.raises(MigrationError, match=rf'"[^"]*/1_a.sql", {error}'):
        folder.load("dbmate")


def test_one_version_twice(folder: Folder) -> None:
    folder.write(**{"1_a.sql": FIRST, "1_b.sql": FIRST, "01_c.sql": FIRST})
    with pytest.raises(MigrationError, match=r'1_a.sql" and .*1_b.sql" have the same version 1'):
        folder.load()


def test_none(folder: Folder) -> None:
    with pytest.raises(MigrationError, match="holds no migration of dbmate"):
        folder.load("dbmate")


def test_walk(folder: Folder) -> None:
    """A half is one query: two indexes cannot be built concurrently in one, not even without a transaction."""
    index = "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY {0} ON users (id);\n"
    folder.write(**{
        "1_users.sql": FIRST,
        "2_index.sql": index.format("i") + "-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY i;",
        "3_function.sql": "-- migrate:up\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$BEGIN\n"
        "-- migrate:upwards;\nRETURN 1; END$$;\n-- migrate:down\nDROP FUNCTION f();",
        "4_two.sql": index.format("j") + "CREATE INDEX CONCURRENTLY k ON users (id);\n-- migrate:down\n",
    })  # fmt: skip
    assert folder.walk() == [[], [], [], ["up-fails"], ["not-run"]]


def test_a_commit_within_the_transaction_fails(folder: Folder) -> None:
    """The driver of dbmate finds its transaction gone, when all has taken effect."""
    own = "BEGIN; CREATE TABLE t (); COMMIT;\n-- migrate:down{0}\nBEGIN; DROP TABLE t; COMMIT;"
    folder.write(**{
        "1_a.sql": f"-- migrate:up transaction:false\n{own.format(' transaction:false')}",
        "2_b.sql": f"-- migrate:up\n{own.format('')}",
    })  # fmt: skip
    assert folder.walk() == [[], ["up-fails"], ["not-run"]]


def test_status(folder: Folder) -> None:
    folder.write(**{f"{n}_a.sql": FIRST for n in ("001", "002", "003", "004")})
    assert folder.status("") is None

    found = folder.status(f"{TABLE} INSERT INTO schema_migrations VALUES ('001'), ('003'), ('2')")

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("001_a", "applied"),
        ("002_a", "pending"),
        ("003_a", "applied"),
        ("004_a", "pending"),
        ("2", "applied, without a file"),
    ]
    assert [(p.kind, p.text.split(", and ")[-1]) for p in found.problems] == [
        ("deleted", "there is no file of it"),
        ("out of order", "lies before what is; dbmate applies it"),
    ]
