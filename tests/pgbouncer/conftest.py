"""A pgbouncer in transaction mode with a pool of one, in front of the worked example on a server of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.servers.environment import without_libpq
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.unprivileged import manner
from pgassay.settings import Settings
from pgassay.suite.context import Context
from tests.conftest import MAJORS
from tests.conftest import _binaries as binaries_of
from tests.servers.support import eventually
from tests.suite.real import EXAMPLE, Real, deployed

PORT = 6432
# Everything else is pgbouncer's own default: no start-up parameter is ignored, no query resets a server's session.
CONFIGURATION = """\
[databases]
* = host={server} port={port}

[pgbouncer]
listen_addr =
listen_port = {own_port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 1
logfile = {folder}/log
"""


@dataclass(frozen=True)
class Pooled:
    """A real database, and the way to it through the pooler."""

    real: Real
    folder: Path

    def at(self, user: str = "postgres") -> Conninfo:
        """Return the way through the pooler, as a user writes it."""
        return Conninfo.of(host=str(self.folder), port=PORT, user=user, dbname=self.real.dbname)

    def settings(self, user: str = "postgres") -> Settings:
        """Return the worked example's settings with the target behind the pooler."""
        return replace(EXAMPLE, db_url=self.at(user))

    def application(self) -> psycopg.Connection[tuple[object, ...]]:
        """Connect as an application does."""
        return psycopg.connect(self.at().with_(application_name="shop").dsn, autocommit=True, prepare_threshold=None)

    def end_sessions(self) -> None:
        """End the pool's sessions on the server; the pooler opens new ones."""
        pids = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        with self.real.server.connect() as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({pids}) AS _".encode(), [self.real.dbname])
            assert eventually(lambda: not connection.execute(pids.encode(), [self.real.dbname]).fetchall())


def pgbouncer() -> str:
    """Return the program; Debian puts it where only root looks."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("pgbouncer", path=path)
    if found is None:
        pytest.fail("no pgbouncer: apt-get install pgbouncer (Debian), or brew install pgbouncer", pytrace=False)
    return found


@contextmanager
def pooling(real: Real, folder: Path) -> Iterator[Pooled]:
    """Start a pgbouncer in front of a server; it refuses to run as root, as PostgreSQL does."""
    program, how = pgbouncer(), manner()
    folder.mkdir(mode=0o700)
    where = {"server": real.server.conninfo.get("host"), "port": real.server.conninfo.get("port")}
    (folder / "ini").write_text(CONFIGURATION.format(folder=folder, own_port=PORT, **where), encoding="utf-8")
    (folder / "users").write_text('"postgres" ""\n"guest" ""\n', encoding="utf-8")
    how.open_way(folder)
    how.give(folder)
    process = subprocess.Popen(
        [*how.prefix, program, "-q", str(folder / "ini")], env=without_libpq(), cwd="/", **how.popen
    )
    try:
        assert eventually((folder / f".s.PGSQL.{PORT}").exists), (folder / "log").read_text(encoding="utf-8")
        yield Pooled(real, folder)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module", params=MAJORS, ids=lambda major: f"pg{major}")
def pooled(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Iterator[Pooled]:
    name = secrets.token_hex(3)
    with (
        deployed(run_directory, f"real-{name}", binaries_of(request.param)) as real,
        pooling(real, run_directory.path / f"pool-{name}") as made,
    ):
        yield made


@pytest.fixture
def contexts() -> Iterator[Callable[[Settings], Context]]:
    """Make contexts, each with a run of its own."""
    with ExitStack() as opened:

        def make(settings: Settings) -> Context:
            run = opened.enter_context(RunDirectory.create())
            return opened.enter_context(Context(settings, run=lambda: run))

        yield make
