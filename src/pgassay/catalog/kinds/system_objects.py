"""Objects of initdb and members of extensions, where somebody changed their privileges, owner or options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SystemObject(Record):
    """An object that initdb or an extension made, and that is no longer as they made it.

    Its definition is theirs; who owns it and who may use it is a part of the schema, and read where it was changed.

    Attributes:
        object_type: PostgreSQL's word, such as `function` or `table column`.
        name: As `pg_identify_object` writes it.
        extension: Whose member it is, or None for initdb's own.
        privileges: All that it has now.
        options: Of a tablespace, what ALTER TABLESPACE ... SET said.
        original_owner: Whom initdb or the extension made it for; for the mend, not compared.
        original_privileges: What they gave; for the mend, not compared.
    """

    KIND: ClassVar[str] = "system object"
    IDENTITY: ClassVar[tuple[str, ...]] = ("object_type", "name")

    object_type: str
    name: str
    extension: str | None
    owner: RoleName
    privileges: frozenset[Grant]
    options: Mapping[str, str] = field(default_factory=dict)
    original_owner: RoleName = field(compare=False, default=RoleName(""))
    original_privileges: frozenset[Grant] = field(compare=False, default=frozenset())

    @property
    def label(self) -> str:
        """Sort and name, as PostgreSQL itself writes them."""
        return f"{self.object_type} {self.name}"

    @property
    def summary(self) -> str:
        """What it is now."""
        options = [f"{name}={value}" for name, value in self.options.items()]
        return ", ".join([f"owner {self.owner}", *sorted(map(str, self.privileges)), *options])


# Every catalog that has privileges, with what it calls owner and acl and the letter of acldefault(); pg_depend for the
# extension; pg_init_privs for what initdb or the extension gave (no row: what acldefault() says). What initdb made
# belongs to the first superuser (oid 10), an extension's to its owner or, where it is trusted, to the first superuser.
# Schema public is read like any other. initdb keeps no record of what it gave in information_schema: that is left out.
# Of options, those of tablespaces (pg_tablespace) can be changed.
# Columns have no owner of their own, and arrays follow their elements.
QUERY = sql.SQL("""
WITH thing (classid, objid, subid, acl, sort, owner) AS (
    SELECT 'pg_class'::regclass, oid, 0, relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner
      FROM pg_class
     WHERE relkind IN ('r', 'v', 'm', 'f', 'p', 'S') AND relnamespace <> 'information_schema'::regnamespace
    UNION ALL
    SELECT 'pg_class'::regclass, a.attrelid, a.attnum, a.attacl, 'c', c.relowner
      FROM (SELECT oid FROM pg_class WHERE oid < 16384
            UNION ALL
            SELECT objid FROM pg_depend
             WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_extension'::regclass AND deptype = 'e')
           AS theirs
      JOIN pg_class AS c ON c.oid = theirs.oid
      JOIN pg_attribute AS a ON a.attrelid = c.oid
     WHERE a.attacl IS NOT NULL
    UNION ALL SELECT 'pg_proc'::regclass, oid, 0, proacl, 'f', proowner FROM pg_proc
    UNION ALL SELECT 'pg_type'::regclass, oid, 0, typacl, 'T', typowner FROM pg_type WHERE typrelid = 0 AND typelem = 0
    UNION ALL
    SELECT 'pg_namespace'::regclass, oid, 0, nspacl, 'n', nspowner
      FROM pg_namespace
     WHERE oid <> 2200 AND nspname NOT IN ('public', 'information_schema')
    UNION ALL SELECT 'pg_language'::regclass, oid, 0, lanacl, 'l', lanowner FROM pg_language
    UNION ALL SELECT 'pg_tablespace'::regclass, oid, 0, spcacl, 't', spcowner FROM pg_tablespace
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwacl, 'F', fdwowner FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 0, srvacl, 'S', srvowner FROM pg_foreign_server
),
measured AS (
    SELECT thing.*,
           t.spcoptions AS options,
           e.extname,
           CASE WHEN owner = 10 THEN owner ELSE coalesce(e.extowner, 10) END AS maker,
           owner <> 10 AND owner IS DISTINCT FROM e.extowner AND subid = 0 AS given_away,
           acl IS DISTINCT FROM i.initprivs AS rewritten,
           coalesce(acl, acldefault(sort, owner)) AS now,
           i.initprivs,
           coalesce(i.initprivs, acldefault(sort, owner)) AS given
      FROM thing
      LEFT JOIN pg_depend AS d ON d.classid = thing.classid AND d.objid = thing.objid AND d.objsubid = 0
                              AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
      LEFT JOIN pg_extension AS e ON e.oid = d.refobjid
      LEFT JOIN pg_init_privs AS i ON i.classoid = thing.classid AND i.objoid = thing.objid AND i.objsubid = subid
      LEFT JOIN pg_tablespace AS t ON thing.classid = 'pg_tablespace'::regclass AND t.oid = thing.objid
     WHERE (thing.objid < 16384 OR e.oid IS NOT NULL)
       AND (thing.acl IS NOT NULL OR thing.owner <> 10 OR thing.classid = 'pg_tablespace'::regclass
            OR (thing.classid, thing.objid) IN (SELECT classoid, objoid FROM pg_init_privs))
)
SELECT n.type AS object_type,
       n.identity AS name,
       m.extname AS extension,
       pg_get_userbyid(m.owner) AS owner,
       {privileges} AS privileges,
       m.options,
       pg_get_userbyid(m.maker) AS original_owner,
       {original} AS original_privileges
FROM measured AS m, pg_identify_object(m.classid, m.objid, m.subid) AS n
WHERE m.given_away OR m.options IS NOT NULL OR (m.rewritten AND NOT (m.now @> ALL (m.given) AND m.given @> ALL (m.now)))
""")

SYSTEM_OBJECTS = Kind(
    record=SystemObject,
    query=QUERY,
    pieces={
        "privileges": fragments.grants("m.now", "r", "m.owner"),
        "original": fragments.grants("coalesce(m.initprivs, acldefault(m.sort, m.maker))", "r", "m.maker"),
    },
)
