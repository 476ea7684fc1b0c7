"""Casts, and the transforms of types for procedural languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Kind
from pgassay.catalog.record import Record, quote_name

SCHEMA = re.compile(r'(?:"((?:[^"]|"")+)"|([^\W\d][\w$]*))\.')
"""What `format_type` writes before the name of a type that is not in pg_catalog."""


def schemas_of(*types: str) -> Iterator[str]:
    """Yield the schemas that types are in, pg_catalog apart."""
    for found in filter(None, map(SCHEMA.match, types)):
        yield found[2] or found[1].replace('""', '"')


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Cast(Record):
    """A cast between two types.

    Attributes:
        source: The type, as `format_type` writes it.
        target: The type.
        method: `function`, `inout` (by the types' I/O functions) or `binary` (the same bytes).
        function: Its signature, such as `public.f(integer)`, or None.
        context: `explicit`, `assignment` or `implicit`: where it applies.
    """

    KIND: ClassVar[str] = "cast"
    IDENTITY: ClassVar[tuple[str, ...]] = ("source", "target")

    source: str
    target: str
    method: str
    function: str | None
    context: str
    comment: str | None

    @property
    def label(self) -> str:
        """Its types, as COMMENT ON CAST takes them."""
        return f"cast ({self.source} AS {self.target})"

    @property
    def summary(self) -> str:
        """How, and where."""
        return f"{self.context}, {self.function or self.method}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Transform(Record):
    """How a procedural language takes and gives values of a type.

    Attributes:
        type: The type, as `format_type` writes it.
        from_sql: The signature of the function towards the language, or None.
        to_sql: The signature of the function from it, or None.
    """

    KIND: ClassVar[str] = "transform"
    IDENTITY: ClassVar[tuple[str, ...]] = ("type", "language")

    type: str
    language: str
    from_sql: str | None
    to_sql: str | None
    comment: str | None

    @property
    def label(self) -> str:
        """Type and language, as COMMENT ON TRANSFORM takes them."""
        return f"transform for {self.type} language {quote_name(self.language)}"

    @property
    def summary(self) -> str:
        """Its functions."""
        return f"from {self.from_sql or 'none'}, to {self.to_sql or 'none'}"


# pg_cast; pg_type and pg_namespace for both types; pg_depend once more (deptype i), for a range type brings along a
# cast to its multirange as a part of itself.
CASTS = Kind(
    record=Cast,
    among="pg_cast WHERE oid >= 16384 AND ('pg_cast'::regclass, oid) NOT IN (SELECT * FROM member)",
    query=sql.SQL("""
SELECT format_type(k.castsource, NULL) AS source,
       format_type(k.casttarget, NULL) AS target,
       k.castmethod AS method,
       {function} AS function,
       k.castcontext AS context,
       obj_description(k.oid, 'pg_cast') AS comment
FROM pg_cast AS k
JOIN pg_type AS st ON st.oid = k.castsource
JOIN pg_namespace AS sn ON sn.oid = st.typnamespace
JOIN pg_type AS tt ON tt.oid = k.casttarget
JOIN pg_namespace AS tn ON tn.oid = tt.typnamespace
WHERE {made} AND {seen_source} AND {seen_target}
  AND NOT EXISTS (SELECT FROM pg_depend AS d
                   WHERE d.classid = 'pg_cast'::regclass AND d.objid = k.oid AND d.deptype = 'i')
"""),
    pieces={
        "function": fragments.signature("k.castfunc"),
        "made": fragments.made("pg_cast", "k.oid"),
        "seen_source": fragments.seen("sn.nspname"),
        "seen_target": fragments.seen("tn.nspname"),
    },
    words={
        "method": {"f": "function", "i": "inout", "b": "binary"},
        "context": {"e": "explicit", "a": "assignment", "i": "implicit"},
    },
)

# pg_transform, its language, and its type's schema.
TRANSFORMS = Kind(
    record=Transform,
    among="pg_transform WHERE oid >= 16384",
    query=sql.SQL("""
SELECT format_type(x.trftype, NULL) AS type,
       l.lanname AS language,
       {from_sql} AS from_sql,
       {to_sql} AS to_sql,
       obj_description(x.oid, 'pg_transform') AS comment
FROM pg_transform AS x
JOIN pg_language AS l ON l.oid = x.trflang
JOIN pg_type AS t ON t.oid = x.trftype
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE {made} AND {seen}
"""),
    pieces={
        "from_sql": fragments.signature("x.trffromsql"),
        "to_sql": fragments.signature("x.trftosql"),
        "made": fragments.made("pg_transform", "x.oid"),
        "seen": fragments.seen("n.nspname"),
    },
)
