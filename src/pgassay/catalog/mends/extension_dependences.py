"""Mends of what DEPENDS ON EXTENSION says."""

from __future__ import annotations

from pgassay.catalog.kinds.extension_dependences import ExtensionDependence
from pgassay.catalog.mends.context import Context, Mender, Statements
from pgassay.catalog.sqltext import quote_name


def create(dependence: ExtensionDependence, _context: Context) -> Statements:
    """Make the object depend on the extension."""
    return [_alter(dependence, "DEPENDS")]


def drop(dependence: ExtensionDependence, _context: Context) -> Statements:
    """Let the object stay when the extension goes."""
    return [_alter(dependence, "NO DEPENDS")]


def _alter(dependence: ExtensionDependence, verb: str) -> str:
    start = f"ALTER {dependence.object_type.upper()} {dependence.name}"
    return f"{start} {verb} ON EXTENSION {quote_name(dependence.extension)};"


MENDERS = {ExtensionDependence.KIND: Mender(create=create, drop=drop, alter=lambda _d, _c: [])}
