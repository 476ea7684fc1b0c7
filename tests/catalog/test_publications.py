"""What is read of publications, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject

NAME = '"P. ""x"" 🐘"'
LABEL = f"publication {NAME}"
TABLE = f'publication table {NAME}."S.x"."T x"'


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(f"""
        CREATE SCHEMA "S.x";
        CREATE TABLE "S.x"."T x" (id int PRIMARY KEY, "B c" text, d int);
        CREATE TABLE parent (id int PRIMARY KEY);
        CREATE TABLE heir () INHERITS (parent);
        CREATE PUBLICATION {NAME} FOR TABLE "S.x"."T x", ONLY parent;
    """)


def test_every_attribute(subject: Subject) -> None:
    catalog = subject.read()
    publication = catalog.publication('P. "x" 🐘')
    tables = catalog.publication_tables

    assert publication.attributes == {
        "all_tables": False,
        "publish": frozenset({"insert", "update", "delete", "truncate"}),
        "publish_via_partition_root": False,
        "publish_generated_columns": "none",
        "owner": "postgres",
        "comment": None,
    }
    assert publication.summary == "delete, insert, truncate, update, owner postgres"
    assert list(tables) == [('P. "x" 🐘', "S.x", "T x"), ('P. "x" 🐘', "public", "parent")]
    assert tables['P. "x" 🐘', "S.x", "T x"].attributes == {"columns": frozenset(), "row_filter": None}


SET = f"ALTER PUBLICATION {NAME} SET"
CHANGES = {
    "publish": (
        f"{SET} (publish = 'insert, truncate')",
        f"{SET} (publish = 'insert, update, delete, truncate')",
        (frozenset({"insert", "update", "delete", "truncate"}), frozenset({"insert", "truncate"})),
        14,
    ),
    "publish_via_partition_root": (
        f"{SET} (publish_via_partition_root)",
        f"{SET} (publish_via_partition_root = false)",
        (False, True),
        14,
    ),
    "publish_generated_columns": (
        f"{SET} (publish_generated_columns = stored)",
        f"{SET} (publish_generated_columns = none)",
        ("none", "stored"),
        18,
    ),
    "comment": (f"COMMENT ON {LABEL} IS 'why'", f"COMMENT ON {LABEL} IS NULL", (None, "why"), 14),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_property_changes_alone(subject: Subject, name: str) -> None:
    there, back, values, since = CHANGES[name]
    if subject.major < since:
        pytest.skip(f"PostgreSQL {since} has {name}")

    assert subject.there_and_back(there, back) == {LABEL: {name: values}}


def test_the_owner(subject: Subject) -> None:
    role = subject.role("owner", "SUPERUSER")
    changes = subject.there_and_back(f"ALTER {LABEL} OWNER TO {role}", f"ALTER {LABEL} OWNER TO postgres")

    assert changes == {LABEL: {"owner": ("postgres", role)}}


def test_each_operation_and_none(subject: Subject) -> None:
    for word in ("insert", "update", "delete", "truncate"):
        assert subject.read(f"{SET} (publish = '{word}')").publication('P. "x" 🐘').publish == {word}
    assert subject.read(f"{SET} (publish = '')").publication('P. "x" 🐘').publish == frozenset()
    subject.run(f"{SET} (publish = 'insert, update, delete, truncate')")


def test_all_tables(subject: Subject) -> None:
    subject.run("CREATE PUBLICATION every")
    changes = subject.there_and_back(
        "DROP PUBLICATION every; CREATE PUBLICATION every FOR ALL TABLES",
        "DROP PUBLICATION every; CREATE PUBLICATION every",
    )
    subject.run("DROP PUBLICATION every")

    assert changes == {"publication every": {"all_tables": (False, True)}}


def test_members_come_and_go(subject: Subject) -> None:
    changes = subject.there_and_back(f"{SET} TABLE heir", f'{SET} TABLE "S.x"."T x", ONLY parent')

    assert changes == {
        f"publication table {NAME}.public.heir": "new",
        f"publication table {NAME}.public.parent": "gone",
        TABLE: "gone",
    }


@pytest.mark.parametrize(
    ("part", "attribute", "value"),
    [
        ('(id, "B c")', "columns", (frozenset(), frozenset({"id", "B c"}))),
        ("WHERE (id > 5)", "row_filter", (None, "(id > 5)")),
    ],
)
def test_columns_and_rows(subject: Subject, part: str, attribute: str, value: object) -> None:
    if subject.major < 15:
        pytest.skip("PostgreSQL 15 publishes parts of tables")
    whole = f'{SET} TABLE "S.x"."T x", ONLY parent'
    changes = subject.there_and_back(f'{SET} TABLE "S.x"."T x" {part}, ONLY parent', whole)

    assert changes == {TABLE: {attribute: value}}


def test_schemas(subject: Subject) -> None:
    if subject.major < 15:
        pytest.skip("PostgreSQL 15 publishes schemas")
    changes = subject.there_and_back(
        f'ALTER PUBLICATION {NAME} ADD TABLES IN SCHEMA "S.x", public',
        f'ALTER PUBLICATION {NAME} DROP TABLES IN SCHEMA "S.x", public',
    )

    assert changes == {
        f'publication schema {NAME}."S.x"': "new",
        f"publication schema {NAME}.public": "new",
    }


def test_a_dropped_table_is_no_member(subject: Subject) -> None:
    changes = subject.changes(f"""
        CREATE TABLE short (a int);
        ALTER PUBLICATION {NAME} ADD TABLE short;
        DROP TABLE short;
    """)

    assert changes == {}
