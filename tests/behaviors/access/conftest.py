"""Databases on a server of their own, so that roles may have fixed names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

Connection = psycopg.Connection[tuple[object, ...]]
Build = Callable[[str], Connection]

ROLES = """
CREATE ROLE boss; CREATE ROLE app; CREATE ROLE "R. ""x"" 😀"; CREATE ROLE staff; CREATE ROLE root SUPERUSER;
GRANT staff TO app
"""


@pytest.fixture(scope="module")
def roles(any_private_server: Server) -> Server:
    """A server with the roles."""
    with any_private_server.connect() as connection:
        connection.execute(ROLES.encode())
    return any_private_server


@pytest.fixture
def build(roles: Server) -> Iterator[Build]:
    """Make a database, and give a superuser's session in it."""
    name = scratch_name("access")
    create_database(roles, name)
    opened: list[Connection] = []

    def make(schema: str) -> Connection:
        opened.append(roles.connect(name))
        opened[-1].execute(schema.encode())
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()
    drop_database(roles, name)
