"""A hot standby as the target: a copied data directory that follows the server which it was copied from."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgassay.findings import Outcome
from pgassay.servers import local
from pgassay.servers.local import start_server, stop_server
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.check import Check, Needs
from pgassay.suite.context import Context
from pgassay.suite.every import every_check
from tests.conftest import MAJORS
from tests.conftest import _binaries as binaries_of
from tests.servers.support import eventually
from tests.suite.real import Real

pytestmark = pytest.mark.thorough


def copy_data(real: Real, data: Path) -> None:
    """Copy a running server's data directory, as pg_basebackup does."""
    begin, end = ("pg_start_backup('x', true, false)", "pg_stop_backup(false, false)")
    if real.server.major >= 15:
        begin, end = ("pg_backup_start('x', true)", "pg_backup_stop(false)")
    with real.server.connect() as connection:
        connection.execute(f"SELECT {begin}".encode())
        shutil.copytree(
            real.folder / "data", data, symlinks=True, ignore=shutil.ignore_patterns("postmaster.*", "pg_replslot")
        )
        row = connection.execute(f"SELECT labelfile FROM {end}".encode()).fetchone()
    assert row is not None
    (data / "pg_replslot").mkdir()
    (data / "backup_label").write_text(str(row[0]), encoding="utf-8")
    data.chmod(0o700)


@pytest.fixture
def standby(real: Real, run_directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that replays what `real` writes."""

    def as_standby(data: Path, *_: Any) -> None:
        copy_data(real, data)
        primary = f"host={real.server.conninfo.get('host')} port={real.server.conninfo.get('port')} user=postgres"
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write(f"primary_conninfo = '{primary}'\n")
        (data / "standby.signal").touch()

    monkeypatch.setattr(local, "fill_data_directory", as_standby)
    folder = run_directory.path / f"standby-{secrets.token_hex(3)}"
    started = start_server(folder, binaries_of(real.server.major), mark="standby")
    monkeypatch.undo()
    yield started
    stop_server(folder)


def whole(real: Real, check: Check) -> bool:
    """What is tried on scratch servers does not depend on the target: once is enough."""
    return real.server.major == MAJORS[-1] and not {Needs.ACCEPTANCES, Needs.BASELINES}.intersection(check.needs)


@pytest.mark.slow
def test_every_check_passes_on_a_standby(real: Real, standby: Server, contexts: Callable[[Settings], Context]) -> None:
    context = contexts(replace(real.settings(), db_url=standby.at(real.dbname)))
    assert context.target is not None
    assert context.target.facts.standby
    names = [name for name, check in every_check().items() if check.looks_at_target or whole(real, check)]
    assert {name: context.report(name).outcome for name in names} == dict.fromkeys(names, Outcome.PASS)


def test_a_standby_shows_what_its_primary_does(
    real: Real, standby: Server, contexts: Callable[[Settings], Context]
) -> None:
    real.do("COMMENT ON TABLE users IS 'changed'")
    with psycopg.connect(standby.at(real.dbname).dsn, autocommit=True) as connection:
        said = "SELECT obj_description('public.users'::regclass)"
        assert eventually(lambda: connection.execute(said).fetchone() == ("changed",))
    context = contexts(replace(real.settings(), db_url=standby.at(real.dbname)))
    (finding,) = context.report("tables").findings
    assert finding.key == "comment-differs table public.users"
