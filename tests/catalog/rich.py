"""One large database that holds an object of every kind, most of them in many sorts."""

from __future__ import annotations

from psycopg import sql

from tests.catalog.mend_cases import CASES, Case
from tests.catalog.mend_cases.shared import SHARED, WITHOUT_NAME, statements
from tests.catalog.support import Connection

ALIVE = """
    CREATE SCHEMA "more"; SET search_path = "more";
    CREATE TYPE pair AS (x int);
    CREATE FUNCTION taken(internal) RETURNS pair LANGUAGE internal STABLE AS 'record_recv';
    CREATE TRANSFORM FOR pair LANGUAGE sql (TO SQL WITH FUNCTION taken(internal));
    CREATE FUNCTION f(pair) RETURNS int TRANSFORM FOR TYPE pair LANGUAGE sql AS 'SELECT 1';
    CREATE EXTENSION hstore; ALTER EXTENSION hstore ADD TYPE pair;
    REVOKE EXECUTE ON FUNCTION pg_sleep(float8), hstore(text, text) FROM PUBLIC;
    COMMENT ON EXTENSION hstore IS 'other words';
"""
LABELS = """
    INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)
    SELECT oid, 'pg_class'::regclass, 0, 'p', 'x' FROM pg_class WHERE relname = 't' LIMIT 1;
    INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
    SELECT oid, 'pg_authid'::regclass, 'p', 'x' FROM pg_roles WHERE rolname = 'database a';
"""
ON_CLUSTER = """
    SET allow_in_place_tablespaces = on;
    CREATE TABLESPACE fast LOCATION '';
"""


def fill(connection: Connection, major: int) -> None:
    """Make everything, on a server of the test's own: roles and a tablespace among it."""
    connection.execute('CREATE ROLE "database a"; CREATE ROLE "database b"')
    for case in CASES:
        if major >= case.since:
            _make(connection, case)
    for name in SHARED:
        connection.execute(statements(name, changed=True))
    connection.execute(WITHOUT_NAME.encode())
    connection.execute(ALIVE)
    if major >= 15:
        connection.execute("GRANT SET ON PARAMETER jit TO PUBLIC")


def _make(connection: Connection, case: Case) -> None:
    name = sql.Identifier(case.name)
    connection.execute(sql.SQL("CREATE SCHEMA {}; SET search_path = {}").format(name, name))
    connection.execute(case.sql(case.base, case.expected))


def add_what_no_dump_restores(connection: Connection) -> None:
    """Make what a dump cannot say here: security labels without their provider, and a tablespace."""
    connection.execute(LABELS)
    connection.execute("SET allow_in_place_tablespaces = on")
    connection.execute("CREATE TABLESPACE fast LOCATION ''")
