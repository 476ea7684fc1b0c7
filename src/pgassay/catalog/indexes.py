"""Indexes, those of constraints included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Deparse, Kind, Row, Since, pairs, plain
from pgassay.catalog.record import Deparsed, Record, quote_name


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexColumn:
    """One key of an index.

    Attributes:
        expression: A column's name as SQL writes it, or an expression.
        operator_class: Qualified where it is not in pg_catalog.
        descending: Whether the order is DESC.
        nulls_first: Whether NULLS FIRST; None where the method has no order.
    """

    expression: Deparsed
    collation: str | None
    operator_class: str
    operator_class_options: Mapping[str, str]
    descending: bool | None
    nulls_first: bool | None
    statistics_target: int | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Index(Record):
    """An index.

    Attributes:
        constraint: The name of the constraint that it serves, or None.
        include: The names of INCLUDE columns.
        definition: What CREATE INDEX takes, for the mend; not compared.
    """

    KIND: ClassVar[str] = "index"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = None
    GENERATED_NAME: ClassVar[bool] = True

    schema: str
    name: str
    table: str
    method: str
    columns: tuple[IndexColumn, ...]
    include: tuple[str, ...]
    predicate: Deparsed | None
    unique: bool
    nulls_not_distinct: bool
    primary: bool
    immediate: bool
    exclusion: bool
    constraint: str | None
    parents: tuple[str, ...]
    valid: bool
    ready: bool
    live: bool
    clustered: bool
    options: Mapping[str, str]
    tablespace: str | None
    comment: str | None
    definition: str = field(compare=False, default="")

    @property
    def summary(self) -> str:
        """Everything that decides what it serves."""
        keys = ", ".join(key.expression + (" desc" if key.descending else "") for key in self.columns)
        include = f" include ({', '.join(map(quote_name, self.include))})" if self.include else ""
        where = f" where {self.predicate}" if self.predicate else ""
        states = "".join(f", not {state}" for state in ("valid", "ready", "live") if not getattr(self, state))
        unique = "unique " if self.unique else ""
        return f"{unique}{self.method} ({keys}){include} on {quote_name(self.table)}{where}{states}"


# pg_index, pg_class for the index and for its table, pg_am; keys from the vectors in pg_index, with pg_opclass and
# pg_collation for their names, pg_attribute of the table for the columns' names and of the index for per-key options;
# pg_constraint for the constraint that the index serves. pg_get_indexdef() opens the table even for plain
# columns, so all definitions are deparsed later.
QUERY = sql.SQL("""
SELECT i.oid,
       true AS deparse,
       n.nspname AS schema,
       i.relname AS name,
       c.relname AS "table",
       am.amname AS method,
       keys.columns,
       {include} AS include,
       x.indisunique AS "unique",
       {nulls_not_distinct} AS nulls_not_distinct,
       x.indisprimary AS "primary",
       x.indimmediate AS immediate,
       x.indisexclusion AS exclusion,
       (SELECT k.conname FROM pg_constraint AS k
         WHERE k.conindid = i.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')) AS "constraint",
       {parents} AS parents,
       x.indisvalid AS valid,
       x.indisready AS ready,
       x.indislive AS live,
       x.indisclustered AS clustered,
       i.reloptions AS options,
       {tablespace} AS tablespace,
       obj_description(i.oid, 'pg_class') AS comment
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = i.relnamespace
JOIN pg_am AS am ON am.oid = i.relam
CROSS JOIN LATERAL (
    SELECT array_agg(ARRAY[
               quote_ident(a.attname),
               {collation},
               CASE opn.nspname WHEN 'pg_catalog' THEN quote_ident(op.opcname) ELSE {operator_class} END,
               array_to_string(ia.attoptions, chr(10)),
               CASE WHEN o.ordered THEN (k.option & 1 <> 0)::text END,
               CASE WHEN o.ordered THEN (k.option & 2 <> 0)::text END,
               nullif(ia.attstattarget, -1)::text
           ] ORDER BY k.n) AS columns
      FROM unnest(x.indkey::int2[], x.indclass::oid[], x.indcollation::oid[], x.indoption::int2[])
               WITH ORDINALITY AS k(attnum, opclass, coll, option, n)
      JOIN pg_opclass AS op ON op.oid = k.opclass
      JOIN pg_namespace AS opn ON opn.oid = op.opcnamespace
      JOIN pg_attribute AS ia ON ia.attrelid = i.oid AND ia.attnum = k.n
      LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum AND k.attnum <> 0
      CROSS JOIN pg_indexam_has_property(am.oid, 'can_order') AS o(ordered)
     WHERE k.n <= x.indnkeyatts
) AS keys
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND {made} AND {seen}
""")


def _index(row: Row) -> Index:
    expressions = row["expressions"] or [None] * len(row["columns"])
    keys = tuple(_key(expression, *key) for expression, key in zip(expressions, row["columns"], strict=True))
    return plain(Index, row, columns=keys)


@lru_cache(maxsize=4096)  # many an index has a key like another's
def _key(  # noqa: PLR0917  one parameter for each thing that the query selects
    expression: str | None,
    column: str | None,
    collation: str | None,
    operator_class: str,
    options: str | None,
    descending: str | None,
    nulls_first: str | None,
    statistics_target: str | None,
) -> IndexColumn:
    return IndexColumn(
        expression=Deparsed(column or expression or ""),
        collation=collation,
        operator_class=operator_class,
        operator_class_options=pairs(options.split("\n") if options else None),
        descending=None if descending is None else descending == "true",
        nulls_first=None if nulls_first is None else nulls_first == "true",
        statistics_target=None if statistics_target is None else int(statistics_target),
    )


INDEXES = Kind(
    record=Index,
    query=QUERY,
    pieces={
        "include": fragments.columns("c.oid", "(x.indkey::int2[])[x.indnkeyatts:]"),
        "nulls_not_distinct": Since(15, sql.SQL("x.indnullsnotdistinct"), sql.SQL("false")),
        "parents": fragments.parents("i.oid"),
        "tablespace": fragments.tablespace("i.reltablespace"),
        "collation": fragments.collation("k.coll", "coalesce(a.attcollation, 100)"),
        "operator_class": fragments.qualified("opn.nspname", "op.opcname"),
        "made": fragments.made("pg_class", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    deparse=Deparse(
        sql.SQL("""
SELECT x.indexrelid AS oid,
       pg_get_indexdef(x.indexrelid) AS definition,
       pg_get_expr(x.indpred, x.indrelid) AS predicate,
       CASE WHEN x.indexprs IS NOT NULL THEN
           ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, false) FROM generate_series(1, x.indnkeyatts) AS n)
       END AS expressions
FROM pg_index AS x
WHERE x.indexrelid = ANY(%s)
"""),
        columns=("definition", "predicate", "expressions"),
        required=("definition",),
    ),
    read=_index,
)
