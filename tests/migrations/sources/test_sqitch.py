from __future__ import annotations

import hashlib

import psycopg
import pytest

from pgassay.errors import BlindError, MigrationError
from pgassay.migrations.session import run_script

from .conftest import Folder

pytestmark = pytest.mark.thorough

CONF = "[core]\n\tengine = pg\n"
BY = "2024-01-31T12:00:00Z Ann O. Nym <ann@example.com>"
PLAN = f"""%syntax-version=1.0.0
%project=flipr

appschema {BY} # The schema.
users [appschema] {BY}
@v1 {BY} # First.
"""
SCRIPTS = {
    "deploy/appschema.sql": "-- Deploy appschema\nBEGIN;\nCREATE SCHEMA flipr;\nCOMMIT;\n",
    "revert/appschema.sql": "BEGIN;\nDROP SCHEMA flipr;\nCOMMIT;\n",
    "deploy/users.sql": "BEGIN;\nCREATE TABLE flipr.users (id int);\nCOMMIT;\n",
    "revert/users.sql": "BEGIN;\nDROP TABLE flipr.users;\nCOMMIT;\n",
    "verify/users.sql": "BEGIN;\nSELECT id FROM flipr.users WHERE false;\nROLLBACK;\n",
}
PROJECT = {"sqitch.conf": CONF, "sqitch.plan": PLAN, **SCRIPTS}
TABLES = """
CREATE SCHEMA sqitch;
CREATE TABLE sqitch.projects (project TEXT PRIMARY KEY, uri TEXT NULL UNIQUE);
CREATE TABLE sqitch.changes (
    change_id TEXT PRIMARY KEY, script_hash TEXT NULL, change TEXT NOT NULL,
    project TEXT NOT NULL REFERENCES sqitch.projects(project) ON UPDATE CASCADE, note TEXT NOT NULL DEFAULT '',
    committed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), UNIQUE(project, script_hash)
);
INSERT INTO sqitch.projects VALUES ('flipr', NULL), ('other', 'https://example.com/');
"""


def _row(key: str, name: str, script: str | None, project: str = "flipr") -> str:
    quoted = "NULL" if script is None else f"'{script}'"
    return f"INSERT INTO sqitch.changes VALUES ('{key}', {quoted}, '{name}', '{project}');"


def _hash(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def test_recognised(folder: Folder) -> None:
    folder.write(**PROJECT)
    assert folder.format == "sqitch"


@pytest.mark.parametrize("name", ["001_a.up.sql", "001-a.sql", "deploy/a.sql", "V1__a.sql"])
def test_other_folders_are_not_taken(folder: Folder, name: str) -> None:
    folder.write(**{name: "-- migrate:up\nSELECT 1;" if "-" in name else "SELECT 1;"})
    assert folder.format != "sqitch"


def test_loaded(folder: Folder) -> None:
    folder.write(**PROJECT)
    found = folder.load()
    assert [(m.version, m.label, m.project, m.checksum, m.verify is not None, m.notes) for m in found] == [
        (1, "appschema", "flipr", _hash(SCRIPTS["deploy/appschema.sql"]), False, ()),
        (2, "users", "flipr", _hash(SCRIPTS["deploy/users.sql"]), True, ()),
    ]
    assert [p.sql for p in found[1].up.pieces or ()] == ["BEGIN;", "CREATE TABLE flipr.users (id int);", "COMMIT;"]


def test_reworked(folder: Folder) -> None:
    """Scripts of a change that is changed again are found by a tag in between: the newest one that has a script."""
    folder.write(
        **{
            "sqitch.plan": f"%project=p\n\na {BY}\n@v1 {BY}\nb {BY}\n@v2 {BY}\n@v3 {BY}\n"
            f"a [a@v1] {BY}\n@v4 {BY}\na {BY}\n",
            "deploy/a@v1.sql": "SELECT 1;",
            "deploy/a@v4.sql": "SELECT 2;",
            "revert/a@v4.sql": "SELECT -2;",
            "deploy/a.sql": "SELECT 3;",
            "deploy/b.sql": "SELECT 4;",
        }
    )
    assert [(m.label, m.name, m.up.sql, m.down and m.down.sql) for m in folder.load()] == [
        ("a@v1", "a", "SELECT 1;", None),
        ("b", "b", "SELECT 4;", None),
        ("a@v4", "a", "SELECT 2;", "SELECT -2;"),
        ("a", "a", "SELECT 3;", None),
    ]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"deploy/other.sql": ""}, r'deploy/users.sql", the deploy script of "users", does not exist'),
        ({"deploy/users.sql": "\nSELECT 1 \\gexec"}, r'deploy/users.sql", line 2: "\\gexec" of psql'),
        (
            {"deploy/users.sql": "", "revert/users.sql": "SELECT :x"},
            r'revert/users.sql", line 1: no value is set for x',
        ),
        ({"deploy/users.sql": "SELECT :y", "revert/users.sql": "SELECT :x"}, "no value is set for x, y"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**{**PROJECT, **files})
    if "deploy/users.sql" not in files:
        (folder.path / "deploy" / "users.sql").unlink()
    with pytest.raises(MigrationError, match=error):
        folder.load()


def test_a_verify_that_cannot_be_run_is_blind(folder: Folder) -> None:
    folder.write(**{**PROJECT, "verify/users.sql": "SELECT 1 AS x \\gset"})
    users = folder.load()[1]
    assert users.verify is not None
    with (
        psycopg.connect(folder.database.dsn, autocommit=True) as connection,
        pytest.raises(BlindError, match=r'verify/users\.sql", line 1: "\\gset" of psql cannot be run here'),
    ):
        run_script(connection, users.verify, path=users.path)


def test_a_revert_of_nothing_is_none(folder: Folder) -> None:
    folder.write(**{**PROJECT, "revert/users.sql": "-- XXX\nBEGIN;\n\\echo nothing\nCOMMIT;"})
    assert [m.down is None for m in folder.load()] == [False, True]


def test_walked(folder: Folder) -> None:
    """A script has no transaction but its own; what stands before its error stays where it has none."""
    names = ("index", "function", "rows", "fails", "never")
    folder.write(
        **PROJECT,
        **{
            "deploy/index.sql": "CREATE INDEX CONCURRENTLY ON flipr.users (id);\n"
            "CREATE INDEX CONCURRENTLY i ON flipr.users (id);",
            "revert/index.sql": "DROP INDEX CONCURRENTLY flipr.users_id_idx;\nDROP INDEX CONCURRENTLY flipr.i;",
            "deploy/function.sql": "\\set body '$$SELECT 1;$$'\n"
            "CREATE FUNCTION flipr.f() RETURNS int LANGUAGE sql AS :body;\n"
            "CREATE FUNCTION flipr.g() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$",
            "revert/function.sql": "DROP FUNCTION flipr.f, flipr.g;",
            "deploy/rows.sql": "BEGIN;\nCOPY flipr.users FROM stdin;\n1\n2\n\\.\n"
            "DO $$ BEGIN ASSERT (SELECT array_agg(id) FROM flipr.users) = '{1,2}'; END $$;\nCOMMIT;",
            "revert/rows.sql": "DELETE FROM flipr.users;",
            "deploy/fails.sql": "CREATE TABLE flipr.t ();\nSELECT 1/0;",
            "deploy/never.sql": "",
        },
    )
    folder.write(**{"sqitch.plan": PLAN + "".join(f"{name} {BY}\n" for name in names)})
    assert folder.walk() == [[], [], [], [], [], ["up-fails"], ["not-run"], ["not-run"]]


def test_an_error_in_a_revert_names_its_file(folder: Folder) -> None:
    folder.write(**{**PROJECT, "revert/users.sql": "BEGIN;\nDROP TABLE flipr.users;\nCOMMIT;"})
    down = folder.load()[1].down
    assert down is not None
    with (
        psycopg.connect(folder.database.dsn, autocommit=True) as connection,
        pytest.raises(MigrationError, match=r'revert/users.sql", line 2: schema "flipr" does not exist'),
    ):
        run_script(connection, down, path=folder.path / "deploy" / "users.sql")


def test_status(folder: Folder) -> None:
    """Changes of other projects in the same table are passed over."""
    folder.write(**PROJECT)
    assert folder.status("") is None
    first, _ = folder.load()

    found = folder.status(TABLES + _row(first.key, "appschema", "0" * 40) + _row("1" * 40, "x", None, "other"))

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [("appschema", "applied"), ("users", "pending")]
    assert [(p.kind, p.version) for p in found.problems] == [("edited", 1)]


def test_a_line_of_the_plan_was_edited(folder: Folder) -> None:
    """Ids are a chain: the change is another one for sqitch, and so are all behind it."""
    folder.write(**PROJECT)
    rows = [_row(m.key, m.name, m.checksum) for m in folder.load()]
    folder.write(**{"sqitch.plan": PLAN.replace("users [appschema]", "users")})

    found = folder.status(TABLES + "".join(rows))

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("appschema", "applied"),
        ("users", "pending"),
        ("users", "applied, without a file"),
    ]
    assert [p.kind for p in found.problems] == ["deleted"]


def test_out_of_order(folder: Folder) -> None:
    """An old table has the id in place of the script's hash, which says nothing."""
    folder.write(**PROJECT)
    _, second = folder.load()
    found = folder.status(TABLES + _row(second.key, "users", second.key))
    assert found is not None
    assert [(p.kind, p.version, p.text.rpartition("; ")[2]) for p in found.problems] == [
        ("out of order", 1, "sqitch refuses to go on")
    ]
