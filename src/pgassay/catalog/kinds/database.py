"""The database itself; its own name is never compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind, Since
from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Database(Record):
    """The database that was read."""

    KIND: ClassVar[str] = "database"
    IDENTITY: ClassVar[tuple[str, ...]] = ()

    encoding: str
    locale_provider: str
    collate: str
    ctype: str
    locale: str | None
    icu_rules: str | None
    tablespace: str
    connection_limit: int
    allow_connections: bool
    settings: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Encoding and locale."""
        return f"{self.encoding} {self.collate}, owner {self.owner}"


# pg_database alone; pg_db_role_setting has what ALTER DATABASE ... SET left (no role).
QUERY = sql.SQL("""
SELECT pg_encoding_to_char(d.encoding) AS encoding,
       {provider} AS locale_provider,
       d.datcollate::text AS "collate",
       d.datctype::text AS ctype,
       {locale} AS locale,
       {rules} AS icu_rules,
       (SELECT spcname FROM pg_tablespace WHERE oid = d.dattablespace) AS tablespace,
       d.datconnlimit AS connection_limit,
       d.datallowconn AS allow_connections,
       (SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = d.oid AND setrole = 0) AS settings,
       pg_get_userbyid(d.datdba) AS owner,
       {privileges} AS privileges,
       shobj_description(d.oid, 'pg_database') AS comment
FROM pg_database AS d
WHERE d.datname = current_database()
""")

DATABASES = Kind(
    record=Database,
    query=QUERY,
    pieces={
        "provider": Since(15, sql.SQL("d.datlocprovider"), sql.SQL("'c'")),
        "locale": Since(17, sql.SQL("d.datlocale"), Since(15, sql.SQL("d.daticulocale"), sql.SQL("NULL"))),
        "rules": Since(16, sql.SQL("d.daticurules"), sql.SQL("NULL")),
        "privileges": fragments.grants("d.datacl", "d", "d.datdba"),
    },
    words={"locale_provider": {"b": "builtin", "c": "libc", "i": "icu"}},
)
