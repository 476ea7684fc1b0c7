"""Rows are counted as those of the template and those that came later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.sandbox.baseline import Baseline, read_baseline, settle_sequences
from pgassay.sandbox.census import Position, is_new, read_positions, take_census
from pgassay.sandbox.inventory import Kind, Relation, read_inventory
from pgassay.servers.server import Server

Connection = psycopg.Connection[Any]
SEED = 20
STATEMENTS = {
    "insert": "INSERT INTO t (v) VALUES ('new')",
    "insert three": "INSERT INTO t (v) SELECT 'new' FROM generate_series(1, 3)",
    "update": "UPDATE t SET v = v WHERE id = {id}",
    "delete": "DELETE FROM t WHERE id = {id}",
    "delete new": "DELETE FROM t WHERE v = 'new'",
    "lock": "SELECT FROM t WHERE id = {id} FOR UPDATE",
}


@pytest.fixture
def connection(any_database: Conninfo) -> Iterator[Connection]:
    with closing(psycopg.connect(any_database.dsn, autocommit=True)) as connection:
        connection.execute("CREATE TABLE t (id serial PRIMARY KEY, v text)")
        connection.execute("INSERT INTO t (v) SELECT 'old' FROM generate_series(1, %s)", [SEED])
        connection.execute("SET search_path = pg_catalog, public")
        yield connection


def baseline_of(connection: Connection) -> Baseline:
    baseline = read_baseline(connection)
    assert baseline is not None
    connection.execute("SET search_path = pg_catalog, public")
    return baseline


def relation(connection: Connection, name: str) -> Relation:
    return next(r for r in read_inventory(connection).relations if (r.schema, r.name) == ("public", name))


def count(connection: Connection, name: str, horizon: int) -> tuple[int, int]:
    found = relation(connection, name)
    counted = take_census(connection, [found], horizon)[found.oid]
    return counted.old, counted.new


Steps = st.lists(
    st.tuples(
        st.sampled_from(sorted(STATEMENTS)), st.integers(1, SEED), st.sampled_from(["", "savepoint", "rollback"])
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=Steps)
def test_old_rows_are_those_that_nobody_touched(connection: Connection, steps: list[tuple[str, int, str]]) -> None:
    """Against a count that goes by what the statements say."""
    connection.execute("TRUNCATE t; INSERT INTO t (id, v) SELECT g, 'old' FROM generate_series(1, 20) AS g")
    horizon = baseline_of(connection).horizon
    old, new = set(range(1, SEED + 1)), 0
    alive = set(old)
    for word, number, undone in steps:
        with connection.transaction(force_rollback=undone == "rollback"), connection.transaction():
            connection.execute(STATEMENTS[word].format(id=number).encode())
            if undone == "savepoint":
                with connection.transaction(force_rollback=True):
                    connection.execute("DELETE FROM t")
        if undone == "rollback":
            continue
        if word in {"update", "delete"} and number in alive:
            updated = number not in old
            old.discard(number)
            if word == "delete":
                alive.discard(number)
                new -= updated
            else:
                new += not updated
        inserted = {"insert": 1, "insert three": 3}.get(word, 0)
        if word == "delete new":
            new = len(alive - old)
        new += inserted
    assert count(connection, "t", horizon) == (len(old), new)


def test_freezing_changes_no_count(connection: Connection) -> None:
    horizon = baseline_of(connection).horizon
    connection.execute("INSERT INTO t (v) VALUES ('new')")
    connection.execute("VACUUM (FREEZE) t")
    assert count(connection, "t", horizon) == (SEED, 1)
    connection.execute("VACUUM FULL t")
    assert count(connection, "t", horizon) == (SEED, 1)


def test_what_vacuum_writes_in_place_is_in_the_shape(connection: Connection) -> None:
    before = baseline_of(connection)
    catalog = next(r for r in before.inventory.of(Kind.CATALOG) if r.name == "pg_class")
    connection.execute("VACUUM t")
    after = take_census(connection, [catalog], before.horizon)[catalog.oid]
    assert after[:2] == before.counts[catalog.oid][:2]
    assert after.shape != before.counts[catalog.oid].shape


def test_a_row_that_was_forced_to_be_old_is_in_the_shape(connection: Connection) -> None:
    horizon = baseline_of(connection).horizon
    connection.execute("CREATE EXTENSION pg_surgery SCHEMA public")
    connection.execute("INSERT INTO t (v) VALUES ('new')")
    found = relation(connection, "t")
    assert take_census(connection, [found], horizon)[found.oid].shape is None
    connection.execute("SELECT heap_force_freeze('t', ARRAY[(SELECT ctid FROM t WHERE v = 'new')])")
    assert take_census(connection, [found], horizon)[found.oid].shape == "1"


@pytest.mark.parametrize("name", ["a.b", 'quo"te', "100 %", "%s", "{oid}", "with space", "é😀", "pg_class", "Upper"])
def test_a_name_may_be_anything(connection: Connection, name: str) -> None:
    connection.execute(sql.SQL("CREATE TABLE public.{} ()").format(sql.Identifier(name)))
    horizon = baseline_of(connection).horizon
    connection.execute(sql.SQL("INSERT INTO public.{} DEFAULT VALUES").format(sql.Identifier(name)))
    assert count(connection, name, horizon) == (0, 1)


def test_what_is_named_like_a_function_of_ours(connection: Connection) -> None:
    horizon = baseline_of(connection).horizon
    connection.execute("CREATE FUNCTION public.age(xid) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert count(connection, "t", horizon) == (SEED, 0)


def test_new_is_the_opposite_of_old(connection: Connection) -> None:
    horizon = baseline_of(connection).horizon
    connection.execute("INSERT INTO t (v) VALUES ('new')")
    query = sql.SQL("SELECT v FROM t WHERE {}").format(is_new(horizon))
    assert connection.execute(query).fetchall() == [("new",)]


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_a_horizon_of_a_later_epoch(connection: Connection, epoch: int) -> None:
    """Transaction ids wrap around after four billion; what is compared is their distance."""
    horizon = baseline_of(connection).horizon
    connection.execute("INSERT INTO t (v) VALUES ('new')")
    assert count(connection, "t", horizon + epoch * 2**32) == (SEED, 1)


def test_children_are_not_their_parents_rows(connection: Connection) -> None:
    connection.execute("CREATE TABLE public.child () INHERITS (public.t)")
    horizon = baseline_of(connection).horizon
    connection.execute("INSERT INTO public.child (v) VALUES ('new')")
    assert (count(connection, "t", horizon), count(connection, "child", horizon)) == ((SEED, 0), (0, 1))


def test_positions(connection: Connection) -> None:
    connection.execute("SELECT nextval('public.t_id_seq')")
    sequence = relation(connection, "t_id_seq")
    assert read_positions(connection, [sequence])[sequence.oid].reserve > 0
    settle_sequences(connection)
    assert read_positions(connection, [sequence])[sequence.oid] == Position(SEED + 1, is_called=True)


def test_nothing_to_count(server: Server) -> None:
    with server.connect() as connection:
        assert take_census(connection, [], 3) == {}
        assert read_positions(connection, []) == {}


def test_more_than_one_query_takes(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgassay.sandbox.census._AT_ONCE", 7)
    baseline = baseline_of(connection)
    assert len(baseline.counts) == len(baseline.inventory.countable) > 7 * 7
