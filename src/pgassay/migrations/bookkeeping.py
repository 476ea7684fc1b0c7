"""Write the ledger: make it, lock it, and keep its rows."""

from __future__ import annotations

from typing import LiteralString

import psycopg
from psycopg import sql

from pgassay.errors import MigrationError
from pgassay.migrations.failure import LOCK_NOT_AVAILABLE, WHO_HOLDS_IT
from pgassay.migrations.ledger import NAME, LedgerRow, State, read
from pgassay.migrations.model import Migration
from pgassay.migrations.send import Connection

_CREATE: LiteralString = """
CREATE TABLE pgassay.ledger (
    version       bigint      PRIMARY KEY,
    name          text        NOT NULL,
    up_checksum   text        NOT NULL,
    down_checksum text,
    state         text        NOT NULL
                  CHECK (state IN ('finished', 'started', 'failed', 'reverting', 'revert failed')),
    applied_at    timestamptz NOT NULL,
    applied_by    text        NOT NULL,
    duration      interval    NOT NULL
)
"""
_COMMENT: LiteralString = "COMMENT ON TABLE pgassay.ledger IS 'Which migrations this database has had: kept by pgassay'"


def ensure(connection: Connection) -> tuple[LedgerRow, ...]:
    """Read the ledger; make schema and table where they are missing, owned by the role that the connection acts as.

    Args:
        connection: In autocommit.

    Raises:
        MigrationError: It is a stranger's, or the role may not make it.
        BlindError: The role may not read it.
    """
    rows = read(connection)
    if rows is not None:
        return rows
    try:
        with connection.transaction():
            # IF NOT EXISTS would ask for CREATE on the database even where the schema is there.
            if connection.execute("SELECT FROM pg_namespace WHERE nspname = 'pgassay'").fetchone() is None:
                connection.execute("CREATE SCHEMA pgassay")
            connection.execute(_CREATE)
            connection.execute(_COMMENT)
    except psycopg.errors.InsufficientPrivilege as error:
        raise _may_not_create(connection, error) from None
    except psycopg.Error as error:
        raise explain(error, f'the ledger "{NAME}" could not be made') from None
    return ()


def explain(error: psycopg.Error, what: str) -> MigrationError:
    """Return the error that says `what` failed and why."""
    hint = None
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        hint = f"GRANT SELECT, INSERT, UPDATE, DELETE ON {NAME} to the role that runs migrations"
    elif error.sqlstate == LOCK_NOT_AVAILABLE:
        hint = WHO_HOLDS_IT
    said = error.diag.message_primary or str(error).strip()
    return MigrationError(f"{what}: {said}", hint=hint, sqlstate=error.sqlstate)


def _may_not_create(connection: Connection, error: psycopg.Error) -> MigrationError:
    """Name the GRANT: for the schema where it is there, else for the database."""
    row = connection.execute(
        "SELECT current_user, current_database(), EXISTS (SELECT FROM pg_namespace WHERE nspname = 'pgassay')"
    ).fetchone()
    assert row is not None
    role, database = sql.Identifier(row[0]), sql.Identifier(row[1])
    grant = (
        sql.SQL("GRANT USAGE, CREATE ON SCHEMA pgassay TO {}").format(role)
        if row[2]
        else sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, role)
    )
    return MigrationError(
        f'"{row[0]}" may not make the ledger "{NAME}": {error.diag.message_primary}',
        hint=f"{grant.as_string(connection)};",
        sqlstate=error.sqlstate,
    )


_LOCK: LiteralString = "LOCK TABLE pgassay.ledger IN SHARE ROW EXCLUSIVE MODE"
# Searched in pg_catalog alone, so that no function or operator of another schema is taken.
_PLAIN_SEARCH: LiteralString = "SET LOCAL search_path = pg_catalog"

_INSERT: LiteralString = """
INSERT INTO pgassay.ledger
       (version, name, up_checksum, down_checksum, state, applied_at, applied_by, duration)
VALUES (%s, %s, %s, %s, %s, clock_timestamp(), current_user, make_interval(secs => %s))
"""
_UPDATE: LiteralString = """
UPDATE pgassay.ledger
   SET state = %s, duration = coalesce(make_interval(secs => %s), duration)
 WHERE version = %s
"""
_DELETE: LiteralString = "DELETE FROM pgassay.ledger WHERE version = %s"


def lock(connection: Connection, expected: tuple[LedgerRow, ...]) -> None:
    """Inside a step's transaction, keep other runners out, and see that the ledger still says what was planned on.

    Raises:
        MigrationError: Somebody has changed it since.
    """
    connection.execute(_LOCK)
    if read(connection) != expected:
        raise MigrationError(
            f'the ledger "{NAME}" was changed by somebody else while migrations ran',
            hint="run the command again: it plans anew",
        )


def insert(connection: Connection, migration: Migration, state: State, *, seconds: float) -> None:
    """Write down that an up was made, or begun."""
    down = migration.down.checksum if migration.down else None
    values = [migration.version, migration.name, migration.up.checksum, down, state, seconds]
    connection.execute(_PLAIN_SEARCH)
    connection.execute(_INSERT, values)


def update(connection: Connection, version: int, state: State, *, seconds: float | None = None) -> None:
    """Write down how far a migration has come, and, where `seconds` is given, how long its up took."""
    connection.execute(_PLAIN_SEARCH)
    connection.execute(_UPDATE, [state, seconds, version])


def delete(connection: Connection, version: int) -> None:
    """Write down that a migration was undone."""
    connection.execute(_PLAIN_SEARCH)
    connection.execute(_DELETE, [version])
