"""The table in which another tool writes down what it has applied: made and kept as that tool does.

Migrations meet it: they grant on all tables of a schema, and some read or mend its rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction, Migration, OwnTable
from pgassay.migrations.send import Connection

_IS_THERE: LiteralString = "SELECT to_regclass(%s) IS NOT NULL, %s = '' OR to_regnamespace(%s) IS NOT NULL"


def with_own_table(migrations: Sequence[Migration], table: OwnTable) -> tuple[Migration, ...]:
    """Tell each migration of its tool's table, unless one of them makes that table itself.

    Args:
        migrations: All, in order.
        table: The table.
    """
    if is_made_by(migrations, table):
        return tuple(migrations)
    befores = ("", *(migration.key for migration in migrations))
    return tuple(replace(m, own_table=table, below=below) for m, below in zip(migrations, befores, strict=False))


def is_made_by(migrations: Iterable[Migration], table: OwnTable) -> bool:
    """Tell whether a migration makes a table of that name, and would fail where the tool had made it before."""
    made = re.compile(
        rf"""create\s+table\s+(?!if\s)(?:[\w"]+\s*\.\s*)?"?{re.escape(table.name)}"?\s*\(""", re.IGNORECASE
    )
    return any(table.name in migration.up.sql and made.search(migration.up.sql) for migration in migrations)


class Clerk:
    """Makes the table before the first migration, and writes down each that went up or down.

    Its session is none of those in which migrations run: what they set or hold does not reach it.

    Args:
        connect: Opens a session as the role that runs migrations, in autocommit.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._made: set[OwnTable] = set()

    def prepare(self, migration: Migration) -> None:
        """Make the table, where the tool has one and it is not there.

        Raises:
            MigrationError: The role may not make it.
        """
        table = migration.own_table
        if table is None or not table.setup or table in self._made:
            return
        try:
            self._asked(lambda connection: _make(connection, table))
        except psycopg.Error as error:
            raise _not_made(table, error) from None
        self._made.add(table)

    def note(self, migration: Migration, direction: Direction) -> None:
        """Write down that a migration went up or down.

        Raises:
            MigrationError: The table is gone, or may not be written to.
        """
        table = migration.own_table
        if table is None:
            return
        try:
            self._asked(lambda connection: _write(connection, table, migration, direction))
        except psycopg.Error as error:
            raise _not_written(migration, table, direction, error) from None

    def _asked(self, work: Callable[[Connection], None]) -> None:
        """Do something in the session; where a migration has ended it, in another one."""
        session = self._session()
        try:
            work(session)
        except psycopg.OperationalError:
            if not session.closed:
                raise
            work(self._session())

    def _session(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def close(self) -> None:
        """Close the session."""
        if self._connection is not None:
            self._connection.close()


def _make(connection: Connection, table: OwnTable) -> None:
    name = table.identifier.as_string(connection)
    schema = sql.Identifier(table.schema).as_string(connection) if table.schema else ""
    row = connection.execute(_IS_THERE, [name, schema, schema]).fetchone()
    is_there, has_schema = row or (False, True)
    if is_there:
        return
    with connection.transaction():
        if not has_schema:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(table.schema)))
        for statement in table.setup:
            connection.execute(_composed(statement, table))


def _write(connection: Connection, table: OwnTable, migration: Migration, direction: Direction) -> None:
    statements = table.applied if direction is Direction.UP else table.reverted
    with connection.transaction() if len(statements) > 1 else nullcontext():  # one is whole by itself
        for statement in statements:
            connection.execute(_composed(statement, _doubled(table)), _values(migration))


def _doubled(table: OwnTable) -> OwnTable:
    """Return the table as it is called in a statement with parameters, where % would begin one."""
    return replace(table, name=table.name.replace("%", "%%"), schema=table.schema.replace("%", "%%"))


def _composed(statement: LiteralString, table: OwnTable) -> sql.Composed:
    """Put names in: the table's own, one of a further object beside it, and those that are made of the table's."""
    return sql.SQL(statement).format(
        table=table.identifier,
        key=sql.Identifier(f"{table.name}_pk"),
        index=sql.Identifier(f"{table.name}_s_idx"),
        **{name: replace(table, name=name).identifier for name in table.siblings},
    )


def _values(migration: Migration) -> dict[str, Any]:
    return {
        "key": migration.key,
        "below": migration.below or None,
        "name": migration.name,
        "title": migration.label,
        "file": migration.path.name,
        "project": migration.project,
        "checksum": migration.checksum,
        "pieces": [piece.sql for piece in migration.up.pieces or ()],
    }


def _not_made(table: OwnTable, error: psycopg.Error) -> MigrationError:
    return MigrationError(
        f"the table {table.dotted}, in which the tool writes down what is applied, cannot be made: "
        f"{error.diag.message_primary or str(error).strip()}",
        hint="let schema/init give the owner CREATE on that schema, or say where the tool has it: assay_tracking",
        sqlstate=error.sqlstate,
    )


def _not_written(migration: Migration, table: OwnTable, direction: Direction, error: psycopg.Error) -> MigrationError:
    script = migration.up if direction is Direction.UP else migration.down
    path = (script.path if script is not None else None) or migration.path
    return MigrationError(
        f'"{path}": it ran to its end, and then the tool could not write to its table {table.dotted}: '
        f"{error.diag.message_primary or str(error).strip()}",
        hint=f"leave {table.dotted} and its rows as the tool needs them",
        sqlstate=error.sqlstate,
    )
