from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from pgassay.behaviors.plans.explain import explain, measure
from pgassay.sandbox.database import ScratchDatabase

Connection = psycopg.Connection[tuple[object, ...]]
PARTS = """
CREATE TABLE log (at date, who int) PARTITION BY RANGE (at);
CREATE TABLE log1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE log2 PARTITION OF log FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
"""


@pytest.fixture
def connection(scratch: ScratchDatabase) -> Iterator[Connection]:
    with scratch.connect() as opened:
        yield opened


def test_a_plan_in_lines(connection: Connection) -> None:
    plan = explain(connection, "SELECT * FROM users WHERE tier = $1 AND email LIKE '%x' ORDER BY email")
    assert plan.text.splitlines()[0] == f"Sort by users.email, 1 row, cost {plan.cost:g}"
    assert plan.text.splitlines()[1].startswith("  Seq Scan on public.users, 1 row, cost ")
    assert plan.text.endswith(": Filter ((users.email ~~ '%x'::text) AND (users.tier = $1))")


def test_without_parameters(connection: Connection) -> None:
    assert explain(connection, "SELECT 1").text.startswith("Result, 1 row, cost 0.01")
    assert measure(connection, "SELECT 1", []).buffers == 0


def test_a_bitmap_has_the_index_of_its_table(connection: Connection) -> None:
    connection.execute("SET enable_indexscan = off; SET enable_seqscan = off")
    plan = explain(connection, "SELECT * FROM messages WHERE owner = $1")
    assert plan.indexes == {("public", "messages_owner_idx")}
    assert plan.tables == {("public", "messages")}


def test_no_partition_is_left_out_for_want_of_a_value(connection: Connection) -> None:
    connection.execute(PARTS.encode())
    plan = explain(connection, "SELECT * FROM log WHERE at = $1")
    assert plan.tables == {("public", "log1"), ("public", "log2")}


def test_what_is_measured_is_rolled_back(connection: Connection) -> None:
    connection.execute("INSERT INTO users SELECT n, n FROM generate_series(1, 100) AS n")
    plan = measure(connection, "DELETE FROM users WHERE id > $1", ["90"])
    assert connection.execute("SELECT count(*) FROM users").fetchone() == (100,)
    assert sum(node.read for node in plan.walk()) in {10, 100}
    assert plan.buffers > 0


@pytest.mark.parametrize("query", ["SELECT * FROM nowhere", "SELECT $1 + 'x'::date", "SELECT 1 / ($1 - 1)"])
def test_what_fails_leaves_nothing_behind(connection: Connection, query: str) -> None:
    with pytest.raises(psycopg.Error):
        measure(connection, query, ["1"])
    assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
    assert explain(connection, "SELECT 1").kind == "Result"
