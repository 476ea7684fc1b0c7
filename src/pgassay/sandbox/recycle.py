"""Bring a database back to what its template is, or say why that cannot be.

Why the verdict is sound. At hand-out the database equals its template; a change is then one of these:

- To a logged relation: the log shows that it was written (`wal.py`), and its rows are counted (`census.py`). New rows
  in a system catalog or in a materialized view are a discard, and a missing row of the template anywhere. What is left
  are new rows in ordinary tables. Where the log names a file that the template has not, all relations are counted.
- To an unlogged relation: those are counted each time.
- To a sequence: the log shows the first `nextval` and every `setval`; it is put where the template has it. An unlogged
  one is read each time, with the numbers that it has in reserve.
- In a shared catalog, about this database; a prepared transaction; a replication slot: looked for each time
  (`outside.py`), and a discard.
- To the sessions: they are ended first, and never used again.
- By a session that has not ended: there is none, for the log is read after the last one has gone.
- To the database as a whole, which another one of the same name and number may replace: that one has another xmin in
  pg_database, and our own session in it was ended.

Where the log cannot be read (`can_read_wal`), all relations are counted and all sequences are read.

What is undone is undone by DELETE, not by TRUNCATE: that one makes new files and new rows in pg_class, and takes from
the table what ANALYZE knew of it, so that plans are others than in the template. DELETE changes nothing but the table;
the space that it leaves is bounded, for a database is retired when a relation has outgrown its template's. It runs with
session_replication_role = replica, so neither triggers nor foreign keys fire. Those that fire all the same are a
discard. As many rows must go as were counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from pgassay.sandbox.baseline import Baseline, position_statement
from pgassay.sandbox.census import Count, is_new, read_positions, take_census
from pgassay.sandbox.inventory import Kind, Relation
from pgassay.sandbox.wal import Writes

_OFTEN_UNDONE = frozenset({Kind.TABLE, Kind.SEQUENCE, Kind.STORAGE})
SLACK = 8  # pages that a relation may outgrow its template's by; a page holds some hundred small rows

_GROWN: LiteralString = """
SELECT r.oid
  FROM unnest(%s::bigint[], %s::bigint[]) AS r (oid, most)
 WHERE pg_relation_size(r.oid::oid) / current_setting('block_size')::bigint > r.most
 LIMIT 1
"""

_POSITION: LiteralString = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"


class Discard(Exception):  # noqa: N818 - a verdict, not an error
    """The database cannot be brought back; the text says why."""


def bring_back(keeper: psycopg.Connection[Any], baseline: Baseline, writes: Writes | None, since: int) -> int | None:
    """Undo what a test did in a database, after all its sessions have gone.

    Args:
        keeper: A superuser's session in it, with session_replication_role = replica and the search path pg_catalog.
        baseline: What the template holds.
        writes: What the log says was written; None: the log is not read.
        since: Where the log stood when the database last equalled its template.

    Returns:
        Where the log stands after what was undone; None: nothing had to be.

    Raises:
        Discard: It cannot be brought back.
    """
    suspects, named = _suspects(baseline, writes, since)
    # Most verdicts against a database are spoken here, and most of these by the first: DDL writes to few catalogs.
    catalogs = {relation for relation in named if relation.kind is Kind.CATALOG}
    telling = {relation for relation in catalogs if relation.name == "pg_class"}
    for some in filter(None, (telling, catalogs - telling)):
        _look_at(keeper, baseline, some)
    blank = {relation for relation in named if _is_blank(relation, baseline)}
    counted = [r for r in suspects if r.kind is not Kind.SEQUENCE and r not in blank and r not in catalogs]
    tables: dict[Relation, int | None] = {**dict.fromkeys(blank), **_look_at(keeper, baseline, counted)}
    sequences = _moved(keeper, baseline, [r for r in suspects if r.kind is Kind.SEQUENCE], named)
    return _undo(keeper, baseline, tables, sequences) if tables or sequences else None


def is_promising(baseline: Baseline, writes: Writes, since: int) -> bool:
    """Tell whether a database will be brought back, as far as the log tells: only tables and sequences were written."""
    by_place, places = baseline.inventory.by_place, writes.since(since)
    return not writes.lost and all(place in by_place and by_place[place].kind in _OFTEN_UNDONE for place in places)


def outgrown(keeper: psycopg.Connection[Any], baseline: Baseline, writes: Writes | None) -> Relation | None:
    """Return a relation that has grown beyond its template's, or None; what the log does not show is measured.

    Args:
        keeper: As for `bring_back`.
        baseline: What the template holds.
        writes: What the log says was written; None: the log is not read.
    """
    by_place = baseline.inventory.by_place
    pages = writes.page if writes is not None else {}
    found = (by_place[place] for place, page in pages.items() if place in by_place and page >= _most(by_place[place]))
    return next(found, None) or _measure(
        keeper, baseline.inventory.unlogged if writes is not None else baseline.inventory.relations
    )


def _measure(keeper: psycopg.Connection[Any], relations: Sequence[Relation]) -> Relation | None:
    """Return one of some relations that has grown beyond its template's, by its file's size."""
    if not relations:
        return None
    by_oid = {relation.oid: relation for relation in relations}
    row = keeper.execute(_GROWN, [list(by_oid), [_most(relation) for relation in relations]]).fetchone()
    return by_oid[row[0]] if row is not None else None


def _most(relation: Relation) -> int:
    return relation.pages + SLACK


def _suspects(baseline: Baseline, writes: Writes | None, since: int) -> tuple[list[Relation], set[Relation]]:
    """Return the relations that may have changed, and those that the log names."""
    if writes is not None and writes.lost:
        raise Discard("the write-ahead log does not say any more what was written")
    inventory = baseline.inventory
    places = writes.since(since) if writes is not None else set()
    named = {inventory.by_place[place] for place in places & inventory.by_place.keys()}
    # A file that the template has not: of a relation that was rolled back, or of a system catalog that was written anew
    # and lies elsewhere from then on. Then everything is looked at, as where there is no log.
    told = writes is not None and len(named) == len(places)
    found = {*named, *inventory.unlogged} if told else inventory.relations
    return [relation for relation in found if relation.kind is not Kind.STORAGE], named


def _look_at(
    keeper: psycopg.Connection[Any], baseline: Baseline, relations: Collection[Relation]
) -> dict[Relation, int]:
    """Count relations, and return from which of them how many rows must be deleted; a discard where others changed."""
    counts = take_census(keeper, relations, baseline.horizon)
    return {r: counts[r.oid].new for r in relations if _has_new_rows(r, counts, baseline)}


def _is_blank(relation: Relation, baseline: Baseline) -> bool:
    """Tell whether all rows of a table can go, uncounted: the template has none in it."""
    return relation.kind is Kind.TABLE and not relation.guarded and not baseline.counts[relation.oid].old


def _has_new_rows(relation: Relation, counts: Mapping[int, Count], baseline: Baseline) -> bool:
    """Tell whether rows must be deleted from a relation; a discard where that would not do."""
    found = counts.get(relation.oid)
    if found is None:
        return False
    expected = baseline.counts[relation.oid]
    if (found.old, found.shape) != (expected.old, expected.shape):
        raise Discard(f"rows of the template were changed or removed in the {relation}")
    if found.new and relation.kind is not Kind.TABLE:
        raise Discard(f"rows were added to the {relation}")
    if found.new and relation.guarded:
        raise Discard(f"rows were added to the {relation}, which has a trigger or a rule that fires even in a replica")
    return found.new > 0


def _moved(
    keeper: psycopg.Connection[Any], baseline: Baseline, sequences: Sequence[Relation], named: Collection[Relation]
) -> list[Relation]:
    """Return the sequences that must be put back.

    One that the log names always must: it may stand where it did, and have numbers in reserve.
    """
    others = [sequence for sequence in sequences if sequence not in named]
    positions = read_positions(keeper, others)
    moved = [sequence for sequence in others if positions[sequence.oid] != baseline.positions[sequence.oid]]
    return [*(sequence for sequence in sequences if sequence in named), *moved]


def _undo(
    keeper: psycopg.Connection[Any],
    baseline: Baseline,
    tables: Mapping[Relation, int | None],
    sequences: Sequence[Relation],
) -> int:
    """Delete new rows, as many as were counted where they were, and put sequences back; in one transaction."""
    statements = [_delete(table, None if count is None else baseline.horizon) for table, count in tables.items()]
    statements += [position_statement(s.oid, baseline.positions[s.oid]) for s in sequences]
    statements.append(sql.SQL(_POSITION))
    cursor = keeper.execute(sql.SQL(";").join(statements))
    for table, count in tables.items():
        if count is not None and cursor.rowcount != count:
            raise Discard(f"{count} rows were to be deleted from the {table}, and {cursor.rowcount} were")
        cursor.nextset()
    for _ in sequences:
        cursor.nextset()
    row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _delete(table: Relation, horizon: int | None) -> sql.Composable:
    """Return the statement that deletes what came later than the horizon; None: everything."""
    where = sql.SQL("true") if horizon is None else is_new(horizon)
    return sql.SQL("DELETE FROM ONLY {} WHERE {}").format(table.identifier, where)
