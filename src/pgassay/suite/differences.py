"""The comparison of expected and actual catalog, cut into the parts that the checks report."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from pgassay.catalog.difference import Aspect
from pgassay.catalog.kinds.cluster import ParameterPrivileges
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.reporting import findings_of
from pgassay.findings import Finding, Outcome, Report

if TYPE_CHECKING:
    from pgassay.suite.context import Context

_NAMED = 5  # objects in one sentence

STRUCTURE = frozenset(Aspect) - {Aspect.OWNER, Aspect.PRIVILEGES}
"""What an object is, and what is said about it: owners and privileges are the grants checks'."""


def structure_of(context: Context, *kinds: str) -> Report:
    """Report how objects of some kinds differ from the contract, owners and privileges apart."""
    return _report(context, kinds, STRUCTURE, blind=(*blind_of(context, kinds), *_gone(context, kinds)))


def everything_of(context: Context, *kinds: str) -> Report:
    """Report how objects of some kinds differ from the contract in any way."""
    return _report(context, kinds, frozenset(Aspect), blind=(*blind_of(context, kinds), *_gone(context, kinds)))


def aspect_of(context: Context, aspect: Aspect) -> Report:
    """Report how one aspect of objects of all kinds differs from the contract; what is blind, their own checks say.

    Kinds that are nothing but privileges have checks of their own.
    """
    kinds = context.examination.looked_at.keys() - {DefaultPrivileges.KIND, ParameterPrivileges.KIND}
    return _report(context, kinds, frozenset({aspect}), blind=())


def blind_of(context: Context, kinds: Collection[str]) -> tuple[Finding, ...]:
    """Return the blind findings about objects of some kinds."""
    return tuple(finding for finding in context.blind if is_about(finding.object, kinds))


def is_about(label: str, kinds: Collection[str]) -> bool:
    """Return whether the label of something unseen is that of an object of some kinds, or of `every` such object."""
    return label.startswith(tuple(f"{kind} " for kind in kinds)) or label.removeprefix("every ") in kinds


def _gone(context: Context, kinds: Collection[str]) -> Iterator[Finding]:
    """Yield a blind finding for each kind of which objects are missing together with what they live in.

    What they live in is reported once, by the check of its kind; this check must not pass for it.
    """
    for kind in kinds:
        gone = [record.label for record in context.examination.unlooked if kind == record.KIND]
        if gone:
            yield _not_looked_at(kind, gone)


def _not_looked_at(kind: str, gone: list[str]) -> Finding:
    names = ", ".join(gone[:_NAMED]) + (", ..." if gone[_NAMED:] else "")
    return Finding(
        rule="not-looked-at",
        object=f"{kind} of what is missing",
        expected=f"to look at {names}",
        found=f"what they belong to is missing, and reported there ({len(gone)} not looked at)",
        mend="mend what is missing first",
        outcome=Outcome.BLIND,
    )


def _report(
    context: Context, kinds: Collection[str], aspects: frozenset[Aspect], *, blind: tuple[Finding, ...]
) -> Report:
    seen = context.examination
    parts = [
        part
        for difference in seen.differences
        if difference.kind in kinds
        for part in difference.by_aspect()
        if part.aspects[0] in aspects
    ]
    return Report(
        title="",
        findings=(*findings_of(parts, seen.expected, seen.actual), *blind),
        # None on either side is an answer too: both catalogs were read, and agree.
        looked_at=max(1, sum(seen.looked_at.get(kind, 0) for kind in kinds)),
    )
