"""Make two sides comparable: an owner that nobody named, the roles that look, roles that are called otherwise."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from pgassay.catalog.catalog import Catalog
from pgassay.contract.looker import declared_in, without_looker
from pgassay.contract.owner import FRESH_OWNER
from pgassay.contract.undeclared import with_real_owner
from pgassay.suite.sides import Side
from pgassay.suite.tool import without_tool

NO_OWNER = '"{}" names no owner: the role that owns most of the objects of the other side counts as it'
LOOKER = 'not compared: CONNECT to "{}", the role that looks at "{}", of which the other side knows nothing'
ONE_SERVER = "both databases are on one server: roles, memberships and settings of roles are the same for both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Two catalogs that can be compared, and what was done to them, in sentences."""

    expected: Catalog
    found: Catalog
    notes: tuple[str, ...]


def make_alike(expected: Side, found: Side, roles: Mapping[str, str]) -> Alike:
    """Return the catalogs of both sides as they are compared.

    Args:
        expected: What should be.
        found: What is looked at.
        roles: Name on the expected side -> name on the other one.
    """
    one, other = expected.catalog, found.catalog
    if FRESH_OWNER not in {*roles, *roles.values()}:
        one, other = _with_owner(expected, other), _with_owner(found, one)
    back = {name: before for before, name in roles.items()}
    one, other = (
        _without_looker(expected, one, _called(declared_in(other), back)),
        _without_looker(found, other, _called(declared_in(one), roles)),
    )
    notes = list(_notes(expected, found, (one, other), roles))
    one, of_expected = without_tool(other, one, found.tool)
    other, of_found = without_tool(one, other, expected.tool)
    return Alike(expected=one, found=other, notes=(*notes, *filter(None, (of_expected, of_found))))


def _with_owner(side: Side, other: Catalog) -> Catalog:
    """Take the other side's owner for one that pgassay made up, where contract or migrations name none."""
    return side.catalog if side.facts else with_real_owner(side.catalog, other)


def _called(names: Collection[str], by: Mapping[str, str]) -> frozenset[str]:
    return frozenset(by.get(name, name) for name in names)


def _without_looker(side: Side, catalog: Catalog, declared: frozenset[str]) -> Catalog:
    """Leave out the privilege by which we reached a database, where the other side does not know the role."""
    return catalog if side.facts is None else without_looker(catalog, side.facts.role, declared=declared)


def _notes(expected: Side, found: Side, made: tuple[Catalog, Catalog], roles: Mapping[str, str]) -> Iterator[str]:
    for side, catalog in zip((expected, found), made, strict=True):
        if catalog is not side.catalog:
            yield (
                LOOKER.format(side.facts.role, side.source.title) if side.facts else NO_OWNER.format(side.source.title)
            )
    if roles:
        yield f"roles that are called otherwise: {', '.join(f'{name} is {other}' for name, other in roles.items())}"
    if expected.facts and found.facts and expected.facts.started == found.facts.started:
        yield ONE_SERVER
