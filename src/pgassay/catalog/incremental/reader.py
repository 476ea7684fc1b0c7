"""Reading a catalog again and again: after the first time only what has changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import cache
from itertools import chain
from typing import Any

import psycopg
from psycopg import sql

from pgassay.catalog import collection, unread
from pgassay.catalog.catalog import Catalog, catalog_of
from pgassay.catalog.deparsing import deparse
from pgassay.catalog.found import Found
from pgassay.catalog.incremental import changes as asking
from pgassay.catalog.incremental.dependants import dependants, is_any_member, oids, places
from pgassay.catalog.incremental.plan import Changes, changes, plan
from pgassay.catalog.incremental.state import State, catalog_with
from pgassay.catalog.kind import Kind, Query, Row
from pgassay.catalog.read import ATTEMPTS, errors_told, read_catalog, restless, unknown_major
from pgassay.catalog.record import Record
from pgassay.catalog.rows import read_rows, text_of, text_of_unread
from pgassay.catalog.session import Statement, rows_of
from pgassay.target import Reading, reading, settle, undisturbed

# Prepared statements are planned once; left alone, PostgreSQL would plan those with parameters five times before that,
# which takes five times as long as they do. What is read of a few tables has to begin with these, wherever they stand.
MOMENT = sql.SQL(
    "SELECT pg_current_snapshot()::text AS snapshot, set_config('plan_cache_mode', 'force_generic_plan', true),"
    " set_config('join_collapse_limit', '8', true), set_config('from_collapse_limit', '8', true)"
).as_bytes(None)

PLANNING = "SET plan_cache_mode = force_generic_plan; SET join_collapse_limit = 8; SET from_collapse_limit = 8"
"""The same, for a session that is never in a transaction."""

CATALOGS = sql.SQL(
    "SELECT oid::bigint, relname::text FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'"
)


class CatalogReader:
    """Reads one database's catalog any number of times.

    After the first time only what has changed is read: rows of the system catalogs that are new or have gone, and what
    is written with a name that has changed. Where that cannot be told, as after CREATE EXTENSION or where a role or a
    schema has another name, all is read. Each time the answer is the one that `read_catalog` would give.

    Statements are prepared, so it is not for a connection through a transaction-mode pooler, and quickest on one of its
    own: psycopg forgets what it has prepared when it sees an ALTER or a DROP.

    Args:
        connection: As `read_catalog` takes it; it is not closed.
        alone: Whether nobody alters the database while it is read, and the session is this reader's alone for good:
            then one look is enough, and no transaction.
    """

    def __init__(self, connection: psycopg.Connection[Any], *, alone: bool = False) -> None:
        self._connection = connection
        self._within: Reading = undisturbed if alone else reading
        self._major = connection.info.server_version // 10_000
        self._state: State | None = None
        self._blind = False  # what has changed may not be seen by this role: all is read each time

    @property
    def _alone(self) -> bool:
        return self._within is undisturbed

    @property
    def is_lost(self) -> bool:
        """Whether the connection is of no more use."""
        return self._connection.closed

    def read(self) -> Catalog:
        """Read what the database is now.

        Raises:
            CatalogError: The server refuses, or the connection is lost.
            UsageError: The connection is not in autocommit, or in a transaction.
        """
        return self._read(self._state)

    def read_all(self) -> Catalog:
        """Read everything, whatever is known, as `read` does the first time.

        Raises:
            CatalogError: The server refuses, or the connection is lost.
            UsageError: The connection is not in autocommit, or in a transaction.
        """
        return self._read(None)

    def _read(self, state: State | None) -> Catalog:
        self._state = None  # whatever fails, the next time all is read
        with errors_told(self._connection), collection.paused():
            if self._alone and state is None:
                settle(self._connection)
                self._connection.execute(PLANNING)
            if not self._blind:
                state = self._read_until_it_rests(state)
        if self._blind or state is None:
            return read_catalog(self._connection)
        self._state = state
        return state.catalog if state.settled else restless(state.catalog)

    def _read_until_it_rests(self, state: State | None) -> State | None:
        """Text is written after the snapshot that the rows are of, so look once more whether it still holds."""
        for attempt in range(ATTEMPTS + 1):
            try:
                state = (state and self._changed(state, retry=attempt == 0)) or self._all()
            except (
                psycopg.errors.SerializationFailure,
                psycopg.errors.QueryCanceled,
                psycopg.errors.InsufficientPrivilege,
            ):
                return None
            if state is None or state.settled:
                break
        return state

    def _all(self) -> State | None:
        """Read everything; None where this role may not see what is watched."""
        beside: list[tuple[Query, None]] = [
            (asking.everything(self._major), None),
            (asking.NAMES, None),
            (CATALOGS, None),
        ]
        rows = read_rows(self._connection, self._major, lambda _: beside, prepare=True)
        self._blind = rows.beside is None
        if rows.beside is None:
            return None
        watched, names, catalogs = rows.beside
        state = State(_moment(rows.moment), {row["oid"]: row["relname"] for row in catalogs})
        state.unread = [*unknown_major(self._major), *rows.blind]
        state.learn(asking.look(watched, names))
        self._complete(rows.found)
        for found in rows.found:
            state.replace((), found)
        kinds = (found.records for found in rows.found)
        state.catalog = catalog_of(self._major, kinds, state.blind_spots())
        state.settled = self._alone
        return state

    def _changed(self, state: State, *, retry: bool) -> State | None:
        """Read what has changed, and what could not be read if it is to be tried again; None where doubt is left."""
        with self._within(self._connection):
            moment = _moment(self._ask([(MOMENT, None)])[0])
            if moment == state.moment and not (retry and any(state.blind.values())):
                state.settled = True
                return state
            look, found = self._look(state)
            homes = None if found is None else self._homes(state, found)
            if found is None or homes is None:
                return None
            if retry:  # whoever held a lock may have gone
                homes = state.with_blind(homes)
            rows = self._rows(homes)
            if found.may_be_unread:
                (counts,) = self._ask([(text_of_unread(self._major), None)])
                state.unread = [*unknown_major(self._major), *unread.blind_spots(counts)]
        state.moment = moment
        state.learn(look)
        state.forget(found.gone)
        self._apply(state, homes, rows)
        return state

    def _look(self, state: State) -> tuple[asking.Look, Changes | None]:
        look = asking.look(*self._ask([(_newer(self._major), {"mark": state.mark}), (asking.NAMES, None)]))
        more = {watched: count - state.expected(watched, look) for watched, count in look.counts.items()}
        if max(more.values()) > 0:  # rows that are neither known nor new
            return look, None
        fewer = [watched for watched, surplus in more.items() if surplus]
        answers = self._ask([(asking.keys(watched), None) for watched in fewer]) if fewer else []
        now = {w: {tuple(key) for key in rows[0]["keys"] or ()} for w, rows in zip(fewer, answers, strict=True)}
        return look, changes(state, look, {watched: state.without(watched, keys) for watched, keys in now.items()})

    def _homes(self, state: State, found: Changes) -> Mapping[Kind, Set[int]] | None:
        others = found.of_others()
        if not others:
            return plan(state, found, (), self._major)
        renamed = [one.entry for one in others if one.renames]
        reached, (member,) = self._ask([dependants(renamed), is_any_member(one.entry for one in others)])
        return None if member["found"] else plan(state, found, places(reached), self._major)

    def _rows(self, homes: Mapping[Kind, Set[int]]) -> list[Found]:
        statements: list[Statement] = [
            (text_of(kind, self._major, part=kind.home is not None), {"homes": oids(wanted)})
            for kind, wanted in homes.items()
        ]
        answers = self._ask(statements) if statements else []
        return [Found.of(kind, [rows]) for kind, rows in zip(homes, answers, strict=True)]

    def _apply(self, state: State, homes: Mapping[Kind, Set[int]], rows: Sequence[Found]) -> None:
        state.settled = not self._complete(rows) or self._alone
        old: list[Record] = []
        for found in rows:
            old += state.replace(homes[found.kind], found)
        new = chain.from_iterable(found.records.values() for found in rows)
        state.catalog = catalog_with(state.catalog, old, new, state.blind_spots())

    def _complete(self, rows: Sequence[Found]) -> bool:
        """Have what is missing written; return whether anything was, which is of a later moment than the rows."""
        wanted = list(chain.from_iterable(found.wanted() for found in rows))
        texts = deparse(self._connection, wanted, self._within)
        for found in rows:
            found.complete(texts)
        return bool(wanted)

    def _ask(self, statements: Sequence[Statement]) -> list[list[Row]]:
        return rows_of(self._connection, statements, prepare=True)


def _moment(rows: Sequence[Row]) -> str:
    moment: str = rows[0]["snapshot"]
    return moment


@cache
def _newer(major: int) -> bytes:
    return asking.newer(major).as_bytes(None)
