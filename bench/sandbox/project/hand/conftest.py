"""A clone for each test, as one would write it by hand: one session that creates and drops."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

SERVER = os.environ["BENCH_SERVER"]
STRATEGY = os.environ["BENCH_STRATEGY"]
GONE = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = 'clone'"


@pytest.fixture(scope="session")
def admin() -> Iterator[psycopg.Connection]:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute("CREATE DATABASE original TEMPLATE template0")
        with psycopg.connect(SERVER, dbname="original") as original:
            original.execute(Path(__file__).with_name("schema.sql").read_text())
            original.execute("ANALYZE")
        yield connection


@pytest.fixture
def postgresql(admin: psycopg.Connection) -> Iterator[psycopg.Connection]:
    admin.execute(f"CREATE DATABASE clone TEMPLATE original {STRATEGY}")
    with psycopg.connect(SERVER, dbname="clone") as connection:
        yield connection
    while admin.execute(GONE).fetchone() != (True,):  # DROP would look again after 100 ms
        time.sleep(0.001)
    admin.execute("DROP DATABASE clone")
