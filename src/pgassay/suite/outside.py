"""What lives in no schema: foreign data, languages, large objects, and what belongs to the whole cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pgassay.findings import Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import everything_of, structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def foreign_data(context: Context) -> Report:
    """Compare foreign-data wrappers, foreign servers and user mappings; the values of secrets apart."""
    return structure_of(context, "foreign-data wrapper", "foreign server", "user mapping")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def languages(context: Context) -> Report:
    """Compare languages, transforms, casts, conversions and access methods."""
    return structure_of(context, "language", "transform", "cast", "conversion", "access method")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def large_objects(context: Context) -> Report:
    """Compare the large objects that the contract names; contents apart."""
    return structure_of(context, "large object")


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def cluster(context: Context) -> Report:
    """Compare the tablespaces that the contract names, and what its roles may do with parameters."""
    tablespaces, parameters = structure_of(context, "tablespace"), everything_of(context, "parameter privileges")
    return replace(tablespaces, findings=(*tablespaces.findings, *parameters.findings))
