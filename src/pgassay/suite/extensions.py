"""Extensions: present, of the right version, and at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgassay.catalog.kinds.extension_dependences import ExtensionDependence
from pgassay.catalog.kinds.extensions import Extension
from pgassay.catalog.preloading import preloading_findings
from pgassay.findings import Report
from pgassay.suite.check import Needs, check
from pgassay.suite.differences import structure_of

if TYPE_CHECKING:
    from pgassay.suite.context import Context


@check(Needs.SUBJECT, Needs.EXPECTED, target=True)
def extensions(context: Context) -> Report:
    """Compare the extensions: version, schema, members, and what was made to depend on them."""
    return structure_of(context, Extension.KIND, ExtensionDependence.KIND)


@check(Needs.SUBJECT, Needs.EXPECTED, target=True, asks=True)
def extensions_at_work(context: Context) -> Report:
    """See that extensions which need preloading are preloaded, and answer."""
    installed = [r for r in context.expected.records.get(Extension.KIND, {}).values() if isinstance(r, Extension)]
    findings = context.look(lambda connection: preloading_findings(connection, installed))
    return Report(title="", findings=findings, looked_at=len(installed))
