"""Make a scratch database look to the planner as if it held the rows that the contract speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg
from psycopg import sql

from pgassay.behaviors.plans.columns import Spread, give_spreads
from pgassay.behaviors.plans.copied import Copied
from pgassay.behaviors.plans.sizes import PAGE, Size, give_sizes
from pgassay.behaviors.scene import MissingError, Relation, find_relation, require_columns, say
from pgassay.behaviors.verdicts import is_missing
from pgassay.catalog.catalog import Catalog
from pgassay.contract.behavior import TableStatistics
from pgassay.errors import BlindError
from pgassay.findings import Finding

ROWS = 1_000_000  # of a table of which the contract says nothing
_HEAP_ROW = 28  # bytes of a row besides its values: header and line pointer
_INDEX_ROW = 16
_FULL = {"table": 1.0, "index": 0.9}  # how full a page is

Copy = Callable[[Relation], Copied]

_LEAVES = """
SELECT n.nspname, c.relname
  FROM pg_class AS p
  JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
 CROSS JOIN LATERAL (SELECT relid FROM pg_partition_tree(p.oid) WHERE isleaf UNION SELECT p.oid) AS leaf
  JOIN pg_class AS c ON c.oid = leaf.relid AND c.relkind IN ('r', 'm')
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE (pn.nspname, p.relname) = (%s, %s)
"""
# A plan names partitions, the contract may speak of the whole; of an ordinary table there is nothing above.
_ABOVE = """
SELECT an.nspname, a.relname
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL pg_partition_ancestors(c.oid) WITH ORDINALITY AS above(relid, distance)
  JOIN pg_class AS a ON a.oid = above.relid
  JOIN pg_namespace AS an ON an.oid = a.relnamespace
 WHERE (n.nspname, c.relname) = (%s, %s)
 ORDER BY above.distance
"""
# What an index holds, as a query on its table: of a key its column or expression, and its condition.
_INDEXES = """
SELECT n.nspname, i.relname,
       (SELECT string_agg(pg_get_indexdef(x.indexrelid, k, false), ', ') FROM generate_series(1, x.indnatts) AS k),
       coalesce(pg_get_expr(x.indpred, x.indrelid), 'true')
  FROM pg_index AS x
  JOIN pg_class AS i ON i.oid = x.indexrelid AND i.relkind = 'i'
  JOIN pg_namespace AS n ON n.oid = i.relnamespace
  JOIN pg_class AS c ON c.oid = x.indrelid
  JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
 WHERE (cn.nspname, c.relname) = (%s, %s)
"""


@dataclass(frozen=True, slots=True)
class Pretence:
    """What is said of the tables of a database.

    Attributes:
        admin: A superuser's, in autocommit, to a scratch database that is thrown away afterwards.
        stated: What the contract says, by table.
        copy: Copies from the target; None: there is none.
    """

    admin: psycopg.Connection[Any]
    stated: Mapping[Relation, TableStatistics]
    copy: Copy | None
    _given: dict[Relation, BlindError | None] = field(default_factory=dict)

    def ensure(self, table: Relation) -> None:
        """Make a table, or all partitions of one, look as the contract says; done once.

        Raises:
            BlindError: The statistics cannot be copied, or not be given.
        """
        whole = self._spoken_of(table)
        if whole not in self._given:
            self._given[whole] = self._try(whole)
        if (error := self._given[whole]) is not None:
            raise error.with_traceback(None)

    @property
    def unread(self) -> tuple[Relation, ...]:
        """The tables that the contract speaks of, and of which nobody asked."""
        return tuple(sorted(self.stated.keys() - self._given.keys(), key=str))

    def _spoken_of(self, table: Relation) -> Relation:
        """Return the table, or what it is a partition of, that the contract speaks of; else the table itself."""
        above = [Relation(*row) for row in self.admin.execute(_ABOVE, [table.schema, table.name])]
        return next((relation for relation in (table, *above) if relation in self.stated), table)

    def _try(self, table: Relation) -> BlindError | None:
        try:
            self._give(table)
        except BlindError as error:
            return error
        except psycopg.Error as error:
            hint = "say --assay-server auto: it takes a server's superuser"
            return BlindError(f"{table} cannot be given statistics: {say(error)}", hint=hint)
        return None

    def _give(self, table: Relation) -> None:
        stated = self.stated.get(table)
        leaves = [Relation(*row) for row in self.admin.execute(_LEAVES, [table.schema, table.name])]
        for leaf in leaves:
            copied = self._copied(stated, leaf)
            give_spreads(self.admin, leaf, copied.columns if copied else _spreads(stated))
            rows = stated.rows if stated and stated.rows else ROWS
            size = Size(relation=leaf, rows=copied.rows, pages=copied.pages) if copied else None
            give_sizes(self.admin, [size or self._size(leaf, rows / len(leaves))])
            give_sizes(self.admin, list(self._indexes(leaf)))

    def _copied(self, stated: TableStatistics | None, leaf: Relation) -> Copied | None:
        """Copy what the target knows of a table, or of each partition of one by itself."""
        if stated is None or not stated.copy:
            return None
        if self.copy is not None:
            return self.copy(leaf)
        if stated.rows is None:
            raise BlindError(
                f"the statistics of {leaf} cannot be copied: there is no --db-url",
                hint=f'say --db-url, or how many "rows" there are where there is none: {stated.where()}',
            )
        return None

    def _size(self, table: Relation, rows: float) -> Size:
        _, width = self._estimate(sql.SQL("SELECT * FROM ONLY {}").format(table.sql))
        return Size(relation=table, rows=rows, pages=_pages(rows, width + _HEAP_ROW, "table"))

    def _indexes(self, table: Relation) -> Iterator[Size]:
        """Yield how big each index is: the planner itself says how many rows it has, and how wide they are."""
        for schema, name, keys, condition in self.admin.execute(_INDEXES, [table.schema, table.name]).fetchall():
            query = sql.SQL("SELECT {} FROM ONLY {} WHERE {}").format(_sql(keys), table.sql, _sql(condition))
            rows, width = self._estimate(query)
            yield Size(relation=Relation(schema, name), rows=rows, pages=_pages(rows, width + _INDEX_ROW, "index"))

    def _estimate(self, query: sql.Composed) -> tuple[int, int]:
        row = self.admin.execute(sql.SQL("EXPLAIN (FORMAT JSON) {}").format(query)).fetchone()
        assert row is not None
        plan = row[0][0]["Plan"]
        return round(plan["Plan Rows"]), plan["Plan Width"]


def stated_tables(
    catalog: Catalog, statistics: Iterable[TableStatistics]
) -> tuple[dict[Relation, TableStatistics], list[Finding]]:
    """Return what the contract says, by table, and what it says of tables and columns that are not there."""
    stated: dict[Relation, TableStatistics] = {}
    wrong: list[Finding] = []
    for entry in statistics:
        try:
            table = find_relation(catalog, entry.table)
            require_columns(catalog, table, tuple(entry.columns))
            stated[table] = entry
        except MissingError as missing:
            wrong.append(is_missing(entry, missing))
    return stated, wrong


def _spreads(stated: TableStatistics | None) -> dict[str, Spread]:
    said = stated.columns if stated else {}
    return {name: Spread(nulls=c.nulls, width=c.width, distinct=c.distinct) for name, c in said.items()}


def _pages(rows: float, bytes_a_row: int, kind: str) -> int:
    return max(2, round(rows * bytes_a_row / (PAGE * _FULL[kind])))


def _sql(text: str) -> sql.SQL:
    """What PostgreSQL itself has written."""
    return sql.SQL(cast(Any, text))
