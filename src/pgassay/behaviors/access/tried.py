"""The third answer: what comes of acting as the role, on a clone, statement by statement, all of it undone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.access.attempts import BENCH, BENCH_COLUMNS, ON, WORKSHOP, Shape, Statement, on_relation, shapes
from pgassay.behaviors.access.cells import Attempt, Cell, Tried
from pgassay.behaviors.access.declared import RELATIONS
from pgassay.behaviors.access.routines import routine_statements
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import PUBLIC, Identity, Record, RoleName, one_line

PATIENCE = 60  # seconds that one statement of ours may take, each of which tries thousands of others
DENIED = "42501"
Place = tuple[str, Identity, str]
"""Kind, identity, action."""

ROUTINES = frozenset({"function", "aggregate"})

# A block with a handler is a savepoint, and an exception of ours undoes what was done. All tries of a role are one
# round trip; only what did not succeed is told. Nothing is called between them that the role might not call.
_TRY = sql.SQL("""
CREATE FUNCTION pg_temp.pgassay_try(who text, tries text[])
RETURNS TABLE (number int, state text, said text) LANGUAGE plpgsql AS $try$
DECLARE
    one text;
BEGIN
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
_SETTINGS = sql.SQL("""
SET LOCAL statement_timeout = {patience};
SET LOCAL lock_timeout = {patience};
SET LOCAL check_function_bodies = off;
SET LOCAL client_min_messages = error;
""")


def with_tried(cells: Sequence[Cell], connection: psycopg.Connection[Any], catalog: Catalog) -> Iterator[Cell]:
    """Give each cell what came of trying it.

    Args:
        cells: Of objects and roles that are there. What everybody can do is not tried: nobody is everybody.
        connection: A superuser's, in autocommit, to a clone that nobody else uses. What is done is undone.
        catalog: The catalog of that database.

    Raises:
        psycopg.errors.InsufficientPrivilege: The connection's role may not act as another.
    """
    plan = statements_for(cells, connection, catalog)
    roles = list(dict.fromkeys(cell.role for cell in cells if cell.role != PUBLIC))
    with workshop(connection, list(plan.values())) as attempts_of:
        _without_policies(connection, catalog)
        outcomes = {role: dict(zip(plan, attempts_of(role), strict=True)) for role in roles}
    for cell in cells:
        yield replace(cell, tried=outcomes.get(cell.role, {}).get(_place(cell)))


def _without_policies(connection: psycopg.Connection[Any], catalog: Catalog) -> None:
    """Switch row security off, in the open transaction: what a policy asks for, such as a claim, is no privilege."""
    for identity, record in catalog.records.get("table", {}).items():
        if cast(Table, record).row_security:
            name = sql.Identifier(*identity)
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(name))


def _place(cell: Cell) -> Place:
    return cell.object.KIND, cell.object.identity, cell.action


def statements_for(
    cells: Iterable[Cell], connection: psycopg.Connection[Any], catalog: Catalog
) -> Mapping[Place, Statement]:
    """Return which statement tries which action on which object; the same for all roles.

    Args:
        cells: What is asked about; an action that there is no harmless try for is left out.
        connection: In autocommit, to the database that it is the catalog of.
        catalog: That.
    """
    wanted: dict[tuple[str, Identity], set[str]] = {}
    for cell in cells:
        wanted.setdefault((cell.object.KIND, cell.object.identity), set()).add(cell.action)
    calls, shape_of = routine_statements(connection), shapes(catalog)
    found: dict[Place, Statement] = {}
    for (kind, identity), actions in wanted.items():
        record = catalog.records[kind][identity]
        for action, statement in _tries(record, actions, calls, shape_of):
            if action in actions:
                found[kind, identity, action] = statement
    return found


def _tries(
    record: Record, actions: set[str], calls: Mapping[Identity, Statement], shape_of: Mapping[Identity, Shape]
) -> Iterator[tuple[str, Statement]]:
    if record.KIND in RELATIONS:
        yield from on_relation(record, shape_of[record.identity], actions)
    elif record.KIND in ROUTINES and record.identity in calls:
        yield "EXECUTE", calls[record.identity]
    elif record.KIND in ON:
        yield from ON[record.KIND](record)


@contextmanager
def workshop(
    connection: psycopg.Connection[Any], tries: Sequence[Statement]
) -> Iterator[Callable[[RoleName], list[Attempt]]]:
    """Go into a transaction that is rolled back, in which statements can be tried as any role, each in a savepoint.

    Yields:
        A function from a role to what came of each statement.
    """
    columns = sql.SQL(", ").join(sql.SQL("{} point").format(sql.Identifier(name)) for name in BENCH_COLUMNS)
    with connection.transaction(force_rollback=True):
        connection.execute(_SETTINGS.format(patience=sql.Literal(f"{PATIENCE}s")))
        connection.execute(_TRY)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(WORKSHOP)))
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(BENCH, columns))
        connection.execute(_KEEP, [json.dumps([one.text.as_string(connection) for one in tries])])
        yield lambda role: _attempts(connection, role, tries)


def _attempts(connection: psycopg.Connection[Any], role: RoleName, tries: Sequence[Statement]) -> list[Attempt]:
    with connection.transaction(force_rollback=True):
        _lend(connection, role)
        failed = {number: (state, said) for number, state, said in connection.execute(_RUN, [role]).fetchall()}
    return [_attempt(one, *failed.get(number, ("", ""))) for number, one in enumerate(tries)]


def _lend(connection: psycopg.Connection[Any], role: RoleName) -> None:
    """Give the role the workshop, for this savepoint."""
    who = sql.Identifier(role)
    schema = sql.Identifier(WORKSHOP)
    connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}").format(schema, who))
    connection.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(BENCH, who))


def _attempt(statement: Statement, sqlstate: str, said: str) -> Attempt:
    if sqlstate in {"", statement.passed}:
        return _DONE
    return Attempt(Tried.DENIED if sqlstate == DENIED else Tried.OTHERWISE, sqlstate, one_line(said))


_DONE = Attempt(Tried.DONE)
