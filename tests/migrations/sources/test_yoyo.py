from __future__ import annotations

import sys

import psycopg
import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.session import run_script
from pgassay.migrations.sources.yoyo import FORMAT

from .conftest import Folder

pytestmark = pytest.mark.thorough

FIRST = {
    "0001.users.sql": "-- users\n-- depends:\n\nCREATE TABLE users (id int);\nCREATE TABLE roles (id int);\n",
    "0001.users.rollback.sql": "DROP TABLE users;\nDROP TABLE roles;",
}
STEPS = '''
"""Two tables."""
from yoyo import group, step

__depends__ = {"0001.users"}

steps = [
    step("CREATE TABLE a (id int)", "DROP TABLE a"),
    group([step(apply="CREATE TABLE b (id int references a_)", rollback=None)]),
]
'''
# Of yoyo/internalmigrations/v2.py, by its columns.
TABLE = """
CREATE TABLE _yoyo_migration (
    migration_hash varchar(64) PRIMARY KEY, migration_id varchar(255), applied_at_utc timestamp
);
INSERT INTO _yoyo_migration
SELECT encode(sha256(id::bytea), 'hex'), id, '2026-01-02 03:04:05' FROM unnest('{%s}'::text[]) AS id
"""


@pytest.mark.parametrize(
    "files",
    [
        {"a.sql": "SELECT 1", "a.rollback.sql": ""},
        {"1.sql": "SELECT 1", "2.sql": "SELECT 2", "3.sql": "--\n-- depends: 1\nSELECT 3", "README.md": ""},
        {"0001.users.sql": "-- Users\n--depends: \nSELECT 1"},
        {"__init__.py": "from yoyo import step\n"},
    ],
)
def test_recognised(folder: Folder, files: dict[str, str]) -> None:
    folder.write(**files)
    assert folder.format == "yoyo"


@pytest.mark.parametrize(
    "files",
    [
        {"1_a.up.sql": "SELECT 1", "1_a.down.sql": ""},
        {"001-a.sql": "-- migrate:up\nSELECT 1"},
        {"V1__a.sql": "SELECT 1;\n-- depends: on nothing", "U1__a.sql": ""},
        {"a.rollback.sql": ""},
        {"a.py": "import yoyo"},
    ],
)
def test_not_taken_for_it(folder: Folder, files: dict[str, str]) -> None:
    folder.write(**files)
    assert not FORMAT.looks_like(folder.path)


def test_loaded_in_the_order_of_what_depends_on_what(folder: Folder) -> None:
    folder.write(
        **FIRST,
        **{"0000.late.sql": "-- depends: 0002.b\n--depends: 0001.users", "0002.b.sql": "", "_tmp_yoyonew1.sql": "x"},
        **{"0002.b.rollback.sql": "-- nothing\nCOMMIT;", "README.md": ""},
    )
    found = folder.load()
    assert [(m.version, m.label, m.key[:8], m.down is None) for m in found] == [
        (1, "0001.users", "fafccf06", False),
        (2, "0002.b", "b55fceb8", True),
        (3, "0000.late", "9581b6bb", True),
    ]


def test_each_statement_is_sent_behind_a_savepoint(folder: Folder) -> None:
    folder.write(**FIRST)
    (found,) = folder.load()
    assert [(piece.line, piece.sql) for piece in found.up.pieces or ()] == [
        (4, 'SAVEPOINT "sp_1"'),
        (4, "CREATE TABLE users (id int);"),
        (5, 'SAVEPOINT "sp_2"'),
        (5, "CREATE TABLE roles (id int);"),
    ]
    assert found.down is not None
    assert [piece.sql for piece in found.down.pieces or ()][1::2] == ["DROP TABLE users;", "DROP TABLE roles;"]


def test_steps_in_python(folder: Folder) -> None:
    folder.write(**FIRST, **{"0002.py": STEPS, "__init__.py": "", "post-apply.sql": "", "post-apply-b.py": "import os"})
    found = folder.load()
    assert [(m.label, m.notes) for m in found] == [
        ("0001.users", ()),
        ("0002", ()),
        (
            "__init__",
            (
                "not run: post-apply-b.py, which yoyo runs whenever it has applied something",
                "not run: post-apply.sql, which yoyo runs whenever it has applied something",
            ),
        ),
    ]
    assert [(piece.line, piece.sql) for piece in found[1].up.pieces or ()][1::2] == [
        (8, "CREATE TABLE a (id int)"),
        (9, "CREATE TABLE b (id int references a_)"),
    ]
    assert found[1].down is not None
    assert [piece.sql for piece in found[1].down.pieces or ()][1::2] == ["DROP TABLE a"]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "holds no migration of yoyo"),
        ({"a.sql": "", "a.py": ""}, 'have the same id "a"'),
        ({"a.sql": "-- depends: b c"}, r'a.sql" depends on "b", and there is no such migration'),
        ({"a.sql": "-- depends: b", "b.sql": "-- depends: a"}, "in a circle: a, b"),
        ({"a.sql": "\n-- transactional: no\nSELECT 1"}, r'a.sql", line 2: transactional is "no"'),
        ({"a.py": "x ="}, r'a.py", line 1: no Python: invalid syntax'),
        ({"a.py": "from yoyo import step\nstep(lambda c: 1)"}, r'a.py", line 2: Python that is more than a step'),
        ({"a.py": "import os"}, "line 1: Python that is more"),
        ({"a.py": "from yoyo import step as s"}, "line 1: Python that is more"),
        ({"a.py": "step('x', 'y', 'all')"}, "line 1: Python that is more"),
        ({"a.py": "step('x', ignore_errors='all')"}, "line 1: Python that is more"),
        ({"a.py": "def f(): pass"}, "line 1: Python that is more"),
        ({"a.py": "__depends__ = 1"}, "line 1: Python that is more"),
        ({"a.py": "__depends__ = {f()}"}, "line 1: Python that is more"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("yoyo")


def test_without_sqlparse(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(**FIRST)
    monkeypatch.setitem(sys.modules, "sqlparse", None)
    with pytest.raises(MigrationError, match="sqlparse is not installed"):
        folder.load()


def test_walked(folder: Folder) -> None:
    """A COMMIT leaves the transaction that the next savepoint needs."""
    body = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;\nSELECT f();"
    folder.write(
        **FIRST,
        **{
            "0002.py": "from yoyo import step\nstep('CREATE TABLE a (); CREATE TABLE b ()', 'DROP TABLE a, b')",
            "0003.index.sql": "-- transactional: FALSE\nCREATE INDEX CONCURRENTLY i ON users (id);",
            "0003.index.rollback.sql": "DROP INDEX CONCURRENTLY i;",
            "0004.body.sql": body,
            "0004.body.rollback.sql": "DROP FUNCTION f();",
            "0005.own.sql": "CREATE TABLE c (i int);\nCOMMIT;\nCREATE TABLE d (i int);",
        },
    )
    assert folder.walk() == [[], [], [], [], ["up-fails"], ["not-run"]]


def test_the_file_of_a_failing_down_is_named(folder: Folder) -> None:
    folder.write(**{"a.sql": "SELECT 1;", "a.rollback.sql": "SELECT 1;\nSELECT x;"})
    (found,) = folder.load()
    assert found.down is not None
    with (
        psycopg.connect(folder.database.dsn, autocommit=True) as connection,
        pytest.raises(MigrationError, match=r'a\.rollback\.sql", line 2: column "x" does not exist'),
    ):
        run_script(connection, found.down, path=found.path)


def test_status(folder: Folder) -> None:
    folder.write(**FIRST, **{"0000.slipped.sql": "", "0002.new.sql": ""})
    assert folder.status("") is None

    found = folder.status(TABLE % "0001.users,gone")

    assert found is not None
    assert [(e.name, e.state, e.applied_at is not None and e.applied_at.isoformat()) for e in found.entries] == [
        ("0000.slipped", "pending", False),
        ("0001.users", "applied", "2026-01-02T03:04:05+00:00"),
        ("0002.new", "pending", False),
        ("gone", "applied, without a file", "2026-01-02T03:04:05+00:00"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("deleted", 0), ("out of order", 1)]
