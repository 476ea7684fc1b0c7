"""The order of sourcegraph's migrations: a graph with one root, parents before children.

Source: github.com/sourcegraph/sourcegraph-public-snapshot, internal/database/migration/definition/read.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from pgassay.errors import MigrationError

Parents = Mapping[int, Sequence[int]]


def ordered(parents: Parents) -> list[int]:
    """Return the versions, parents first; those that do not depend on each other mostly by number.

    It is the tool's own order: a walk in depth from the root, the highest child first, read backwards.

    Args:
        parents: The parents of each version; at least one version.

    Raises:
        MigrationError: A parent does not exist, migrations depend on each other, or several have no parent.
    """
    _refuse_unknown(parents)
    children = _children(parents)
    root = _root(parents)
    order: list[int] = []
    seen, path = {root}, [root]
    while path:
        below = children[path[-1]]
        while below and below[-1] in seen:
            below.pop()
        if below:
            seen.add(below[-1])
            path.append(below[-1])
        else:
            order.append(path.pop())
    return order[::-1]


def _refuse_unknown(parents: Parents) -> None:
    for version, above in parents.items():
        for parent in above:
            if parent not in parents:
                raise MigrationError(
                    f"the parent {parent} of migration {version} does not exist",
                    hint="put it back, or name another parent in metadata.yaml",
                )


def _children(parents: Parents) -> dict[int, list[int]]:
    children: dict[int, list[int]] = {version: [] for version in parents}
    for version in sorted(parents):
        for parent in parents[version]:
            children[parent].append(version)
    return children


def _root(parents: Parents) -> int:
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        circle = " -> ".join(map(str, error.args[1]))
        raise MigrationError(
            f"migrations depend on each other: {circle}", hint="take a parent out in metadata.yaml"
        ) from error
    roots = [version for version in sorted(parents) if not parents[version]]
    if len(roots) > 1:
        raise MigrationError(
            f"{len(roots)} migrations have no parent: {', '.join(map(str, roots))}",
            hint="one is the root: give the others their parents in metadata.yaml",
        )
    return roots[0]
