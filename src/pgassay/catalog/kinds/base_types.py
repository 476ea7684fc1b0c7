"""Base types, which functions in C or of the server itself make, and shell types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Home, Kind, Row
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.names import array_type_name
from pgassay.catalog.record import Grant, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BaseType(Record):
    """A base type; its functions are named with their schema.

    Attributes:
        length: In bytes, None where it is variable.
        by_value: Whether it is passed by value.
        element: The type of what a subscript gives, or None.
        default: The text that its input function is given for a column without a value.
        array_type: The bare name of its array type, None where that is the usual one.
    """

    KIND: ClassVar[str] = "base type"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    input: str
    output: str
    receive: str | None
    send: str | None
    typmod_in: str | None
    typmod_out: str | None
    analyze: str | None
    subscript: str | None
    length: int | None
    by_value: bool
    alignment: str
    storage: str
    category: str
    preferred: bool
    default: str | None
    element: str | None
    delimiter: str
    collatable: bool
    array_type: str | None
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Length and storage."""
        return f"{'variable' if self.length is None else self.length}, {self.storage}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ShellType(Record):
    """A type that is declared and not defined."""

    KIND: ClassVar[str] = "shell type"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    owner: RoleName
    comment: str | None


ITSELF = "itself"
FUNCTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "input": ("cstring", "cstring, oid, integer"),
        "output": (ITSELF,),
        "receive": ("internal", "internal, oid, integer"),
        "send": (ITSELF,),
        "typmod_in": ("cstring[]",),
        "typmod_out": ("integer",),
        "analyze": ("internal",),
        "subscript": ("internal",),
    }
)
"""The functions of a base type, and the arguments by which DefineType() in typecmds.c looks for them."""


def is_function_of(function: Function, base_type: BaseType) -> bool:
    """Tell whether a base type cannot be without the function."""
    called = f"{quote_name(function.schema)}.{quote_name(function.name)}"
    itself = f"{quote_name(base_type.schema)}.{quote_name(base_type.name)}"
    arguments = ITSELF if function.arguments == itself else function.arguments
    return any(getattr(base_type, name) == called and arguments in taken for name, taken in FUNCTIONS.items())


WORDS = {
    "alignment": {"c": "char", "s": "int2", "i": "int4", "d": "double"},
    "storage": {"p": "plain", "e": "external", "x": "extended", "m": "main"},
}


def _base_type(row: Row) -> dict[str, Any]:
    usual = row["array_type"] == array_type_name(row["name"])
    return {"array_type": None if usual else row["array_type"]}


# pg_type, and once more for the array type, which is told from other base types by its element's row.
BASE_TYPES = Kind(
    record=BaseType,
    among="pg_type WHERE oid >= 16384 AND typtype = 'b' AND typinput <> 'array_in'::regproc"
    " AND ('pg_type'::regclass, oid) NOT IN (SELECT * FROM member)",
    home=Home("pg_type", "t.oid", rows="pg_type"),
    query=sql.SQL("""
SELECT {home},
       n.nspname AS schema,
       t.typname AS name,
       {input} AS input,
       {output} AS output,
       {receive} AS receive,
       {send} AS send,
       {typmod_in} AS typmod_in,
       {typmod_out} AS typmod_out,
       {analyze} AS analyze,
       {subscript} AS subscript,
       nullif(t.typlen, -1) AS length,
       t.typbyval AS by_value,
       t.typalign AS alignment,
       t.typstorage AS storage,
       t.typcategory AS category,
       t.typispreferred AS preferred,
       t.typdefault AS default,
       {element} AS element,
       t.typdelim AS delimiter,
       t.typcollation <> 0 AS collatable,
       a.typname AS array_type,
       pg_get_userbyid(t.typowner) AS owner,
       {privileges} AS privileges,
       obj_description(t.oid, 'pg_type') AS comment
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_type AS a ON a.oid = t.typarray
WHERE t.typtype = 'b' AND {part} AND {made} AND {seen}
  AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
"""),
    pieces={
        "input": fragments.function("t.typinput"),
        "output": fragments.function("t.typoutput"),
        "receive": fragments.function("t.typreceive"),
        "send": fragments.function("t.typsend"),
        "typmod_in": fragments.function("t.typmodin"),
        "typmod_out": fragments.function("t.typmodout"),
        "analyze": fragments.function("t.typanalyze"),
        "subscript": fragments.function("t.typsubscript"),
        "element": fragments.type_name("t.typelem"),
        "privileges": fragments.grants("t.typacl", "T", "t.typowner"),
        "made": fragments.made("pg_type", "t.oid"),
        "seen": fragments.seen("n.nspname"),
    },
    words=WORDS,
    given=_base_type,
)

# pg_type; PostgreSQL's own pseudo-types are defined, and of the same letter.
SHELL_TYPES = Kind(
    record=ShellType,
    among="pg_type WHERE oid >= 16384 AND NOT typisdefined",
    home=Home("pg_type", "t.oid", rows="pg_type"),
    query=sql.SQL("""
SELECT {home},
       n.nspname AS schema,
       t.typname AS name,
       pg_get_userbyid(t.typowner) AS owner,
       obj_description(t.oid, 'pg_type') AS comment
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE NOT t.typisdefined AND {part} AND {made} AND {seen}
"""),
    pieces={"made": fragments.made("pg_type", "t.oid"), "seen": fragments.seen("n.nspname")},
)
