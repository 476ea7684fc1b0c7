"""Default privileges for objects to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DefaultPrivileges(Record):
    """What ALTER DEFAULT PRIVILEGES left for one role, schema and sort of object.

    Attributes:
        role: Whose new objects they are for.
        schema: Empty: in every schema.
        object_type: `tables`, `sequences`, `functions`, `types`, `schemas` or `large objects`.
    """

    KIND: ClassVar[str] = "default privileges"
    IDENTITY: ClassVar[tuple[str, ...]] = ("role", "schema", "object_type")

    role: RoleName
    schema: str
    object_type: str
    privileges: frozenset[Grant]

    @property
    def summary(self) -> str:
        """What is granted."""
        return ", ".join(sorted(map(str, self.privileges)))


# pg_default_acl; a row of no schema (0) holds all privileges, one of a schema those that are added.
QUERY = sql.SQL("""
SELECT pg_get_userbyid(d.defaclrole) AS role,
       coalesce(n.nspname, '') AS schema,
       d.defaclobjtype AS object_type,
       {privileges} AS privileges
FROM pg_default_acl AS d
LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
WHERE n.oid IS NULL OR {seen}
""")

DEFAULT_PRIVILEGES = Kind(
    record=DefaultPrivileges,
    query=QUERY,
    pieces={
        "privileges": fragments.grants("d.defaclacl", "r", "d.defaclrole"),
        "seen": fragments.seen("n.nspname"),
    },
    words={
        "object_type": {
            "r": "tables",
            "S": "sequences",
            "f": "functions",
            "T": "types",
            "n": "schemas",
            "L": "large objects",
        }
    },
)
