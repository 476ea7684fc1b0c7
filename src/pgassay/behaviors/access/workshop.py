"""Where statements are tried as any role: in a transaction that is rolled back, each in a savepoint of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from pgassay.behaviors.access.attempts import BENCH, BENCH_COLUMNS, CHOICE, MOOT, WORKSHOP, Statement
from pgassay.behaviors.access.cells import Attempt, Tried
from pgassay.catalog.record import PUBLIC, RoleName, one_line

PATIENCE = 60  # seconds that one statement of ours may take, each of which tries thousands of others
DENIED = "42501"

# A block with a handler is a savepoint, and an exception of ours undoes what was done. All tries of a role are one
# round trip; only what did not succeed is told. Nothing is called between them that the role might not call.
_TRY = sql.SQL("""
CREATE FUNCTION pg_temp.pgassay_try(who text, tries text[])
RETURNS TABLE (number int, state text, said text) LANGUAGE plpgsql AS $try$
DECLARE
    one text;
BEGIN
    SET LOCAL session_replication_role = origin;
    EXECUTE pg_catalog.format('SET LOCAL SESSION AUTHORIZATION %I', who);
    number := 0;
    FOREACH one IN ARRAY tries LOOP
        BEGIN
            EXECUTE one;
            RAISE SQLSTATE 'PGA00';
        EXCEPTION
            WHEN SQLSTATE 'PGA00' THEN NULL;
            WHEN OTHERS THEN
                state := SQLSTATE;
                said := SQLERRM;
                RETURN NEXT;
        END;
        number := number + 1;
    END LOOP;
END
$try$
""")
# The statements are sent once for all roles, and as JSON, which is written ten times as fast as an array.
_KEEP = """
CREATE TEMPORARY TABLE pgassay_tries ON COMMIT DROP AS
SELECT t.number, t.text FROM json_array_elements_text(%s::json) WITH ORDINALITY AS t (text, number)
"""
_RUN = """
SELECT number, state, said
  FROM pg_temp.pgassay_try(%s, ARRAY(SELECT t.text FROM pg_temp.pgassay_tries AS t ORDER BY t.number))
"""
# Event triggers may mind what is made ready for the tries, and not only what is tried.
_SETTINGS = sql.SQL("""
SET LOCAL session_replication_role = replica;
SET LOCAL statement_timeout = {patience};
SET LOCAL lock_timeout = {patience};
SET LOCAL check_function_bodies = off;
SET LOCAL client_min_messages = error;
""")


@contextmanager
def workshop(
    connection: psycopg.Connection[Any], tries: Sequence[Statement]
) -> Iterator[Callable[[RoleName], list[Attempt]]]:
    """Go into a transaction that is rolled back, in which statements can be tried as any role, each in a savepoint.

    Yields:
        A function from a role, or PUBLIC, to what came of each statement.
    """
    columns = sql.SQL(", ").join(sql.SQL("{} point").format(sql.Identifier(name)) for name in BENCH_COLUMNS)
    with connection.transaction(force_rollback=True):
        connection.execute(_SETTINGS.format(patience=sql.Literal(f"{PATIENCE}s")))
        connection.execute(_TRY)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(WORKSHOP)))
        connection.execute(sql.SQL("CREATE UNLOGGED TABLE {} ({})").format(BENCH, columns))
        connection.execute(sql.SQL("CREATE TYPE {} AS ENUM ()").format(CHOICE))
        for one in tries:
            if one.before is not None:
                connection.execute(one.before)
        connection.execute(_KEEP, [json.dumps([one.text.as_string(connection) for one in tries])])
        yield lambda role: _attempts(connection, role, tries)


def _attempts(connection: psycopg.Connection[Any], role: RoleName, tries: Sequence[Statement]) -> list[Attempt]:
    with connection.transaction(force_rollback=True):
        who = _everybody(connection) if role == PUBLIC else role
        _lend(connection, who)
        errors = {number: (state, said) for number, state, said in connection.execute(_RUN, [who]).fetchall()}
    return [_attempt(one, *errors.get(number, ("", ""))) for number, one in enumerate(tries)]


def _everybody(connection: psycopg.Connection[Any]) -> RoleName:
    """Make a role, for this savepoint, that can do what everybody can, and nothing else."""
    # Roles are the server's: of two sessions that make one of the same name the second waits for the first.
    role = RoleName(f"pgassay: everybody in {connection.info.backend_pid}")
    connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    return role


def _lend(connection: psycopg.Connection[Any], role: RoleName) -> None:
    """Give the role the workshop, for this savepoint."""
    who = sql.Identifier(role)
    schema = sql.Identifier(WORKSHOP)
    connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}").format(schema, who))
    connection.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(BENCH, who))


def _attempt(statement: Statement, sqlstate: str, said: str) -> Attempt:
    if sqlstate in {"", statement.passed}:
        return _DONE
    if statement.moot and sqlstate == MOOT:
        return Attempt(Tried.UNTRIED, said=statement.moot)
    return failed(sqlstate, said)


def failed(sqlstate: str, said: str) -> Attempt:
    """Return what an error says of a try."""
    return Attempt(Tried.DENIED if sqlstate == DENIED else Tried.OTHERWISE, sqlstate, one_line(said))


_DONE = Attempt(Tried.DONE)
