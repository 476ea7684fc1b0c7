from __future__ import annotations

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources.supabase_cut import cut

from .conftest import Folder

pytestmark = pytest.mark.thorough

TABLE = """
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY);
"""
COLUMNS = "ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN statements text[], ADD COLUMN name text;"


@pytest.mark.parametrize(
    ("place", "name", "found"),
    [
        ("supabase/migrations", "20240101000000_init.sql", True),
        ("supabase/migrations", "1_init.up.sql", False),
        ("supabase/migrations", "001-init.sql", False),
        ("db/migrations", "20240101000000_init.sql", False),
    ],
)
def test_recognised(folder: Folder, place: str, name: str, found: bool) -> None:
    folder.write(**{f"{place}/{name}": "-- migrate:up\n" if "-" in name else "SELECT 1;"})
    folder.path /= place
    assert (folder.format == "supabase") is found


def test_loaded(folder: Folder) -> None:
    """Files are in the order of their names; those of other names, and an init of old, are passed over."""
    folder.write(
        **{
            "20210101000000_init.sql": "broken",
            "9_b.sql": "",
            "30_.sql": "",
            "20240101000000_a b.sql": "",
            "seed.sql": "",
            "31_dir.sql/x": "",
        }
    )
    found = folder.load("supabase")
    assert [(m.version, m.key, m.name, m.label) for m in found] == [
        (1, "20240101000000", "a b", "20240101000000_a b"),
        (2, "30", "", "30_"),
        (3, "9", "b", "9_b"),
    ]
    passed_over = "is not run: Supabase passes it over for its name"
    assert [m.notes for m in found] == [
        (f"20210101000000_init.sql {passed_over}", f"seed.sql {passed_over}"),
        (),
        (),
    ]


def test_an_init_that_is_not_first_counts(folder: Folder) -> None:
    folder.write(**{"1_a.sql": "", "20210101000000_init.sql": ""})
    assert [m.key for m in folder.load("supabase")] == ["1", "20210101000000"]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"a.sql": ""}, "holds no migration of Supabase"),
        ({"1_a.sql": "", "1_b.sql": ""}, '1_a.sql" and "[^"]*1_b.sql" have the same version 1'),
    ],
)
def test_refused(folder: Folder, files: dict[str, str], error: str) -> None:
    folder.write(**files)
    with pytest.raises(MigrationError, match=error):
        folder.load("supabase")


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("a;\n\n -- b;\nc; ;", [("a", 1), ("-- b;\nc", 3)]),
        ("a ';'' \";\" /* ; /* ; */ ; */ $x$ ; $y$ $x$", [("a ';'' \";\" /* ; /* ; */ ; */ $x$ ; $y$ $x$", 1)]),
        ("rule (a; b);\nc", [("rule (a; b)", 1), ("c", 2)]),
        ("(a (b) ; c)", [("(a (b)", 1), ("c)", 1)]),
        ("begin\natomic a; b; end; c", [("begin\natomic a; b; end", 1), ("c", 2)]),
        ("begin atomic case a end; end", [("begin atomic case a end", 1), ("end", 1)]),
        ("xbegin atomic a; b", [("xbegin atomic a", 1), ("b", 1)]),
        ("E'a\\'; b", [("E'a\\'", 1), ("b", 1)]),
        ("a$1; b$c$ ; ", [("a$1", 1), ("b$c$ ;", 1)]),
        ("\\;a; '", [("\\;a", 1), ("'", 1)]),
        ("/*/; a", [("/*/", 1), ("a", 1)]),
        ("$$ ; $", [("$$ ; $", 1)]),
        ("-- only", [("-- only", 1)]),
        ("\n;\n", []),
    ],
)  # fmt: skip
def test_cut_as_the_tool_does(text: str, statements: list[tuple[str, int]]) -> None:
    assert [(piece.sql, piece.line) for piece in cut(text)] == statements


def test_a_file_is_one_pipeline(folder: Folder) -> None:
    """It is whole or not at all; an index can be built concurrently where it is alone."""
    folder.write(
        **{
            "1_init.sql": "create table users (id int primary key);\ncreate table roles (id int);\n",
            "2_index.sql": "create index concurrently i on users (id);",
            "3_function.sql": "create function f() returns int language sql as $$ select 1; select 2; $$;\nselect f();",
            "4_comment.sql": "-- nothing",
            "5_late.sql": "select 1;\ncreate index concurrently k on users (id);",
        },
    )
    assert folder.walk("supabase") == [[], [], [], [], ["up-fails"], ["not-run"]]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("select 1;\n\nselect broken;", 'line 3: column "broken" does not exist'),
        (
            "create table t (a int unique deferrable initially deferred);\ninsert into t values (1), (1);",
            '1_a.sql": duplicate key value',
        ),
        ("copy pg_class from stdin;", "a COPY from or to the client"),
        ("select 1;\nselect pg_terminate_backend(pg_backend_pid());\nselect 2;", "the connection was lost"),
        ("select 1; 😀", 'at or near "😀"'),
        ("begin;\nselect 1;", "a transaction that the script began has no end"),
    ],
)
def test_what_fails_is_told(folder: Folder, text: str, error: str) -> None:
    folder.write(**{"1_a.sql": text})
    assert error in folder.failure("supabase")


def test_status(folder: Folder) -> None:
    folder.write(**{"1_a.sql": "", "2_b.sql": "", "3_c.sql": "", "4_d.sql": ""})
    assert folder.status("", "supabase") is None

    found = folder.status(
        f"{TABLE}{COLUMNS} INSERT INTO supabase_migrations.schema_migrations (version, name)"
        " VALUES ('1', 'a'), ('3', 'c'), ('0', 'gone')",
        "supabase",
    )

    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [
        ("1_a", "applied"),
        ("2_b", "pending"),
        ("3_c", "applied"),
        ("4_d", "pending"),
        ("gone", "applied, without a file"),
    ]
    assert [(p.kind, p.version) for p in found.problems] == [("deleted", 0), ("out of order", 2)]
    assert found.problems[1].text.endswith("Supabase refuses to go on")


def test_status_of_an_old_table(folder: Folder) -> None:
    folder.write(**{"1_a.sql": ""})
    found = folder.status(f"{TABLE} INSERT INTO supabase_migrations.schema_migrations VALUES ('1')", "supabase")
    assert found is not None
    assert [(e.name, e.state) for e in found.entries] == [("1_a", "applied")]
