"""Standbys: one that follows its primary, falls behind and catches up; and one that follows nobody."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from pgassay.runtime import AsyncDatabase, DatabaseSettings
from pgassay.runtime.health import DatabaseHealth
from pgassay.servers import local
from pgassay.servers.binaries import Binaries
from pgassay.servers.datadir import fill_data_directory
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.servers.support import eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
def start(
    run_directory: RunDirectory, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Server]]:
    """Start a server on a data directory that a function fills."""
    folder = run_directory.path / f"standby-{secrets.token_hex(3)}"

    def go(fill: Callable[..., None]) -> Server:
        monkeypatch.setattr(local, "fill_data_directory", fill)
        return local.start_server(folder, binaries, mark="standby")

    yield go
    local.stop_server(folder)


@pytest.fixture
def lonely(start: Callable[..., Server]) -> Server:
    """A standby that follows nobody, as one does whose primary is gone."""

    def fill(data: Path, *args: object) -> None:
        fill_data_directory(data, *args)  # type: ignore[arg-type]
        (data / "standby.signal").touch()

    return start(fill)


@pytest.fixture
def following(start: Callable[..., Server], private_server: Server) -> Server:
    """A standby of `private_server`."""
    primary = private_server.conninfo

    def fill(data: Path, *_: object) -> None:
        with private_server.connect() as connection:
            connection.execute(f"SELECT {begin(private_server)}".encode())
            unwanted = shutil.ignore_patterns("postmaster.*", "pg_replslot")
            shutil.copytree(Path(primary.get("host")) / "data", data, symlinks=True, ignore=unwanted)
            label = connection.execute(f"SELECT labelfile FROM {end(private_server)}".encode()).fetchone()
        assert label is not None
        (data / "pg_replslot").mkdir()
        (data / "backup_label").write_text(str(label[0]), encoding="utf-8")
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write(f"primary_conninfo = 'host={primary.get('host')} port={primary.get('port')} user=postgres'\n")
        (data / "standby.signal").touch()
        data.chmod(0o700)

    return start(fill)


def begin(server: Server) -> str:
    return "pg_backup_start('x', true)" if server.major >= 15 else "pg_start_backup('x', true, false)"


def end(server: Server) -> str:
    return "pg_backup_stop(false)" if server.major >= 15 else "pg_stop_backup(false, false)"


def value(connection: psycopg.Connection[tuple[object, ...]], query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


async def test_one_that_follows_nobody(lonely: Server) -> None:
    async with AsyncDatabase(DatabaseSettings(url=lonely.at("postgres"))) as db:
        result = await DatabaseHealth(db, role="replica").check()
        assert (result.up, result.details["role"], result.details["lag_seconds"]) == (True, "replica", None)
        assert (await DatabaseHealth(db, max_lag=5).check()).reason == "how far the replica is behind is not known"
        assert (await DatabaseHealth(db, role="primary").check()).reason == "the server is a replica, not a primary"


@pytest.mark.slow
async def test_one_that_falls_behind_and_catches_up(following: Server, private_server: Server) -> None:
    with private_server.connect() as primary, following.connect() as replica:
        async with AsyncDatabase(DatabaseSettings(url=following.at("postgres"))) as db:
            health = DatabaseHealth(db, max_lag=0.05)
            primary.execute("CREATE TABLE moved AS SELECT 1")
            assert eventually(lambda: value(replica, "SELECT to_regclass('moved')") is not None)
            result = await health.check()
            assert (result.up, result.details["lag_seconds"]) == (True, 0)
            replica.execute("SELECT pg_wal_replay_pause()")
            assert eventually(lambda: value(replica, "SELECT pg_get_wal_replay_pause_state()") == "paused")
            primary.execute("CREATE TABLE behind AS SELECT 1")
            received = "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()"
            assert eventually(lambda: value(replica, received) is True)
            assert eventually(
                lambda: value(replica, "SELECT now() - pg_last_xact_replay_timestamp() > '0.1 s'") is True
            )
            result = await health.check()
            assert (result.up, "behind" in str(result.reason)) == (False, True)
            replica.execute("SELECT pg_wal_replay_resume()")
            assert eventually(lambda: value(replica, "SELECT to_regclass('behind')") is not None)
            assert (await health.check()).up
