from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.session import run_script

from .conftest import Folder

USERS = "CREATE TABLE users (id int);\nCREATE TABLE roles (id int);\n"
PAIR = {"20220721124650_add_users.up.sql": USERS, "20220721124650_add_users.down.sql": "DROP TABLE users, roles;\n"}
SIMPLE = {"0001_add_users.sql": USERS}
TABLE = """
CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
    installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL,
    execution_time bigint NOT NULL);
"""
INSERT = "INSERT INTO _sqlx_migrations VALUES "
# sha384sum of USERS, of which sqlx stores the bytes
CHECKSUM = "1273bb2bb12bdfea646b80b6acc80736edf866dce22690e034ac2b0c94e37c3c9f08f0ebf5ae1e7839bc4247ecad746a"


def cargo(folder: Folder, dependency: str = 'sqlx = "0.8"') -> None:
    (folder.path.parent / "Cargo.toml").write_text(f"[dependencies]\n{dependency}\n")


@pytest.mark.parametrize("files", [PAIR, SIMPLE])
def test_recognised_in_a_project_of_its_own(folder: Folder, files: dict[str, str]) -> None:
    folder.write(**files)
    cargo(folder)
    assert folder.format == "sqlx"


@pytest.mark.parametrize(
    ("files", "dependency", "found"),
    [
        (PAIR, 'postgres = "0.19"', "golang-migrate"),
        (SIMPLE, 'postgres = "0.19"', None),
        ({"001-users.sql": "-- migrate:up\n"}, 'sqlx = "0.8"', None),
        ({"001_users.sql": "-- migrate:up\n"}, 'sqlx = "0.8"', "dbmate"),
        ({"001_users.sql": "-- note\n\n-- +goose Up\n"}, 'sqlx = "0.8"', "goose"),
        ({"001_users.sql": "SELECT 1;\n---- create above / drop below ----\n"}, 'sqlx = "0.8"', "tern"),
        ({"20240101000000_users.sql": "SELECT 1", "atlas.sum": ""}, 'sqlx = "0.8"', "atlas"),
        ({"V1__users.sql": ""}, 'sqlx = "0.8"', "flyway"),
    ],
)
def test_another_tools_folder(folder: Folder, files: dict[str, str], dependency: str, found: str | None) -> None:
    folder.write(**files)
    cargo(folder, dependency)
    assert folder.format == found


def test_loaded(folder: Folder) -> None:
    folder.write(
        **PAIR,
        **{
            "+10_ten_.sql": "SELECT 10",
            "2_a.up.sql": "SELECT 2",
            "2_other.down.sql": "BEGIN; -- nothing\nCOMMIT;",
            "3_a.up.sql": "SELECT 3",
            "4_a.sql": "SELECT 4",
            "4_a.down.sql": "SELECT '",
            "05_gone.down.sql": "SELECT 5",
            "README_first.md": "x",
            "6_folder.sql/x": "x",
        },
    )
    found = folder.load("sqlx")
    assert [(m.version, m.key, m.name, m.label, m.irreversible is not None, m.down and m.down.sql) for m in found] == [
        (1, "2", "a", "2_a", False, None),
        (2, "3", "a", "3_a", False, None),
        (3, "4", "a", "4_a", False, "SELECT '"),
        (4, "10", "ten ", "+10_ten_", True, None),
        (5, "20220721124650", "add users", "20220721124650_add_users", False, "DROP TABLE users, roles;\n"),
    ]
    passed_over = "it has no down: on the way down sqlx passes over it, and undoes what lies before it"
    assert [(m.label, m.notes) for m in found if m.notes] == [
        ("3_a", (passed_over,)),
        ("+10_ten_", (passed_over,)),
        ("20220721124650_add_users", ('"05_gone.down.sql" has no up: sqlx never runs it',)),
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "holds no migration of sqlx"),
        ({"1_a.down.sql": ""}, "holds no migration of sqlx"),
        ({"1_a.sql": "", "01_b.up.sql": ""}, "have the same version 1"),
        ({"1_a.sql": "", "1_a.down.sql": "", "+1_b.down.sql": ""}, "have the same version 1"),
        ({"1_a.sql": "", "x_b.sql": ""}, 'x_b.sql" does not begin with a whole number of 64 bits'),
        ({"1_a.sql": "", "._1_a.sql": ""}, "does not begin with a whole number"),
        ({"9223372036854775808_a.sql": ""}, "does not begin with a whole number"),
        ({"1_a.sql": "\ufeffSELECT 1"}, "begins with a byte order mark"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("sqlx")


def test_a_linked_file_counts(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "users").write_text(USERS)
    (folder.path / "1_users.sql").symlink_to(tmp_path / "users")
    assert [m.label for m in folder.load("sqlx")] == ["1_users"]


def test_walked(folder: Folder) -> None:
    """A file is one query; the mark holds for its own file alone, and must be what the file begins with."""
    folder.write(
        **PAIR,
        **{
            "20220721125033_index.up.sql": "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON users (id)",
            "20220721125033_index.down.sql": "-- no-transaction at all\nDROP INDEX CONCURRENTLY i;",
            "20220721130000_body.up.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql "
            "AS $$BEGIN PERFORM 1; RETURN 2; END$$; CREATE TABLE t (a int DEFAULT f());",
            "20220721130000_body.down.sql": "DROP TABLE t; DROP FUNCTION f();",
            "20220721140000_simple.sql": "CREATE TABLE s (a int)",
            "20220721150000_two.sql": "-- no-transaction\nSELECT 1; CREATE INDEX CONCURRENTLY j ON users (id)",
        },
    )
    assert folder.walk("sqlx") == [[], [], [], [], ["up-fails"], ["not-run"]]


def test_a_mark_below_the_first_line_is_none(folder: Folder) -> None:
    folder.write(**PAIR, **{"20220721125033_i.sql": "\n-- no-transaction\nCREATE INDEX CONCURRENTLY i ON users (id)"})
    assert folder.walk("sqlx") == [[], ["up-fails"], ["not-run"]]


def test_a_failing_down_names_its_own_file(folder: Folder) -> None:
    folder.write(**{"1_a.up.sql": "SELECT 1", "1_a.down.sql": "SELECT 1;\nDROP TABLE nowhere;"})
    [found] = folder.load("sqlx")
    assert found.down is not None
    with (
        psycopg.connect(folder.database.dsn, autocommit=True) as connection,
        pytest.raises(ScriptError, match=r'1_a\.down\.sql", line 2: table "nowhere" does not exist'),
    ):
        run_script(connection, found.down, path=found.path)


def test_status(folder: Folder) -> None:
    folder.write(**SIMPLE, **{"2_b.sql": "SELECT 2", "3_c.sql": "", "4_d.sql": "", "5_e.sql": ""})
    assert folder.status("", "sqlx") is None
    empty = hashlib.sha384().hexdigest()

    found = folder.status(
        f"{TABLE} {INSERT} (1, 'add users', '2024-01-02 03:04:05Z', true, '\\x{CHECKSUM}', 1),"
        f" (2, 'b', now(), true, '\\x00', 1), (4, 'd', now(), false, '\\x{empty}', -1),"
        f" (9, 'lost one', now(), true, '\\x00', 1)",
        "sqlx",
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("0001_add_users", "applied"),
        ("2_b", "applied"),
        ("3_c", "pending"),
        ("4_d", "dirty"),
        ("5_e", "pending"),
        ("lost one", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [
        ("edited", 2),
        ("unfinished", 4),
        ("deleted", 0),
        ("out of order", 3),
    ]
    assert "sqlx applies it" in found.problems[-1].text
    assert found.entries[0].applied_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_checksum_is_of_the_bytes(folder: Folder) -> None:
    (folder.path / "1_a.sql").write_bytes(b"SELECT 1;\r\n")
    assert folder.load("sqlx")[0].checksum == hashlib.sha384(b"SELECT 1;\r\n").hexdigest()
