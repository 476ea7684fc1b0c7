"""A project that keeps silent about who owns its schema, about schemas of others, or about migrations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.contract.undeclared import NO_OWNER
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.check import Needs
from pgassay.suite.context import Context

SCHEMA = "CREATE TABLE t (id int PRIMARY KEY); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"


@pytest.mark.parametrize("owner", ["postgres", "shop"])
def test_the_real_owner_counts(
    private_server: Server, contexts: Callable[[Settings], Context], tmp_path: Path, owner: str
) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "shop.sql").write_text(SCHEMA)
    (tmp_path / "schema" / "behavior.toml").write_text('[scope]\nforeign_schemas = ["legacy_*"]')
    name = scratch_name("real")
    create_database(private_server, name)
    with private_server.connect(name) as connection:
        if owner != "postgres":
            connection.execute("CREATE ROLE shop; GRANT CREATE ON SCHEMA public TO shop; SET ROLE shop")
        connection.execute(SCHEMA)
        if owner != "postgres":
            connection.execute("RESET ROLE; REVOKE CREATE ON SCHEMA public FROM shop")
        connection.execute("CREATE SCHEMA legacy_1")
    settings = Settings(root=tmp_path, schema=tmp_path / "schema", db_url=private_server.at(name))
    context = contexts(settings)
    checks = ("owners", "privileges", "effective_privileges", "roles", "database_and_schemas", "tables", "functions")
    assert {check: context.report(check).findings for check in checks} == dict.fromkeys(checks, ())
    assert NO_OWNER in context.examination.notes
    drop_database(private_server, name)


def test_without_migrations_the_contract_is_what_databases_are_made_of(
    contexts: Callable[[Settings], Context], tmp_path: Path
) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "shop.sql").write_text(SCHEMA)
    context = contexts(Settings(root=tmp_path, schema=tmp_path / "schema", migrations=None))
    assert context.sandbox.catalog().table("t").owner == "pgassay_owner"
    assert not context.has(Needs.SUBJECT)
