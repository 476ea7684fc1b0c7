"""What alters a shared catalog while somebody else does so is refused by PostgreSQL, and sent again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import psycopg
import pytest
from psycopg import sql

from pgassay.sandbox.outside import drop_role
from pgassay.servers.cluster_wide import ATTEMPTS, insist, take_turns
from pgassay.servers.databases import (
    create_database,
    database_exists,
    drop_database,
    let_roles_log_in,
    scratch_name,
)
from pgassay.servers.server import Server
from tests.servers.support import collide

VALID = "SELECT rolconnlimit, rolpassword IS NOT NULL FROM pg_authid WHERE rolname = 'shared'"


@pytest.fixture
def guarded(any_private_server: Server) -> Server:
    """A server with a role that may log in, as one that asks for passwords is seen."""
    with any_private_server.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS shared")
        connection.execute("CREATE ROLE shared LOGIN")
    return replace(any_private_server, conninfo=any_private_server.conninfo.with_(password="one for all"))


def test_without_a_second_attempt_it_is_refused(guarded: Server) -> None:
    with guarded.connect() as connection:
        alter = partial(connection.execute, "ALTER ROLE shared CONNECTION LIMIT 2")
        with pytest.raises(psycopg.errors.InternalError_, match="tuple concurrently updated"):
            collide(guarded, "ALTER ROLE shared CONNECTION LIMIT 3", alter)
        collide(guarded, "ALTER ROLE shared CONNECTION LIMIT 3", lambda: insist(alter))


def test_a_role_that_somebody_else_alters_gets_its_password(guarded: Server) -> None:
    collide(guarded, "ALTER ROLE shared CONNECTION LIMIT 3", lambda: let_roles_log_in(guarded))
    with guarded.connect() as connection:
        assert connection.execute(VALID).fetchone() == (3, True)


def test_a_role_that_somebody_else_drops_needs_no_password(guarded: Server) -> None:
    collide(guarded, "DROP ROLE shared", lambda: let_roles_log_in(guarded))


def test_a_role_that_somebody_else_alters_is_dropped(guarded: Server) -> None:
    with guarded.connect() as connection:
        collide(guarded, "ALTER ROLE shared CONNECTION LIMIT 3", lambda: drop_role(connection, "shared"))
        assert connection.execute(VALID).fetchone() is None


def test_a_database_that_somebody_else_alters_is_dropped(any_private_server: Server) -> None:
    create_database(any_private_server, name := scratch_name("altered"))
    altering = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 3").format(sql.Identifier(name))
    collide(any_private_server, altering, lambda: drop_database(any_private_server, name))
    assert not database_exists(any_private_server, name)


def test_several_of_ours_and_one_that_takes_no_turns(guarded: Server) -> None:
    def alter() -> None:
        with guarded.connect() as connection:
            for limit in range(200):
                insist(partial(connection.execute, f"ALTER ROLE shared CONNECTION LIMIT {limit}".encode()))

    with ThreadPoolExecutor(4) as threads:
        works: list[Callable[[], None]] = [alter, *[partial(let_roles_log_in, guarded)] * 3]
        for done in [threads.submit(work) for work in works]:
            done.result()


def test_processes_of_ours_take_turns_in_sessions_that_live_on(any_private_server: Server) -> None:
    with any_private_server.connect() as one, any_private_server.connect() as other, ThreadPoolExecutor(1) as threads:

        def wait() -> None:
            with take_turns(other):
                pass

        with take_turns(one):
            waiting = threads.submit(wait)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.1)
        waiting.result(timeout=5)


def test_it_is_not_sent_for_ever_and_other_errors_at_once(any_private_server: Server) -> None:
    sent: list[str] = []

    def fail(message: str) -> None:
        with any_private_server.connect() as connection:
            sent.append(message)
            connection.execute(f"DO $$ BEGIN RAISE internal_error USING MESSAGE = '{message}'; END $$".encode())

    for message, times in (("tuple concurrently updated", ATTEMPTS), ("something else", 1)):
        sent.clear()
        with pytest.raises(psycopg.errors.InternalError_, match=message):
            insist(partial(fail, message))
        assert len(sent) == times
