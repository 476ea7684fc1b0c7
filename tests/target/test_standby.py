"""A hot standby: a copied data directory that replays nothing, which answers as every standby does."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pgassay.catalog.read import read_catalog
from pgassay.servers import local
from pgassay.servers.binaries import Binaries
from pgassay.servers.datadir import fill_data_directory
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.target import Target


@pytest.fixture
def standby(run_directory: RunDirectory, binaries: Binaries, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    def as_standby(data: Path, *args: object) -> None:
        fill_data_directory(data, *args)  # type: ignore[arg-type]
        (data / "standby.signal").touch()

    monkeypatch.setattr(local, "fill_data_directory", as_standby)
    folder = run_directory.path / f"standby-{secrets.token_hex(3)}"
    yield local.start_server(folder, binaries, mark="standby")
    local.stop_server(folder)


def test_it_is_read_like_any_other(standby: Server) -> None:
    with Target(standby.at("postgres")) as target:
        assert target.facts.standby
        assert target.use(read_catalog).schemas["public"]
        with target.database() as subject, subject.connection() as connection:
            assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
            connection.commit()
            assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)
    with standby.connect() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE t ()")
