"""Every kind of entry, in one place: a kind more is a module, and a line of `Behavior`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from pgassay.contract.behavior.access import AccessBehavior, parse_access
from pgassay.contract.behavior.constraints import ConstraintBehavior, parse_constraint
from pgassay.contract.behavior.entry import Entry
from pgassay.contract.behavior.functions import FunctionBehavior, parse_function
from pgassay.contract.behavior.plans import PlanBehavior, parse_plan
from pgassay.contract.behavior.statistics import TableStatistics, parse_statistics
from pgassay.contract.behavior.triggers import TriggerBehavior, parse_trigger
from pgassay.contract.rows import RowsOfTable, load_rows
from pgassay.contract.toml import Table, read_toml

E = TypeVar("E", bound=Entry)


def _entries(kind: str, parse: Callable[[Table], E]) -> Any:
    """Declare the entries of a kind: the word in its heads `[[kind]]`, and what reads one of them."""
    return field(default=(), metadata={"kind": kind, "parse": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """What behavior.toml says: the entries of each kind in the file's order.

    Attributes:
        triggers: The `[[trigger]]` entries.
        access: The `[[access]]` entries.
        constraints: The `[[constraint]]` entries.
        functions: The `[[function]]` entries.
        plans: The `[[plan]]` entries.
        statistics: The `[[statistics]]` entries.
        foreign_schemas: Schemas that are there and are none of the contract's business (globs).
        rows: What `[rows]` gives columns that the row factory fills.
    """

    triggers: tuple[TriggerBehavior, ...] = _entries("trigger", parse_trigger)
    access: tuple[AccessBehavior, ...] = _entries("access", parse_access)
    constraints: tuple[ConstraintBehavior, ...] = _entries("constraint", parse_constraint)
    functions: tuple[FunctionBehavior, ...] = _entries("function", parse_function)
    plans: tuple[PlanBehavior, ...] = _entries("plan", parse_plan)
    statistics: tuple[TableStatistics, ...] = _entries("statistics", parse_statistics)
    foreign_schemas: tuple[str, ...] = ()
    rows: tuple[RowsOfTable, ...] = ()


KINDS = {f.metadata["kind"]: (f.name, f.metadata["parse"]) for f in fields(Behavior) if f.metadata}
"""Kind -> the attribute of `Behavior` that holds its entries, and what reads one."""


def load_behavior(path: Path) -> Behavior:
    """Read behavior.toml; a file that is not there says nothing.

    Raises:
        ContractError: It cannot be read, or holds what means nothing: file, line, entry and the known keys are named.
    """
    if not path.exists():
        return Behavior()
    top = read_toml(path)
    top.only(("scope", *KINDS, "rows"))
    scope = top.table("scope")
    scope.only(("foreign_schemas",))
    found = {name: tuple(map(parse, top.entries(kind))) for kind, (name, parse) in KINDS.items()}
    _refuse_repeated(entry for entries in found.values() for entry in entries)
    return Behavior(**found, foreign_schemas=scope.texts("foreign_schemas"), rows=load_rows(top))


def _refuse_repeated(entries: Iterable[Entry]) -> None:
    first: dict[str, Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.name, entry)
        if other is not entry and entry.source:
            raise entry.source.error(
                f'another entry is named "{entry.name}": {other.where()}',
                hint="a finding is known by its entry's name",
            )
