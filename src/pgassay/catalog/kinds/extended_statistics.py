"""Extended statistics: what CREATE STATISTICS makes. What ANALYZE gathers for them is contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Deparse, Home, Kind, Row
from pgassay.catalog.record import Deparsed, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StatisticsObject(Record):
    """A statistics object.

    Attributes:
        table: Qualified name of its table (or materialized view), which may be in another schema.
        kinds: Of `ndistinct`, `dependencies` and `mcv`; empty where they are on one expression alone.
        columns: Its columns, whose order PostgreSQL does not keep.
        expressions: Its expressions, in order.
        statistics_target: None where it is that of the columns.
    """

    KIND: ClassVar[str] = "statistics object"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)
    GENERATED_NAME: ClassVar[bool] = True

    schema: str
    name: str
    table: str
    kinds: frozenset[str]
    columns: frozenset[str]
    expressions: tuple[Deparsed, ...]
    statistics_target: int | None
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """What is gathered, of what."""
        kinds = f"{', '.join(sorted(self.kinds))} " if self.kinds else ""
        return f"{kinds}on {', '.join((*map(quote_name, sorted(self.columns)), *self.expressions))} of {self.table}"


# pg_statistic_ext (what ANALYZE gathered is in pg_statistic_ext_data), and the relation that it is about. Expressions
# are deparsed later.
QUERY = sql.SQL("""
SELECT {home},
       s.oid,
       s.stxexprs IS NOT NULL AS deparse,
       n.nspname AS schema,
       s.stxname AS name,
       {table} AS "table",
       s.stxkind AS kinds,
       {columns} AS columns,
       nullif(s.stxstattarget, -1) AS statistics_target,
       pg_get_userbyid(s.stxowner) AS owner,
       obj_description(s.oid, 'pg_statistic_ext') AS comment
FROM pg_statistic_ext AS s
JOIN pg_namespace AS n ON n.oid = s.stxnamespace
JOIN pg_class AS c ON c.oid = s.stxrelid
WHERE c.relpersistence <> 't' AND {part} AND {made} AND {seen}
""")

# `e`, which says that there are expressions, is told by these.
STATISTICS_KINDS = {"d": "ndistinct", "f": "dependencies", "m": "mcv"}


def _statistics_object(row: Row) -> dict[str, Any]:
    kinds = frozenset(STATISTICS_KINDS[letter] for letter in row["kinds"] if letter in STATISTICS_KINDS)
    return {"kinds": kinds}


STATISTICS_OBJECTS = Kind(
    record=StatisticsObject,
    among="pg_statistic_ext WHERE oid >= 16384",
    home=Home("pg_class", "c.oid", rows="pg_statistic_ext"),
    query=QUERY,
    pieces={
        "table": fragments.relation("s.stxrelid"),
        "columns": fragments.columns("s.stxrelid", "s.stxkeys::int2[]"),
        "made": fragments.made("pg_statistic_ext", "s.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    deparse=Deparse(
        sql.SQL("""
SELECT s.oid, pg_get_statisticsobjdef_expressions(s.oid) AS expressions
FROM pg_statistic_ext AS s
WHERE s.oid = ANY(%s)
"""),
        columns=("expressions",),
        required=("expressions",),
    ),
    given=_statistics_object,
)
