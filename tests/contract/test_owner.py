from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.contract.owner import FRESH_OWNER, ensure_owner, find_owner
from pgassay.errors import ContractError
from pgassay.servers.databases import create_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings

SETTINGS = Settings(root=Path())
NewRole = Callable[..., str]


@pytest.fixture
def connection(database: Conninfo) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        yield connection


def grant_create(connection: psycopg.Connection[tuple[object, ...]], role: str, *, options: str = "") -> str:
    name, database = sql.Identifier(role), sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("CREATE ROLE {} {}").format(name, sql.SQL(options)))
    connection.execute(sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, name))
    return role


def database_owner(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_the_settings_win(connection: psycopg.Connection[tuple[object, ...]], role_name: NewRole) -> None:
    grant_create(connection, role_name())
    assert find_owner(connection, Settings(root=Path(), owner='Some "one"')) == 'Some "one"'


def test_the_one_role_that_may_create(connection: psycopg.Connection[tuple[object, ...]], role_name: NewRole) -> None:
    role = grant_create(connection, role_name("It's \"ö"))
    grant_create(connection, role_name("boss"), options="SUPERUSER")
    assert find_owner(connection, SETTINGS) == ensure_owner(connection, SETTINGS, prepared=True) == role
    assert database_owner(connection) == "postgres"


def test_the_owner_of_the_database(connection: psycopg.Connection[tuple[object, ...]], role_name: NewRole) -> None:
    role = sql.Identifier(role_name())
    connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, role))
    assert find_owner(connection, SETTINGS) == database_owner(connection)


def test_several_are_an_error(connection: psycopg.Connection[tuple[object, ...]], role_name: NewRole) -> None:
    roles = sorted(grant_create(connection, role_name(word)) for word in ("a", "b"))
    with pytest.raises(ContractError, match=rf'"{roles[0]}", "{roles[1]}"\nhint: say owner = "..." in pgassay.toml'):
        find_owner(connection, SETTINGS)


def test_none_makes_a_fresh_one_that_owns_the_database(server: Server) -> None:
    for _ in range(2):  # the role is there already in the second database
        name = scratch_name("owner")
        create_database(server, name)
        with server.connect(name) as connection:
            assert ensure_owner(connection, SETTINGS, prepared=True) == FRESH_OWNER == database_owner(connection)
            assert connection.execute(
                "SELECT rolsuper, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles WHERE rolname = %s",
                [FRESH_OWNER],
            ).fetchone() == (False, False, False, True)


def test_a_named_one_is_made_where_there_is_no_init(
    connection: psycopg.Connection[tuple[object, ...]], role_name: NewRole
) -> None:
    role = role_name()
    assert ensure_owner(connection, Settings(root=Path(), owner=role), prepared=False) == role
    assert database_owner(connection) == role
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(sql.Identifier(connection.info.dbname)))


def test_a_named_one_that_init_does_not_make_is_an_error(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(ContractError, match='owner role "nobody" of the settings does not exist after init') as caught:
        ensure_owner(connection, Settings(root=Path(), owner="nobody"), prepared=True)
    assert 'CREATE ROLE "nobody" LOGIN' in str(caught.value.hint)
