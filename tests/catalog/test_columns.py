"""What is read of columns, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.record import Grant, RoleName
from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TABLE t (
            id bigint GENERATED ALWAYS AS IDENTITY,
            serial serial,
            name varchar(20) COLLATE "C" NOT NULL DEFAULT 'it''s',
            doubled int GENERATED ALWAYS AS (2 * 3) STORED,
            amounts numeric(10, 2)[],
            plain text
        );
        CREATE VIEW v AS SELECT id, name FROM t;
        CREATE TABLE base (a int NOT NULL);
        CREATE TABLE heir () INHERITS (base);
    """)


def test_every_attribute(subject: Subject) -> None:
    assert subject.read().table("t").column("name").attributes == {
        "type": "character varying(20)",
        "not_null": True,
        "not_null_name": None,
        "default": "'it''s'::character varying",
        "identity_column": None,
        "generated": None,
        "collation": '"C"',
        "storage": "extended",
        "compression": None,
        "statistics_target": None,
        "options": {},
        "local": True,
        "privileges": frozenset(),
        "comment": None,
        "not_null_validated": True,
        "not_null_no_inherit": False,
        "not_null_comment": None,
        "foreign_options": {},
    }


def test_what_makes_values(subject: Subject) -> None:
    columns = subject.read().table("t").columns

    assert columns["id"].identity_column == "always"
    assert columns["serial"].default == "nextval('public.t_serial_seq'::regclass)"
    assert (columns["doubled"].generated, columns["doubled"].default) == ("stored", "(2 * 3)")
    assert columns["amounts"].type == "numeric(10,2)[]"


def test_columns_of_views_have_names_and_types(subject: Subject) -> None:
    columns = subject.read().view("v").columns

    assert {name: column.type for name, column in columns.items()} == {"id": "bigint", "name": "character varying(20)"}


@pytest.mark.parametrize(
    ("action", "back", "change"),
    [
        ("SET DEFAULT 'x'", "DROP DEFAULT", {"default": (None, "'x'::text")}),
        ("SET NOT NULL", "DROP NOT NULL", {"not_null": (False, True)}),
        ("SET STORAGE EXTERNAL", "SET STORAGE EXTENDED", {"storage": ("extended", "external")}),
        ("SET COMPRESSION pglz", "SET COMPRESSION default", {"compression": (None, "pglz")}),
        ("SET STATISTICS 500", "SET STATISTICS -1", {"statistics_target": (None, 500)}),
        ("SET (n_distinct = 5)", "RESET (n_distinct)", {"options": ({}, {"n_distinct": "5"})}),
    ],
)
def test_one_change_is_one_attribute(subject: Subject, action: str, back: str, change: object) -> None:
    start = "ALTER TABLE t ALTER COLUMN plain"

    assert subject.there_and_back(f"{start} {action}", f"{start} {back}") == {"column public.t.plain": change}


def test_privileges_and_comment(subject: Subject) -> None:
    reader = subject.role("reader")
    changes = subject.changes(f"GRANT UPDATE (plain) ON t TO {reader}; COMMENT ON COLUMN t.plain IS 'why'")
    subject.run(f"REVOKE ALL ON t FROM {reader}; REVOKE UPDATE (plain) ON t FROM {reader}")

    granted = frozenset({Grant(RoleName(reader), "UPDATE", False, RoleName("owner"))})
    assert changes == {"column public.t.plain": {"privileges": (frozenset(), granted), "comment": (None, "why")}}


def test_a_new_column_changes_the_tables_order_and_nothing_else(subject: Subject) -> None:
    before = subject.read().table("t").record.columns
    changes = subject.changes("ALTER TABLE t ADD COLUMN more int; ALTER TABLE t DROP COLUMN amounts")

    after = (*(name for name in before if name != "amounts"), "more")
    assert changes == {
        "column public.t.more": "new",
        "column public.t.amounts": "gone",
        "table public.t": {"columns": (before, after)},
    }


def test_names_of_not_null_count_where_they_are_the_users(subject: Subject) -> None:
    catalog = subject.read("""
        CREATE TABLE named (a int CONSTRAINT mine NOT NULL, b int NOT NULL);
        CREATE TABLE keyed (a int PRIMARY KEY);
        CREATE TABLE renamed (a int NOT NULL);
        ALTER TABLE renamed RENAME TO afterwards;
    """)

    named = catalog.table("named").columns
    assert named["a"].not_null_name == ("mine" if subject.major >= 18 else None)
    assert named["b"].not_null_name is None
    assert catalog.table("keyed").column("a").not_null_name is None
    assert catalog.table("heir").column("a").not_null_name is None
    kept = catalog.table("afterwards").column("a").not_null_name
    assert kept == ("renamed_a_not_null" if subject.major >= 18 else None)


def test_generated_names_of_63_bytes(subject: Subject) -> None:
    long = "é" * 31
    catalog = subject.read(f'CREATE TABLE "{long}" ("{long}x" int NOT NULL)')

    assert catalog.table(long).column(f"{long}x").not_null_name is None


def test_not_null_that_is_not_valid_or_not_inherited(subject: Subject) -> None:
    if subject.major < 18:
        pytest.skip("PostgreSQL 18 made NOT NULL a constraint")
    catalog = subject.read("""
        CREATE TABLE later (a int, b int);
        ALTER TABLE later ADD CONSTRAINT mine NOT NULL a NOT VALID, ADD CONSTRAINT own NOT NULL b NO INHERIT;
    """)

    a, b = catalog.table("later").columns.values()
    assert (a.not_null, a.not_null_name, a.not_null_validated, a.not_null_no_inherit) == (True, "mine", False, False)
    assert (b.not_null, b.not_null_name, b.not_null_validated, b.not_null_no_inherit) == (True, "own", True, True)


def test_comments_on_not_null(subject: Subject) -> None:
    if subject.major < 18:
        pytest.skip("PostgreSQL 18 made NOT NULL a constraint")
    subject.run('CREATE TABLE told ("B c" int NOT NULL); ALTER TABLE told RENAME TO "Told. x"')
    comment = 'COMMENT ON CONSTRAINT "told_B c_not_null" ON "Told. x" IS {}'
    changes = subject.there_and_back(comment.format("'why'"), comment.format("NULL"))

    assert changes == {'column public."Told. x"."B c"': {"not_null_comment": (None, "why")}}


def test_virtual_columns(subject: Subject) -> None:
    if subject.major < 18:
        pytest.skip("PostgreSQL 18 has virtual columns")
    catalog = subject.read("CREATE TABLE virtual (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)")

    assert catalog.table("virtual").column("b").generated == "virtual"
