"""Rows in every table of a database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import tuple_row

from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.maker import Answer, Maker
from pgassay.behaviors.rows.oracle import identifier
from pgassay.behaviors.rows.shape import Shapes
from pgassay.behaviors.scene import Relation
from pgassay.catalog.record import Identity


@dataclass(frozen=True, slots=True)
class Filled:
    """What filling a database came to.

    Attributes:
        rows: Table, qualified -> how many rows it got; where it takes none because a trigger or a migration has made
            all that there can be, how many these are.
        skipped: Table, qualified -> why it got none, and what it needs.
    """

    rows: Mapping[str, int]
    skipped: Mapping[str, str]


def fill_tables(maker: Maker, count: int, tables: Collection[Identity] | None = None) -> Filled:
    """Store rows in every ordinary table, parents first.

    Args:
        maker: Makes them.
        count: How many in each.
        tables: Those to fill; None: all.
    """
    rows: dict[str, int] = {}
    skipped: dict[str, str] = {}
    for identity in parents_first(maker.shapes):
        if tables is not None and identity not in tables:
            continue
        name = str(Relation(*identity))
        if maker.shapes.tables[identity].table_kind == "foreign table":
            skipped[name] = "it is a foreign table: its rows are another server's"
            continue
        stored, reason = _fill(maker, identity, count)
        if stored:
            rows[name] = stored
        else:
            skipped[name] = reason
    return Filled(rows, skipped)


def _fill(maker: Maker, identity: Identity, count: int) -> tuple[int, str]:
    """Return how many rows a table got, and why it got no more."""
    stored = 0
    try:
        wish = maker.wish(maker.shape(identity), {}, linked=True)
        for _ in range(count):
            maker.row(wish, Answer(sql.SQL("1"), tuple_row))
            stored += 1
    except RowsError as error:
        return stored or _there(maker, identity), str(error)
    return stored, ""


def _there(maker: Maker, identity: Identity) -> int:
    """Return how many rows a table has that takes no more: a trigger on its parent has made them, or a migration."""
    ((number,),) = maker.oracle.values(sql.SQL("SELECT count(*) FROM {}").format(identifier(*identity)))
    return int(number)


def parents_first(shapes: Shapes) -> Iterator[Identity]:
    """Yield the tables that are no partitions, each behind those that it refers to; a circle begins anywhere."""
    seen: set[Identity] = set()
    for identity in shapes.tables:
        yield from _behind(shapes, identity, seen)


def _behind(shapes: Shapes, identity: Identity, seen: set[Identity]) -> Iterator[Identity]:
    waiting = [(identity, False)]
    while waiting:
        table, ready = waiting.pop()
        if ready:
            yield table
        elif table not in seen and shapes.tables[table].partition_bound is None:
            seen.add(table)
            waiting.append((table, True))
            waiting += [(key.parent, False) for key in shapes.of(table).foreign_keys]
