"""Two catalogs side by side: object by object, attribute by attribute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pgassay.catalog import collection, leniencies
from pgassay.catalog.attributes import Manner, Opinion, differing
from pgassay.catalog.blindness import unseen
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.comparison import Comparison, Scope
from pgassay.catalog.difference import Change, Difference
from pgassay.catalog.family import Family, Key, key_of
from pgassay.catalog.folding import alone, folded
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.ordering import in_order
from pgassay.catalog.pairing import Pair, Pairs, pair
from pgassay.catalog.record import Record
from pgassay.catalog.relocation import as_expected
from pgassay.catalog.roles_map import map_roles
from pgassay.catalog.scope import narrow
from pgassay.catalog.scope_roles import bootstrap_role
from pgassay.catalog.selection import Selection
from pgassay.catalog.serialize import RECORD_TYPES

__all__ = ["Comparison", "Examination", "Scope", "Selection", "compare", "examine"]

EVERYTHING = Selection()
ORDER = {kind: position for position, kind in enumerate(RECORD_TYPES)}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Examination:
    """What a comparison saw.

    Attributes:
        differences: What differs, in an order in which it can be mended.
        notes: Sentences for the reader: leniencies in force, what was left out, text that only reads otherwise.
        looked_at: Kind -> how many objects there are on either side.
        unlooked: Expected objects that are missing together with what they live under, which alone is reported.
        expected: The expected catalog as compared: its roles under their actual names, cut to the scope.
        actual: The actual catalog as compared.
    """

    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    looked_at: Mapping[str, int]
    unlooked: tuple[Record, ...]
    expected: Catalog
    actual: Catalog

    def __repr__(self) -> str:
        return f"<{len(self.differences)} of {sum(self.looked_at.values())} objects differ>"


def compare(
    expected: Catalog,
    actual: Catalog,
    *,
    options: Comparison | None = None,
    second_opinion: Opinion | None = None,
) -> tuple[Difference, ...]:
    """Return the objects that differ, each with the attributes that do.

    Args:
        expected: What should be.
        actual: What is.
        options: Scope, role map and leniencies.
        second_opinion: Who is asked about text that differs; without one any difference of text counts.
    """
    return examine(expected, actual, options=options, second_opinion=second_opinion).differences


def examine(
    expected: Catalog,
    actual: Catalog,
    *,
    options: Comparison | None = None,
    second_opinion: Opinion | None = None,
) -> Examination:
    """Compare two catalogs, and say also what was looked at and what was left out.

    Args:
        expected: What should be.
        actual: What is.
        options: Scope, role map and leniencies.
        second_opinion: Who is asked about text that differs; without one any difference of text counts.
    """
    with collection.paused():
        return _examine(expected, actual, options or Comparison(), second_opinion)


def _examine(expected: Catalog, actual: Catalog, options: Comparison, second_opinion: Opinion | None) -> Examination:
    mapped = map_roles(expected, _role_names(expected, actual, options))
    narrowed = narrow(mapped, as_expected(expected, actual), options)
    rendered: list[str] = []
    manner = Manner(
        majors=(expected.major, actual.major),
        leniencies=leniencies.find(options.leniencies),
        opinion=second_opinion,
        on_rendering=lambda label, name: rendered.append(
            f"rendering: {name} of {label} reads otherwise, means the same"
        ),
    )
    pairs = pair(narrowed.expected, narrowed.actual)
    differences, unlooked = _differences(narrowed.expected, narrowed.actual, pairs, manner, options)
    return Examination(
        differences=in_order(sorted((*narrowed.unknown, *differences), key=_order), unlooked, narrowed.actual),
        notes=(
            *options.selection.sentences(),
            *leniencies.sentences(options.leniencies),
            *narrowed.notes,
            *_across_majors(expected, actual),
            *rendered,
        ),
        looked_at=_looked_at(narrowed.expected, pairs.unknown, options.selection),
        unlooked=unlooked,
        expected=narrowed.expected,
        actual=narrowed.actual,
    )


def _role_names(expected: Catalog, actual: Catalog, options: Comparison) -> Mapping[str, str]:
    """Take the first superusers for one: each cluster calls its own as it likes."""
    ours, theirs = bootstrap_role(expected), bootstrap_role(actual)
    return {ours: theirs, **options.roles} if ours and theirs else options.roles


def _across_majors(expected: Catalog, actual: Catalog) -> Iterator[str]:
    wrote, writes = (catalog.deparsed_by or catalog.major for catalog in (expected, actual))
    if wrote != writes:
        yield f"expected text was written by PostgreSQL {wrote}, actual text by {writes}: they word the same otherwise"


def _looked_at(expected: Catalog, more: Iterable[Record], selection: Selection) -> Mapping[str, int]:
    """Return how many objects of each kind there are on either side, each once."""
    counts = Counter({kind: _count(records.values(), selection) for kind, records in expected.records.items()})
    counts.update(record.KIND for record in more if selection.takes(record))
    return +counts


def _count(records: Collection[Record], selection: Selection) -> int:
    return len(records) if selection == EVERYTHING else sum(map(selection.takes, records))


def _order(difference: Difference) -> tuple[bool, int, str]:
    """What is too much goes first, views before tables; what is missing comes in the order in which it can be made."""
    place = ORDER[difference.kind]
    if difference.change in {Change.EXTRA, Change.UNKNOWN_SCHEMA}:
        return False, -place, difference.object
    return True, place, difference.object


def _differences(
    expected: Catalog, actual: Catalog, all_pairs: Pairs, manner: Manner, options: Comparison
) -> tuple[tuple[Difference, ...], tuple[Record, ...]]:
    """Return what differs, and what is missing without being reported."""
    left_out = {kind for leniency in manner.leniencies for kind in leniency.kinds}
    pairs = all_pairs.only(lambda r: r.KIND not in left_out and options.selection.takes(r))
    left, right = Family(expected), Family(actual, expected=False)
    missing = [record for record in pairs.missing if not unseen(record, left, actual)]
    extra = [record for record in pairs.extra if not unseen(record, right, expected)]
    gone = {key_of(record) for record in (*missing, *extra)}
    changed = list(_changed(pairs.same, gone, manner))
    by_expected = {key_of(wanted): difference for wanted, _, difference in changed}
    by_actual = {key_of(found): difference for _, found, difference in changed}
    lacking = tuple(alone(missing, left, by_expected))
    reported = {key_of(d.expected) for d in lacking if d.expected is not None}
    unlooked = tuple(record for record in missing if key_of(record) not in reported)
    return (*folded(by_expected, left), *lacking, *alone(extra, right, by_actual)), unlooked


def _changed(same: Iterable[Pair], gone: set[Key], manner: Manner) -> Iterator[tuple[Record, Record, Difference]]:
    """Yield what both have and what differs; not the columns of what is a table here and a view there."""
    for wanted, found in same:
        attributes = differing(wanted, found, manner) if wanted != found else ()
        if attributes and not _reported_elsewhere(wanted, found, gone):
            change = Change.RENAMED if attributes[0].name == "name" else Change.DIFFERS
            yield (
                wanted,
                found,
                Difference(
                    kind=wanted.KIND,
                    object=wanted.label,
                    change=change,
                    attributes=attributes,
                    expected=wanted,
                    actual=found,
                ),
            )


def _reported_elsewhere(wanted: Record, found: Record, gone: set[Key]) -> bool:
    """Tell whether what they live under differs, or an index serves a constraint that the other side lacks."""
    kinds, parts = wanted.PARENT or ((), 0)
    parents = {(kind, wanted.identity[:parts]) for kind in kinds}
    for index in (wanted, found):
        if isinstance(index, Index) and index.constraint is not None:
            parents.add((Constraint.KIND, (index.schema, index.table, index.constraint)))
    return not parents.isdisjoint(gone)
