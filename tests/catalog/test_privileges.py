"""What `can` answers is what has_*_privilege says, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from pgassay.catalog.actors import Actor
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.grantable import COLUMN_PRIVILEGES, PRIVILEGES
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.read import read_catalog
from pgassay.servers.databases import create_database, scratch_name
from pgassay.servers.server import Server

Connection = psycopg.Connection[Any]
Question = tuple[str, tuple[str, ...], str, str | None]

ROLES = ("anna", 'Ben "x"', "cära.d", "😀", "SET ROLE anna")
QUOTED = tuple(sql.Identifier(role).as_string(None) for role in ROLES)
PREDEFINED = ("pg_read_all_data", "pg_write_all_data", "pg_monitor", "pg_maintain")
SCHEMA = """
CREATE SCHEMA "S.s";
SET search_path = "S.s";
CREATE TABLE "T t" (a int, "b (c)" int);
CREATE VIEW v AS SELECT a, "b (c)" FROM "T t";
CREATE MATERIALIZED VIEW m AS SELECT a, "b (c)" FROM "T t";
CREATE SEQUENCE q;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE g(int) (SFUNC = int4pl, STYPE = int);
CREATE TYPE e AS ENUM ('x');
CREATE TYPE c AS (x int);
CREATE DOMAIN d AS int;
CREATE TYPE r AS RANGE (subtype = int);
RESET search_path;
CREATE FOREIGN DATA WRAPPER "W w";
CREATE SERVER far FOREIGN DATA WRAPPER "W w";
CREATE TRUSTED LANGUAGE again HANDLER plpgsql_call_handler;
"""
# What ALTER and GRANT call each object, its name, and its kind.
OBJECTS = (
    ("SCHEMA", "SCHEMA", '"S.s"', "schema"),
    ("TABLE", "TABLE", '"S.s"."T t"', "table"),
    ("VIEW", "TABLE", '"S.s".v', "view"),
    ("MATERIALIZED VIEW", "TABLE", '"S.s".m', "materialized view"),
    ("SEQUENCE", "SEQUENCE", '"S.s".q', "sequence"),
    ("FUNCTION", "FUNCTION", '"S.s".f(text)', "function"),
    ("PROCEDURE", "PROCEDURE", '"S.s".p()', "function"),
    ("AGGREGATE", "FUNCTION", '"S.s".g(integer)', "aggregate"),
    ("FOREIGN DATA WRAPPER", "FOREIGN DATA WRAPPER", '"W w"', "foreign-data wrapper"),
    ("SERVER", "FOREIGN SERVER", "far", "foreign server"),
    ("LANGUAGE", "LANGUAGE", "again", "language"),
    ("TYPE", "TYPE", '"S.s".e', "enum"),
    ("TYPE", "TYPE", '"S.s".c', "composite type"),
    ("DOMAIN", "DOMAIN", '"S.s".d', "domain"),
    ("TYPE", "TYPE", '"S.s".r', "range type"),
)

# Every question that there is, with the server's answer for one role ("public" is PUBLIC to these functions).
REFEREE = """
WITH relation AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind,
           CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                          ELSE 'sequence' END AS kind
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid >= 16384 AND c.relkind IN ('r', 'v', 'm', 'S')
)
SELECT kind, ARRAY[nspname, relname], word, NULL
  FROM relation, unnest(%(table)s::text[]) AS word
 WHERE relkind <> 'S' AND has_table_privilege(%(role)s, oid, word)
 UNION ALL
SELECT kind, ARRAY[nspname, relname], word, a.attname
  FROM relation JOIN pg_attribute AS a ON a.attrelid = oid AND a.attnum > 0, unnest(%(column)s::text[]) AS word
 WHERE relkind <> 'S' AND has_column_privilege(%(role)s, oid, a.attnum, word)
 UNION ALL
SELECT kind, ARRAY[nspname, relname], word, NULL
  FROM relation, unnest(%(sequence)s::text[]) AS word
 WHERE relkind = 'S' AND has_sequence_privilege(%(role)s, oid, word)
 UNION ALL
SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END,
       ARRAY[n.nspname, p.proname, oidvectortypes(p.proargtypes)], 'EXECUTE', NULL
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname = 'S.s' AND p.proname IN ('f', 'p', 'g') AND has_function_privilege(%(role)s, p.oid, 'EXECUTE')
 UNION ALL
SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'composite type' END,
       ARRAY[n.nspname, t.typname], 'USAGE', NULL
  FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
 WHERE n.nspname = 'S.s' AND t.typname IN ('e', 'c', 'd', 'r') AND has_type_privilege(%(role)s, t.oid, 'USAGE')
 UNION ALL
SELECT 'schema', ARRAY[n.nspname], word, NULL
  FROM pg_namespace AS n, unnest(%(schema)s::text[]) AS word
 WHERE n.nspname IN ('public', 'S.s') AND has_schema_privilege(%(role)s, n.oid, word)
 UNION ALL
SELECT 'foreign-data wrapper', ARRAY[fdwname], 'USAGE', NULL
  FROM pg_foreign_data_wrapper WHERE has_foreign_data_wrapper_privilege(%(role)s, oid, 'USAGE')
 UNION ALL
SELECT 'foreign server', ARRAY[srvname], 'USAGE', NULL
  FROM pg_foreign_server WHERE has_server_privilege(%(role)s, oid, 'USAGE')
 UNION ALL
SELECT 'language', ARRAY[lanname], 'USAGE', NULL
  FROM pg_language WHERE lanname = 'again' AND has_language_privilege(%(role)s, oid, 'USAGE')
 UNION ALL
SELECT 'database', '{}', word, NULL
  FROM unnest(%(database)s::text[]) AS word
 WHERE has_database_privilege(%(role)s, current_database(), word)
"""


@pytest.fixture(scope="module")
def cluster(any_private_server: Server) -> Iterator[Connection]:
    name = scratch_name("can")
    create_database(any_private_server, name)
    with any_private_server.connect(name) as connection:
        yield connection


@st.composite
def grant(draw: st.DrawFn) -> str:
    """GRANT or REVOKE on an object, or on columns of it."""
    _, sort, name, kind = draw(st.sampled_from(OBJECTS))
    word = draw(st.sampled_from(PRIVILEGES[kind]))
    columns = ' (a, "b (c)")' if sort == "TABLE" and word in COLUMN_PRIVILEGES and draw(st.booleans()) else ""
    grantee = draw(st.sampled_from((*QUOTED, "PUBLIC", "pg_database_owner")))
    verb, to = draw(st.sampled_from((("GRANT", "TO"), ("GRANT", "TO"), ("REVOKE", "FROM"))))
    return f"{verb} {word}{columns} ON {sort} {name} {to} {grantee}"


@st.composite
def owner(draw: st.DrawFn) -> str:
    """Give an object away; an owner may have revoked from itself what owners have."""
    alter, sort, name, _ = draw(st.sampled_from(OBJECTS))
    role = draw(st.sampled_from(QUOTED))
    revoke = f"; REVOKE ALL ON {sort} {name} FROM {role}" if draw(st.booleans()) else ""
    return f"ALTER {alter} {name} OWNER TO {role}{revoke}"


@st.composite
def membership(draw: st.DrawFn) -> str:
    """Make a role a member of another one, on 16 and later with or without its options."""
    role, member = draw(st.sampled_from((*QUOTED, *PREDEFINED))), draw(st.sampled_from(QUOTED))
    options = draw(st.sampled_from(("", "INHERIT FALSE", "INHERIT TRUE", "SET FALSE", "INHERIT FALSE, SET FALSE")))
    return f"GRANT {role} TO {member}" + (f" WITH {options}" if options else "")


def attribute() -> st.SearchStrategy[str]:
    """Give a role one of the attributes that count."""
    words = st.sampled_from(("INHERIT", "NOINHERIT", "NOINHERIT", "SUPERUSER", "NOSUPERUSER"))
    return st.builds("ALTER ROLE {} {}".format, st.sampled_from(QUOTED), words)


def of_database() -> st.SearchStrategy[str]:
    """Give the database away, or a privilege on it."""
    forms = (
        "ALTER DATABASE {db} OWNER TO %s",
        "GRANT CREATE ON DATABASE {db} TO %s",
        "REVOKE ALL ON DATABASE {db} FROM %s",
    )
    return st.builds(str.__mod__, st.sampled_from(forms), st.sampled_from((*QUOTED, "postgres")))


STATEMENTS = st.lists(
    grant() | grant() | membership() | membership() | owner() | attribute() | of_database(), max_size=25
)


def reset(connection: Connection) -> None:
    """Leave nothing of the last example."""
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(database))
    connection.execute('DROP SCHEMA IF EXISTS "S.s" CASCADE; DROP FOREIGN DATA WRAPPER IF EXISTS "W w" CASCADE')
    connection.execute("DROP LANGUAGE IF EXISTS again CASCADE")
    for role, name in zip(QUOTED, ROLES, strict=True):
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None:
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
        connection.execute(f"CREATE ROLE {role}".encode())
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO PUBLIC").format(database))
    connection.execute(SCHEMA.encode())


def execute(connection: Connection, statement: str) -> None:
    """What the server refuses (a circle of memberships, an option of later majors, a wrapper's owner) is left out."""
    try:
        connection.execute(statement.format(db=sql.Identifier(connection.info.dbname).as_string(None)).encode())
    except (
        psycopg.errors.InvalidGrantOperation,
        psycopg.errors.UndefinedObject,
        psycopg.errors.SyntaxError,
        psycopg.errors.InsufficientPrivilege,
    ):
        return


def by_server(connection: Connection, catalog: Catalog, role: str) -> set[Question]:
    words = {kind: list(catalog.access.on(kind)) for kind in ("table", "sequence", "schema", "database")}
    rows = connection.execute(REFEREE.encode(), {"role": role, "column": list(COLUMN_PRIVILEGES), **words})
    return {(kind, tuple(identity), word, column) for kind, identity, word, column in rows}


def by_catalog(catalog: Catalog, actor: Actor) -> set[Question]:
    """Ask everything that can be asked."""
    found = set[Question]()
    for kind in PRIVILEGES:
        for identity, record in catalog.records.get(kind, {}).items():
            found |= {(kind, identity, word, None) for word in catalog.access.on(kind) if actor.can(word, on=record)}
    for identity, column in catalog.of_kind(Column).records():
        kind = next(kind for kind in PRIVILEGES if identity[:2] in catalog.records.get(kind, {}))
        found |= {(kind, identity[:2], word, column.name) for word in COLUMN_PRIVILEGES if actor.can(word, on=column)}
    return found


@pytest.mark.thorough
@pytest.mark.slow
@settings(
    max_examples=int(os.environ.get("PGASSAY_TEST_EXAMPLES", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(statements=STATEMENTS)
def test_agrees_with_the_server(cluster: Connection, statements: list[str]) -> None:
    reset(cluster)
    for statement in statements:
        execute(cluster, statement)
    catalog = read_catalog(cluster)

    for role in ROLES:
        assert by_catalog(catalog, catalog.role(role)) == by_server(cluster, catalog, role), role
    assert by_catalog(catalog, catalog.everybody) == by_server(cluster, catalog, "public")
