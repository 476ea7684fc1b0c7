"""What the tests of the generated projects share."""

import os
import time
from collections.abc import Callable

import pytest

many = pytest.mark.parametrize("number", range(int(os.environ["BENCH_TESTS"])))

TWO_ROWS = "INSERT INTO t0 (name, email) VALUES ('ada', 'ada@example.org'), ('bob', 'bob@example.org')"
ONE_ROW = "INSERT INTO t1 (name, email, other) SELECT 'eve', 'eve@example.org', min(id) FROM t0"
COUNT = "SELECT (SELECT count(*) FROM t0) + (SELECT count(*) FROM t1)"
CREATE = "CREATE TABLE x (id bigint PRIMARY KEY, name text)"
ALTER = "ALTER TABLE t0 ADD COLUMN extra integer"
NAP = "SELECT pg_sleep(0.005)"

Record = Callable[[str, object], None]


class First:
    """Notes what the first statement takes, with all that comes before it in the test."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._began = time.perf_counter()

    def done(self) -> None:
        self._record("first", time.perf_counter() - self._began)


def other_work() -> None:
    time.sleep(float(os.environ["BENCH_SLEEP"]))
