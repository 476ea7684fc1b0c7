"""Extensions: version, schema and members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Extension(Record):
    """An installed extension.

    Attributes:
        members: What belongs to it, as `pg_identify_object` names it.
        comment: None where it is the one that the control file gives.
    """

    KIND: ClassVar[str] = "extension"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    version: str
    schema: str
    members: frozenset[str]
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """Version and schema."""
        return f"version {self.version} in {quote_name(self.schema)}"


# pg_extension; pg_namespace for its schema; pg_depend (deptype e) for the members; pg_available_extensions reads the
# control files, where the usual comment stands. An array type goes with its element, and a row type with its relation:
# only PostgreSQL 18 makes them members of their own.
QUERY = sql.SQL("""
SELECT e.extname AS name,
       e.extversion AS version,
       n.nspname AS schema,
       (SELECT array_agg(m.type || ' ' || m.identity)
          FROM pg_depend AS d, pg_identify_object(d.classid, d.objid, d.objsubid) AS m
         WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
           AND NOT (d.classid = 'pg_type'::regclass
                    AND (EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = d.objid)
                         OR EXISTS (SELECT FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid
                                     WHERE t.oid = d.objid AND c.relkind <> 'c')))) AS members,
       pg_get_userbyid(e.extowner) AS owner,
       nullif({comment}, a.comment) AS comment
FROM pg_extension AS e
JOIN pg_namespace AS n ON n.oid = e.extnamespace
LEFT JOIN pg_available_extensions AS a ON a.name = e.extname
""")

EXTENSIONS = Kind(record=Extension, query=QUERY, pieces={"comment": fragments.comment("pg_extension", "e.oid")})
