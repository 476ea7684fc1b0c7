"""Count the rows of relations: those that the template has, and those that came later.

A clone has its template's rows, each with the xmin that it has there. Whatever SQL does to a row of the template, that
version of it is not visible any more: an UPDATE makes another one, with a later xmin, a DELETE none. So as long as as
many old rows are there as in the template, all of them are, unchanged; and a relation without new rows is the
template's. Rolled back, a change leaves both numbers as they were.

Only what PostgreSQL writes in place keeps its xmin: some columns of pg_class (VACUUM, ANALYZE, CREATE INDEX). Those are
counted into a sum of hashes, the shape. The others that it writes so are in pg_database, which is shared
(`outside.py`). And only pg_surgery gives a row another xmin: the one below every horizon that no transaction has. Rows
with that one are the shape of other relations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from pgassay.sandbox.inventory import Kind, Relation

_AT_ONCE = 500  # relations that one query counts

# Sessions that made temporary tables leave their namespaces behind, empty, for the next one that has the same number.
_NO_TEMPORARY: Mapping[str, LiteralString] = {
    "pg_namespace": "nspname !~ '^pg_(toast_)?temp_[0-9]+$' OR nspowner <> 10 OR nspacl IS NOT NULL"
}

_SHAPE: LiteralString = """
sum(hash_record_extended(ROW(oid, relpages, reltuples, relallvisible, {frozen} relhasindex, relhasrules, relhastriggers,
                             relhassubclass, relfrozenxid, relminmxid), 0)) FILTER (WHERE {old})::text
"""
_FORCED: LiteralString = "nullif(count(*) FILTER (WHERE xmin = '2'), 0)::text"  # FrozenTransactionId
_OLD: LiteralString = "age(xmin) > age({horizon}::text::xid)"


class Count(NamedTuple):
    """What a relation holds.

    Attributes:
        old: Rows that came before the template was finished.
        new: Rows that came later.
        shape: What can be written in place, or pass for old; None where nothing is.
    """

    old: int
    new: int
    shape: str | None


class Position(NamedTuple):
    """Where a sequence stands."""

    last_value: int
    is_called: bool
    reserve: int = 0  # numbers that nextval need not record (log_cnt); none where a database is as its template


def take_census(connection: psycopg.Connection[Any], relations: Iterable[Relation], horizon: int) -> dict[int, Count]:
    """Count the rows of relations.

    Args:
        connection: A superuser's, whose search path is pg_catalog.
        relations: Relations that hold rows.
        horizon: The first transaction id that a row of the template cannot have.

    Returns:
        The count of each, by oid.
    """
    parts = [_count(relation, horizon, connection.info.server_version // 10_000) for relation in relations]
    return {oid: Count(*count) for oid, *count in _all(connection, parts)}


def read_positions(connection: psycopg.Connection[Any], sequences: Iterable[Relation]) -> dict[int, Position]:
    """Read where sequences stand, by oid."""
    one: LiteralString = "SELECT {oid}::bigint, last_value, is_called, log_cnt FROM {name}"
    parts = [sql.SQL(one).format(oid=s.oid, name=s.identifier) for s in sequences]
    return {oid: Position(*position) for oid, *position in _all(connection, parts)}


def _all(connection: psycopg.Connection[Any], parts: Sequence[sql.Composable]) -> Iterator[tuple[Any, ...]]:
    """Ask many queries in few; one of tens of thousands is beyond the server's stack."""
    for begin in range(0, len(parts), _AT_ONCE):
        yield from connection.execute(sql.SQL(" UNION ALL ").join(parts[begin : begin + _AT_ONCE])).fetchall()


def is_new(horizon: int) -> sql.Composed:
    """Return the condition that a row came after the template was finished."""
    return sql.SQL("NOT ({})").format(_is_old(horizon))


def _is_old(horizon: int) -> sql.Composed:
    # The age of a frozen or initdb's row is beyond every other.
    return sql.SQL(_OLD).format(horizon=sql.Literal(str(horizon % 2**32)))


def _count(relation: Relation, horizon: int, major: int) -> sql.Composed:
    old = _is_old(horizon)
    is_system = relation.kind is Kind.CATALOG and relation.schema == "pg_catalog"
    shape: sql.Composable = sql.SQL(_FORCED)
    if is_system and relation.name == "pg_class":
        frozen: LiteralString = "relallfrozen," if major >= 18 else ""
        shape = sql.SQL(_SHAPE).format(old=old, frozen=sql.SQL(frozen))
    where: LiteralString = _NO_TEMPORARY.get(relation.name, "true") if is_system else "true"
    return sql.SQL(
        "SELECT {oid}::bigint, count(*) FILTER (WHERE {old}), count(*) FILTER (WHERE NOT {old}), {shape}"
        " FROM ONLY {name} WHERE {where}"
    ).format(oid=relation.oid, old=old, shape=shape, name=relation.identifier, where=sql.SQL(where))
