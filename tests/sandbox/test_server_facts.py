"""Whatever decides what a template holds is in its name, and what does not is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.server_facts import read_server_facts
from pgassay.sandbox.template import ensure_template
from pgassay.servers.databases import drop_database
from pgassay.servers.server import Server
from pgassay.settings import Settings

SETTINGS = Settings(root=Path("/"))
Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def admin(private_server: Server) -> Iterator[Connection]:
    with private_server.connect() as connection:
        yield connection


def set_by_file(server: Server, name: str, value: str) -> None:
    """Set what the configuration says, as ALTER SYSTEM does, and wait until it holds."""
    with server.connect() as connection:
        connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        connection.execute("SELECT pg_reload_conf()")
    shown = None
    while shown != (value,):  # each new session may be a moment ahead of the postmaster
        with server.connect() as connection:
            shown = connection.execute("SELECT current_setting(%s)", [name]).fetchone()


def test_what_the_facts_are(any_server: Server) -> None:
    with any_server.connect() as connection:
        facts = read_server_facts(connection)
    names = {fact.partition("=")[0] for fact in facts}
    assert {"setting fsync=off", "setting jit=off", "locale datcollate=C", "locale encoding=6"} <= {*facts}
    assert {"extension plpgsql", "setting wal_level"} <= names
    assert ("locale datlocprovider" in names) == (any_server.major >= 15)
    assert (
        not {"setting cluster_name", "setting port", "setting unix_socket_directories", "setting config_file"} & names
    )
    assert not [name for name in names if name.startswith("setting log_")]


def test_two_servers_of_a_kind_have_the_same(server: Server, private_server: Server) -> None:
    with server.connect() as one, private_server.connect() as other:
        assert read_server_facts(one) == read_server_facts(other)


def test_a_role_that_is_no_superuser_sees_all_but_hidden_settings(private_server: Server, admin: Connection) -> None:
    admin.execute("CREATE ROLE plain LOGIN")
    admin.execute("ALTER ROLE plain SET work_mem = '8MB'")
    with private_server.connect("template1", user="plain") as connection:
        seen = read_server_facts(connection)
    hidden = {fact.partition("=")[0] for fact in {*read_server_facts(admin)} - {*seen}}
    assert hidden == {"setting shared_preload_libraries"}


def test_another_setting_another_template(private_server: Server) -> None:
    first = ensure_template(private_server, Recipe(), SETTINGS)
    set_by_file(private_server, "default_toast_compression", "pglz")
    set_by_file(private_server, "log_statement", "ddl")  # says nothing about what is in a database
    second = ensure_template(private_server, Recipe(), SETTINGS)
    assert first.name != second.name
    assert ensure_template(private_server, Recipe(), SETTINGS).name == second.name
    for template in (first, second):
        drop_database(private_server, template.name)


def test_another_locale_another_template(private_server: Server, admin: Connection) -> None:
    before = {*read_server_facts(admin)}
    with admin.transaction(force_rollback=True):
        admin.execute("UPDATE pg_database SET datctype = 'POSIX' WHERE datname = 'template0'")
        assert {*read_server_facts(admin)} - before == {"locale datctype=POSIX"}


def test_another_version_or_owner_another_template(private_server: Server) -> None:
    upgraded = replace(private_server, version="99.9")
    templates = [
        ensure_template(private_server, Recipe(), SETTINGS),
        ensure_template(upgraded, Recipe(), SETTINGS),
        ensure_template(private_server, Recipe(), replace(SETTINGS, owner="somebody")),
        ensure_template(private_server, replace(Recipe(), owner="somebody"), replace(SETTINGS, owner="somebody")),
    ]
    assert len({template.name for template in templates}) == 4
    for template in templates:
        drop_database(private_server, template.name)


def test_another_default_version_of_an_extension_another_template(private_server: Server, admin: Connection) -> None:
    before = {*read_server_facts(admin)}
    with admin.transaction(force_rollback=True):
        # Nobody's files are changed: the view says what it would say after an update of a package.
        admin.execute("SET LOCAL allow_system_table_mods = on")
        admin.execute("ALTER VIEW pg_catalog.pg_available_extensions RENAME TO before_the_update")
        admin.execute(
            "CREATE VIEW pg_catalog.pg_available_extensions AS "
            "SELECT 'plpgsql'::name AS name, '9.9'::text AS default_version"
        )
        assert {*read_server_facts(admin)} - before == {"extension plpgsql=9.9"}
