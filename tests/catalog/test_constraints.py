"""What is read of constraints, and how it changes."""

from __future__ import annotations

import pytest

from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TABLE parent (id int PRIMARY KEY, code text, UNIQUE (id, code));
        CREATE TABLE child (
            parent int REFERENCES parent ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
            a int CONSTRAINT positive CHECK (a > 0) NO INHERIT,
            b int,
            period int4range,
            CONSTRAINT once UNIQUE (b, a) DEFERRABLE,
            CONSTRAINT apart EXCLUDE USING gist (period WITH &&) WHERE (a > 0)
        );
        CREATE TABLE years (id int PRIMARY KEY, parent int REFERENCES parent) PARTITION BY RANGE (id);
        CREATE TABLE year_1 PARTITION OF years FOR VALUES FROM (1) TO (2);
        CREATE TABLE to_years (year int CONSTRAINT to_years_fkey REFERENCES years);
    """)


def test_every_attribute_of_a_foreign_key(subject: Subject) -> None:
    constraint = subject.read().table("child").constraint("child_parent_fkey")

    assert constraint.attributes == {
        "constraint_type": "foreign key",
        "definition": "FOREIGN KEY (parent) REFERENCES public.parent(id) ON UPDATE CASCADE ON DELETE SET NULL"
        " DEFERRABLE INITIALLY DEFERRED",
        "columns": ("parent",),
        "references": "public.parent",
        "referenced_columns": ("id",),
        "on_update": "cascade",
        "on_delete": "set null",
        "match": "simple",
        "deferrable": True,
        "deferred": True,
        "validated": True,
        "enforced": True,
        "fires": True,
        "no_inherit": False,
        "local": True,
        "comment": None,
        "parent": None,
    }


def test_the_other_types(subject: Subject) -> None:
    constraints = subject.read().table("child").constraints

    assert constraints["positive"].definition == "CHECK ((a > 0)) NO INHERIT"
    assert (constraints["positive"].constraint_type, constraints["positive"].no_inherit) == ("check", True)
    assert (constraints["once"].constraint_type, constraints["once"].columns) == ("unique", ("b", "a"))
    assert constraints["apart"].definition == "EXCLUDE USING gist (period WITH &&) WHERE ((a > 0))"
    assert subject.read().table("parent").constraint("parent_pkey").constraint_type == "primary key"


def test_not_valid_is_one_attribute(subject: Subject) -> None:
    added = subject.read("ALTER TABLE child ADD CONSTRAINT small CHECK (a < 9) NOT VALID")
    changes = subject.changes("ALTER TABLE child VALIDATE CONSTRAINT small")

    assert added.table("child").constraint("small").definition == "CHECK ((a < 9))"
    assert changes == {"constraint public.child.small": {"validated": (False, True)}}


@pytest.mark.parametrize("table", ["child", "parent"])
def test_a_foreign_key_that_is_switched_off(subject: Subject, table: str) -> None:
    off = subject.changes(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    on = subject.changes(f"ALTER TABLE {table} ENABLE TRIGGER ALL")

    assert off["constraint public.child.child_parent_fkey"] == {"fires": (True, False)}
    assert on["constraint public.child.child_parent_fkey"] == {"fires": (False, True)}


def test_a_deferrable_unique_constraint_that_is_switched_off(subject: Subject) -> None:
    changes = subject.changes("ALTER TABLE child DISABLE TRIGGER ALL")
    subject.run("ALTER TABLE child ENABLE TRIGGER ALL")

    assert changes["constraint public.child.once"] == {"fires": (True, False)}


def test_a_foreign_key_to_a_partitioned_table_is_one(subject: Subject) -> None:
    assert list(subject.read().table("to_years").constraints) == ["to_years_fkey"]


def test_a_foreign_key_that_is_switched_off_on_one_partition(subject: Subject) -> None:
    changes = subject.changes("ALTER TABLE year_1 DISABLE TRIGGER ALL")
    subject.run("ALTER TABLE year_1 ENABLE TRIGGER ALL")

    assert changes["constraint public.to_years.to_years_fkey"] == {"fires": (True, False)}
    assert changes["constraint public.year_1.years_parent_fkey"] == {"fires": (True, False)}


def test_constraints_of_partitions_name_their_whole(subject: Subject) -> None:
    constraints = subject.read().table("year_1").constraints

    assert constraints["years_parent_fkey"].parent == "public.years.years_parent_fkey"
    assert constraints["year_1_pkey"].parent == "public.years.years_pkey"
    assert constraints["year_1_pkey"].local is False


def test_constraint_triggers_are_constraints_too(subject: Subject) -> None:
    catalog = subject.read("""
        CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER guard AFTER INSERT ON child DEFERRABLE FOR EACH ROW EXECUTE FUNCTION nothing();
    """)

    assert catalog.table("child").constraint("guard").constraint_type == "trigger"


def test_not_enforced(subject: Subject) -> None:
    if subject.major < 18:
        pytest.skip("PostgreSQL 18 has NOT ENFORCED")
    catalog = subject.read("ALTER TABLE child ADD CONSTRAINT loose FOREIGN KEY (a) REFERENCES parent NOT ENFORCED")

    loose = catalog.table("child").constraint("loose")
    assert (loose.enforced, loose.validated, loose.fires) == (False, False, True)


def test_comment_and_rename(subject: Subject) -> None:
    subject.run("COMMENT ON CONSTRAINT positive ON child IS 'why'")
    changes = subject.changes("ALTER TABLE child RENAME CONSTRAINT positive TO above_zero")

    assert changes == {"constraint public.child.positive": "gone", "constraint public.child.above_zero": "new"}
    assert subject.read().table("child").constraint("above_zero").comment == "why"


DEFINITIONS = """
    CREATE SCHEMA "D x";
    SET search_path = "D x", public;
    CREATE TABLE "T.""🐘" (a int PRIMARY KEY, b text, "order" int, "N 🐘.""x" int, "Up" int, public int,
                           UNIQUE (b), UNIQUE ("order", "N 🐘.""x") INCLUDE ("Up", b),
                           UNIQUE (public, "order"), UNIQUE ("Up") DEFERRABLE,
                           UNIQUE ("Up", public) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE keyed (x int, "Y y" int, PRIMARY KEY ("Y y", x) INCLUDE (x));
    CREATE TABLE "select" (a int REFERENCES "T.""🐘", b text REFERENCES "T.""🐘" (b) ON UPDATE RESTRICT DEFERRABLE,
                           "N 🐘.""x" int, c int DEFAULT 1 CHECK (c > 0), d int4range,
                           EXCLUDE USING gist (d WITH &&),
                           FOREIGN KEY (c, "N 🐘.""x") REFERENCES "T.""🐘" (public, "order") MATCH FULL,
                           FOREIGN KEY ("N 🐘.""x", c) REFERENCES "T.""🐘" ("order", "N 🐘.""x")
                               ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
                           FOREIGN KEY (c, c) REFERENCES keyed ON UPDATE SET DEFAULT ON DELETE SET DEFAULT,
                           FOREIGN KEY (a, c) REFERENCES keyed ON UPDATE SET NULL ON DELETE RESTRICT);
    ALTER TABLE "select" ADD FOREIGN KEY (a) REFERENCES "T.""🐘" ON DELETE CASCADE NOT VALID;
    CREATE CONSTRAINT TRIGGER "G g" AFTER INSERT ON "select" DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
    CREATE TABLE parts (a int, b int REFERENCES "T.""🐘", PRIMARY KEY (a)) PARTITION BY RANGE (a);
    CREATE TABLE part (gone int, b int, a int NOT NULL);
    ALTER TABLE part DROP COLUMN gone;
    ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (1) TO (2);
    CREATE TABLE to_parts (a int REFERENCES parts);
    CREATE TABLE heir (UNIQUE (c)) INHERITS ("select");
    RESET search_path;
"""
SINCE_15 = """
    ALTER TABLE "D x".heir ADD UNIQUE NULLS NOT DISTINCT ("N 🐘.""x", a) INCLUDE (c),
        ADD FOREIGN KEY (a, "N 🐘.""x") REFERENCES "D x".keyed ON DELETE SET NULL ("N 🐘.""x"),
        ADD FOREIGN KEY (c, a) REFERENCES "D x".keyed ON DELETE SET DEFAULT (a, c) DEFERRABLE;
"""
SINCE_18 = """
    CREATE TABLE "D x".rooms (id int4range, "at. T" daterange, PRIMARY KEY (id, "at. T" WITHOUT OVERLAPS),
                              UNIQUE ("at. T", id WITHOUT OVERLAPS));
    CREATE TABLE "D x".stays (room int4range, "At" daterange,
                              FOREIGN KEY (room, PERIOD "At") REFERENCES "D x".rooms (id, PERIOD "at. T"));
    ALTER TABLE "D x".heir ADD FOREIGN KEY (a) REFERENCES "D x"."T.""🐘" DEFERRABLE NOT ENFORCED;
"""


def test_a_definition_is_what_postgresql_writes(subject: Subject) -> None:
    if subject.major >= 18:
        subject.run("CREATE EXTENSION btree_gist")
    subject.run(DEFINITIONS + SINCE_15 * (subject.major >= 15) + SINCE_18 * (subject.major >= 18))
    with subject.connection.transaction():
        subject.connection.execute("SET LOCAL search_path = pg_catalog")
        rows = subject.connection.execute("""
            SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint AS k
              JOIN pg_class AS c ON c.oid = k.conrelid
             WHERE c.relnamespace = '"D x"'::regnamespace AND k.contype <> 'n'
               AND NOT EXISTS (SELECT FROM pg_constraint AS w WHERE w.oid = k.conparentid AND w.conrelid = k.conrelid)
        """).fetchall()

    tables = subject.read().tables
    expected = {(table, name): text.removesuffix(" NOT VALID") for table, name, text in rows}
    assert len(rows) == 24 + 3 * (subject.major >= 15) + 4 * (subject.major >= 18)
    assert {(t, n): tables["D x", t].constraint(n).definition for t, n in expected} == expected
