"""Why two catalogs, tables or records are not equal, in few lines: what a failed `assert left == right` shows.

As in pytest's own explanations the left side is what is there, the right side what should be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import ndiff
from typing import Any

from pgassay.catalog.actors import RoleFacade
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, Scope, compare
from pgassay.catalog.difference import AttributeDifference, Change, Difference
from pgassay.catalog.facades import RelationFacade
from pgassay.catalog.named import Named
from pgassay.catalog.pairing import unlike
from pgassay.catalog.record import Record, one_line
from pgassay.catalog.wording import phrase

MOST = 25  # objects, and lines of a text; what is more is counted
ANY_MAJOR = 99
"""The major of records without a catalog: later than any, so that every attribute counts."""

_OURS = (Catalog, Named, RelationFacade, RoleFacade, Record)
_WORDS = {Change.MISSING: "missing", Change.EXTRA: "extra", Change.UNKNOWN_SCHEMA: "extra"}


def explain(left: object, right: object) -> list[str] | None:
    """Return the lines that say why two things are not equal; None where it is not ours to say.

    Args:
        left: What is there: a catalog, a mapping of one, a facade or a record.
        right: What should be.
    """
    if not (isinstance(left, _OURS) and isinstance(right, _OURS)):
        return None
    if type(left) is not type(right):
        lines = [f"{left!r} == {right!r}", f"a {type(left).__name__} is never equal to a {type(right).__name__}"]
    elif isinstance(left, Record | RoleFacade):
        lines = [f"{left!r} == {right!r}", *_of_attributes(_attributes(*_records(left), *_records(right)))]
    else:
        differences = _differences(_catalog(left), _catalog(right))
        counted = "1 object differs" if len(differences) == 1 else f"{len(differences)} objects differ"
        title = f"{_title(left)} == {_title(right)}: {counted}"
        lines = [title, *_circumstances(left, right), *_of_objects(differences)]
    return [one_line(line) for line in lines]


def _title(side: Any) -> str:
    match side:
        case Catalog():
            return f"catalog of PostgreSQL {side.major}"
        case RelationFacade():
            return side.label
        case _:
            return f"{len(side)} of kind {side.what}"


def _records(side: Any) -> Iterator[Record]:
    match side:
        case Catalog():
            yield from side
        case Named():
            for one in side.values():
                yield from _records(one)
        case RelationFacade():
            yield from side.everything()
        case RoleFacade():
            yield side.record
        case _:
            yield side


def _catalog(side: Any) -> Catalog:
    return side if isinstance(side, Catalog) else Catalog.of(ANY_MAJOR, _records(side))


def _circumstances(left: Any, right: Any) -> Iterator[str]:
    """Say of two catalogs what else than their objects differs."""
    if isinstance(left, Catalog):
        if left.major != right.major:
            yield f"PostgreSQL {left.major} != {right.major}"
        if left.blind != right.blind:
            yield f"not read: {len(left.blind)} != {len(right.blind)}"
            there, wanted = frozenset(left.blind), frozenset(right.blind)
            yield from _of_set("not read", there - wanted, wanted - there)


def _differences(left: Catalog, right: Catalog) -> Sequence[Difference]:
    """Compare as the checks do; where they would let everything pass, to the letter, as `==` does."""
    return compare(right, left, options=Comparison(scope=Scope.WHOLE)) or list(_to_the_letter(left, right))


def _to_the_letter(left: Catalog, right: Catalog) -> Iterator[Difference]:
    there, wanted = unlike(left, right)
    for key in {**wanted, **there}:
        yield _difference(there.get(key), wanted.get(key))


def _difference(actual: Record | None, expected: Record | None) -> Difference:
    one = expected or actual
    assert one is not None
    if actual is None or expected is None:
        change = Change.MISSING if actual is None else Change.EXTRA
        return Difference(kind=one.KIND, object=one.label, change=change, expected=expected, actual=actual)
    return Difference(
        kind=one.KIND,
        object=one.label,
        change=Change.DIFFERS,
        attributes=_attributes(actual, expected),
        expected=expected,
        actual=actual,
    )


def _attributes(actual: Record, expected: Record) -> tuple[AttributeDifference, ...]:
    pairs = ((name, getattr(actual, name), getattr(expected, name)) for name in (*actual.IDENTITY, *actual.attributes))
    return tuple(AttributeDifference(name, wanted, found) for name, found, wanted in pairs if found != wanted)


def _of_objects(differences: Sequence[Difference]) -> Iterator[str]:
    for difference in differences[:MOST]:
        yield from _of_object(difference)
    if len(differences) > MOST:
        yield f"and {len(differences) - MOST} more"


def _of_object(difference: Difference) -> Iterator[str]:
    """Say what became of an object: what matters about one that a side does not have, else an attribute a line."""
    word = _WORDS.get(difference.change, "differs")
    with_it = f" (and {difference.hidden} more with it)" if difference.hidden else ""
    shown = difference.object if difference.attributes else repr(difference.expected or difference.actual)[1:-1]
    lines = list(_of_attributes(difference.attributes))
    if len(lines) == 1:  # pytest shows few lines, unless it is asked for more
        yield f"{word:<8} {shown}: {lines[0]}{with_it}"
    else:
        yield f"{word:<8} {shown}{with_it}"
        yield from (f"           {line}" for line in lines)


def _of_attributes(attributes: Sequence[AttributeDifference]) -> Iterator[str]:
    for attribute in attributes:
        name, left, right = attribute.name.replace("_", " "), attribute.actual, attribute.expected
        if attribute.extra is not None:
            yield from _of_set(name, attribute.extra, attribute.missing)
        elif isinstance(left, str) and isinstance(right, str) and "\n" in left + right:
            yield from _of_text(name, left, right)
        else:
            yield f"{name}: {phrase(left)} != {phrase(right)}"


def _of_set(name: str, extra: Any, missing: Any) -> Iterator[str]:
    """Say of sets and mappings only what one side has alone."""
    yield from (f"{name}: {word} {phrase(alone)}" for word, alone in (("missing", missing), ("extra", extra)) if alone)


def _of_text(name: str, left: str, right: str) -> Iterator[str]:
    """Show the lines that differ as pytest does: what should be after a minus, what is there after a plus."""
    lines = [line for line in ndiff(right.splitlines(), left.splitlines()) if line[0] in "-+"]
    yield f"{name}:"
    yield from (f"  {line}" for line in lines[:MOST])
    if len(lines) > MOST:
        yield f"  and {len(lines) - MOST} lines more"
