"""What CREATE DATABASE ... TEMPLATE leaves behind is put on every clone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg import sql

from pgassay.catalog.read import read_catalog
from pgassay.sandbox.carry import put_carried, read_carried
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.servers.support import collide


@pytest.fixture
def pair(any_server: Server) -> Iterator[tuple[str, str]]:
    names = scratch_name("original"), scratch_name("copy")
    create_database(any_server, names[0])
    yield names
    for name in reversed(names):
        drop_database(any_server, name)


def test_a_clone_equals_its_template(any_server: Server, pair: tuple[str, str]) -> None:
    """Privileges with options and grantors, settings of lists and of dotted names, limit, comment."""
    original, copy = pair
    giver, reader = (f'{pair[0]} "{word}" é' for word in ("giver", "reader"))
    name, a, b = (sql.Identifier(word) for word in (original, giver, reader))
    with any_server.connect() as admin:
        try:
            for statement in (
                "CREATE ROLE {a}",
                "CREATE ROLE {b}",
                "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
                "GRANT CREATE ON DATABASE {name} TO {a} WITH GRANT OPTION",
                "SET ROLE {a}",
                "GRANT CREATE ON DATABASE {name} TO {b}",
                "RESET ROLE",
                """ALTER DATABASE {name} SET search_path = "$user", 'We.ird', public""",
                "ALTER DATABASE {name} SET app.tenant = 'a, b = c'",
                "ALTER ROLE {b} IN DATABASE {name} SET work_mem = '7MB'",
                "ALTER DATABASE {name} SET role = {a}",
                "ALTER DATABASE {name} SET datestyle = 'German, DMY'",
                "ALTER DATABASE {name} CONNECTION LIMIT 7",
                "COMMENT ON DATABASE {name} IS 'it''s 100 %'",
            ):
                admin.execute(sql.SQL(statement).format(name=name, a=a, b=b))
            carried = read_carried(admin, original)
            create_database(any_server, copy, template=original, owner=carried.owner)
            put_carried(admin, carried, copy)
            assert read_carried(admin, copy) == carried
            assert len(carried.grants) >= 3
            with any_server.connect(original) as one, any_server.connect(copy) as other:
                assert read_catalog(one).records["database"] == read_catalog(other).records["database"]
        finally:
            for database in pair:
                drop_database(any_server, database)
            admin.execute("RESET ROLE")
            for role in (b, a):
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))


def test_a_clone_that_a_tool_alters_meanwhile(any_server: Server, pair: tuple[str, str]) -> None:
    """One that goes through all databases of the server."""
    original, copy = pair
    altering = sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(copy))
    with any_server.connect() as admin:
        admin.execute(sql.SQL("REVOKE TEMP ON DATABASE {} FROM PUBLIC").format(sql.Identifier(original)))
        carried = read_carried(admin, original)
        create_database(any_server, copy, template=original, owner=carried.owner)
        collide(any_server, altering, lambda: put_carried(admin, carried, copy))
        assert read_carried(admin, copy) == carried


def test_a_template_that_is_not_there(server: Server) -> None:
    with server.connect() as admin, pytest.raises(LookupError):
        read_carried(admin, "pgassay_nothing")
