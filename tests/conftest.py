"""Fixtures for the tests of the whole project: one scratch server per major and run, shared by all workers."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.servers.binaries import Binaries, find_binaries
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.embedded import choose_build, ensure_embedded, is_fetched
from pgassay.servers.local import stop_server
from pgassay.servers.provider import start_in_run
from pgassay.servers.reaper import reap
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.project import Project, Run

# The machine's own; PGASSAY_SERVER=embedded hides them.
LOCAL = {b.major: b for b in reversed([] if os.environ.get("PGASSAY_SERVER") == "embedded" else find_binaries())}
# What may differ by major runs on the newest that pgassay works with, and on those that are asked for: in CI on the
# oldest too, in `tox -e nightly` on every one. Everything else runs on the newest that the machine has.
MAJORS = sorted({18, *map(int, os.environ.get("PGASSAY_TEST_MAJORS", "").split())})
NEWEST = max(LOCAL, default=MAJORS[-1])
# The databases in which a role owns or holds something.
_WHERE_A_ROLE_IS = """
SELECT DISTINCT d.datname
  FROM pg_shdepend s
  JOIN pg_database d ON d.oid = s.dbid
 WHERE s.refclassid = 'pg_authid'::regclass
   AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = %s)
   AND d.datallowconn
"""
_RUN = pytest.StashKey[RunDirectory]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's directory in the controller; a worker of xdist joins it."""
    shared = getattr(config, "workerinput", {}).get("pgassay_test_run")
    if not shared:
        reap()
    config.stash[_RUN] = RunDirectory.attach(shared) if shared else RunDirectory.create()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker of xdist where the run's directory is."""
    node.workerinput["pgassay_test_run"] = str(node.config.stash[_RUN].path)  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the older majors to the night, where a test takes long on each."""
    for item in items:
        if (
            isinstance(item, pytest.Function)
            and item.get_closest_marker("older_by_night")
            and hasattr(item, "callspec")
        ):
            majors = {item.callspec.params.get(name, MAJORS[-1]) for name in ("any_server", "any_private_server")}
            if majors != {MAJORS[-1]}:
                item.add_marker("nightly")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers, in the process that owns the run."""
    if not hasattr(config, "workerinput") and _RUN in config.stash:
        config.stash[_RUN].stop()


def _binaries(major: int) -> Binaries:
    """The machine's own of this major, else the embedded one; a test that cannot have its server fails."""
    if major in LOCAL:
        return LOCAL[major]
    if is_fetched(choose_build(major)):
        return ensure_embedded(major)
    pytest.fail(f"no PostgreSQL {major}: fetch it with `pgassay server fetch {major}`", pytrace=False)


def _shared_server(run: RunDirectory, major: int) -> Server:
    return run.once(f"server {major}", lambda: start_in_run(run, f"m{major}", _binaries(major)))


@pytest.fixture(scope="session")
def run_directory(pytestconfig: pytest.Config) -> RunDirectory:
    """The directory that all workers of this run share."""
    return pytestconfig.stash[_RUN]


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The programs that `server` runs on, for tests that start servers themselves."""
    return _binaries(NEWEST)


@pytest.fixture(scope="session")
def server(run_directory: RunDirectory) -> Server:
    """A private scratch server of the newest major that the machine has, else of the newest embedded one."""
    return _shared_server(run_directory, NEWEST)


@pytest.fixture(scope="session", params=MAJORS, ids=lambda major: f"pg{major}")
def any_server(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Server:
    """A private scratch server, once of each major."""
    return _shared_server(run_directory, request.param)


@pytest.fixture(scope="session")
def servers(run_directory: RunDirectory) -> Callable[[int], Server]:
    """A function from a major to the run's server of it."""
    return lambda major: _shared_server(run_directory, major)


@pytest.fixture(scope="module")
def private_server(run_directory: RunDirectory) -> Iterator[Server]:
    """A server of the module's own, for tests that make roles with fixed names."""
    name = f"p-{secrets.token_hex(3)}"
    yield start_in_run(run_directory, name, _binaries(NEWEST))
    stop_server(run_directory.path / name)


@pytest.fixture(scope="module", params=MAJORS, ids=lambda major: f"pg{major}")
def any_private_server(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Iterator[Server]:
    """A server of the module's own, once of each major."""
    name = f"p-{secrets.token_hex(3)}"
    yield start_in_run(run_directory, name, _binaries(request.param))
    stop_server(run_directory.path / name)


@pytest.fixture
def database(server: Server) -> Iterator[Conninfo]:
    """A fresh empty database from template0 on the shared server, dropped afterwards."""
    yield from _database(server)


@pytest.fixture
def any_database(any_server: Server) -> Iterator[Conninfo]:
    """A fresh empty database, once on each major."""
    yield from _database(any_server)


def _database(server: Server) -> Iterator[Conninfo]:
    name = scratch_name("test")
    create_database(server, name)
    yield server.at(name)
    drop_database(server, name)


@pytest.fixture
def role_name(server: Server) -> Iterator[Callable[..., str]]:
    """A factory of names for roles on the shared server; the roles are dropped at the end, with what they own there.

    `role_name("app")` gives a unique name that contains the word; the test makes the role itself.
    """
    names: list[str] = []

    def make(word: str = "role") -> str:
        names.append(f"{word}_{secrets.token_hex(4)}")
        return names[-1]

    yield make
    with server.connect() as connection:
        for name in reversed(names):
            _drop_role(server, connection, name)


def _drop_role(server: Server, connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
        return
    role = sql.Identifier(name)
    databases = connection.execute(_WHERE_A_ROLE_IS, [name]).fetchall()
    for database in {"postgres", *(str(database) for (database,) in databases)}:
        with server.connect(database) as inside:
            inside.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(role))
            inside.execute(sql.SQL("DROP OWNED BY {}").format(role))
    connection.execute(sql.SQL("DROP ROLE {}").format(role))


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """A user's project in a directory of its own."""
    return Project(pytester.path)


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest there as a user runs it; the options are those that every run here has."""
    # pytest writes its summary in another way where it finds itself in CI.
    for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG", "PYTEST_ADDOPTS", "CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    # The others would cost each of many runs an import, or warn, or change the order.
    without = [f"-pno:{plugin}" for plugin in ("cacheprovider", "hypothesispytest", "asyncio", "anyio", "randomly")]
    return lambda *args: pytester.runpytest_subprocess(*without, *args)
