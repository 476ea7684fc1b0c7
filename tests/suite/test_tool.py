"""A target whose migrations another tool has applied: its own table is no difference, and tells what is applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.findings import Outcome
from pgassay.migrations.sources.find import format_called
from pgassay.settings import Settings
from pgassay.suite.check import Needs
from pgassay.suite.context import Context
from pgassay.suite.every import every_check
from pgassay.suite.tool import is_own

OWN = """
CREATE TABLE users (id int);
CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL, n serial);
INSERT INTO schema_migrations VALUES (1, false);
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "1_users.up.sql").write_text("CREATE TABLE users (id int);")
    (folder / "1_users.down.sql").write_text("DROP TABLE users;")
    return folder


Contexts = Callable[[Settings], Context]


@pytest.fixture
def context(contexts: Contexts, folder: Path, database: Conninfo) -> Context:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute(OWN.encode())
    return contexts(Settings(root=folder.parent, migrations=folder, db_url=database, schema=folder.parent / "schema"))


def test_its_own_is_left_out_and_said(context: Context) -> None:
    for name in ("tables", "columns", "constraints", "index_definitions", "sequences"):
        assert context.report(name).findings == ()
    assert "golang-migrate's own, left out: table public.schema_migrations" in context.examination.notes


def test_what_is_its_own_by_name(context: Context) -> None:
    found = [is_own(context.format, table) for table in (("s", "schema_migrations"), ("public", "users"))]
    assert found == [True, False]
    assert is_own(format_called("hasura"), ("hdb_catalog", "anything"))
    assert not is_own(None, ("public", "schema_migrations"))


def test_what_is_applied(context: Context) -> None:
    assert context.report("ledger").outcome is Outcome.PASS


def test_what_is_pending(context: Context, folder: Path) -> None:
    (folder / "2_more.up.sql").write_text("SELECT 1;")
    assert [(f.rule, f.object) for f in context.report("ledger").findings] == [
        ("migration-pending", "migration 2_more")
    ]


def test_another_name(contexts: Contexts, folder: Path, database: Conninfo) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (id int); CREATE SCHEMA meta")
        connection.execute("CREATE TABLE meta.done AS SELECT 1::bigint AS version, false AS dirty")
    settings = Settings(root=folder.parent, migrations=folder, db_url=database, schema=folder.parent / "schema")
    context = contexts(replace(settings, tracking="meta.done"))
    assert [context.report(name).findings for name in ("tables", "database_and_schemas", "ledger")] == [(), (), ()]
    assert "golang-migrate's own, left out: schema meta, table meta.done" in context.examination.notes


def test_a_schema_with_more_in_it_is_the_databases(contexts: Contexts, folder: Path, database: Conninfo) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (id int); CREATE SCHEMA meta; CREATE TABLE meta.more ()")
        connection.execute("CREATE TABLE meta.done AS SELECT 1::bigint AS version, false AS dirty")
    settings = Settings(root=folder.parent, migrations=folder, db_url=database, schema=folder.parent / "schema")
    found = contexts(replace(settings, tracking="meta.done")).report("database_and_schemas").findings
    assert [finding.object for finding in found] == ["schema meta"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "stated", ["", "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);"]
)
def test_the_head_has_it_and_the_contract_may(contexts: Contexts, folder: Path, stated: str) -> None:
    contract = folder.parent / "schema"
    contract.mkdir()
    (contract / "users.sql").write_text(f"CREATE TABLE users (id int); {stated}")
    context = contexts(Settings(root=folder.parent, migrations=folder, schema=contract))
    assert context.report("migrations_lead_to_contract").findings == ()
    assert context.report("tables").findings == ()
    left_out = "golang-migrate's own, left out: table public.schema_migrations"
    assert (left_out in context.examination.notes) is not bool(stated)


def test_one_that_a_migration_makes_counts(contexts: Contexts, folder: Path) -> None:
    (folder / "2_own.up.sql").write_text("CREATE TABLE schema_migrations (version bigint, dirty boolean);")
    context = contexts(Settings(root=folder.parent, migrations=folder, schema=folder.parent / "schema"))
    assert ("public", "schema_migrations") in context.expected.tables
    assert [f.rule for f in context.report("round_trip").findings] == ["down-missing"]


def test_the_walk_says_that_it_is_left_out(contexts: Contexts, folder: Path) -> None:
    (folder / "2_grant.up.sql").write_text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_monitor;")
    (folder / "2_grant.down.sql").write_text("REVOKE SELECT ON users FROM pg_monitor;")
    context = contexts(Settings(root=folder.parent, migrations=folder, schema=folder.parent / "schema"))
    report = context.report("way_down")
    assert context.report("round_trip").findings == report.findings == ()
    note = 'not compared: the table "schema_migrations", in which golang-migrate writes down what is applied'
    assert note in report.notes


def test_without_a_target_there_is_no_table_to_look_at(contexts: Contexts, folder: Path) -> None:
    context = contexts(Settings(root=folder.parent, migrations=folder, schema=folder.parent / "schema"))
    assert every_check()["ledger"].missing(context) is Needs.LEDGER
    assert context.report("round_trip").outcome is Outcome.PASS
