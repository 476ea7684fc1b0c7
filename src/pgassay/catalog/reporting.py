"""From differences to findings: the rule's name, the object, what was expected and found, and the mend."""

from __future__ import annotations

from collections.abc import Iterable

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.difference import Aspect, Change, Difference
from pgassay.catalog.mend import mend
from pgassay.catalog.wording import expected_lines, found_lines
from pgassay.findings import Finding

RULES = {
    Aspect.OWNER: "owner-differs",
    Aspect.PRIVILEGES: "privileges-differ",
    Aspect.COMMENT: "comment-differs",
    Aspect.COLUMN_ORDER: "column-order-differs",
}
"""Rules for aspects that are named alike for every kind."""

SCHEMA_UNKNOWN = "schema-unknown"
"""The rule for a schema that nobody expects, with all that is in it."""


def findings_of(differences: Iterable[Difference], expected: Catalog, actual: Catalog) -> tuple[Finding, ...]:
    """Return one finding for each aspect of each difference.

    Args:
        differences: What `examine` or `compare` gave.
        expected: The expected catalog as compared (`Examination.expected`), which the mends are composed from.
        actual: The actual catalog as compared.
    """
    return tuple(finding_of(part, expected, actual) for difference in differences for part in difference.by_aspect())


def finding_of(difference: Difference, expected: Catalog, actual: Catalog) -> Finding:
    """Return the finding for a difference of one aspect (`Difference.by_aspect`)."""
    return Finding(
        rule=rule_of(difference),
        object=difference.object,
        expected=expected_lines(difference),
        found=found_lines(difference),
        mend=mend(difference, expected, actual),
    )


def rule_of(difference: Difference) -> str:
    """Return the defect in kebab-case, such as `index-differs`; stable, for findings are accepted by it."""
    if difference.change is Change.UNKNOWN_SCHEMA:
        return SCHEMA_UNKNOWN
    (aspect, *_) = difference.aspects
    if aspect in RULES:
        return RULES[aspect]
    return f"{difference.kind.replace(' ', '-')}-{difference.change}"
