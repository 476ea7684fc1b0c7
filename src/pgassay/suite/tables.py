"""Tables and all that is not an index, a trigger, an extension or a grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.catalog.serialize import RECORD_TYPES
from pgassay.findings import Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import is_about, structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def database_and_schemas(context: Context) -> Report:
    """Compare the database's settings and the schemas."""
    return structure_of(context, "database", "schema")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def tables(context: Context) -> Report:
    """Compare the tables: persistence, row security, options, the order of columns, partitioning."""
    return structure_of(context, "table")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def columns(context: Context) -> Report:
    """Compare the columns: type, default, not null, identity, generated, collation."""
    return structure_of(context, "column")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def constraints(context: Context) -> Report:
    """Compare the constraints: definition, validity, and whether a foreign key is really enforced."""
    return structure_of(context, "constraint")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def policies(context: Context) -> Report:
    """Compare the row security policies."""
    return structure_of(context, "policy")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def types(context: Context) -> Report:
    """Compare enums, domains, composite types, range types, base types and shell types."""
    return structure_of(context, "enum", "domain", "composite type", "range type", "base type", "shell type")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def views(context: Context) -> Report:
    """Compare views and materialized views."""
    return structure_of(context, "view", "materialized view")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def sequences(context: Context) -> Report:
    """Compare the sequences; positions apart."""
    return structure_of(context, "sequence")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def functions(context: Context) -> Report:
    """Compare functions, procedures and aggregates: signature, body, volatility, security, settings."""
    return structure_of(context, "function", "aggregate")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def everything_was_read(context: Context) -> Report:
    """Report what is there, of a kind that is not read, or that could not be read."""
    return Report(
        title="",
        findings=tuple(finding for finding in context.blind if not is_about(finding.object, RECORD_TYPES)),
        looked_at=sum(context.examination.looked_at.values()),
        notes=context.examination.notes,
    )
