"""What is read of DEPENDS ON EXTENSION, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject

OBJECTS = {
    "function": ('FUNCTION "S.x"."F 🐘"(text, int)', 'function "S.x"."F 🐘"(pg_catalog.text,integer)', "S.x"),
    "procedure": ("PROCEDURE p()", "procedure public.p()", "public"),
    "trigger": ('TRIGGER "Tr x" ON "S.x"."T x"', 'trigger "Tr x" on "S.x"."T x"', "S.x"),
    "materialized view": ("MATERIALIZED VIEW m", "materialized view public.m", "public"),
    "index": ('INDEX "S.x"."I x"', 'index "S.x"."I x"', "S.x"),
}


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE EXTENSION citext;
        CREATE SCHEMA "S.x";
        CREATE TABLE "S.x"."T x" (a int);
        CREATE INDEX "I x" ON "S.x"."T x" (a);
        CREATE FUNCTION "S.x"."F 🐘"(text, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
        CREATE TRIGGER "Tr x" BEFORE INSERT ON "S.x"."T x"
            EXECUTE FUNCTION suppress_redundant_updates_trigger();
        CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
    """)


@pytest.mark.parametrize("sort", OBJECTS)
def test_each_sort_of_object(subject: Subject, sort: str) -> None:
    sql, name, schema = OBJECTS[sort]
    changes = subject.changes(f"ALTER {sql} DEPENDS ON EXTENSION citext")
    found = list(subject.read().extension_dependences)
    back = subject.changes(f"ALTER {sql} NO DEPENDS ON EXTENSION citext")

    assert changes == {f"extension dependence of {name} on citext": "new"}
    assert found == [(sort, schema, name.removeprefix(f"{sort} "), "citext")]
    assert set(back.values()) == {"gone"}
