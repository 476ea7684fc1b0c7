"""What differs by major, and what must not."""

from __future__ import annotations

import psycopg

from pgassay.behaviors.rows import RowFactory
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo

SCHEMA = """
CREATE DOMAIN code AS text CHECK (VALUE ~ '^[A-Z]{3}-[0-9]+$');
CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code code UNIQUE NOT NULL,
                r int4multirange NOT NULL,
                twice int NOT NULL GENERATED ALWAYS AS (x * 2) STORED, x int NOT NULL CHECK (x > 5),
                up int REFERENCES a);
CREATE TABLE b (a int NOT NULL REFERENCES a, at timestamptz NOT NULL, CHECK (at > '2024-01-10'))
    PARTITION BY RANGE (at);
CREATE TABLE b1 PARTITION OF b FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')
"""
SINCE_15 = "CREATE TABLE c (x int UNIQUE NULLS NOT DISTINCT, y int)"
SINCE_18 = """
CREATE EXTENSION btree_gist;
CREATE TABLE d (x int, y int NOT NULL GENERATED ALWAYS AS (x * 2) VIRTUAL, z int CHECK (z > z) NOT ENFORCED);
CREATE TABLE e (id int, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
CREATE TABLE f (e int NOT NULL, at daterange NOT NULL, FOREIGN KEY (e, PERIOD at) REFERENCES e (id, PERIOD at))
"""

# What is in PostgreSQL's own schema, but for types that have no input.
TYPES = """
SELECT format_type(t.oid, NULL)
  FROM pg_catalog.pg_type AS t
 WHERE t.typnamespace = 'pg_catalog'::regnamespace
   AND t.typtype IN ('b', 'r', 'm')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS row WHERE row.oid = t.typelem AND row.typtype IN ('c', 'p'))
   AND t.typname NOT SIMILAR TO 'gtsvector|pg_node_tree|pg_ndistinct|pg_dependencies|pg_mcv_list|pg_brin_%'
"""


def test_every_type_of_a_major(any_database: Conninfo) -> None:
    """A column of each that may not be NULL, arrays too; in tables of fifty, for a row has to fit into a page."""
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        columns = [f"c{n} {type_} NOT NULL" for n, (type_,) in enumerate(connection.execute(TYPES).fetchall())]
        for start in range(0, len(columns), 50):
            connection.execute(f"CREATE TABLE t{start} ({', '.join(columns[start : start + 50])})".encode())
        rows = RowFactory(connection, read_catalog(connection))
        assert len(columns) > 140
        assert rows.fill(3).rows == {f"public.t{start}": 3 for start in range(0, len(columns), 50)}
        assert {rows.insert_many(f"t{start}", 10) for start in range(0, len(columns), 50)} == {10}


def test_every_major(any_database: Conninfo) -> None:
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        major = connection.info.server_version // 10_000
        schema = [SCHEMA, *([SINCE_15] if major >= 15 else []), *([SINCE_18] if major >= 18 else [])]
        connection.execute(";".join(schema).encode())
        rows = RowFactory(connection, read_catalog(connection))
        assert rows.insert("b")["a"] == 1
        filled = rows.fill(3)
        assert (filled.skipped, set(filled.rows.values())) == ({}, {3})
        assert rows.insert_many("b", 50) == 50
