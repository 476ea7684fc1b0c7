"""Publications, and what each of them publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Deparse, Kind, Row, Since
from pgassay.catalog.record import Deparsed, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Publication(Record):
    """A publication. Its tables and schemas are records of their own.

    Attributes:
        publish: Of `insert`, `update`, `delete` and `truncate`.
        publish_via_partition_root: Whether changes of a partition count as those of the partitioned table.
        publish_generated_columns: `none` or `stored`; up to 17 none are published.
    """

    KIND: ClassVar[str] = "publication"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    all_tables: bool
    publish: frozenset[str]
    publish_via_partition_root: bool
    publish_generated_columns: str
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """Which changes it publishes."""
        of_all = " of all tables" if self.all_tables else ""
        return f"{', '.join(sorted(self.publish))}{of_all}, owner {self.owner}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PublicationTable(Record):
    """A table that a publication names.

    Attributes:
        columns: The columns that are published; empty: all of them.
        row_filter: What WHERE says, or None.
    """

    KIND: ClassVar[str] = "publication table"
    IDENTITY: ClassVar[tuple[str, ...]] = ("publication", "schema", "table")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("publication",), 1)

    publication: str
    schema: str
    table: str
    columns: frozenset[str]
    row_filter: Deparsed | None

    @property
    def summary(self) -> str:
        """Columns and row filter."""
        columns = f"({', '.join(map(quote_name, sorted(self.columns)))})" if self.columns else "all columns"
        return f"{columns} where {self.row_filter}" if self.row_filter else columns


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PublicationSchema(Record):
    """A schema (15+) all of whose tables a publication publishes."""

    KIND: ClassVar[str] = "publication schema"
    IDENTITY: ClassVar[tuple[str, ...]] = ("publication", "schema")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("publication",), 1)

    publication: str
    schema: str


PUBLISH = ("insert", "update", "delete", "truncate")


def _publication(row: Row) -> dict[str, Any]:
    return {"publish": frozenset(word for word in PUBLISH if row[word])}


# pg_publication alone.
PUBLICATIONS = Kind(
    record=Publication,
    among="pg_publication",
    query=sql.SQL("""
SELECT p.pubname AS name,
       p.puballtables AS all_tables,
       p.pubinsert AS insert,
       p.pubupdate AS update,
       p.pubdelete AS delete,
       p.pubtruncate AS truncate,
       p.pubviaroot AS publish_via_partition_root,
       {generated} AS publish_generated_columns,
       pg_get_userbyid(p.pubowner) AS owner,
       obj_description(p.oid, 'pg_publication') AS comment
FROM pg_publication AS p
WHERE {made}
"""),
    pieces={
        "generated": Since(18, sql.SQL("p.pubgencols"), sql.SQL("'n'")),
        "made": fragments.made("pg_publication", "p.oid"),
    },
    words={"publish_generated_columns": {"n": "none", "s": "stored"}},
    given=_publication,
)

# pg_publication_rel joins a publication and a table; column lists and row filters are there from 15 on, and the latter
# are deparsed later.
PUBLICATION_TABLES = Kind(
    record=PublicationTable,
    among="pg_publication",
    query=sql.SQL("""
SELECT pr.oid,
       {filtered} AS deparse,
       p.pubname AS publication,
       n.nspname AS schema,
       c.relname AS "table",
       {columns} AS columns
FROM pg_publication_rel AS pr
JOIN pg_publication AS p ON p.oid = pr.prpubid
JOIN pg_class AS c ON c.oid = pr.prrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE {made} AND {seen}
"""),
    pieces={
        "filtered": Since(15, sql.SQL("pr.prqual IS NOT NULL"), sql.SQL("false")),
        "columns": Since(15, fragments.columns("pr.prrelid", "pr.prattrs::int2[]"), sql.SQL("NULL::name[]")),
        "made": fragments.made("pg_publication", "p.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    deparse=Deparse(
        sql.SQL("""
SELECT pr.oid, pg_get_expr(pr.prqual, pr.prrelid) AS row_filter
FROM pg_publication_rel AS pr
WHERE pr.oid = ANY(%s)
"""),
        columns=("row_filter",),
        required=("row_filter",),
        weight=40,
    ),
)

# pg_publication_namespace (15+) joins a publication and a schema.
PUBLICATION_SCHEMAS = Kind(
    record=PublicationSchema,
    among="pg_publication",
    query=sql.SQL("""
SELECT p.pubname AS publication, n.nspname AS schema
FROM {members} AS pn
JOIN pg_publication AS p ON p.oid = pn.pnpubid
JOIN pg_namespace AS n ON n.oid = pn.pnnspid
WHERE {made} AND {seen}
"""),
    pieces={
        "members": Since(
            15,
            sql.SQL("pg_publication_namespace"),
            sql.SQL("(SELECT NULL::oid AS pnpubid, NULL::oid AS pnnspid WHERE false)"),
        ),
        "made": fragments.made("pg_publication", "p.oid"),
        "seen": fragments.seen("n.nspname"),
    },
)
