"""Indexes, those of constraints included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, LiteralString

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


# pg_index, pg_class for the index and for its table, pg_am, pg_constraint for what it serves. Nearly every key is a
# column with its own collation and the operator class that CREATE INDEX takes of itself: `columns` has the names of
# those, and NULL for any other key. Only an index with such a one pays for `keys`, all that its keys have of their own;
# OFFSET 0 keeps the planner from looking up `columns` twice. Names of operator classes are written once for each list
# of them that occurs. Only expressions and predicates are deparsed later, which opens the table.
QUERY = sql.SQL("""
WITH method AS MATERIALIZED (
    SELECT oid, amname, pg_indexam_has_property(oid, 'can_order') AS ordered FROM pg_am WHERE amtype = 'i'
),
usual AS MATERIALIZED (SELECT oid, opcmethod, opcintype FROM pg_opclass WHERE opcdefault),
class AS MATERIALIZED (
    SELECT used.indclass, ARRAY(
               SELECT CASE opn.nspname WHEN 'pg_catalog' THEN quote_ident(op.opcname) ELSE {operator_class} END
                 FROM unnest(used.indclass::oid[]) WITH ORDINALITY AS k(opclass, n)
                 JOIN pg_opclass AS op ON op.oid = k.opclass
                 JOIN pg_namespace AS opn ON opn.oid = op.opcnamespace
                ORDER BY k.n
           ) AS names
      FROM (SELECT DISTINCT c.indclass
              FROM (SELECT indrelid AS oid, indclass FROM pg_index WHERE indexrelid >= 16384) AS c WHERE {part}) AS used
)
SELECT found.*, CASE WHEN array_position(found.columns, NULL) IS NOT NULL THEN {keys} END AS keys
FROM (
    SELECT {home},
           i.oid,
           x.indexprs IS NOT NULL OR x.indpred IS NOT NULL AS deparse,
           n.nspname AS schema, i.relname AS name, c.relname AS "table", method.amname AS method,
           {columns} AS columns,
           class.names AS operator_classes,
           method.ordered,
           CASE WHEN 0 <> ANY (x.indoption::int2[]) THEN x.indoption::int2[] END AS orders,
           CASE WHEN x.indnatts > x.indnkeyatts THEN {include} END AS include,
           {nulls_not_distinct} AS nulls_not_distinct,
           x.indisunique AS "unique", x.indisprimary AS "primary", x.indimmediate AS immediate,
           x.indisexclusion AS exclusion,
           CASE WHEN x.indisunique OR x.indisexclusion THEN (
               SELECT k.conname FROM pg_constraint AS k
                WHERE k.conrelid = c.oid AND k.conindid = i.oid AND k.contype IN ('p', 'u', 'x')
           ) END AS "constraint",
           CASE WHEN i.relispartition THEN {parents} END AS parents,
           x.indisvalid AS valid, x.indisready AS ready, x.indislive AS live, x.indisclustered AS clustered,
           i.reloptions AS options,
           CASE WHEN i.reltablespace <> 0 THEN {tablespace} END AS tablespace,
           {comment} AS comment,
           i.relkind = 'I' AS of_partitioned
      FROM pg_index AS x
      JOIN pg_class AS i ON i.oid = x.indexrelid
      JOIN pg_class AS c ON c.oid = x.indrelid
      JOIN pg_namespace AS n ON n.oid = i.relnamespace
      JOIN method ON method.oid = i.relam
      JOIN class ON class.indclass = x.indclass
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND {part} AND {made} AND {seen}
    OFFSET 0
) AS found
""")


def _default_class(oid: LiteralString, method: LiteralString, column_type: LiteralString) -> sql.Composable:
    """Say that CREATE INDEX takes an operator class of itself: the type's default, where none is more exact."""
    return sql.SQL("""(
        ({oid}, {type}) IN (SELECT oid, opcintype FROM usual)
        OR {oid} IN (SELECT oid FROM usual) AND ({method}, {type}) NOT IN (SELECT opcmethod, opcintype FROM usual)
    )""").format(oid=sql.SQL(oid), method=sql.SQL(method), type=sql.SQL(column_type))


# No operator class of btree (403) or hash (405) takes options, but for a user's own. A set that SELECT makes comes in
# its order, and takes half as long as one in FROM, which is stored first.
COLUMNS = sql.SQL("""ARRAY(
    SELECT (SELECT quote_ident(a.attname) FROM pg_attribute AS a
             WHERE a.attrelid = x.indrelid AND a.attnum = x.indkey[k.n]
               AND x.indcollation[k.n] IN (0, a.attcollation)
               AND i.relam IN (403, 405) AND x.indclass[k.n] < 16384 AND {default_class})
      FROM (SELECT generate_series(0, x.indnkeyatts - 1)) AS k(n)
)""").format(default_class=_default_class("x.indclass[k.n]", "i.relam", "a.atttypid"))

KEYS = sql.SQL("""ARRAY(
    SELECT ARRAY[
               quote_ident(a.attname),
               {collation},
               array_to_string(own.attoptions, chr(10)),
               nullif(own.attstattarget, -1)::text,
               {default_class}::text
           ]
      FROM pg_index AS x
     CROSS JOIN LATERAL unnest(x.indkey::int2[], x.indclass::oid[], x.indcollation::oid[])
           WITH ORDINALITY AS k(attnum, opclass, coll, n)
      JOIN pg_opclass AS op ON op.oid = k.opclass
      JOIN pg_attribute AS own ON own.attrelid = x.indexrelid AND own.attnum = k.n
      LEFT JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
     WHERE x.indexrelid = found.oid AND k.n <= x.indnkeyatts ORDER BY k.n
)""").format(
    collation=fragments.collation("k.coll", "coalesce(a.attcollation, 100)"),
    default_class=_default_class("op.oid", "op.opcmethod", "coalesce(a.atttypid, own.atttypid)"),
)


def _index(row: Row) -> dict[str, Any]:
    classes = row["operator_classes"]
    orders = row["orders"] or [0 if row["ordered"] else None] * len(classes)
    if row["keys"] is None:
        return {"columns": tuple(map(_key, row["columns"], classes, orders))}
    expressions = row["expressions"] or [None] * len(classes)
    keys = zip(row["keys"], expressions, classes, orders, strict=True)
    return {"columns": tuple(_key(key[0] or text or "", name, order, *key[1:]) for key, text, name, order in keys)}


@lru_cache(maxsize=4096)  # many an index has a key like another's
def _key(  # noqa: PLR0917  one parameter for each thing that the query selects
    expression: str,
    operator_class: str,
    order: int | None,
    collation: str | None = None,
    options: str | None = None,
    statistics_target: str | None = None,
    default_class: str = "true",
) -> IndexColumn:
    return IndexColumn(
        expression=Deparsed(expression),
        collation=collation,
        operator_class=operator_class,
        operator_class_options=pairs(options.split("\n") if options else None),
        descending=None if order is None else bool(order & 1),
        nulls_first=None if order is None else bool(order & 2),
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
        "columns": COLUMNS,
        "keys": KEYS,
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
