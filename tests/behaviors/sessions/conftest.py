"""Sessions of a database of a test's own, on each major."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from pgassay.behaviors.sessions.session import Session
from pgassay.behaviors.sessions.stage import Stage
from pgassay.conninfo import Conninfo
from pgassay.sandbox.database import ScratchDatabase
from pgassay.servers.server import Server

Sessions = Callable[..., tuple[Session, ...]]
SCHEMA = """
CREATE TABLE account (id int PRIMARY KEY, owner text, amount int);
INSERT INTO account VALUES (1, 'ada', 10), (2, 'ada', 10);
CREATE TABLE job (id int PRIMARY KEY, done bool DEFAULT false);
INSERT INTO job SELECT generate_series(1, 3);
"""


@pytest.fixture
def scratch(any_server: Server, any_database: Conninfo) -> Iterator[ScratchDatabase]:
    """A database with accounts and jobs."""
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    with closing(ScratchDatabase(any_server, any_database.get("dbname"), login=any_database)) as database:
        yield database


@pytest.fixture
def sessions(scratch: ScratchDatabase) -> Iterator[Sessions]:
    """Open some of its sessions."""
    with Stage(scratch) as stage:
        yield stage.open
