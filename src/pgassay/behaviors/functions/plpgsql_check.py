"""The extension plpgsql_check, where a database has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.scene import ask
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.triggers import Trigger
from pgassay.catalog.record import quote_name

ALL, ERRORS = "true", "false"  # whether warnings are said, too

_WHERE = """
SELECT n.nspname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
 WHERE p.proname = 'plpgsql_check_function' ORDER BY p.oid LIMIT 1
"""
# An error does not end it: all are reported at once.
_ASK = sql.SQL("""
SELECT * FROM {}($1::regprocedure, $2::regclass, fatal_errors => false, oldtable => $3::name, newtable => $4::name,
                 other_warnings => $5::boolean, extra_warnings => $5::boolean)
""")


@dataclass(frozen=True, slots=True)
class Use:
    """What a function is called for: a table with the transition tables that a trigger gives it, or nothing."""

    table: str | None = None
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Checker:
    """Asks plpgsql_check.

    Attributes:
        connection: In autocommit.
        catalog: The database's catalog.
        schema: Where the extension is.
    """

    connection: psycopg.Connection[Any]
    catalog: Catalog
    schema: str

    @classmethod
    def find(cls, connection: psycopg.Connection[Any], catalog: Catalog) -> Checker | None:
        """Return the database's own; None: the extension is not there."""
        row = connection.execute(_WHERE).fetchone()
        return None if row is None else cls(connection, catalog, row[0])

    def uses(self, function: Function) -> list[Use]:
        """Return how a function is called; none for a trigger's function that no trigger calls."""
        if function.result != "trigger":
            return [Use()]
        name = f"{quote_name(function.schema)}.{quote_name(function.name)}"
        triggers = (cast(Trigger, record) for record in self.catalog.records.get("trigger", {}).values())
        found = (
            Use(f"{quote_name(t.schema)}.{quote_name(t.table)}", t.old_table, t.new_table)
            for t in triggers
            if t.function == name
        )
        return list(dict.fromkeys(found))

    def said(self, function: Function, what: str) -> list[str]:
        """Return the lines that it has to say of a function, for each table that the function serves.

        Args:
            function: In plpgsql.
            what: `ALL` or `ERRORS`.

        Raises:
            psycopg.Error: It cannot look at the function.
        """
        return [line for use in self.uses(function) for line in self._said(function, use, what)]

    def _said(self, function: Function, use: Use, what: str) -> list[str]:
        name = f"{quote_name(function.schema)}.{quote_name(function.name)}({function.arguments})"
        statement = _ASK.format(sql.Identifier(self.schema, "plpgsql_check_function"))
        lines = [
            str(line) for (line,) in ask(self.connection, statement, [name, use.table or "0", use.old, use.new, what])
        ]
        return [f"for {use.table}:", *lines] if use.table and lines else lines
