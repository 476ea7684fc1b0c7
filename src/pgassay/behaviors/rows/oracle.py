"""The server's own opinion: whether values can be read, and whether they satisfy conditions; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

MISTAKES = 300  # queries that may fail for values that cannot be read, before the rest counts as such

Texts = Sequence[str | None]

# The columns as the conditions know them stand in a query of their own, under the table's name: whatever the columns
# are called, the conditions mean them. LATERAL, so that the rows keep their numbers.
_JUDGE = sql.SQL("""
SELECT judged.*
  FROM unnest({arrays}) WITH ORDINALITY AS {given},
       LATERAL (SELECT {conditions} FROM (SELECT {columns}) AS {name}) AS judged
 ORDER BY {given_name}.{number}
""")
_WITH_GENERATED = sql.SQL("SELECT {name}.*, {generated} FROM (SELECT {columns}) AS {name}")


def written(text: str) -> sql.SQL:
    """Return SQL that PostgreSQL or the contract wrote, for a statement with parameters beside it."""
    return sql.SQL(cast(Any, text.replace("%", "%%")))


def identifier(*parts: str) -> sql.Identifier:
    """Return a name for a statement with parameters beside it, where `%` is doubled."""
    return sql.Identifier(*(part.replace("%", "%%") for part in parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What conditions are about.

    Attributes:
        name: The table's name, by which a condition may call its row.
        types: Column -> type.
        generated: Generated column -> its expression.
    """

    name: str
    types: Mapping[str, str]
    generated: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Oracle:
    """Asks the server.

    Attributes:
        connection: To the database that has the types and functions.
    """

    connection: psycopg.Connection[Any]

    def values(self, query: sql.SQL | sql.Composed, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, in which `%` is doubled."""
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    def judge(self, stage: Stage, rows: Sequence[Texts], conditions: Sequence[str]) -> list[tuple[bool, ...]]:
        """Return of each row which conditions it satisfies; an empty tuple where they cannot even be evaluated.

        Args:
            stage: The table's columns.
            rows: The texts of all columns of the stage, in its order.
            conditions: SQL; NULL satisfies, as in a CHECK.
        """
        verdicts: list[tuple[bool, ...]] = [()] * len(rows)
        waiting = [range(len(rows))] if rows else []
        errors = 0
        while waiting and errors < MISTAKES:
            part = waiting.pop(0)
            found = self._judged(stage, [rows[place] for place in part], conditions)
            if found is not None:
                verdicts[part.start : part.stop] = found
            else:  # one bad row spoils the query: it is found by halves
                errors += 1
                middle = len(part) // 2
                waiting += [half for half in (part[:middle], part[middle:]) if len(part) > 1]
        return verdicts

    def error(self, stage: Stage, row: Texts, condition: str) -> psycopg.Error | None:
        """Return what keeps a condition on a row from being evaluated; None: nothing does."""
        try:
            with self.connection.transaction(force_rollback=True):
                self.values(_query(stage, [condition]), [[text] for text in row])
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            return error
        return None

    def _judged(self, stage: Stage, rows: Sequence[Texts], conditions: Sequence[str]) -> list[tuple[bool, ...]] | None:
        try:
            with self.connection.transaction(force_rollback=True):
                return self.values(_query(stage, conditions), list(map(list, zip(*rows, strict=True))))
        except psycopg.Error:
            if self.connection.closed:
                raise
            return None


def _query(stage: Stage, conditions: Sequence[str]) -> sql.Composed:
    numbered = {column: sql.Identifier(f"c{place}") for place, column in enumerate(stage.types)}
    given = sql.Identifier("given")
    name = identifier(stage.name)
    columns = sql.SQL(", ").join(
        sql.SQL("{}::{} AS {}").format(sql.SQL(".").join([given, numbered[c]]), written(type_), identifier(c))
        for c, type_ in stage.types.items()
    )
    if stage.generated:
        made = (sql.SQL("{} AS {}").format(written(e), identifier(c)) for c, e in stage.generated.items())
        columns = sql.SQL("* FROM ({}) AS {}").format(
            _WITH_GENERATED.format(name=name, generated=sql.SQL(", ").join(made), columns=columns), name
        )
    judged = (sql.SQL("({}) IS NOT FALSE").format(written(condition)) for condition in conditions)
    return _JUDGE.format(
        arrays=sql.SQL(", ").join([sql.SQL("%s::text[]")] * len(numbered)),
        given=sql.SQL("{}({})").format(given, sql.SQL(", ").join([*numbered.values(), sql.Identifier("number")])),
        given_name=given,
        number=sql.Identifier("number"),
        conditions=sql.SQL(", ").join(judged),
        columns=columns,
        name=name,
    )
