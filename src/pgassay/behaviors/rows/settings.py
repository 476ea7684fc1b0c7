"""`[rows]` of behavior.toml, held against the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol

import psycopg
from psycopg import sql

from pgassay.behaviors.rows.candidate import Candidate
from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.oracle import Oracle, written
from pgassay.behaviors.scene import MissingError, Relation, find_relation, require_columns, say
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.record import Identity, quote_name
from pgassay.contract.rows import Expression, RowsOfTable
from pgassay.errors import ContractError

Given = Mapping[str, Candidate]


class _Placed(Protocol):
    """What knows where it was said."""

    @property
    def where(self) -> str:
        """File and line."""


def candidates_of(catalog: Catalog, oracle: Oracle, settings: Iterable[RowsOfTable]) -> Mapping[Identity, Given]:
    """Return what the settings give, by table and column.

    Raises:
        ContractError: A table or a column is not there; file, line and the nearest names are named.
    """
    found: dict[Identity, dict[str, Candidate]] = {}
    for entry in settings:
        relation = _table(catalog, entry)
        for column, expression in entry.columns.items():
            _require(catalog, relation, column, expression)
            given = _given(oracle, relation, column, expression)
            found.setdefault((relation.schema, relation.name), {})[column] = given
    return found


def _table(catalog: Catalog, entry: RowsOfTable) -> Relation:
    try:
        return find_relation(catalog, entry.table)
    except MissingError as error:
        raise _complaint(entry, error) from None


def _require(catalog: Catalog, relation: Relation, column: str, expression: Expression) -> None:
    try:
        require_columns(catalog, relation, (column,))
    except MissingError as error:
        raise _complaint(expression, error) from None


def _complaint(said: _Placed, error: MissingError) -> ContractError:
    where = said.where or "settings"
    return ContractError(f"{where}: [rows] speaks of {error.expected}: {error.found}")


def _given(oracle: Oracle, relation: Relation, column: str, expression: Expression) -> Candidate:
    query = sql.SQL("SELECT ({}\n)::text FROM (SELECT %s::bigint AS n) AS row").format(written(expression.text))

    @cache
    def make(n: int) -> str | None:
        try:
            with oracle.connection.transaction():
                ((text,),) = oracle.values(query, [n])
        except psycopg.Error as error:
            where = f"{expression.where}: " if expression.where else ""
            raise RowsError(
                f"{where}the expression for column {quote_name(column)} of {relation} failed: {say(error)}",
                hint="it must be a SQL expression; n is the row's number, a bigint",
                sqlstate=error.sqlstate,
            ) from error
        return None if text is None else str(text)

    return Candidate(make)
