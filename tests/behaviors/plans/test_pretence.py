from __future__ import annotations

import pytest

from pgassay.behaviors.plans.copied import Copied
from pgassay.behaviors.plans.pretence import Pretence
from pgassay.behaviors.scene import Relation
from pgassay.contract.behavior import TableStatistics
from pgassay.errors import BlindError
from pgassay.sandbox.database import ScratchDatabase

pytestmark = pytest.mark.thorough

MESSAGES = Relation("public", "messages")
ESTIMATE = "EXPLAIN (FORMAT JSON) SELECT * FROM {}"
PARTS = """
CREATE TABLE log (at date, who int) PARTITION BY RANGE (at);
CREATE TABLE log1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE log2 PARTITION OF log FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
"""
LOG = Relation("public", "log")


def rows_of(scratch: ScratchDatabase, table: str) -> int:
    """How many rows the planner believes in."""
    (plan,) = scratch.value(ESTIMATE.format(table))
    return int(plan["Plan"]["Plan Rows"])


@pytest.mark.parametrize(("rows", "believed"), [(None, 1_000_000), (5000, 5000), (10**8, 10**8)])
def test_what_the_planner_believes(scratch: ScratchDatabase, rows: int | None, believed: int) -> None:
    stated = {MESSAGES: TableStatistics(name="s", table="messages", rows=rows)} if rows else {}
    with scratch.connect() as admin:
        Pretence(admin, stated, None).ensure(MESSAGES)
    assert rows_of(scratch, "messages") == pytest.approx(believed, rel=0.01)


def test_partitions_share_the_rows(scratch: ScratchDatabase) -> None:
    with scratch.connect() as admin:
        admin.execute(PARTS.encode())
        pretence = Pretence(admin, {LOG: TableStatistics(name="s", table="log", rows=4000)}, None)
        pretence.ensure(Relation("public", "log1"))  # as a plan names it
        pretence.ensure(Relation("public", "log2"))
    assert [rows_of(scratch, table) for table in ("log", "log1", "log2")] == [4000, 2000, 2000]


def test_each_partition_is_copied_by_itself(scratch: ScratchDatabase) -> None:
    known = {"log1": 1000.0, "log2": 3000.0}
    with scratch.connect() as admin:
        admin.execute(PARTS.encode())
        stated = {LOG: TableStatistics(name="s", table="log", copy=True)}
        Pretence(admin, stated, lambda leaf: Copied(rows=known[leaf.name], pages=30, columns={})).ensure(LOG)
    assert [rows_of(scratch, table) for table in ("log", "log1", "log2")] == [4000, 1000, 3000]


def test_who_is_no_superuser_is_blind_each_time(scratch: ScratchDatabase) -> None:
    with scratch.connect() as admin:
        admin.execute("SET ROLE pg_monitor")
        pretence = Pretence(admin, {}, None)
        for _ in range(2):
            with pytest.raises(BlindError, match="messages cannot be given statistics: permission denied for table"):
                pretence.ensure(MESSAGES)
