"""Foreign data: wrappers, servers and user mappings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments, hiding
from pgassay.catalog.blindspot import BlindSpot
from pgassay.catalog.kind import Kind, Row, pairs
from pgassay.catalog.record import Grant, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ForeignDataWrapper(Record):
    """A foreign-data wrapper.

    Attributes:
        handler: Qualified name of the function, or None.
        validator: Qualified name of the function, or None.
        options: A value that may be secret reads `(hidden)`: that it changed cannot be seen.
    """

    KIND: ClassVar[str] = "foreign-data wrapper"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    handler: str | None
    validator: str | None
    options: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Its functions."""
        return f"handler {self.handler or 'none'}, validator {self.validator or 'none'}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ForeignServer(Record):
    """A foreign server.

    Attributes:
        wrapper: Name of its foreign-data wrapper.
        server_type: What TYPE says, or None.
        options: A value that may be secret reads `(hidden)`: that it changed cannot be seen.
    """

    KIND: ClassVar[str] = "foreign server"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    wrapper: str
    server_type: str | None
    version: str | None
    options: Mapping[str, str]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Wrapper and options."""
        said = ", ".join(f"{name}={value}" for name, value in sorted(self.options.items()))
        return f"{quote_name(self.wrapper)} ({said})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class UserMapping(Record):
    """As whom a role is known to a foreign server.

    Attributes:
        role: `PUBLIC` where it is for everybody.
        options: The values of `user`, `username` and `password_required`; every other reads `(hidden)`: that it changed
            cannot be seen. None where whoever read the catalog may not see them, which is then blind.
    """

    KIND: ClassVar[str] = "user mapping"
    IDENTITY: ClassVar[tuple[str, ...]] = ("server", "role")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("foreign server",), 1)

    server: str
    role: RoleName
    options: Mapping[str, str] | None

    @property
    def label(self) -> str:
        """Whom it is for, and where."""
        return f"user mapping for {quote_name(self.role)} on server {quote_name(self.server)}"

    @property
    def summary(self) -> str:
        """Its options."""
        return ", ".join(f"{name}={value}" for name, value in sorted((self.options or {}).items()))


# pg_foreign_data_wrapper alone; pg_proc for the functions' names.
FOREIGN_DATA_WRAPPERS = Kind(
    record=ForeignDataWrapper,
    among="pg_foreign_data_wrapper WHERE oid >= 16384",
    query=sql.SQL("""
SELECT w.fdwname AS name,
       {handler} AS handler,
       {validator} AS validator,
       {options} AS options,
       pg_get_userbyid(w.fdwowner) AS owner,
       {privileges} AS privileges,
       obj_description(w.oid, 'pg_foreign_data_wrapper') AS comment
FROM pg_foreign_data_wrapper AS w
WHERE {made}
"""),
    pieces={
        "handler": fragments.function("w.fdwhandler"),
        "validator": fragments.function("w.fdwvalidator"),
        "options": hiding.options("w.fdwoptions"),
        "privileges": fragments.grants("w.fdwacl", "F", "w.fdwowner"),
        "made": fragments.made("pg_foreign_data_wrapper", "w.oid"),
    },
)

# pg_foreign_server and its wrapper.
FOREIGN_SERVERS = Kind(
    record=ForeignServer,
    among="pg_foreign_server WHERE oid >= 16384",
    query=sql.SQL("""
SELECT s.srvname AS name,
       w.fdwname AS wrapper,
       s.srvtype AS server_type,
       s.srvversion AS version,
       {options} AS options,
       pg_get_userbyid(s.srvowner) AS owner,
       {privileges} AS privileges,
       obj_description(s.oid, 'pg_foreign_server') AS comment
FROM pg_foreign_server AS s
JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
WHERE {made}
"""),
    pieces={
        "options": hiding.options("s.srvoptions"),
        "privileges": fragments.grants("s.srvacl", "S", "s.srvowner"),
        "made": fragments.made("pg_foreign_server", "s.oid"),
    },
)


def _user_mapping(row: Row) -> dict[str, Any]:
    return {"options": None if row["unseen"] else pairs(row["options"])}


def _unseen_options(row: Row) -> BlindSpot | None:
    if not row["unseen"]:
        return None
    return BlindSpot(
        f"{USER_MAPPINGS.record_of(row).label}, options",
        "only its own role, the server's owner for PUBLIC's, and superusers may see them",
        "connect as a superuser, or look at it yourself and accept it in schema/accepted.toml",
    )


# pg_user_mappings, which everybody may read, not pg_user_mapping: it says NULL both where there are no options and
# where the reader may not see them. Its condition is repeated to tell these apart (src/backend/catalog/
# system_views.sql).
USER_MAPPINGS = Kind(
    record=UserMapping,
    among="pg_foreign_server WHERE oid >= 16384",
    query=sql.SQL("""
SELECT m.srvname AS server,
       CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE m.usename::text END AS role,
       {options} AS options,
       NOT (m.umuser <> 0 AND m.usename = current_user
                AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE'))
            OR m.umuser = 0 AND pg_has_role(s.srvowner, 'USAGE')
            OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)) AS unseen
FROM pg_user_mappings AS m
JOIN pg_foreign_server AS s ON s.oid = m.srvid
WHERE {made}
"""),
    pieces={
        "options": hiding.options_of_user_mapping("m.umoptions"),
        "made": fragments.made("pg_user_mapping", "m.umid"),
    },
    given=_user_mapping,
    blind=_unseen_options,
)
