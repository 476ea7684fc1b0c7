"""What is around a database, and what is said about it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pgassay.sandbox.outside import (
    Around,
    announce,
    count_processes,
    drop_role,
    end_sessions,
    look_around,
    read_roles,
)
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server


@dataclass
class Here:
    """A database, and a session in the maintenance database."""

    server: Server
    admin: psycopg.Connection[Any]
    name: str
    oid: int

    def look(self, keeper: int = 0) -> Around:
        return look_around(self.admin, self.oid, self.name, keeper=keeper)

    def execute(self, statement: str, name: str | None = None) -> None:
        self.admin.execute(sql.SQL(statement).format(name=sql.Identifier(name or self.name)))


def made(server: Server, admin: psycopg.Connection[Any]) -> Here:
    name = scratch_name("outside")
    create_database(server, name, connection=admin)
    row = admin.execute("SELECT oid::bigint FROM pg_database WHERE datname = %s", [name]).fetchone()
    assert row is not None
    return Here(server, admin, name, row[0])


@pytest.fixture
def here(any_private_server: Server) -> Iterator[Here]:
    with any_private_server.connect() as admin:
        here = made(any_private_server, admin)
        yield here
        drop_database(any_private_server, here.name, connection=admin)


ABOUT_IT = (
    "ALTER DATABASE {name} OWNER TO pg_monitor",
    "GRANT CREATE ON DATABASE {name} TO PUBLIC",
    "REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC",
    "ALTER DATABASE {name} SET work_mem = '5MB'",
    "ALTER ROLE postgres IN DATABASE {name} SET app.x = 'y'",
    "COMMENT ON DATABASE {name} IS 'x'",
    "ALTER DATABASE {name} CONNECTION LIMIT 50",
    "ALTER DATABASE {name} IS_TEMPLATE true",
    "INSERT INTO pg_shseclabel SELECT oid, 'pg_database'::regclass, '', '' FROM pg_database WHERE datname = '{name}'",
)


@pytest.mark.parametrize("statement", ABOUT_IT)
def test_what_is_said_about_a_database(here: Here, statement: str) -> None:
    before = here.look()
    if "'{name}'" in statement:
        here.admin.execute(statement.replace("{name}", here.name).encode())
    else:
        here.execute(statement)
    after = here.look()
    assert after.digest != before.digest
    assert after.cluster == before.cluster


def test_what_is_said_about_another_one_is_no_matter(here: Here) -> None:
    before = here.look()
    other = made(here.server, here.admin)
    for statement in ABOUT_IT:
        if "'{name}'" not in statement:
            other.execute(statement)
    assert here.look() == before
    drop_database(here.server, other.name, connection=here.admin)


def test_a_subscription(here: Here) -> None:
    before = here.look()
    with here.server.connect(here.name) as inside:
        inside.execute("CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)")
        assert here.look().digest != before.digest
        assert here.look().cluster == before.cluster
        inside.execute("ALTER SUBSCRIPTION s SET (slot_name = NONE)")
        inside.execute("DROP SUBSCRIPTION s")
        assert here.look(inside.info.backend_pid) == before


def test_a_prepared_transaction(here: Here) -> None:
    with here.server.connect(here.name) as inside:
        inside.execute("BEGIN")
        inside.execute("CREATE TABLE t ()")
        inside.execute("PREPARE TRANSACTION 'a gid'")
        assert here.look().prepared == "a gid"
        inside.execute("ROLLBACK PREPARED 'a gid'")
    assert here.look().prepared is None


SHARED = (
    ("CREATE ROLE outside_role", "DROP ROLE outside_role"),
    ("GRANT pg_read_all_data TO pg_monitor", "REVOKE pg_read_all_data FROM pg_monitor"),
    ("ALTER ROLE postgres SET app.x = 'y'", "ALTER ROLE postgres RESET ALL"),
    ("COMMENT ON ROLE pg_monitor IS 'x'", "COMMENT ON ROLE pg_monitor IS NULL"),
    ("SELECT pg_replication_origin_create('o')", "SELECT pg_replication_origin_drop('o')"),
    ("SELECT pg_create_physical_replication_slot('p')", "SELECT pg_drop_replication_slot('p')"),
    ("GRANT SET ON PARAMETER work_mem TO pg_monitor", "REVOKE SET ON PARAMETER work_mem FROM pg_monitor"),
)


@pytest.mark.parametrize(("statement", "undo"), SHARED)
def test_what_is_everybodys(here: Here, statement: str, undo: str) -> None:
    if "PARAMETER" in statement and here.server.major < 15:
        pytest.skip("PostgreSQL 14 has no privileges on parameters")
    before = here.look()
    here.execute(statement)
    after = here.look()
    here.execute(undo)
    assert after.cluster != before.cluster
    assert after.digest == before.digest
    assert here.look().cluster == before.cluster


def test_templates_that_are_being_built(here: Here) -> None:
    before = here.look()
    assert not before.builds
    name = "pgassay_template_outside"
    create_database(here.server, name)
    building = here.look()
    here.execute("ALTER DATABASE {name} ALLOW_CONNECTIONS false", name)
    built = here.look()
    drop_database(here.server, name)
    assert building.builds
    assert not built.builds
    assert len({before.templates, building.templates, built.templates}) == 3
    assert here.look() == before


def test_sessions(here: Here) -> None:
    with here.server.connect(here.name) as keeper, closing(here.server.connect(here.name)) as session:
        own = keeper.info.backend_pid
        session.execute("SET application_name = 'a test'")
        session.execute("BEGIN; SELECT 7")
        assert here.look(own).sessions == 1
        (ended,) = end_sessions(here.admin, here.oid, keeper=own)
        assert (ended.pid, ended.application) == (session.info.backend_pid, "a test")
        assert (ended.state, ended.query) == ("idle in transaction", "BEGIN; SELECT 7")
        while here.look(own).sessions:
            pass
        assert keeper.execute("SELECT 1").fetchone() == (1,)


def test_roles(here: Here) -> None:
    here.execute("""CREATE ROLE "odd ""role"" é" """)
    (oid,) = (oid for oid, name in read_roles(here.admin).items() if name == 'odd "role" é')
    drop_role(here.admin, 'odd "role" é')
    assert oid not in read_roles(here.admin)


def test_processes_are_counted(here: Here) -> None:
    before = count_processes(here.admin)
    with closing(here.server.connect()) as one, closing(here.server.connect()) as other:
        announce(one)
        announce(other)
        announce(other)
        assert count_processes(here.admin) == before + 2
    while count_processes(here.admin) != before:
        pass
