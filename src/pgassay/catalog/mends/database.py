"""Mends of the database itself, schemas and extensions."""

from __future__ import annotations

from pgassay.catalog.difference import AttributeDifference, Difference
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.kinds.schemas import Schema
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both, nothing_to_create
from pgassay.catalog.mends.settings import setting_value
from pgassay.catalog.sqltext import literal, on_this_database, quote_name, sentence


def alter_database(difference: Difference, _context: Context) -> Statements:
    """Mend the database's settings and limits; what CREATE DATABASE fixed stays."""
    return [statement for attribute in difference.attributes for statement in _alter_database(attribute)]


def _alter_database(attribute: AttributeDifference) -> Statements:
    match attribute.name:
        case "settings":
            return _settings(attribute)
        case "connection_limit":
            return [on_this_database(f"ALTER DATABASE {{}} CONNECTION LIMIT {attribute.expected}")]
        case "allow_connections":
            return [on_this_database(f"ALTER DATABASE {{}} ALLOW_CONNECTIONS {attribute.expected}")]
        case "tablespace":
            return [sentence("run ALTER DATABASE ... SET TABLESPACE from another database, with nobody connected")]
        case name:
            return [sentence(f"the {name.replace('_', ' ')} is fixed when a database is created: create it anew")]


def _settings(attribute: AttributeDifference) -> Statements:
    statements = [
        on_this_database(f"ALTER DATABASE {{}} RESET {quote_name(name)}")
        for name in sorted(attribute.extra.keys() - attribute.expected.keys())
    ]
    return statements + [
        on_this_database(f"ALTER DATABASE {{}} SET {quote_name(name)} TO {setting_value(name, value)}")
        for name, value in sorted(attribute.missing.items())
    ]


def create_schema(schema: Schema, _context: Context) -> Statements:
    """Create a schema; what lives in it is reported once it is there."""
    return [f"CREATE SCHEMA {quote_name(schema.schema)};", *finish(schema)]


def drop_schema(schema: Schema, _context: Context) -> Statements:
    """Offer the three ways out for a schema that nobody expects."""
    return [
        sentence(
            f"drop it with all that is in it (DROP SCHEMA {quote_name(schema.schema)} CASCADE), name it in the setting"
            " foreign_schemas, or add it to the contract"
        )
    ]


def create_extension(extension: Extension, _context: Context) -> Statements:
    """Create an extension of the expected version in the expected schema."""
    name, schema = quote_name(extension.name), quote_name(extension.schema)
    return [
        f"CREATE EXTENSION {name} WITH SCHEMA {schema} VERSION {literal(extension.version)};",
        *finish(extension),
    ]


def alter_extension(difference: Difference, _context: Context) -> Statements:
    """Update an extension, move it, and mend what belongs to it."""
    extension, _ = both(difference)
    name = quote_name(extension.name)
    statements: Statements = []
    for attribute in difference.attributes:
        match attribute.name:
            case "version":
                statements.append(f"ALTER EXTENSION {name} UPDATE TO {literal(attribute.expected)};")
            case "schema":
                statements.append(f"ALTER EXTENSION {name} SET SCHEMA {quote_name(attribute.expected)};")
            case "members":
                statements += [f"ALTER EXTENSION {name} DROP {member};" for member in sorted(attribute.extra)]
                statements += [f"ALTER EXTENSION {name} ADD {member};" for member in sorted(attribute.missing)]
            case other:
                statements.append(sentence(f"its {other.replace('_', ' ')} cannot be changed: drop and create it"))
    return statements


MENDERS = {
    Database.KIND: Mender(create=nothing_to_create, drop=nothing_to_create, alter=alter_database),
    Schema.KIND: Mender(create=create_schema, drop=drop_schema, alter=lambda _d, _c: []),
    Extension.KIND: Mender(create=create_extension, drop=lambda r, _c: drop(r), alter=alter_extension),
}
