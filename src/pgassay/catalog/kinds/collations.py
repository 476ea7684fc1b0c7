"""Collations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind, Since
from pgassay.catalog.record import Record, RoleName

PROVIDER = {"c": "libc", "i": "icu", "b": "builtin"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Collation(Record):
    """A collation; its version is the operating system's, and not compared.

    Attributes:
        provider: `libc`, `icu` or `builtin`.
        locale: None for libc, which has the two that follow.
        collate: The locale that orders (LC_COLLATE), of libc alone.
        ctype: The locale that says what a letter is (LC_CTYPE), of libc alone.
    """

    KIND: ClassVar[str] = "collation"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    provider: str
    locale: str | None
    collate: str | None
    ctype: str | None
    icu_rules: str | None
    deterministic: bool
    owner: RoleName
    comment: str | None

    @property
    def summary(self) -> str:
        """Provider and locale."""
        return f"{self.provider} {self.locale if self.locale is not None else self.collate}"


# pg_collation; up to 14 the locale of ICU stood in the two columns that are now libc's. A collation of another encoding
# than the database's (pg_import_system_collations() makes such) cannot be used here, nor even be named.
COLLATIONS = Kind(
    record=Collation,
    among="pg_collation WHERE oid >= 16384",
    query=sql.SQL("""
SELECT n.nspname AS schema,
       c.collname AS name,
       c.collprovider AS provider,
       {locale} AS locale,
       CASE c.collprovider WHEN 'c' THEN c.collcollate END AS collate,
       CASE c.collprovider WHEN 'c' THEN c.collctype END AS ctype,
       {icu_rules} AS icu_rules,
       c.collisdeterministic AS deterministic,
       pg_get_userbyid(c.collowner) AS owner,
       obj_description(c.oid, 'pg_collation') AS comment
FROM pg_collation AS c
JOIN pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.collencoding IN (-1, (SELECT d.encoding FROM pg_database AS d WHERE d.datname = current_database()))
  AND {made} AND {seen}
"""),
    pieces={
        "locale": Since(
            17,
            sql.SQL("c.colllocale"),
            Since(15, sql.SQL("c.colliculocale"), sql.SQL("CASE c.collprovider WHEN 'i' THEN c.collcollate END")),
        ),
        "icu_rules": Since(16, sql.SQL("c.collicurules"), sql.SQL("NULL")),
        "made": fragments.made("pg_collation", "c.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    words={"provider": PROVIDER},
)
