"""Plans on a schema of a test's own, on each major."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from pgassay.behaviors.plans.judge import Judged, judge_measured, judge_planned
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo
from pgassay.contract.behavior import PlanBehavior
from pgassay.sandbox.database import ScratchDatabase
from pgassay.servers.server import Server

Judging = Callable[..., Judged]
SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, tier text NOT NULL DEFAULT 'free', deleted_at timestamptz);
CREATE UNIQUE INDEX users_email_key ON users (email) WHERE deleted_at IS NULL;
CREATE TABLE messages (id int PRIMARY KEY, owner int NOT NULL REFERENCES users, at timestamptz NOT NULL, body text);
CREATE INDEX messages_owner_idx ON messages (owner, at DESC);
"""


@pytest.fixture
def scratch(any_server: Server, any_database: Conninfo) -> Iterator[ScratchDatabase]:
    """A database with users and messages."""
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    with closing(ScratchDatabase(any_server, any_database.get("dbname"), login=any_database)) as database:
        yield database


@pytest.fixture
def judge(scratch: ScratchDatabase) -> Judging:
    """Change the schema, and judge one query on it."""

    def run(query: str, *, change: str = "", statistics: Any = (), copy: Any = None, **said: Any) -> Judged:
        with scratch.connect() as connection:
            connection.execute(change.encode())
            catalog = read_catalog(connection)
        entry = PlanBehavior(name="it", query=query, **said)
        if entry.given:
            return judge_measured(entry, scratch, catalog)
        return judge_planned([entry], scratch, catalog, statistics=statistics, copy=copy)

    return run
