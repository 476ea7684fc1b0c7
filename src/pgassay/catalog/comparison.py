"""What a person chooses of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pgassay.catalog import leniencies as lenient
from pgassay.catalog.selection import Selection


class Scope(StrEnum):
    """How much of the actual catalog counts.

    Attributes:
        CONTRACT: What the expected catalog can speak of; for a database on a cluster that others use too.
        DATABASE: The same, where the expected catalog is of such a database as well: it declares no role, and what a
            managed service put in, and foreign schemas, are nobody's business on either side.
        WHOLE: Every schema, role and setting; for two databases that are both ours (round trip, migrations).
    """

    CONTRACT = "contract"
    DATABASE = "database"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How to compare.

    Attributes:
        scope: How much of the actual catalog counts.
        shared: Whether cluster-wide kinds are compared; false where both databases are on one server.
        roles: Name in the expected catalog -> name in the actual one.
        foreign_schemas: Globs of schemas that are none of the contract's business.
        leniencies: Names of `leniencies.NAMES`; an unknown one raises UsageError.
        selection: The objects that are compared, where not all are.
        every_role: Whether roles count, too, that have nothing to do with the two databases.
        environment: Whether locale and settings count that the expected side cannot say, or does not.
    """

    scope: Scope = Scope.CONTRACT
    shared: bool = True
    roles: Mapping[str, str] = field(default_factory=dict)
    foreign_schemas: tuple[str, ...] = ()
    leniencies: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    every_role: bool = False
    environment: bool = False

    def __post_init__(self) -> None:
        lenient.find(self.leniencies)
