"""What extends the server by functions of its own: procedural languages and access methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Grant, Record, RoleName


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Language(Record):
    """A procedural language.

    Attributes:
        trusted: Whether roles that are no superusers may write functions in it.
        handler: Qualified name of the function that calls functions.
        inline: Qualified name of the function that runs DO blocks, or None.
        validator: Qualified name of the function that looks at new functions, or None.
    """

    KIND: ClassVar[str] = "language"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    trusted: bool
    handler: str
    inline: str | None
    validator: str | None
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Trust and handler."""
        return f"{'trusted' if self.trusted else 'untrusted'}, handler {self.handler}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AccessMethod(Record):
    """An access method.

    Attributes:
        method_type: `table` or `index`.
        handler: Qualified name of the function.
    """

    KIND: ClassVar[str] = "access method"
    IDENTITY: ClassVar[tuple[str, ...]] = ("name",)

    name: str
    method_type: str
    handler: str
    comment: str | None

    @property
    def summary(self) -> str:
        """Type and handler."""
        return f"{self.method_type}, handler {self.handler}"


# pg_language alone; pg_proc for the functions' names.
LANGUAGES = Kind(
    record=Language,
    among="pg_language WHERE oid >= 16384",
    query=sql.SQL("""
SELECT l.lanname AS name,
       l.lanpltrusted AS trusted,
       {handler} AS handler,
       {inline} AS inline,
       {validator} AS validator,
       pg_get_userbyid(l.lanowner) AS owner,
       {privileges} AS privileges,
       obj_description(l.oid, 'pg_language') AS comment
FROM pg_language AS l
WHERE {made}
"""),
    pieces={
        "handler": fragments.function("l.lanplcallfoid"),
        "inline": fragments.function("l.laninline"),
        "validator": fragments.function("l.lanvalidator"),
        "privileges": fragments.grants("l.lanacl", "l", "l.lanowner"),
        "made": fragments.made("pg_language", "l.oid"),
    },
)

# pg_am alone; pg_proc for the function's name.
ACCESS_METHODS = Kind(
    record=AccessMethod,
    among="pg_am WHERE oid >= 16384",
    query=sql.SQL("""
SELECT a.amname AS name,
       a.amtype AS method_type,
       {handler} AS handler,
       obj_description(a.oid, 'pg_am') AS comment
FROM pg_am AS a
WHERE {made}
"""),
    pieces={"handler": fragments.function("a.amhandler"), "made": fragments.made("pg_am", "a.oid")},
    words={"method_type": {"i": "index", "t": "table"}},
)
