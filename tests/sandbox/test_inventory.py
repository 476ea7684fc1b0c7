"""What a template has, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.sandbox.inventory import Inventory, Kind, Relation, read_inventory

Connection = psycopg.Connection[Any]


@pytest.fixture
def connection(any_database: Conninfo) -> Iterator[Connection]:
    with closing(psycopg.connect(any_database.dsn, autocommit=True)) as connection:
        yield connection


def one(inventory: Inventory, name: str, schema: str = "public") -> Relation:
    (found,) = (r for r in inventory.relations if (r.schema, r.name) == (schema, name))
    return found


def test_kinds(connection: Connection) -> None:
    connection.execute(
        """
        CREATE TABLE plain (id serial PRIMARY KEY, v text);
        CREATE UNLOGGED TABLE fast (v text);
        CREATE TABLE parted (id int) PARTITION BY LIST (id);
        CREATE TABLE part PARTITION OF parted DEFAULT;
        CREATE MATERIALIZED VIEW seen AS SELECT 1 AS a;
        CREATE VIEW names AS SELECT 1 AS a;
        CREATE TEMP TABLE gone (id int);
        CREATE SCHEMA other; CREATE TABLE other.pg_class (id int);
        """
    )
    inventory = read_inventory(connection)
    kinds = {r.name: r.kind for r in inventory.relations if r.schema == "public"}
    assert kinds == {
        "plain": Kind.TABLE,
        "plain_id_seq": Kind.SEQUENCE,
        "plain_pkey": Kind.STORAGE,
        "fast": Kind.TABLE,
        "part": Kind.TABLE,
        "seen": Kind.VIEW,
    }
    assert one(inventory, "pg_class", "other").kind is Kind.TABLE
    assert one(inventory, "pg_class", "pg_catalog").kind is Kind.CATALOG
    assert one(inventory, "sql_features", "information_schema").kind is Kind.CATALOG
    assert [r.name for r in inventory.unlogged] == ["fast"]
    assert "pg_database" not in {r.name for r in inventory.relations}
    assert {r.kind for r in inventory.countable} == {Kind.CATALOG, Kind.TABLE, Kind.VIEW}


def test_places_are_those_of_the_files(connection: Connection) -> None:
    """The relation map says where pg_class and a few others lie, pg_class itself says 0."""
    connection.execute("VACUUM FULL pg_class")
    inventory = read_inventory(connection)
    assert len(inventory.by_place) == len(inventory.relations)
    row = connection.execute("SELECT pg_relation_filenode('pg_class')").fetchone()
    assert row == (one(inventory, "pg_class", "pg_catalog").place.filenode,)


def test_pages(connection: Connection) -> None:
    connection.execute("CREATE TABLE t AS SELECT repeat('x', 1000) AS v FROM generate_series(1, 14)")
    assert one(read_inventory(connection), "t").pages == 2


def test_a_tablespace_of_the_users_own(connection: Connection) -> None:
    if connection.info.server_version < 150_000:
        pytest.skip("PostgreSQL 14 wants a directory that the server's own user may write to")
    connection.execute("SET allow_in_place_tablespaces = on")
    connection.execute("CREATE TABLESPACE pgassay_elsewhere LOCATION ''")
    try:
        connection.execute("CREATE TABLE here (id int); CREATE TABLE there (id int) TABLESPACE pgassay_elsewhere")
        inventory = read_inventory(connection)
        oids = dict(connection.execute("SELECT spcname, oid::bigint FROM pg_tablespace").fetchall())
        assert one(inventory, "here").place.tablespace == oids["pg_default"]
        assert one(inventory, "there").place.tablespace == oids["pgassay_elsewhere"]
    finally:
        connection.execute("DROP TABLE there")
        connection.execute("DROP TABLESPACE pgassay_elsewhere")


FUNCTION = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'"
TRIGGER = "CREATE TRIGGER g BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION f()"
RULE = "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING"


@pytest.mark.parametrize(
    ("statements", "guarded"),
    [
        ("SELECT 1", False),
        (TRIGGER, False),
        (f"{TRIGGER}; ALTER TABLE t DISABLE TRIGGER g", False),
        (f"{TRIGGER}; ALTER TABLE t ENABLE ALWAYS TRIGGER g", True),
        (f"{TRIGGER}; ALTER TABLE t ENABLE REPLICA TRIGGER g", True),
        (RULE, False),
        (f"{RULE}; ALTER TABLE t ENABLE ALWAYS RULE r", True),
        (f"{RULE}; ALTER TABLE t ENABLE REPLICA RULE r", True),
        ("CREATE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING; ALTER TABLE t ENABLE ALWAYS RULE r", False),
    ],
)
def test_what_fires_when_we_delete(connection: Connection, statements: str, guarded: bool) -> None:
    connection.execute(f"CREATE TABLE t (id int); {FUNCTION}; {statements}".encode())
    assert one(read_inventory(connection), "t").guarded is guarded


def test_a_relation_in_words(connection: Connection) -> None:
    connection.execute('CREATE TABLE "a.b" ()')
    assert str(one(read_inventory(connection), "a.b")) == 'table "public"."a.b"'
