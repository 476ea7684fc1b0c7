from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from psycopg import sql

from pgassay.errors import ServerError
from pgassay.servers.databases import create_database, database_exists, drop_database, scratch_name
from pgassay.servers.rundir import RunDirectory
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


def test_a_database_is_dropped_that_is_being_altered_from_within(any_server: Server) -> None:
    create_database(any_server, name := scratch_name("altered"))
    with closing(any_server.connect(name)) as connection:
        connection.execute("BEGIN")
        connection.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 3").format(sql.Identifier(name)))
        drop_database(any_server, name)
    assert not database_exists(any_server, name)


def test_a_role_owns_its_database(server: Server, role_name: Callable[[str], str]) -> None:
    owner = role_name('we"ird Ö.😀')
    name = scratch_name("owned")
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(owner)))
    create_database(server, name, owner=owner)
    drop_database(server, name)


def test_the_longest_name_and_no_longer(server: Server) -> None:
    name = scratch_name("ö" + "x" * 100)
    assert len(name) == 63
    create_database(server, name)
    drop_database(server, name)
    with pytest.raises(ServerError, match="at most 63 bytes"):
        create_database(server, name + "x")


def test_two_names_differ(server: Server) -> None:
    assert scratch_name("") != scratch_name("")
    assert scratch_name("", server) != scratch_name("", server)


def test_a_name_says_which_run_and_when(server: Server, run_directory: RunDirectory) -> None:
    """Of a server that is the run's, and of one that outlives it."""
    word = run_directory.name.removeprefix("r-")
    lasting = replace(server, mark="k-0a835028d0eb-1234", run=str(run_directory.path))
    before = datetime.now(UTC).replace(microsecond=0)
    for of in (server, lasting):
        said = re.fullmatch(rf"pgassay_db_{word}_(\d{{8}}_\d{{6}})_[0-9a-f]{{12}}", scratch_name("db", of))
        assert said is not None
        assert before <= datetime.strptime(f"{said[1]}+0000", "%Y%m%d_%H%M%S%z") <= datetime.now(UTC)
    assert re.fullmatch(r"pgassay_db_\d{8}_\d{6}_[0-9a-f]{12}", scratch_name("db", replace(server, mark="")))


def test_a_database_that_is_not_there_is_dropped_already(server: Server) -> None:
    drop_database(server, scratch_name("never"))


def test_a_database_that_is_there_already_is_an_error(server: Server) -> None:
    name = scratch_name("twice")
    create_database(server, name)
    with pytest.raises(ServerError, match="already exists") as caught:
        create_database(server, name)
    assert caught.value.sqlstate == "42P04"
    drop_database(server, name)


def test_a_template_is_copied_and_dropped(server: Server) -> None:
    template, clone = scratch_name("template"), scratch_name("clone")
    create_database(server, template)
    with server.connect(template) as connection:
        connection.execute("CREATE TABLE t ()")
    with server.connect() as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false").format(sql.Identifier(template))
        )
    create_database(server, clone, template=template)
    with server.connect(clone) as connection:
        connection.execute("TABLE t")
    for name in (clone, template):
        drop_database(server, name)
        assert not database_exists(server, name)


def test_encoding_and_locale_may_be_chosen(any_server: Server) -> None:
    name = scratch_name("ascii")
    create_database(any_server, name, encoding="SQL_ASCII", locale="C")
    with any_server.connect(name) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("SQL_ASCII",)
    drop_database(any_server, name)


@pytest.mark.parametrize("prepared", ["DROP TABLE t", "ALTER DATABASE {} CONNECTION LIMIT 3"])
def test_prepared_transactions_do_not_hold_a_database(any_server: Server, prepared: str) -> None:
    name = scratch_name("held")
    create_database(any_server, name)
    with any_server.connect(name) as connection:
        connection.execute("CREATE TABLE t ()")
        connection.execute("BEGIN")
        connection.execute(prepared.format(name).encode())
        connection.execute("PREPARE TRANSACTION 'it''s held'")
    drop_database(any_server, name)
    assert not database_exists(any_server, name)


def test_subscriptions_do_not_hold_a_database(any_server: Server) -> None:
    name = scratch_name("held")
    create_database(any_server, name)
    with any_server.connect(name) as connection:
        connection.execute("CREATE SUBSCRIPTION \"odd s\" CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)")
    drop_database(any_server, name)
    assert not database_exists(any_server, name)


def test_an_interrupted_drop_is_finished(any_server: Server) -> None:
    name = scratch_name("half")
    create_database(any_server, name)
    with any_server.connect() as connection:
        connection.execute("UPDATE pg_database SET datconnlimit = -2 WHERE datname = %s", [name])
    drop_database(any_server, name)
    assert not database_exists(any_server, name)
