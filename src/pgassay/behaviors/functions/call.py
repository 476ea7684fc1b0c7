"""A function that is called with arguments, time and again, with exactly the same values.

The arguments are read from text once, and sent as their types' binary form from then on: under another TimeZone the
text '2026-01-01' would be another argument. Results are binary for the same reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format

from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.record import quote_name

Rows = tuple[tuple[bytes | None, ...], ...]

_TYPES = """
SELECT p.proargtypes::oid[], ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, k)
                                    ORDER BY k), p.provariadic <> 0
  FROM pg_proc AS p
 WHERE p.oid = %s::regprocedure
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments.

    Attributes:
        connection: In autocommit.
        function: The function.
        types: The arguments' types, by oid.
        values: The arguments in binary form; None: null.
        variadic: Whether the last argument is the array of a VARIADIC parameter.
    """

    connection: psycopg.Connection[Any]
    function: Function
    types: tuple[int, ...]
    values: tuple[bytes | None, ...]
    variadic: bool

    def text(self, form: str) -> bytes:
        """Return a statement; `{call}` stands for the call with its parameters."""
        markers = [f"${number}" for number in range(1, len(self.values) + 1)]
        if self.variadic and markers:
            markers[-1] = f"VARIADIC {markers[-1]}"
        name = sql.Identifier(self.function.schema, self.function.name).as_string(self.connection)
        return form.replace("{call}", f"{name}({', '.join(markers)})").encode()

    def rows(self, form: str = "SELECT {call}", *, values: tuple[bytes | None, ...] | None = None) -> Rows:
        """Call it, and return the rows in binary form.

        Raises:
            psycopg.Error: It fails.
        """
        return execute(self.connection, self.text(form), self.types, self.values if values is None else values)

    def under(self, settings: Mapping[str, str], form: str = "SELECT {call}") -> Rows:
        """Call it under other settings, in a transaction of its own that is rolled back."""
        with self.rolled_back():
            for name, value in settings.items():
                self.connection.execute("SELECT set_config(%s, %s, true)", [name, value])
            return self.rows(form)

    def rolled_back(self) -> AbstractContextManager[psycopg.Transaction]:
        """Go into a transaction that leaves nothing behind."""
        return self.connection.transaction(force_rollback=True)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a function takes: its types by oid and by name, and whether the last one is VARIADIC."""

    oids: tuple[int, ...]
    names: tuple[str, ...]
    variadic: bool


def parameters_of(connection: psycopg.Connection[Any], function: Function) -> Parameters:
    """Ask the server what a function takes."""
    name = f"{quote_name(function.schema)}.{quote_name(function.name)}({function.arguments})"
    row = connection.execute(_TYPES, [name]).fetchone()
    assert row is not None
    return Parameters(tuple(row[0]), tuple(row[1]), row[2])


def prepare(connection: psycopg.Connection[Any], function: Function, arguments: tuple[str, ...]) -> Call:
    """Read the arguments from text.

    Raises:
        psycopg.Error: One is none of its type.
    """
    takes = parameters_of(connection, function)
    read = [_read(connection, text, name) for text, name in zip(arguments, takes.names, strict=False)]
    variadic = takes.variadic and len(read) == len(takes.oids)
    return Call(connection, function, takes.oids[: len(read)], tuple(read), variadic)


def _read(connection: psycopg.Connection[Any], text: str, type_name: str) -> bytes | None:
    ((value,),) = execute(
        connection, f"SELECT CAST($1 AS {type_name})".encode(), (25,), (text.encode(connection.info.encoding),)
    )
    return value


def execute(
    connection: psycopg.Connection[Any],
    statement: bytes,
    types: tuple[int, ...] = (),
    values: tuple[bytes | None, ...] = (),
) -> Rows:
    """Send one statement with binary parameters; the result is binary.

    Raises:
        psycopg.Error: It fails.
    """
    formats = [Format.BINARY] * len(values)  # lists all of them, or psycopg 3.2 refuses
    result = connection.pgconn.exec_params(statement, list(values), list(types), formats, Format.BINARY)
    if result.status not in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        raise error_from_result(result)
    return tuple(
        tuple(result.get_value(row, column) for column in range(result.nfields)) for row in range(result.ntuples)
    )
