"""Row security policies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Deparse, Home, Kind
from pgassay.catalog.record import Deparsed, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Policy(Record):
    """A policy.

    Attributes:
        command: `all`, `select`, `insert`, `update` or `delete`.
        roles: Whom it holds for; `PUBLIC` for everyone.
        extension: Whose member its table is, or None; not compared.
    """

    KIND: ClassVar[str] = "policy"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "table", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("table",), 2)

    schema: str
    table: str
    name: str
    permissive: bool
    command: str
    roles: frozenset[RoleName]
    using: Deparsed | None
    check: Deparsed | None
    comment: str | None
    extension: str | None = field(compare=False, default=None)

    @property
    def summary(self) -> str:
        """Command, roles and conditions."""
        sort = "" if self.permissive else "restrictive "
        using = f" using {self.using}" if self.using else ""
        check = f" with check {self.check}" if self.check else ""
        return f"{sort}for {self.command} to {', '.join(sorted(self.roles))}{using}{check}"


# pg_policy and its table. Its expressions may hold queries, so they are deparsed later, like views. A policy
# is no member of an extension: one on a member may be anybody's.
QUERY = sql.SQL("""
SELECT {home},
       p.oid,
       true AS deparse,
       n.nspname AS schema,
       c.relname AS "table",
       p.polname AS name,
       p.polpermissive AS permissive,
       p.polcmd AS command,
       (SELECT array_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END)
          FROM unnest(p.polroles) AS r) AS roles,
       {comment} AS comment,
       {extension} AS extension
FROM pg_policy AS p
JOIN pg_class AS c ON c.oid = p.polrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE p.oid >= 16384 AND c.relpersistence <> 't' AND {part} AND {seen}
""")

POLICIES = Kind(
    record=Policy,
    among="pg_policy",
    home=Home("pg_class", "c.oid", rows="pg_policy"),
    query=QUERY,
    pieces={
        "comment": fragments.comment("pg_policy", "p.oid"),
        "extension": fragments.extension_of("pg_class", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    words={"command": {"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}},
    deparse=Deparse(
        sql.SQL("""
SELECT p.oid, pg_get_expr(p.polqual, p.polrelid) AS "using", pg_get_expr(p.polwithcheck, p.polrelid) AS "check"
FROM pg_policy AS p
WHERE p.oid = ANY(%s)
"""),
        columns=("using", "check"),
        weight=40,
    ),
)
