"""One large database that holds an object of every kind, most of them in many sorts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from random import Random

import psycopg
from psycopg import sql

from tests.catalog.mend_cases import CASES, Case
from tests.catalog.mend_cases.shared import SHARED, WITHOUT_NAME, statements
from tests.catalog.random_ddl.changing import CHANGING
from tests.catalog.random_ddl.making import FOUNDATION, MAKING
from tests.catalog.random_ddl.words import ROLES, WORDS
from tests.catalog.random_ddl.world import World
from tests.catalog.support import Connection

LOST: Mapping[str, str] = {
    "LANGUAGE {": "a language whose handler is PostgreSQL's own is dumped as if an extension of its name had made it",
    "EXTENSION {": "the cases have those that there are",
    "UPDATE pg_": "no dump carries what no DDL makes",
    "TABLESPACE": "the cases are without",
    "SCHEMA {old": "schema public under another name is dumped as if it had had its privileges from the beginning",
    "ALTER TRIGGER": "a constraint trigger that is renamed leaves its constraint the old name, which no dump carries",
    "INHERITS": "what a parent gets later is dumped as if its heirs had had it from the beginning",
    "toast.": "it is lost where no column that is left needs a TOAST table",
    "LIKE {": "LIKE gives an identity column of int a sequence of bigint, and a dump one of int",
}
"""Pieces of forms of which `grow` makes no use -> the reason."""

MORE = """
    CREATE SCHEMA "more"; SET search_path = "more";
    CREATE TYPE pair AS (x int);
    CREATE FUNCTION taken(internal) RETURNS pair LANGUAGE internal STABLE AS 'record_recv';
    CREATE TRANSFORM FOR pair LANGUAGE sql (TO SQL WITH FUNCTION taken(internal));
    CREATE FUNCTION f(pair) RETURNS int TRANSFORM FOR TYPE pair LANGUAGE sql AS 'SELECT 1';
    CREATE EXTENSION hstore;
    REVOKE EXECUTE ON FUNCTION pg_sleep(float8), hstore(text, text) FROM PUBLIC;
    COMMENT ON EXTENSION hstore IS 'other words';
"""
KEPT = tuple(form for form in (*MAKING, *CHANGING) if not any(piece in form for piece in LOST))
LABELS = """
    INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)
    SELECT oid, 'pg_class'::regclass, 0, 'p', 'x' FROM pg_class WHERE relname = 't' LIMIT 1;
    INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
    SELECT oid, 'pg_authid'::regclass, 'p', 'x' FROM pg_roles WHERE rolname = 'database a';
"""


def fill(connection: Connection, major: int, *, without: Collection[str] = ()) -> None:
    """Make everything but some cases, on a server of the test's own: roles are among it."""
    connection.execute('CREATE ROLE "database a"; CREATE ROLE "database b"')
    for case in CASES:
        if major >= case.since and case.name not in without:
            _make(connection, case)
    for name in (name for name in SHARED if name not in without):
        connection.execute(statements(name, changed=True))
    connection.execute(WITHOUT_NAME.encode())
    connection.execute(MORE)
    if major >= 15:
        connection.execute("GRANT SET ON PARAMETER jit TO PUBLIC")


def grow(connection: Connection, seed: int, number: int) -> None:
    """Make random objects on top; what PostgreSQL refuses is left out."""
    for role in ROLES:
        connection.execute(f"CREATE ROLE {role} SUPERUSER".encode())
    world, choose = World(WORDS), Random(seed).choice
    for n in range(number):
        forms = [form for form in KEPT if world.can_say(form)]
        sentence = world.say(FOUNDATION[n] if n < len(FOUNDATION) else choose(forms), choose)
        with suppress(psycopg.Error), connection.transaction():
            connection.execute(sentence.text.encode())
            sentence.happened()


def _make(connection: Connection, case: Case) -> None:
    name = sql.Identifier(case.name)
    connection.execute(sql.SQL("CREATE SCHEMA {}; SET search_path = {}").format(name, name))
    connection.execute(case.sql(case.base, case.expected))


def add_what_no_dump_restores(connection: Connection) -> None:
    """Make what a dump cannot say here: security labels without their provider, and a tablespace."""
    connection.execute(LABELS)
    connection.execute("SET allow_in_place_tablespaces = on")
    connection.execute("CREATE TABLESPACE fast LOCATION ''")
