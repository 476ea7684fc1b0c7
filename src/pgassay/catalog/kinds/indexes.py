"""Indexes, those of constraints included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.index_text import definition
from pgassay.catalog.kind import Deparse, Home, Kind, Row, Since, pairs
from pgassay.catalog.record import Deparsed, Record, quote_name


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexColumn:
    """One key of an index.

    Attributes:
        expression: A column's name as SQL writes it, or an expression.
        operator_class: Qualified where it is not in pg_catalog.
        descending: Whether the order is DESC.
        nulls_first: Whether NULLS FIRST; None where the method has no order.
        default_class: Whether CREATE INDEX takes this operator class of itself; not compared.
    """

    expression: Deparsed
    collation: str | None
    operator_class: str
    operator_class_options: Mapping[str, str]
    descending: bool | None
    nulls_first: bool | None
    statistics_target: int | None
    default_class: bool = field(compare=False, default=False)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Index(Record):
    """An index.

    Attributes:
        constraint: The name of the constraint that it serves, or None.
        include: The names of INCLUDE columns.
        of_partitioned: Whether it is a partitioned table's, as that table's record says; not compared.
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
    of_partitioned: bool = field(compare=False, default=False)

    @property
    def definition(self) -> str:
        """What CREATE INDEX takes, for the mend."""
        return definition(self)

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
# pg_collation for their names, pg_attribute of the table for the columns' names, and of the index for what few keys
# have of their own; pg_constraint for the constraint that the index serves. Each is joined as a whole: one look-up a
# key would take three times as long. Only expressions and predicates are deparsed later, which opens the table.
# An operator class is taken of itself where it is the method's default for the column's type, and none is more exact.
QUERY = sql.SQL("""
WITH method AS MATERIALIZED (
    SELECT oid, amname, pg_indexam_has_property(oid, 'can_order') AS ordered FROM pg_am WHERE amtype = 'i'
),
class AS MATERIALIZED (
    SELECT op.oid, op.opcintype, op.opcdefault, method.oid AS method, method.ordered,
           CASE opn.nspname WHEN 'pg_catalog' THEN quote_ident(op.opcname) ELSE {operator_class} END AS name
      FROM pg_opclass AS op
      JOIN pg_namespace AS opn ON opn.oid = op.opcnamespace
      JOIN method ON method.oid = op.opcmethod
),
peculiar AS MATERIALIZED (
    SELECT ia.attrelid, ia.attnum, array_to_string(ia.attoptions, chr(10)) AS options,
           nullif(ia.attstattarget, -1) AS target
      FROM pg_attribute AS ia
     WHERE ia.attnum > 0 AND (ia.attoptions IS NOT NULL OR ia.attstattarget >= 0) AND ia.attrelid >= 16384
       AND ia.attrelid IN (SELECT x.indexrelid FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid
                            WHERE {part})
),
key AS (
    SELECT x.indexrelid,
           array_agg(ARRAY[
               quote_ident(a.attname),
               {collation},
               class.name,
               peculiar.options,
               CASE WHEN class.ordered THEN (k.option & 1 <> 0)::text END,
               CASE WHEN class.ordered THEN (k.option & 2 <> 0)::text END,
               peculiar.target::text,
               (class.opcdefault AND (typed.oid = class.opcintype OR (class.method, typed.oid) NOT IN (
                   SELECT exact.method, exact.opcintype FROM class AS exact WHERE exact.opcdefault)))::text
           ] ORDER BY k.n) AS columns
      FROM pg_index AS x
      JOIN pg_class AS c ON c.oid = x.indrelid AND c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm') AND {part}
     CROSS JOIN LATERAL unnest(x.indkey::int2[], x.indclass::oid[], x.indcollation::oid[], x.indoption::int2[])
               WITH ORDINALITY AS k(attnum, opclass, coll, option, n)
      JOIN class ON class.oid = k.opclass
      LEFT JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
     CROSS JOIN LATERAL (SELECT coalesce(a.atttypid, (
                             SELECT e.atttypid FROM pg_attribute AS e WHERE e.attrelid = x.indexrelid AND e.attnum = k.n
                         ))) AS typed(oid)
      LEFT JOIN peculiar ON peculiar.attrelid = x.indexrelid AND peculiar.attnum = k.n
     WHERE k.n <= x.indnkeyatts
     GROUP BY x.indexrelid
)
SELECT {home},
       i.oid,
       x.indexprs IS NOT NULL OR x.indpred IS NOT NULL AS deparse,
       n.nspname AS schema,
       i.relname AS name,
       c.relname AS "table",
       method.amname AS method,
       key.columns,
       CASE WHEN x.indnatts > x.indnkeyatts THEN {include} END AS include,
       x.indisunique AS "unique",
       {nulls_not_distinct} AS nulls_not_distinct,
       x.indisprimary AS "primary",
       x.indimmediate AS immediate,
       x.indisexclusion AS exclusion,
       k.conname AS "constraint",
       CASE WHEN i.relispartition THEN {parents} END AS parents,
       x.indisvalid AS valid,
       x.indisready AS ready,
       x.indislive AS live,
       x.indisclustered AS clustered,
       i.reloptions AS options,
       {tablespace} AS tablespace,
       {comment} AS comment,
       i.relkind = 'I' AS of_partitioned
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = i.relnamespace
JOIN method ON method.oid = i.relam
JOIN key ON key.indexrelid = x.indexrelid
LEFT JOIN pg_constraint AS k ON k.conindid = i.oid AND k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x')
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND {part} AND {made} AND {seen}
""")


def _index(row: Row) -> dict[str, Any]:
    expressions = row["expressions"] or [None] * len(row["columns"])
    keys = tuple(_key(expression, *key) for expression, key in zip(expressions, row["columns"], strict=True))
    return {"columns": keys}


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
    default_class: str | None,
) -> IndexColumn:
    return IndexColumn(
        expression=Deparsed(column or expression or ""),
        collation=collation,
        operator_class=operator_class,
        operator_class_options=pairs(options.split("\n") if options else None),
        descending=None if descending is None else descending == "true",
        nulls_first=None if nulls_first is None else nulls_first == "true",
        statistics_target=None if statistics_target is None else int(statistics_target),
        default_class=default_class == "true",
    )


INDEXES = Kind(
    record=Index,
    home=Home("pg_class", "c.oid", rows="pg_index"),
    query=QUERY,
    pieces={
        "include": fragments.columns("c.oid", "(x.indkey::int2[])[x.indnkeyatts:]"),
        "nulls_not_distinct": Since(15, sql.SQL("x.indnullsnotdistinct"), sql.SQL("false")),
        "parents": fragments.parents("i.oid"),
        "tablespace": fragments.tablespace("i.reltablespace"),
        "collation": fragments.collation("k.coll", "coalesce(a.attcollation, 100)"),
        "operator_class": fragments.qualified("opn.nspname", "op.opcname"),
        "comment": fragments.comment("pg_class", "i.oid"),
        "made": fragments.made("pg_class", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    deparse=Deparse(
        sql.SQL("""
SELECT x.indexrelid AS oid,
       pg_get_expr(x.indpred, x.indrelid) AS predicate,
       CASE WHEN x.indexprs IS NOT NULL THEN
           ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, false) FROM generate_series(1, x.indnkeyatts) AS n)
       END AS expressions
FROM pg_index AS x
WHERE x.indexrelid = ANY(%s)
"""),
        columns=("predicate", "expressions"),
    ),
    given=_index,
)
