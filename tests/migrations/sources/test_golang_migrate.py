from __future__ import annotations

import pytest

from pgassay.errors import MigrationError

from .conftest import Folder

PAIR = {
    "000001_users.up.sql": "CREATE TABLE users (id int);\nCREATE TABLE roles (id int);\n",
    "000001_users.down.sql": "DROP TABLE users, roles;",
}
TABLE = "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);"


def test_recognised(folder: Folder) -> None:
    folder.write(**PAIR)
    assert folder.format == "golang-migrate"


def test_loaded(folder: Folder) -> None:
    folder.write(
        **PAIR,
        **{"10_b.up.sql": "SELECT 1", "2_c.up.sql": "SELECT 2", "2_other.down.sql": "-- nothing", "README.md": "x"},
    )
    found = folder.load()
    assert [(m.version, m.key, m.name, m.label) for m in found] == [
        (1, "1", "users", "000001_users"),
        (2, "2", "c", "2_c"),
        (3, "10", "b", "10_b"),
    ]
    assert found[0].down is not None
    assert (found[1].down, found[2].down) == (None, None)


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"1_a.down.sql": "x"}, r'"[^"]*/1_a.down.sql" has no up'),
        ({"1_a.up.sql": "", "01_b.up.sql": ""}, "have the same version 1"),
        ({}, "holds no migration of golang-migrate"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("golang-migrate")


def test_a_file_is_one_query(folder: Folder) -> None:
    """So it is whole or not at all, an index can be built concurrently where it is alone, and COMMIT is allowed."""
    folder.write(
        **PAIR,
        **{
            "000002_index.up.sql": "CREATE INDEX CONCURRENTLY i ON users (id)",
            "000002_index.down.sql": "DROP INDEX CONCURRENTLY i;",
            "000003_own.up.sql": "BEGIN; CREATE TABLE t (a int); COMMIT;",
            "000003_own.down.sql": "BEGIN; DROP TABLE t; COMMIT;",
            "000004_two.up.sql": "DROP TABLE IF EXISTS x; CREATE INDEX CONCURRENTLY j ON users (id)",
        },
    )
    assert folder.walk() == [[], [], [], ["up-fails"], ["not-run"]]


def test_status(folder: Folder) -> None:
    folder.write(**PAIR, **{"2_a.up.sql": "", "3_b.up.sql": "SELECT 1"})
    assert folder.status("") is None

    found = folder.status(f"{TABLE} INSERT INTO schema_migrations VALUES (2, true)")

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("000001_users", "applied"),
        ("2_a", "dirty"),
        ("3_b", "pending"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("unfinished", 2)]


def test_a_version_without_a_file(folder: Folder) -> None:
    folder.write(**PAIR)
    found = folder.status(f"{TABLE} INSERT INTO schema_migrations VALUES (7, false)")
    assert found is not None
    assert [(p.kind, p.text) for p in found.problems] == [
        ("deleted", "golang-migrate has applied 7, and there is no file of it")
    ]


def test_multi_statement_mode(folder: Folder) -> None:
    """As many indexes as one likes, concurrently; a semicolon within a string cuts as well."""
    text = "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nCREATE INDEX CONCURRENTLY j ON a (id);\n"
    folder.write(**{"1_a.up.sql": text, "1_a.down.sql": "DROP TABLE a;", "2_b.up.sql": "SELECT ';'"})
    folder.placeholders = {"x-multi-statement": "true"}
    first, second = folder.load()
    assert [(piece.line, piece.sql.strip()) for piece in second.up.pieces or ()] == [(1, "SELECT ';"), (1, "'")]
    assert len(first.up.pieces or ()) == 3
    (folder.path / "2_b.up.sql").unlink()
    assert folder.walk() == [[], []]
    folder.placeholders = {}
    assert "cannot run inside a transaction block" in folder.failure()


def test_multi_statement_mode_is_true_or_false(folder: Folder) -> None:
    folder.write(**{"1_a.up.sql": ""})
    folder.placeholders = {"x-multi-statement": "1"}
    with pytest.raises(MigrationError, match=r'x-multi-statement is "1" in \[placeholders\]'):
        folder.load()
