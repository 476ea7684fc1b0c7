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
from pgassay.suite.every import every_check

SCHEMA = "CREATE TABLE t (id int PRIMARY KEY); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"


@pytest.mark.parametrize("owner", ["postgres", "shop", "a scratch database's, too"])
def test_the_real_owner_counts(
    private_server: Server, contexts: Callable[[Settings], Context], tmp_path: Path, owner: str
) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "shop.sql").write_text(SCHEMA)
    (tmp_path / "schema" / "behavior.toml").write_text('[scope]\nforeign_schemas = ["legacy_*"]')
    name = scratch_name("real")
    create_database(private_server, name)
    with private_server.connect(name) as connection:
        if owner.startswith("a scratch"):
            connection.execute("CREATE ROLE pgassay_owner LOGIN")
        if owner == "shop":
            connection.execute("CREATE ROLE shop; GRANT CREATE ON SCHEMA public TO shop; SET ROLE shop")
        connection.execute(SCHEMA)
        if owner == "shop":
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


ENTRIES = """
[[trigger]]
name = "broken"
table = "t"
given = "INSERT INTO nowhere VALUES (1)"
change = "INSERT INTO t VALUES (1)"
rejects = "23505"

[[trigger]]
name = "ids are unique"
table = "t"
given = "INSERT INTO t VALUES (1)"
change = "INSERT INTO t VALUES (1)"
rejects = "23505"
"""
ACCEPTED = '[[accept]]\nrule = "index-extra"\nobject = "index public.old"\nreason = "of the real database"'


def test_behaviour_of_a_contract_alone(contexts: Callable[[Settings], Context], tmp_path: Path) -> None:
    """An entry that cannot be tried does not keep the others from it; what a target is accepted for is not judged."""
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "shop.sql").write_text(SCHEMA)
    (folder / "behavior.toml").write_text(ENTRIES)
    (folder / "accepted.toml").write_text(ACCEPTED)
    context = contexts(Settings(root=tmp_path, schema=folder, migrations=None))
    report = context.report("trigger_behavior")
    assert [(f.rule, f.object) for f in report.findings] == [("behavior-untried", 'behavior "broken" of table t')]
    assert every_check()["acceptances"].missing(context) is Needs.SUBJECT
