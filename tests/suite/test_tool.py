"""A target whose migrations another tool has applied: its own table is no difference, and tells what is applied."""

from __future__ import annotations

from collections.abc import Callable
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


def test_without_a_target_there_is_no_table_to_look_at(contexts: Contexts, folder: Path) -> None:
    context = contexts(Settings(root=folder.parent, migrations=folder, schema=folder.parent / "schema"))
    assert every_check()["ledger"].missing(context) is Needs.LEDGER
    assert context.report("round_trip").outcome is Outcome.PASS
