from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg import sql

from pgassay.errors import ServerError
from pgassay.servers.databases import create_database, database_exists, drop_database, scratch_name
from pgassay.servers.server import Server


def test_a_database_is_made_and_dropped(any_server: Server) -> None:
    name = scratch_name("some purpose")
    create_database(any_server, name)
    assert database_exists(any_server, name)
    drop_database(any_server, name)
    assert not database_exists(any_server, name)


def test_only_our_names_are_dropped(server: Server) -> None:
    with pytest.raises(ServerError, match="not the name of a scratch database"):
        drop_database(server, "postgres")


def test_a_database_in_use_is_dropped(server: Server) -> None:
    name = scratch_name("used")
    create_database(server, name)
    with server.connect(name):
        drop_database(server, name)
    assert not database_exists(server, name)


def test_a_role_owns_its_database(server: Server, role_name: Callable[[str], str]) -> None:
    owner = role_name('we"ird Ö.😀')
    name = scratch_name("owned")
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(owner)))
    create_database(server, name, owner=owner)
    drop_database(server, name)
