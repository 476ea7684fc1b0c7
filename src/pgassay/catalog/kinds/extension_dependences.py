"""What DEPENDS ON EXTENSION says: objects that go when an extension is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Record, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExtensionDependence(Record):
    """A function, trigger, materialized view or index that depends on an extension, without being its member.

    Attributes:
        object_type: PostgreSQL's word, such as `function`.
        schema: The schema that the object (or the trigger's table) is in.
        name: As `pg_identify_object` writes it.
    """

    KIND: ClassVar[str] = "extension dependence"
    IDENTITY: ClassVar[tuple[str, ...]] = ("object_type", "schema", "name", "extension")

    object_type: str
    schema: str
    name: str
    extension: str

    @property
    def label(self) -> str:
        """What depends, and on what."""
        return f"{self.KIND} of {self.object_type} {self.name} on {quote_name(self.extension)}"


# pg_depend (deptype x) and the extension; a trigger has no schema of its own, so pg_trigger and pg_class tell its
# table's; pg_identify_object() quotes its schema.
EXTENSION_DEPENDENCES = Kind(
    record=ExtensionDependence,
    among="pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'x'",
    query=sql.SQL("""
SELECT i.type AS object_type,
       n.nspname AS schema,
       i.identity AS name,
       e.extname AS extension
FROM pg_depend AS d
JOIN pg_extension AS e ON e.oid = d.refobjid
LEFT JOIN pg_trigger AS t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
LEFT JOIN pg_class AS c ON c.oid = t.tgrelid
CROSS JOIN pg_identify_object(d.classid, d.objid, d.objsubid) AS i
JOIN pg_namespace AS n ON quote_ident(n.nspname) = i.schema OR n.oid = c.relnamespace
WHERE d.deptype = 'x' AND d.refclassid = 'pg_extension'::regclass AND i.identity IS NOT NULL AND {seen}
"""),
    pieces={"seen": fragments.seen("n.nspname")},
)
