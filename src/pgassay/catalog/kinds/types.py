"""Enums, domains, composite and range types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from psycopg import sql

from pgassay.catalog import fragments
from pgassay.catalog.kind import Home, Kind, Row
from pgassay.catalog.kinds.constraints import definition_of
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.names import is_generated_name
from pgassay.catalog.record import Deparsed, Grant, Record, RoleName, quote_name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Enum(Record):
    """An enum; the order of its labels counts, their sort numbers do not."""

    KIND: ClassVar[str] = "enum"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    labels: tuple[str, ...]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Its labels."""
        return ", ".join(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainConstraint:
    """A constraint of a domain: a check, or (17+) a named NOT NULL."""

    name: str
    definition: Deparsed
    validated: bool
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Domain(Record):
    """A domain."""

    KIND: ClassVar[str] = "domain"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    type: str
    collation: str | None
    not_null: bool
    default: Deparsed | None
    constraints: tuple[DomainConstraint, ...]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Type and constraints."""
        return " ".join([self.type, *(constraint.definition for constraint in self.constraints)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a composite type."""

    name: str
    type: str
    collation: str | None
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CompositeType(Record):
    """A composite type that stands on its own (not a table's row type)."""

    KIND: ClassVar[str] = "composite type"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    fields: tuple[Attribute, ...]
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Its attributes."""
        return ", ".join(f"{quote_name(field.name)} {field.type}" for field in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RangeType(Record):
    """A range type, with its multirange."""

    KIND: ClassVar[str] = "range type"
    IDENTITY: ClassVar[tuple[str, ...]] = ("schema", "name")
    PARENT: ClassVar[tuple[tuple[str, ...], int] | None] = (("schema",), 1)

    schema: str
    name: str
    subtype: str
    operator_class: str
    collation: str | None
    canonical: str | None
    difference: str | None
    multirange: str
    owner: RoleName
    privileges: frozenset[Grant]
    comment: str | None

    @property
    def summary(self) -> str:
        """Its subtype."""
        return f"of {self.subtype}"


def is_function_of_range(function: Function, range_type: RangeType) -> bool:
    """Tell whether a range type cannot be without the function, by the arguments that CREATE TYPE looks for."""
    called = f"{quote_name(function.schema)}.{quote_name(function.name)}"
    itself = f"{quote_name(range_type.schema)}.{quote_name(range_type.name)}"
    subtypes = f"{range_type.subtype}, {range_type.subtype}"
    return (called, function.arguments) in {(range_type.canonical, itself), (range_type.difference, subtypes)}


PIECES = {
    "comment": fragments.comment("pg_type", "t.oid"),
    "privileges": fragments.grants("t.typacl", "T", "t.typowner"),
    "made": fragments.made("pg_type", "t.oid"),
    "seen": fragments.seen("n.nspname"),
}

# pg_type, and pg_enum for the labels.
ENUMS = Kind(
    record=Enum,
    among="pg_type WHERE oid >= 16384 AND typtype = 'e'",
    home=Home("pg_type", "t.oid", rows="pg_type"),
    query=sql.SQL("""
SELECT {home},
       n.nspname AS schema,
       t.typname AS name,
       (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid) AS labels,
       pg_get_userbyid(t.typowner) AS owner,
       {privileges} AS privileges,
       {comment} AS comment
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND {part} AND {made} AND {seen}
"""),
    pieces=PIECES,
)


def _domain(row: Row) -> dict[str, Any]:
    constraints = tuple(
        DomainConstraint(
            name=name, definition=definition_of(definition), validated=validated == "true", comment=comment
        )
        for name, definition, validated, comment in row["constraints"] or ()
        if definition != "NOT NULL" or comment is not None or not is_generated_name(name, row["name"], "", "not_null")
    )
    return {"constraints": constraints}


# pg_type twice, for the domain and for what it is over; pg_constraint for its constraints, which are expressions over
# VALUE alone: deparsing them opens no table.
DOMAINS = Kind(
    record=Domain,
    among="pg_type WHERE oid >= 16384 AND typtype = 'd'",
    home=Home("pg_type", "t.oid", rows="pg_type"),
    query=sql.SQL("""
SELECT {home},
       n.nspname AS schema,
       t.typname AS name,
       format_type(t.typbasetype, t.typtypmod) AS type,
       {collation} AS collation,
       t.typnotnull AS not_null,
       coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) AS "default",
       (SELECT array_agg(ARRAY[k.conname::text, pg_get_constraintdef(k.oid), k.convalidated::text,
                               {constraint_comment}] ORDER BY k.conname)
          FROM pg_constraint AS k WHERE k.contypid = t.oid) AS constraints,
       pg_get_userbyid(t.typowner) AS owner,
       {privileges} AS privileges,
       {comment} AS comment
FROM pg_type AS t
JOIN pg_type AS b ON b.oid = t.typbasetype
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND {part} AND {made} AND {seen}
"""),
    pieces={
        **PIECES,
        "collation": fragments.collation("t.typcollation", "b.typcollation"),
        "constraint_comment": fragments.comment("pg_constraint", "k.oid"),
    },
    given=_domain,
)


def _composite(row: Row) -> dict[str, Any]:
    attributes = tuple(
        Attribute(name=name, type=type_, collation=collation, comment=comment)
        for name, type_, collation, comment in row["fields"] or ()
    )
    return {"fields": attributes}


# pg_type; its pg_class, which tells it from a table's row type; pg_attribute for the attributes.
COMPOSITE_TYPES = Kind(
    record=CompositeType,
    among="pg_class WHERE oid >= 16384 AND relkind = 'c'",
    home=Home("pg_type", "t.oid", rows="pg_type"),
    query=sql.SQL("""
SELECT {home},
       n.nspname AS schema,
       t.typname AS name,
       (SELECT array_agg(ARRAY[a.attname::text, format_type(a.atttypid, a.atttypmod), {collation},
                               {column_comment}] ORDER BY a.attnum)
          FROM pg_attribute AS a JOIN pg_type AS at ON at.oid = a.atttypid
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS fields,
       pg_get_userbyid(t.typowner) AS owner,
       {privileges} AS privileges,
       {comment} AS comment
FROM pg_type AS t
JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.typtype = 'c' AND {part} AND {made} AND {seen}
"""),
    pieces={
        **PIECES,
        "collation": fragments.collation("a.attcollation", "at.typcollation"),
        "column_comment": fragments.comment("pg_class", "c.oid", "a.attnum"),
    },
    given=_composite,
)

# pg_range and the pg_type of the range, of its subtype and of its multirange; pg_opclass.
RANGE_TYPES = Kind(
    record=RangeType,
    among="pg_range WHERE rngtypid >= 16384",
    home=Home("pg_type", "t.oid", rows="pg_type"),
    query=sql.SQL("""
SELECT {home},
       n.nspname AS schema,
       t.typname AS name,
       format_type(r.rngsubtype, NULL) AS subtype,
       CASE opn.nspname WHEN 'pg_catalog' THEN quote_ident(op.opcname) ELSE {operator_class} END AS operator_class,
       {collation} AS collation,
       {canonical} AS canonical,
       {difference} AS difference,
       {multirange} AS multirange,
       pg_get_userbyid(t.typowner) AS owner,
       {privileges} AS privileges,
       {comment} AS comment
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
JOIN pg_range AS r ON r.rngtypid = t.oid
JOIN pg_type AS s ON s.oid = r.rngsubtype
JOIN pg_type AS m ON m.oid = r.rngmultitypid
JOIN pg_namespace AS mn ON mn.oid = m.typnamespace
JOIN pg_opclass AS op ON op.oid = r.rngsubopc
JOIN pg_namespace AS opn ON opn.oid = op.opcnamespace
WHERE t.typtype = 'r' AND {part} AND {made} AND {seen}
"""),
    pieces={
        **PIECES,
        "operator_class": fragments.qualified("opn.nspname", "op.opcname"),
        "collation": fragments.collation("r.rngcollation", "s.typcollation"),
        "canonical": fragments.function("nullif(r.rngcanonical, 0)"),
        "difference": fragments.function("nullif(r.rngsubdiff, 0)"),
        "multirange": fragments.qualified("mn.nspname", "m.typname"),
    },
)
