from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.errors import MigrationError
from pgassay.migrations.connectors import UrlConnector
from pgassay.migrations.health import PendingMigrations
from pgassay.migrations.runner import Runner
from pgassay.migrations.sources.native import load
from pgassay.runtime import AsyncDatabase, Database, DatabaseSettings
from pgassay.runtime.health import HealthResult
from pgassay.servers.server import Server
from tests.runtime.health.stalling import StallingProxy

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for version in (1, 2):
        write(tmp_path, version)
    return tmp_path


def write(folder: Path, version: int) -> Path:
    path = folder / f"{version:03}-step.sql"
    path.write_text(f"-- migrate:up\nCREATE TABLE t{version} ();\n-- migrate:down\nDROP TABLE t{version};\n")
    return path


def migrate(database: Conninfo, folder: Path, count: int | None = None) -> None:
    Runner(UrlConnector(conninfo=database), load(folder)).up(count=count)


async def check(where: Conninfo, folder: Path, *, timeout: float = 2.0) -> HealthResult:
    return await PendingMigrations(AsyncDatabase(DatabaseSettings(url=where)), folder, timeout=timeout).check()


@pytest.mark.parametrize("kind", [Database, AsyncDatabase])
async def test_all_applied(database: Conninfo, folder: Path, kind: Callable[..., Database | AsyncDatabase]) -> None:
    migrate(database, folder)
    result = await PendingMigrations(kind(DatabaseSettings(url=database)), folder).check()
    assert result == HealthResult.well(version=2, applied=2, pending=[], problems=[], ahead=[])


async def test_some_pending(database: Conninfo, folder: Path) -> None:
    migrate(database, folder, count=1)
    result = await check(database, folder)
    assert (result.up, result.reason) == (False, "1 migration is pending")
    assert result.details["pending"] == [2]


async def test_without_a_ledger_all_are_pending_and_none_is_made(
    database: Conninfo, folder: Path, server: Server
) -> None:
    assert (await check(database, folder)).reason == "2 migrations are pending"
    with server.connect(database.get("dbname")) as connection:
        assert connection.execute("SELECT to_regnamespace('pgassay')").fetchone() == (None,)


async def test_a_contradiction(database: Conninfo, folder: Path) -> None:
    migrate(database, folder)
    write(folder, 1).write_text("-- migrate:up\nSELECT 1;\n-- migrate:down\n")
    result = await check(database, folder)
    assert result.reason == "the ledger and the files of migrations contradict each other at version 1"
    assert result.details["problems"] == [{"version": 1, "kind": "edited"}]


async def test_a_program_that_is_older_than_the_database_is_well(database: Conninfo, folder: Path) -> None:
    """While a new version is rolled out, probes of the old one must not fail."""
    newer = write(folder, 3)
    migrate(database, folder)
    newer.unlink()
    result = await check(database, folder)
    assert (result.up, result.details["ahead"]) == (True, [3])


async def test_a_hole_is_a_contradiction_all_the_same(database: Conninfo, folder: Path) -> None:
    migrate(database, folder)
    (folder / "001-step.sql").unlink()
    assert (await check(database, folder)).details["problems"] == [{"version": 1, "kind": "deleted"}]


@pytest.fixture
def reader(database: Conninfo, server: Server, role_name: Callable[..., str]) -> Conninfo:
    """A role that may only connect."""
    name = role_name("reader")
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    return database.with_(user=name)


async def test_a_ledger_that_may_not_be_read(database: Conninfo, folder: Path, reader: Conninfo) -> None:
    migrate(database, folder)
    result = await check(reader, folder)
    assert (result.up, result.reason) == (False, "the ledger of migrations may not be read")
    assert "GRANT SELECT ON" in str(result.cause)


async def test_a_ledger_of_somebody_else(database: Conninfo, folder: Path, server: Server) -> None:
    with server.connect(database.get("dbname")) as connection:
        connection.execute("CREATE SCHEMA pgassay; CREATE TABLE pgassay.ledger (a int)")
    assert (await check(database, folder)).reason == "the ledger of migrations is not one of pgassay's"


async def test_where_nobody_listens(folder: Path) -> None:
    result = await check(Conninfo("postgresql://me:s3cret@127.0.0.1:1/x"), folder)
    assert result.reason == "nobody listens there"
    assert "s3cret" not in str(result.cause)


async def test_a_server_that_falls_silent(database: Conninfo, folder: Path, server: Server) -> None:
    """After connecting: psycopg itself would wait for ever."""
    migrate(database, folder)
    with StallingProxy(server, greeted=True) as proxy:
        began = monotonic()
        result = await check(proxy.to(database), folder, timeout=0.2)
    assert result.reason == "no answer within 0.2 s"
    assert monotonic() - began < 1


def test_a_folder_that_is_not_there_is_an_error_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="does not exist"):
        PendingMigrations(Database("postgresql://localhost/x"), tmp_path / "nowhere")
