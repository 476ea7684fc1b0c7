"""The worked example: its migrations lead to its contract, and each of its roles can do what it should and no more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from pgassay.behaviors.entries import AnyEntry, try_entry
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, Scope, compare
from pgassay.catalog.read import read_catalog
from pgassay.contract.build import build_contract, prepare
from pgassay.contract.load import Contract, load_contract
from pgassay.migrations.connectors import ServerConnector
from pgassay.migrations.runner import Runner
from pgassay.migrations.sources.native import load
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings

ROOT = Path(__file__).parents[1]
SETTINGS = Settings(root=ROOT)
Execute = Callable[[str, str], None]

ADA = "INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', 'x')"
TOKEN = """
INSERT INTO oauth_tokens (user_id, provider, access_token, expires_at)
SELECT id, 'github', encrypt_token('gho_secret', 'a key'), now() FROM users
"""


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(SETTINGS)


def new_database(server: Server) -> str:
    name = scratch_name("example")
    create_database(server, name)
    return name


def read(server: Server, dbname: str) -> Catalog:
    with closing(server.connect(dbname)) as connection:
        return read_catalog(connection)


def test_migrations_lead_to_contract(any_private_server: Server, contract: Contract) -> None:
    stated, migrated = scratch_name("stated"), new_database(any_private_server)
    build_contract(any_private_server, contract, SETTINGS, stated)
    owner = prepare(any_private_server, migrated, contract.init, SETTINGS)
    connector = ServerConnector(server=any_private_server, dbname=migrated, owner=owner)
    runner = Runner(connector, load(ROOT / "migrations"))
    runner.up()
    whole = Comparison(scope=Scope.WHOLE)
    expected, head = read(any_private_server, stated), read(any_private_server, migrated)
    assert compare(expected, head, options=whole) == ()
    assert head.blind == ()
    runner.down(count=None, to=0)
    runner.up()
    assert compare(head, read(any_private_server, migrated), options=whole) == ()


def test_init_runs_twice(any_private_server: Server, contract: Contract) -> None:
    name = new_database(any_private_server)
    owner = prepare(any_private_server, name, contract.init, SETTINGS)
    once = read(any_private_server, name)
    assert prepare(any_private_server, name, contract.init, SETTINGS) == owner == "app_owner"
    assert compare(once, read(any_private_server, name), options=Comparison(scope=Scope.WHOLE)) == ()


@pytest.fixture(scope="module")
def example(private_server: Server, contract: Contract) -> str:
    """The contract, built once, with a user and a token."""
    name = scratch_name("example")
    build_contract(private_server, contract, SETTINGS, name)
    with closing(private_server.connect(name, user="app")) as app:
        app.execute(ADA)
        app.execute(TOKEN)
    return name


ALLOWED = {
    "app": (
        ADA.replace("ada", "eve"),
        TOKEN.replace("github", "gitlab"),
        "SELECT password_hash FROM users",
        "UPDATE users SET deleted_at = now() WHERE false",
        "SELECT decrypt_token(access_token, 'a key') FROM oauth_tokens",
        "DELETE FROM oauth_tokens",
        "INSERT INTO messages (sender_id, recipient_id, body) SELECT id, id, 'hello' FROM users",
        "SELECT FROM messages WHERE subject % 'hello'",
    ),
    "app_readonly": (
        "SELECT id, email, name, subscription_tier, created_at, updated_at, last_login_at, deleted_at FROM users",
        "SELECT * FROM messages",
    ),
}
DENIED = {
    "app": (
        "DELETE FROM users",
        "DELETE FROM messages",
        "TRUNCATE oauth_tokens",
        "CREATE TABLE t ()",
        "CREATE SCHEMA s",
        "CREATE TEMPORARY TABLE t ()",
        "ALTER TABLE users ADD x int",
        "SET ROLE app_owner",
    ),
    "app_readonly": (
        "SELECT password_hash FROM users",
        "SELECT FROM oauth_tokens",
        "SELECT encrypt_token('x', 'y')",
        ADA,
        "UPDATE messages SET body = 'x'",
        "CREATE TABLE t ()",
        "SET ROLE app",
    ),
}


@pytest.fixture
def execute(private_server: Server, example: str) -> Execute:
    """Run a statement as a role, in a transaction that is rolled back."""

    def run(role: str, statement: str) -> None:
        with private_server.connect(example, user=role) as connection, connection.transaction(force_rollback=True):
            connection.execute(statement.encode())

    return run


@pytest.mark.parametrize(("role", "statement"), [(role, s) for role, many in ALLOWED.items() for s in many])
def test_role_can(execute: Execute, role: str, statement: str) -> None:
    execute(role, statement)


@pytest.mark.parametrize(("role", "statement"), [(role, s) for role, many in DENIED.items() for s in many])
def test_role_cannot(execute: Execute, role: str, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        execute(role, statement)


def test_stranger_cannot_even_connect(private_server: Server, example: str) -> None:
    with closing(private_server.connect()) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(private_server.at(example, user="stranger").dsn)


def test_default_privileges_hold_for_what_comes_later(private_server: Server, example: str) -> None:
    """Default privileges: what the owner makes from now on."""
    with private_server.connect(example, user="app_owner") as owner, owner.transaction(force_rollback=True):
        owner.execute("CREATE TABLE later (id int); CREATE FUNCTION later() RETURNS int RETURN 1")
        assert owner.execute(
            "SELECT has_table_privilege('app', 'later', 'INSERT'), has_table_privilege('app', 'later', 'DELETE'),"
            " has_table_privilege('app_readonly', 'later', 'SELECT'),"
            " has_function_privilege('app_readonly', 'later()', 'EXECUTE')"
        ).fetchone() == (True, False, True, False)


def test_verification_names_what_is_missing(private_server: Server, contract: Contract) -> None:
    name = new_database(private_server)
    verification = contract.init[0].sql.partition("DO $verify$")
    with closing(private_server.connect(name)) as connection:
        connection.execute('CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION pgcrypto; CREATE SCHEMA elsewhere')
        connection.execute("CREATE EXTENSION pg_trgm SCHEMA elsewhere")
        with pytest.raises(errors.UndefinedObject) as caught:
            connection.execute("".join(verification[1:]).encode())
    assert str(caught.value).splitlines()[0] == (
        "extensions are missing from schema public: pg_stat_statements is not installed, pg_trgm is in schema elsewhere"
    )


def test_wrong_key_gives_no_token(execute: Execute) -> None:
    with pytest.raises(errors.ExternalRoutineInvocationException, match="Wrong key"):
        execute("app", "SELECT decrypt_token(access_token, 'another key') FROM oauth_tokens")


def test_search_uses_its_index(private_server: Server, example: str) -> None:
    with closing(private_server.connect(example, user="app")) as app:
        app.execute("SET enable_seqscan = off")
        plan = app.execute("EXPLAIN SELECT FROM messages WHERE subject ILIKE '%abc%' OR body ILIKE '%abc%'").fetchall()
    assert sum("messages_search_idx" in line for (line,) in plan) == 2


BEHAVIOR = load_contract(SETTINGS).behavior


@pytest.mark.parametrize(
    "entry", [*BEHAVIOR.triggers, *BEHAVIOR.constraints, *BEHAVIOR.functions], ids=lambda entry: entry.name
)
def test_behavior_holds(private_server: Server, contract: Contract, entry: AnyEntry) -> None:
    name = scratch_name("behavior")
    owner = build_contract(private_server, contract, SETTINGS, name)
    connect = partial(private_server.connect, name)
    assert try_entry(entry, partial(connect, user=owner), superuser=connect) == ()
    drop_database(private_server, name)
