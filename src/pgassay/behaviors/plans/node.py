"""A plan as EXPLAIN gives it in JSON, and as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from pgassay.catalog.record import quote_name

SORTS = frozenset({"Sort", "Incremental Sort"})
_CONDITIONS = ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter")
_READ_IN_VAIN = ("Rows Removed by Filter", "Rows Removed by Index Recheck", "Rows Removed by Join Filter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step of a plan.

    Attributes:
        kind: What it does, in EXPLAIN's words: `Index Scan`.
        schema: The schema of the table that it reads; of a bitmap's index that of its table.
        relation: That table; empty: it reads none.
        index: The index that it uses, or empty.
        rows: How many rows the planner expects of it.
        cost: What the planner thinks that it costs, with all below it.
        conditions: `Index Cond: (id = $1)` and the like.
        sort_key: What a sort sorts by.
        buffers: Pages that were touched, with all below it; 0 where nothing was run.
        read: Rows that it took from a table, those included that a filter threw away; 0 where nothing was run.
        children: The steps that it takes its rows from.
    """

    kind: str
    schema: str
    relation: str
    index: str
    rows: int
    cost: float
    conditions: tuple[str, ...]
    sort_key: tuple[str, ...]
    buffers: int
    read: int
    children: tuple[Node, ...]

    def walk(self) -> Iterator[Node]:
        """Yield it and all below it, outside in."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def indexes(self) -> set[tuple[str, str]]:
        """Schema and name of every index that is used."""
        return {(node.schema, node.index) for node in self.walk() if node.index}

    @property
    def tables(self) -> set[tuple[str, str]]:
        """Schema and name of every table that is read or written."""
        return {(node.schema, node.relation) for node in self.walk() if node.relation}

    @property
    def line(self) -> str:
        """What it does, in one line: `Index Scan using i on public.t, 20 rows, cost 8.3: (x = $1)`."""
        using = f" using {quote_name(self.index)}" if self.index else ""
        on = f" on {quote_name(self.schema)}.{quote_name(self.relation)}" if self.relation else ""
        by = f" by {', '.join(self.sort_key)}" if self.sort_key else ""
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        what = f": {'; '.join(self.conditions)}" if self.conditions else ""
        return f"{self.kind}{using}{on}{by}, {rows}, cost {self.cost:g}{what}"

    @property
    def text(self) -> str:
        """The plan, a line a step, what a step takes its rows from below it and further in."""
        return "\n".join([self.line, *(indent(child.text, "  ") for child in self.children)])


def read_plan(plan: Mapping[str, Any], *, schema: str = "") -> Node:
    """Read EXPLAIN's JSON (VERBOSE, so that schemas are told).

    Args:
        plan: The object under "Plan".
        schema: The schema of the table above, for a bitmap's index.
    """
    schema = plan.get("Schema", schema)
    loops = plan.get("Actual Loops", 0)
    relation = plan.get("Relation Name", "")
    taken = plan.get("Actual Rows", 0) + sum(plan.get(key, 0) for key in _READ_IN_VAIN)
    return Node(
        kind=plan["Node Type"],
        schema=schema,
        relation=relation,
        index=plan.get("Index Name", ""),
        rows=round(plan["Plan Rows"]),
        cost=plan["Total Cost"],
        conditions=tuple(f"{key} {plan[key]}" for key in _CONDITIONS if key in plan),
        sort_key=tuple(plan.get("Sort Key", ())),
        buffers=plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0),
        read=round(taken * loops) if relation and plan["Node Type"].endswith("Scan") else 0,
        children=tuple(read_plan(child, schema=schema) for child in plan.get("Plans", ())),
    )
