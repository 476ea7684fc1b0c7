"""Tables: ordinary, partitioned and foreign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments, hiding
from pgassay.catalog.kind import Deparse, Home, Kind
from pgassay.catalog.record import Deparsed, Grant, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Table(Record):
    """A table. Its columns, constraints, indexes, triggers and policies are records of their own.

    Attributes:
        table_kind: `table`, `partitioned table` or `foreign table`.
        columns: The columns' names in order; positions are not compared, their order is.
        partition_key: What PARTITION BY says, or None.
        partition_bound: What FOR VALUES says, or None.
        parents: Qualified names of what it inherits from, or is a partition of, in order.
        options: Storage options, those of its TOAST table as `toast.NAME`; a foreign table's own options,
            where a value that may be secret reads `(hidden)`: that it changed cannot be seen.
        detaching: Whether DETACH CONCURRENTLY began and never ended.
        of_type: The composite type that it was made OF, or None.
        server: A foreign table's server, or None.
        replica_identity: `default`, `nothing`, `full`, or `index NAME`.
    """

    KIND: ClassVar[str] = "table"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    table_kind: str
    persistence: str
    columns: tuple[str, ...]
    access_method: str | None
    tablespace: str | None
    row_security: bool
    force_row_security: bool
    replica_identity: str
    options: Mapping[str, str]
    partition_key: Deparsed | None
    partition_bound: Deparsed | None
    parents: tuple[str, ...]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None
    detaching: bool = False
    of_type: str | None = None
    server: str | None = None

    @property
    def summary(self) -> str:
        """Kind, columns and owner."""
        kind = "" if self.persistence == "permanent" else f"{self.persistence} "
        return f"{kind}{self.table_kind} ({', '.join(map(quote_name, self.columns))}), owner {self.owner}"


PERSISTENCE = {"p": "permanent", "u": "unlogged"}

# pg_class; pg_attribute for the columns' order; the TOAST table for options that are set on it; pg_foreign_table and
# pg_foreign_server for foreign tables; pg_index for the index that REPLICA IDENTITY names. Privileges are taken
# apart once for all tables that have the same, as most have; the join is a LEFT one because the planner takes such an
# equality for rare, and would go on row by row.
QUERY = sql.SQL("""
WITH granted AS MATERIALIZED (
    SELECT held.owner, held.acl, {privileges} AS privileges
      FROM (SELECT DISTINCT c.relowner, coalesce(c.relacl, acldefault('r', c.relowner))
              FROM pg_class AS c
             WHERE c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384 AND {part}) AS held (owner, acl)
)
SELECT {home},
       c.oid,
       c.relkind = 'p' OR c.relispartition AS deparse,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind AS table_kind,
       c.relpersistence AS persistence,
       ARRAY(SELECT a.attname FROM pg_attribute AS a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
       am.amname AS access_method,
       {tablespace} AS tablespace,
       c.relrowsecurity AS row_security,
       c.relforcerowsecurity AS force_row_security,
       CASE c.relreplident
            WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
            ELSE 'index ' || (SELECT quote_ident(ic.relname)
                                FROM pg_index AS i JOIN pg_class AS ic ON ic.oid = i.indexrelid
                               WHERE i.indrelid = c.oid AND i.indisreplident)
       END AS replica_identity,
       c.reloptions || {foreign_options}
           || CASE WHEN toast.reloptions IS NOT NULL THEN
                  (SELECT array_agg('toast.' || o) FROM unnest(toast.reloptions) AS o)
              END AS options,
       CASE WHEN EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = c.oid) THEN {parents} END AS parents,
       c.relispartition AND EXISTS (SELECT FROM pg_inherits AS h
                                     WHERE h.inhrelid = c.oid AND h.inhdetachpending) AS detaching,
       CASE c.reloftype WHEN 0 THEN NULL ELSE format_type(c.reloftype, NULL) END AS of_type,
       s.srvname AS server,
       pg_get_userbyid(c.relowner) AS owner,
       granted.privileges,
       {comment} AS comment
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
LEFT JOIN pg_foreign_table AS ft ON ft.ftrelid = c.oid
LEFT JOIN pg_foreign_server AS s ON s.oid = ft.ftserver
LEFT JOIN granted ON granted.owner = c.relowner AND granted.acl = coalesce(c.relacl, acldefault('r', c.relowner))
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND {part} AND {made} AND {seen}
""")

TABLES = Kind(
    record=Table,
    home=Home("pg_class", "c.oid", rows="pg_class"),
    query=QUERY,
    pieces={
        "tablespace": fragments.tablespace("c.reltablespace"),
        "parents": fragments.parents("c.oid"),
        "foreign_options": hiding.options("ft.ftoptions"),
        "privileges": fragments.grants("held.acl", "r", "held.owner"),
        "comment": fragments.comment("pg_class", "c.oid"),
        "made": fragments.made("pg_class", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    words={
        "table_kind": {"r": "table", "p": "partitioned table", "f": "foreign table"},
        "persistence": PERSISTENCE,
    },
    deparse=Deparse(
        sql.SQL("""
SELECT c.oid, pg_get_partkeydef(c.oid) AS partition_key, pg_get_expr(c.relpartbound, c.oid) AS partition_bound
FROM pg_class AS c
WHERE c.oid = ANY(%s)
"""),
        columns=("partition_key", "partition_bound"),
    ),
)
