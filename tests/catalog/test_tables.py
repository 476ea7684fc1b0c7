"""What is read of tables, and how it changes."""

from __future__ import annotations

import pytest

from pgassay.catalog.hiding import HIDDEN
from tests.catalog.conftest import Subject


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
        CREATE TABLE parent (a int, b text);
        CREATE UNLOGGED TABLE plain (id int PRIMARY KEY, gone int, name text)
            WITH (fillfactor = 70, toast.autovacuum_enabled = off);
        ALTER TABLE plain DROP COLUMN gone;
        COMMENT ON TABLE plain IS 'a ''comment''';
        CREATE TABLE child (c int) INHERITS (parent);
        CREATE TABLE parts (a int) PARTITION BY RANGE (a);
        CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (1) TO (2);
        CREATE TYPE shape AS (x int, y int);
        CREATE TABLE typed OF shape;
    """)


def test_every_attribute(subject: Subject) -> None:
    table = subject.read().table("plain").record

    assert {**table.attributes, "privileges": {grant.grantee for grant in table.privileges}} == {
        "table_kind": "table",
        "persistence": "unlogged",
        "columns": ("id", "name"),
        "access_method": "heap",
        "tablespace": None,
        "row_security": False,
        "force_row_security": False,
        "replica_identity": "default",
        "options": {"fillfactor": "70", "toast.autovacuum_enabled": "off"},
        "partition_key": None,
        "partition_bound": None,
        "parents": (),
        "owner": "postgres",
        "privileges": {"postgres"},
        "comment": "a 'comment'",
        "detaching": False,
        "of_type": None,
        "server": None,
    }


def test_partitions_inheritance_and_types(subject: Subject) -> None:
    catalog = subject.read()

    assert (catalog.table("parts").table_kind, catalog.table("parts").partition_key) == (
        "partitioned table",
        "RANGE (a)",
    )
    assert catalog.table("part_1").partition_bound == "FOR VALUES FROM (1) TO (2)"
    assert catalog.table("part_1").parents == ("public.parts",)
    assert catalog.table("child").parents == ("public.parent",)
    assert catalog.table("typed").of_type == "public.shape"


def test_attach_leads_to_the_same_as_partition_of(subject: Subject) -> None:
    made = "CREATE TABLE year (a int PRIMARY KEY) PARTITION BY LIST (a);"
    at_once = subject.read(f"{made} CREATE TABLE year_1 PARTITION OF year FOR VALUES IN (1)")
    subject.run("DROP TABLE year")
    attached = subject.read(
        f"{made} CREATE TABLE year_1 (a int PRIMARY KEY); ALTER TABLE year ATTACH PARTITION year_1 FOR VALUES IN (1)"
    )
    subject.run("DROP TABLE year")

    assert at_once == attached


@pytest.mark.parametrize(
    ("statement", "attribute", "after"),
    [
        ("ALTER TABLE parent ENABLE ROW LEVEL SECURITY", "row_security", True),
        ("ALTER TABLE parent FORCE ROW LEVEL SECURITY", "force_row_security", True),
        ("ALTER TABLE parent REPLICA IDENTITY FULL", "replica_identity", "full"),
        ("ALTER TABLE parent SET (fillfactor = 50)", "options", {"fillfactor": "50"}),
        ("COMMENT ON TABLE parent IS 'new'", "comment", "new"),
        ("ALTER TABLE parent SET UNLOGGED", "persistence", "unlogged"),
    ],
)
def test_one_change_is_one_attribute(subject: Subject, statement: str, attribute: str, after: object) -> None:
    changes = subject.changes(statement)

    assert list(changes) == ["table public.parent"]
    assert {name: new for name, (_, new) in changes["table public.parent"].items()} == {attribute: after}


def test_replica_identity_names_its_index(subject: Subject) -> None:
    changes = subject.changes("ALTER TABLE plain REPLICA IDENTITY USING INDEX plain_pkey")

    assert changes == {"table public.plain": {"replica_identity": ("default", "index plain_pkey")}}


def test_foreign_tables_have_server_and_options(subject: Subject) -> None:
    catalog = subject.read("""
        CREATE FOREIGN DATA WRAPPER nothing;
        CREATE SERVER far FOREIGN DATA WRAPPER nothing;
        CREATE FOREIGN TABLE there (a int OPTIONS (column_name 'b', api_key 'hush'))
            SERVER far OPTIONS (table_name 'x=y', token 'hush');
        ALTER FOREIGN TABLE there ALTER a SET (n_distinct = 5);
    """)

    table = catalog.table("there")
    assert (table.table_kind, table.server) == ("foreign table", "far")
    assert table.options == {"table_name": "x=y", "token": HIDDEN}
    assert table.column("a").foreign_options == {"column_name": "b", "api_key": HIDDEN}
    assert table.column("a").options == {"n_distinct": "5"}
    assert catalog.blind == ()


@pytest.mark.parametrize(
    ("action", "label", "difference"),
    [
        (
            "OPTIONS (SET table_name 'z')",
            "table public.there",
            {"options": ({"table_name": "x=y", "token": HIDDEN}, {"table_name": "z", "token": HIDDEN})},
        ),
        (
            "ALTER a OPTIONS (DROP column_name)",
            "column public.there.a",
            {"foreign_options": ({"column_name": "b", "api_key": HIDDEN}, {"api_key": HIDDEN})},
        ),
    ],
)
def test_options_of_foreign_tables_change(
    subject: Subject, action: str, label: str, difference: dict[str, object]
) -> None:
    assert subject.changes(f"ALTER FOREIGN TABLE there {action}") == {label: difference}


def test_privileges_are_each_tables_own(subject: Subject) -> None:
    other = subject.role("o w.N 🐘")
    catalog = subject.read(f"""
        CREATE SCHEMA held;
        CREATE TABLE held.a (); CREATE TABLE held.b (); CREATE TABLE held.c (); CREATE TABLE held.d ();
        CREATE TABLE held.none (); REVOKE ALL ON held.none FROM CURRENT_USER;
        ALTER TABLE held.b OWNER TO "{other}";
        GRANT SELECT ON held.c, held.d TO "{other}";
        ALTER TABLE held.d OWNER TO "{other}";
    """)

    def selecting(name: str) -> set[str]:
        grants = catalog.table(name, schema="held").record.privileges
        return {str(grant) for grant in grants if grant.privilege == "SELECT"}

    assert {name: selecting(name) for name in ("a", "b", "c", "d", "none")} == {
        "a": {"SELECT to postgres"},
        "b": {f"SELECT to {other}"},
        "c": {"SELECT to postgres", f"SELECT to {other}"},
        "d": {f"SELECT to {other}"},
        "none": set(),
    }


def test_temporary_tables_and_the_ledgers_schema_are_left_out(subject: Subject) -> None:
    changes = subject.changes("""
        CREATE TEMPORARY TABLE passing (id serial PRIMARY KEY, a int DEFAULT 1 CHECK (a > 0));
        CREATE TEMPORARY VIEW glance AS SELECT id FROM passing;
        CREATE SCHEMA pgassay;
        CREATE TABLE pgassay.ledger (version bigint PRIMARY KEY);
    """)

    assert changes == {}
