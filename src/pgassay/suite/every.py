"""Every check of the suite, found by looking through its modules."""

from __future__ import annotations

from types import ModuleType

from pgassay.suite import (
    acceptances,
    access,
    constraints,
    extensions,
    functions,
    grants,
    indexes,
    migrations,
    operators,
    outside,
    plans,
    publications,
    rules,
    security_labels,
    statistics,
    tables,
    triggers,
)
from pgassay.suite.check import Check

# In the order in which a reader wants to hear of them.
MODULES: tuple[ModuleType, ...] = (
    extensions,
    grants,
    access,
    security_labels,
    indexes,
    plans,
    statistics,
    triggers,
    rules,
    tables,
    constraints,
    functions,
    operators,
    publications,
    outside,
    migrations,
    acceptances,
)


def every_check() -> dict[str, Check]:
    """Return all checks by name.

    Raises:
        ValueError: Two checks have one name.
    """
    found: dict[str, Check] = {}
    for module in MODULES:
        for thing in vars(module).values():
            if isinstance(thing, Check) and thing.look.__module__ == module.__name__:
                if thing.name in found:
                    raise ValueError(f'two checks are called "{thing.name}"')
                found[thing.name] = thing
    return found
