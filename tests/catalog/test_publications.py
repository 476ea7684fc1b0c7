"""What is read of publications, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject

NAME = '"P. ""x"" 🐘"'
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


def test_each_operation_and_none(subject: Subject) -> None:
    for word in ("insert", "update", "delete", "truncate"):
        assert subject.read(f"{SET} (publish = '{word}')").publication('P. "x" 🐘').publish == {word}
    assert subject.read(f"{SET} (publish = '')").publication('P. "x" 🐘').publish == frozenset()
    subject.run(f"{SET} (publish = 'insert, update, delete, truncate')")


def test_members_come_and_go(subject: Subject) -> None:
    changes = subject.there_and_back(f"{SET} TABLE heir", f'{SET} TABLE "S.x"."T x", ONLY parent')

    assert changes == {
        f"publication table {NAME}.public.heir": "new",
        f"publication table {NAME}.public.parent": "gone",
        TABLE: "gone",
    }


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
