"""Security labels, which SECURITY LABEL gives for a module such as sepgsql or anon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SecurityLabel(Record):
    """A label on an object of this database, on the database itself, or on one of its subscriptions.

    Attributes:
        object_type: PostgreSQL's word, such as `table` or `table column`.
        schema: The schema that the object is in; empty where it is in none, or where its extension says it.
        name: As `pg_identify_object` writes it; empty for the database, whose name nobody compares.
        provider: The module whose label it is.
        extension: Whose member the object is, or None.
    """

    KIND: ClassVar[str] = "security label"
    IDENTITY: ClassVar[tuple[str, ...]] = ("object_type", "schema", "name", "provider")

    object_type: str
    schema: str
    name: str
    provider: str
    label_text: str
    extension: str | None

    @property
    def label(self) -> str:
        """What it is on, and whose it is."""
        return f"{self.KIND} on {' '.join((self.object_type, self.name)).strip()} for {quote_name(self.provider)}"

    @property
    def summary(self) -> str:
        """The label's text."""
        return self.label_text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RoleSecurityLabel(Record):
    """A label on a role."""

    KIND: ClassVar[str] = "security label on role"
    IDENTITY: ClassVar[tuple[str, ...]] = ("role", "provider")

    role: RoleName
    provider: str
    label_text: str

    @property
    def label(self) -> str:
        """What it is on, and whose it is."""
        return f"{self.KIND} {quote_name(self.role)} for {quote_name(self.provider)}"

    @property
    def summary(self) -> str:
        """The label's text."""
        return self.label_text


# pg_seclabel, and of pg_shseclabel what is on this database (pg_database) and on its subscriptions (pg_subscription).
# pg_identify_object() quotes its schema, which pg_namespace has bare. initdb labels nothing, so labels on its objects
# are somebody's work, and those on members of extensions (pg_depend, deptype e) may be.
SECURITY_LABELS = Kind(
    record=SecurityLabel,
    among="(SELECT FROM pg_seclabel UNION ALL SELECT FROM pg_shseclabel) AS label",
    query=sql.SQL("""
WITH labelled (classid, objid, subid, provider, label) AS (
    SELECT l.classoid, l.objoid, l.objsubid, l.provider, l.label FROM pg_seclabel AS l
    UNION ALL
    SELECT l.classoid, l.objoid, 0, l.provider, l.label
      FROM pg_shseclabel AS l JOIN pg_subscription AS s ON s.oid = l.objoid JOIN pg_database AS d ON d.oid = s.subdbid
     WHERE l.classoid = 'pg_subscription'::regclass AND d.datname = current_database()
)
SELECT i.type AS object_type,
       CASE WHEN e.oid IS NULL AND n.oid IS NOT NULL THEN n.nspname ELSE '' END AS schema,
       i.identity AS name,
       x.provider,
       x.label AS label_text,
       e.extname AS extension
FROM labelled AS x
CROSS JOIN pg_identify_object(x.classid, x.objid, x.subid) AS i
LEFT JOIN pg_namespace AS n ON quote_ident(n.nspname) = i.schema
                            OR (x.classid = 'pg_namespace'::regclass AND n.oid = x.objid)
LEFT JOIN pg_depend AS m ON m.classid = x.classid AND m.objid = x.objid AND m.objsubid = 0 AND m.deptype = 'e'
LEFT JOIN pg_extension AS e ON e.oid = m.refobjid
WHERE i.identity IS NOT NULL AND (n.oid IS NULL OR {seen})
UNION ALL
SELECT 'database', '', '', l.provider, l.label, NULL
  FROM pg_shseclabel AS l JOIN pg_database AS d ON d.oid = l.objoid
 WHERE l.classoid = 'pg_database'::regclass AND d.datname = current_database()
"""),
    pieces={"seen": fragments.seen("n.nspname")},
)

# pg_shseclabel of roles; initdb's own cannot be labelled.
ROLE_SECURITY_LABELS = Kind(
    record=RoleSecurityLabel,
    among="pg_shseclabel",
    query=sql.SQL("""
SELECT r.rolname AS role, l.provider, l.label AS label_text
FROM pg_shseclabel AS l
JOIN pg_roles AS r ON r.oid = l.objoid
WHERE l.classoid = 'pg_authid'::regclass
"""),
)
