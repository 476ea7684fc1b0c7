from __future__ import annotations

import hashlib

import psycopg
import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.session import run_script

from .conftest import Folder

pytestmark = pytest.mark.thorough

# A text and its hash from the tool's own tests (__tests__/helpers.ts).
FIRST = (
    "--! Previous: -\n--! Hash: sha1:e00ec93314a423ee5cc68d1182ad52f16442d7df\n\n"
    "create table if not exists foo (id serial primary key);\n"
)
FIRST_HASH = "sha1:e00ec93314a423ee5cc68d1182ad52f16442d7df"
TABLE = """
create schema graphile_migrate;
create table graphile_migrate.migrations (
    hash text primary key, previous_hash text references graphile_migrate.migrations,
    filename text not null, date timestamptz not null default now()
);
"""


def chain(**bodies: str) -> dict[str, str]:
    """Commit texts by name, one behind the other."""
    files, previous = {}, ""
    for name, body in bodies.items():
        text = f"{previous}\n{body.strip()}".strip() + "\n"
        digest = f"sha1:{hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()}"
        files[f"committed/{name}"] = f"--! Previous: {previous or '-'}\n--! Hash: {digest}\n\n{body}\n"
        previous = digest
    return files


def applied(name: str, digest: str) -> str:
    return f"insert into graphile_migrate.migrations (hash, filename) values ('{digest}', '{name}');"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"committed/000001.sql": FIRST}, True),
        ({"000001-a.sql": FIRST}, True),
        ({"000001-a.sql": "-- migrate:up\n"}, False),
        ({"000001_a.sql": FIRST}, False),
        ({"1_a.up.sql": ""}, False),
        ({"current.sql": ""}, False),
    ],
)
def test_recognised(folder: Folder, files: dict[str, str], *, found: bool) -> None:
    folder.write(**files)
    assert ("graphile-migrate" in folder.candidates) is found


@pytest.mark.parametrize("inside", [False, True])
def test_loaded(folder: Folder, *, inside: bool) -> None:
    """Numbers are in order as text; what is being written is no step yet."""
    files = chain(**{"1.sql": "select 1;", "10-b.sql": "\n\nselect 2;\n", "9-c-d.sql": "select 3;"})
    folder.write(**files, **{"current.sql": "select 4;", "current/1.sql": "-- nothing", "committed/notes.sql": "x"})
    if inside:
        folder.path /= "committed"
    found = folder.load()
    assert [(m.version, m.key, m.name, m.label, m.up.line, m.up.sql) for m in found] == [
        (1, "1.sql", "", "1", 4, "select 1;\n"),
        (2, "10.sql", "b", "10-b", 6, "select 2;\n"),
        (3, "9.sql", "c-d", "9-c-d", 4, "select 3;\n"),
    ]
    assert [m.notes for m in found] == [(), (), ("current.sql is not committed, and not run",)]
    assert {m.irreversible for m in found} == {"graphile-migrate has no way down"}


def test_the_hash_is_the_tools(folder: Folder) -> None:
    folder.write(**{"committed/000001.sql": FIRST})
    assert folder.load()[0].checksum == FIRST_HASH


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, "holds no migration of graphile-migrate"),
        ({"1.sql": "select 1;"}, "no blank line behind the headers"),
        ({"1.sql": "\nselect 1;"}, "no header Previous"),
        ({"1.sql": "--! Previous: -\n\nx"}, "no header Hash"),
        ({"1.sql": "--! Previous: -\n--! Previous: -\n\nx"}, "the header Previous is there twice"),
        ({"1.sql": "--! Previous: -\r\n--! Hash: x\r\n\r\nx"}, "the lines end in CRLF"),
        ({"1.sql": FIRST + "-- more"}, "not the one in its header"),
        ({"1.sql": FIRST.replace("\n\n", "\n--! AllowInvalidHash\n\n")}, "take AllowInvalidHash out"),
        ({"1.sql": FIRST, "2.sql": FIRST}, f'2.sql": follows nothing, and what lies before it is {FIRST_HASH}'),
        ({"1.sql": FIRST.replace("-\n", "sha1:0\n", 1)}, "follows sha1:0, and what lies before it is nothing"),
        ({"1-a.sql": FIRST, "1-b.sql": FIRST}, "have the same number 1"),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write()
    for name, text in files.items():
        (folder.path / name).write_bytes(text.encode())
    with pytest.raises(MigrationError) as raised:
        folder.load("graphile-migrate")
    assert error in f"{raised.value} {raised.value.hint}"


def test_an_invalid_hash_may_be_allowed(folder: Folder) -> None:
    folder.write(**{"1.sql": FIRST.replace("\n\n", "\n--! AllowInvalidHash\n--! Message: x\n\n-- more\n")})
    assert [m.label for m in folder.load()] == ["1"]


def test_up(folder: Folder) -> None:
    folder.write(
        **chain(
            **{
                "1.sql": "create table users (id int);\ncreate function f() returns int language sql as 'select 1; ;';",
                "2.sql": "--! no-transaction\ncreate index concurrently i on users (id);",
                "3.sql": "select 1;\n--! no-transaction\ncreate index concurrently j on users (id);",
                "4.sql": "select 1;",
            }
        )
    )
    assert folder.walk() == [[], [], ["up-fails"], ["not-run"], ["not-run"]]


SETTINGS = """{
  // "placeholders": { ":NEVER": "x" },
  "pgSettings": { "search_path": "app, public" /* , */ },
  "placeholders": {
    ":VISITOR": "a//b",
    ":SECRET": "!ENV",
    ":OTHER": "!ENV",
  },
  "afterReset": ["x.sql"],
}"""


def test_placeholders(folder: Folder) -> None:
    """As the project's settings say; `:NAME` that is none of them stays."""
    folder.write(**chain(**{"1.sql": "select ':VISITOR :VISITORS :NEVER :SECRET', a::VISITOR;"}), **{".gmrc": SETTINGS})
    with pytest.raises(MigrationError, match=r'1.sql", line 4: no value is set for SECRET'):
        folder.load()
    folder.placeholders = {"SECRET": "s"}
    assert folder.load()[0].up.sql == "select 'a//b :VISITORS :NEVER s', a:a//b;\n"
    assert folder.load()[0].notes == ("afterReset of .gmrc is not run",)


def test_all_that_has_no_value_is_told_at_once(folder: Folder) -> None:
    folder.write(
        **chain(**{"1.sql": "select 1;", "2.sql": "select\n:SECRET;", "3.sql": ":OTHER;"}), **{".gmrc": SETTINGS}
    )
    with pytest.raises(MigrationError, match=r'2.sql", line 5: no value is set for OTHER, SECRET'):
        folder.load()


def test_the_session_has_the_projects_settings_and_its_own_name(folder: Folder) -> None:
    folder.write(
        **chain(
            **{
                "1.sql": "create schema app;",
                "2.sql": "create table t ();\nalter database :DATABASE_NAME set work_mem to '8MB';\n"
                "alter table app.t owner to :DATABASE_OWNER;",
                "3.sql": "select\nbroken;",
            }
        ),
        **{".gmrc": SETTINGS},
    )
    first, second, third = folder.load()
    with psycopg.connect(folder.database.dsn, autocommit=True) as connection:
        for migration in (first, second):
            run_script(connection, migration.up, path=migration.path)
        assert connection.execute("SELECT to_regclass('app.t') IS NULL").fetchone() == (False,)
        with pytest.raises(MigrationError, match=r'3.sql", line 5: column "broken"'):
            run_script(connection, third.up, path=third.path)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        (".gmrc", ".gmrc is not followed: it is no JSON with comments"),
        (".gmrc.js", ".gmrc.js is not run: it is a program"),
    ],
)
def test_settings_that_are_not_read_are_told(folder: Folder, name: str, note: str) -> None:
    folder.write(**{"1.sql": FIRST, name: "module.exports = {}"})
    assert folder.load()[0].notes == (note,)


def test_status(folder: Folder) -> None:
    folder.write(**chain(**{f"{number}.sql": f"select {number};" for number in range(1, 5)}))
    assert folder.status("") is None
    first = folder.load()[0].checksum

    found = folder.status(
        TABLE + applied("1.sql", str(first)) + applied("3.sql", "sha1:0") + applied("0.sql", "sha1:1")
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("1", "applied"),
        ("2", "pending"),
        ("3", "applied"),
        ("4", "pending"),
        ("0.sql", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("edited", 3), ("deleted", 0), ("out of order", 2)]
