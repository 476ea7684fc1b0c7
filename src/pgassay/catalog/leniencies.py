"""Differences that a project may choose not to be told of. Each has a name, and is off until it is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from pgassay.errors import UsageError


@dataclass(frozen=True, slots=True)
class Leniency:
    """One sort of difference that can be let pass.

    Attributes:
        name: What a project writes in its settings.
        sentence: What the output repeats while it is in force.
        excuses: Whether it lets a difference pass: kind, attribute, expected and actual value.
        kinds: The kinds that it leaves out altogether.
    """

    name: str
    sentence: str
    excuses: Callable[[str, str, Any, Any], bool]
    kinds: frozenset[str] = frozenset()


def _attribute(name: str, *, kind: str | None = None) -> Callable[[str, str, Any, Any], bool]:
    """Excuse one attribute, whatever its values, of one kind or of all."""
    return lambda of, attribute, _expected, _actual: attribute == name and kind in (None, of)


def layout_only(expected: Any, actual: Any) -> bool:
    """Tell whether two bodies differ in white space alone."""
    return isinstance(expected, str) and isinstance(actual, str) and _words(expected) == _words(actual)


def _words(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _other_order(of: str, attribute: str, expected: Any, actual: Any) -> bool:
    """Excuse a composite type that has the same attributes in another order."""
    if (of, attribute) != ("composite type", "fields"):
        return False
    return in_other_order(expected, actual)


def in_other_order(expected: Collection[Any], actual: Collection[Any]) -> bool:
    """Tell whether these are the same, whatever their order."""
    return len(expected) == len(actual) and all(one in actual for one in expected)


def _more_values(of: str, attribute: str, expected: Any, actual: Any) -> bool:
    """Excuse an enum that has other values besides."""
    return (of, attribute) == ("enum", "labels") and has_more(expected, actual)


def has_more(expected: Sequence[str], actual: Sequence[str]) -> bool:
    """Tell whether all that is expected is there in its order, and more."""
    return len(actual) > len(expected) and [one for one in actual if one in expected] == list(expected)


GENERATED_NAMES = ("constraint", "index", "sequence", "statistics object")
"""Kinds whose objects PostgreSQL names where the user does not."""

LENIENCIES: Mapping[str, Leniency] = MappingProxyType(
    {
        leniency.name: leniency
        for leniency in (
            Leniency("attribute-order", "the order of a composite type's attributes is not compared", _other_order),
            Leniency(
                "body-layout",
                "white space in function bodies is not compared",
                lambda kind, name, a, b: (kind, name) == ("function", "body") and layout_only(a, b),
            ),
            Leniency("column-order", "the order of a table's columns is not compared", _attribute("column order")),
            Leniency(
                "comments",
                "comments are not compared",
                lambda _kind, name, _a, _b: name in ("comment", "not_null_comment"),
            ),
            Leniency(
                "enum-values",
                "values that an enum has besides the expected ones are not compared",
                _more_values,
            ),
            Leniency(
                "extension-schema",
                "the schema that an extension is in is not compared",
                _attribute("schema", kind="extension"),
            ),
            Leniency(
                "extension-version",
                "versions of extensions are not compared, nor their members where the versions differ",
                _attribute("version", kind="extension"),
            ),
            Leniency(
                "generated-names",
                "names of constraints, indexes, statistics objects and owned sequences are not compared where all else"
                " is the same",
                lambda kind, name, _a, _b: name == "name" and kind in GENERATED_NAMES,
            ),
            Leniency("owners", "owners are not compared", _attribute("owner")),
            Leniency(
                "populated",
                "whether a materialized view is populated is not compared",
                _attribute("populated", kind="materialized view"),
            ),
            Leniency(
                "privileges",
                "privileges are not compared, nor default ones, nor what was changed about PostgreSQL's own objects",
                _attribute("privileges"),
                frozenset({"default privileges", "system object"}),
            ),
            Leniency("tablespaces", "tablespaces are not compared", _attribute("tablespace")),
        )
    }
)
"""Every leniency by its name. What no SQL can observe is no leniency: it is normalised where it is read."""

NAMES = tuple(LENIENCIES)
"""The names that the settings may hold."""


def find(names: Iterable[str]) -> tuple[Leniency, ...]:
    """Return the leniencies of these names.

    Raises:
        UsageError: A name is unknown; its hint has the nearest one, and lists all.
    """
    wanted = sorted(set(names))
    unknown = [name for name in wanted if name not in LENIENCIES]
    if unknown:
        near = get_close_matches(unknown[0], NAMES, n=1)
        hint = f'did you mean "{near[0]}"? ' if near else ""
        raise UsageError(f'unknown leniency "{unknown[0]}"', hint=f"{hint}known are {', '.join(NAMES)}")
    return tuple(LENIENCIES[name] for name in wanted)


def sentences(names: Iterable[str]) -> tuple[str, ...]:
    """Return what the output repeats of the leniencies in force.

    Raises:
        UsageError: A name is unknown.
    """
    return tuple(f"leniency {leniency.name}: {leniency.sentence}" for leniency in find(names))
