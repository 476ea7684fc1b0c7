"""Mends of enums, composite types, domains and range types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pgassay.catalog.difference import AttributeDifference, Difference
from pgassay.catalog.kinds.base_types import ShellType
from pgassay.catalog.kinds.types import (
    Attribute,
    CompositeType,
    Domain,
    DomainConstraint,
    Enum,
    RangeType,
    is_function_of_range,
)
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.type_functions import create_missing, drop_with_functions
from pgassay.catalog.names import is_generated_name
from pgassay.catalog.sqltext import dotted, literal, quote_name, sentence


def create_enum(enum: Enum, _context: Context) -> Statements:
    """Create an enum with its labels in order."""
    labels = ", ".join(literal(label) for label in enum.labels)
    return [f"CREATE TYPE {dotted(enum.schema, enum.name)} AS ENUM ({labels});", *finish(enum)]


def alter_enum(difference: Difference, _context: Context) -> Statements:
    """Add the labels that are missing; none can be taken away or moved."""
    wanted, found = both(difference)
    if tuple(label for label in wanted.labels if label in found.labels) != found.labels:
        return [
            sentence(
                "labels of an enum can be added and renamed, not removed or moved: create a new type,"
                " alter the columns to it, drop this one"
            )
        ]
    name = dotted(wanted.schema, wanted.name)
    return [
        f"ALTER TYPE {name} ADD VALUE {literal(label)}{_place(wanted.labels, found.labels, label)};"
        for label in wanted.labels
        if label not in found.labels
    ]


def _place(wanted: tuple[str, ...], found: tuple[str, ...], label: str) -> str:
    """Say behind which label a new one comes; the first comes before what is there."""
    position = wanted.index(label)
    if position:
        return f" AFTER {literal(wanted[position - 1])}"
    return f" BEFORE {literal(found[0])}" if found else ""


def _field(field: Attribute) -> str:
    collation = f" COLLATE {field.collation}" if field.collation else ""
    return f"{quote_name(field.name)} {field.type}{collation}"


def create_composite(composite: CompositeType, _context: Context) -> Statements:
    """Create a composite type with its attributes in order."""
    name = dotted(composite.schema, composite.name)
    body = ", ".join(_field(field) for field in composite.fields)
    comments = [_field_comment(name, field) for field in composite.fields if field.comment is not None]
    return [f"CREATE TYPE {name} AS ({body});", *finish(composite), *comments]


def _field_comment(name: str, field: Attribute) -> str:
    text = "NULL" if field.comment is None else literal(field.comment)
    return f"COMMENT ON COLUMN {name}.{quote_name(field.name)} IS {text};"


def alter_composite(difference: Difference, _context: Context) -> Statements:
    """Drop, add and alter attributes; a new one comes last."""
    wanted, found = both(difference)
    name = dotted(wanted.schema, wanted.name)
    before = {field.name: field for field in found.fields}
    names = [field.name for field in wanted.fields]
    kept = [field for field in before if field in names]
    if kept + [field for field in names if field not in before] != names:
        return [sentence("attributes come in the order in which they were added: reorder the contract")]
    statements = [f"ALTER TYPE {name} DROP ATTRIBUTE {quote_name(field)};" for field in before if field not in names]
    return statements + [s for field in wanted.fields for s in _alter_field(name, field, before.get(field.name))]


def _alter_field(name: str, wanted: Attribute, found: Attribute | None) -> Iterator[str]:
    if found is None:
        yield f"ALTER TYPE {name} ADD ATTRIBUTE {_field(wanted)};"
    elif (wanted.type, wanted.collation) != (found.type, found.collation):
        yield f"ALTER TYPE {name} ALTER ATTRIBUTE {_field(wanted).replace(' ', ' TYPE ', 1)};"
    if wanted.comment != (found.comment if found else None):
        yield _field_comment(name, wanted)


def create_domain(domain: Domain, _context: Context) -> Statements:
    """Create a domain with its constraints."""
    name = dotted(domain.schema, domain.name)
    words = [f"CREATE DOMAIN {name} AS {domain.type}"]
    words += [f"COLLATE {domain.collation}"] if domain.collation else []
    words += [f"DEFAULT {domain.default}"] if domain.default is not None else []
    words += ["NOT NULL"] if domain.not_null and not any(map(_is_not_null, domain.constraints)) else []
    constraints = [s for constraint in domain.constraints for s in _add_constraint(name, constraint)]
    return [f"{' '.join(words)};", *constraints, *finish(domain)]


def _is_not_null(constraint: DomainConstraint) -> bool:
    return constraint.definition.upper().startswith("NOT NULL")


def _add_constraint(name: str, constraint: DomainConstraint) -> Statements:
    definition = constraint.definition.removesuffix(" NOT VALID")
    invalid = "" if constraint.validated else " NOT VALID"
    statements = [f"ALTER DOMAIN {name} ADD CONSTRAINT {quote_name(constraint.name)} {definition}{invalid};"]
    return statements + (_comment_constraint(name, constraint) if constraint.comment is not None else [])


def _comment_constraint(name: str, constraint: DomainConstraint) -> Statements:
    text = "NULL" if constraint.comment is None else literal(constraint.comment)
    return [f"COMMENT ON CONSTRAINT {quote_name(constraint.name)} ON DOMAIN {name} IS {text};"]


def alter_domain(difference: Difference, _context: Context) -> Statements:
    """Mend default, NOT NULL and constraints; the type underneath stays."""
    wanted, found = both(difference)
    name = dotted(wanted.schema, wanted.name)
    statements: Statements = []
    for attribute in difference.attributes:
        statements += _alter_domain(name, attribute, wanted, found)
    return statements


def _alter_domain(name: str, attribute: AttributeDifference, wanted: Domain, found: Domain) -> Statements:
    match attribute.name:
        case "default" if attribute.expected is None:
            return [f"ALTER DOMAIN {name} DROP DEFAULT;"]
        case "default":
            return [f"ALTER DOMAIN {name} SET DEFAULT {attribute.expected};"]
        case "not_null":
            return _alter_not_null(name, wanted, found)
        case "constraints":
            return _alter_constraints(name, wanted, found)
        case _:
            return [sentence(f"a domain's {attribute.name} cannot be changed: create a new domain, alter the columns")]


def _alter_not_null(name: str, wanted: Domain, found: Domain) -> Statements:
    """Where NOT NULL has a name of its own (17+), the constraints' mend brings it."""
    if any(map(_is_not_null, (*wanted.constraints, *found.constraints))):
        return []
    return [f"ALTER DOMAIN {name} {'SET' if wanted.not_null else 'DROP'} NOT NULL;"]


def _alter_constraints(name: str, wanted: Domain, found: Domain) -> Statements:
    before = {constraint.name: constraint for constraint in found.constraints}
    after = {constraint.name: constraint for constraint in wanted.constraints}
    statements = [s for each in sorted(before.keys() - after) for s in _drop_constraint(name, before[each], wanted)]
    for constraint in wanted.constraints:
        statements += _alter_constraint(name, constraint, before.get(constraint.name))
    return statements


def _drop_constraint(name: str, found: DomainConstraint, wanted: Domain) -> Statements:
    """Drop a constraint; NOT NULL under the usual name is only there for its comment."""
    usual = is_generated_name(found.name, wanted.name, "", "not_null")
    if wanted.not_null and _is_not_null(found) and usual:
        return _comment_constraint(name, replace(found, comment=None))
    return [f"ALTER DOMAIN {name} DROP CONSTRAINT {quote_name(found.name)};"]


def _alter_constraint(name: str, wanted: DomainConstraint, found: DomainConstraint | None) -> Statements:
    if found is None:
        return _add_constraint(name, wanted)
    if wanted.definition.removesuffix(" NOT VALID") != found.definition.removesuffix(" NOT VALID") or (
        found.validated and not wanted.validated
    ):
        return [f"ALTER DOMAIN {name} DROP CONSTRAINT {quote_name(wanted.name)};", *_add_constraint(name, wanted)]
    validate = wanted.validated and not found.validated
    statements = [f"ALTER DOMAIN {name} VALIDATE CONSTRAINT {quote_name(wanted.name)};"] if validate else []
    return statements + (_comment_constraint(name, wanted) if wanted.comment != found.comment else [])


def create_range(wanted: RangeType, context: Context) -> Statements:
    """Create a range type, its functions before it; that which makes values canonical takes the shell of the type."""
    name = dotted(wanted.schema, wanted.name)
    is_shell = context.has(ShellType.KIND, *wanted.identity)
    shell = [f"CREATE TYPE {name};"] if wanted.canonical and not is_shell else []
    made = create_missing(wanted, context, is_function_of_range)
    parts = {
        "subtype": wanted.subtype,
        "subtype_opclass": wanted.operator_class,
        "collation": wanted.collation,
        "canonical": wanted.canonical,
        "subtype_diff": wanted.difference,
        "multirange_type_name": wanted.multirange,
    }
    body = ", ".join(f"{key} = {value}" for key, value in parts.items() if value is not None)
    return [*shell, *made, f"CREATE TYPE {name} AS RANGE ({body});", *finish(wanted)]


def drop_range(found: RangeType, context: Context) -> Statements:
    """Drop a range type with its functions."""
    return drop_with_functions(found, context, is_function_of_range)


def alter_range(_difference: Difference, _context: Context) -> Statements:
    """Say that a range type cannot be altered."""
    return [sentence("a range type cannot be altered: create a new one, alter the columns to it, drop this one")]


MENDERS = {
    Enum.KIND: Mender(create=create_enum, drop=lambda r, _c: drop(r), alter=alter_enum),
    CompositeType.KIND: Mender(create=create_composite, drop=lambda r, _c: drop(r), alter=alter_composite),
    Domain.KIND: Mender(create=create_domain, drop=lambda r, _c: drop(r), alter=alter_domain),
    RangeType.KIND: Mender(create=create_range, drop=drop_range, alter=alter_range),
}
