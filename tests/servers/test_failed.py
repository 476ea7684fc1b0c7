"""What is kept of failed tests: the last ones of a run, on a server that stays, and no longer than was promised."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pgassay.conninfo import Conninfo
from pgassay.servers import watchdog
from pgassay.servers.binaries import Binaries
from pgassay.servers.databases import create_database, database_exists, scratch_name
from pgassay.servers.failed import keep_database, kept_databases, outlive, way_to
from pgassay.servers.local import Options, start_server, stop_server
from pgassay.servers.mark import mark_scratch, require_scratch
from pgassay.servers.process import postmaster
from pgassay.servers.provider import Provider, start_in_run
from pgassay.servers.reaper import places, reap
from pgassay.servers.rundir import FAILED, KEPT_PATIENCE, RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from tests.servers.support import eventually, is_running

pytestmark = pytest.mark.thorough

PROJECT = Path("/some/project")


def keep(run: RunDirectory, server: Server, test: str, *, most: int = 1, project: Path = PROJECT) -> str:
    """Make a database, and keep it for a test."""
    name = scratch_name("db")
    create_database(server, name)
    keep_database(run, server, name, test=test, failed=time.time(), most=most, project=project)
    return name


@pytest.fixture
def run(only_root: Path) -> Iterator[RunDirectory]:
    with RunDirectory.create(root=only_root) as run:
        yield run


@pytest.fixture
def own(run: RunDirectory, binaries: Binaries) -> Server:
    """A run's own server, without a watchdog."""
    return start_server(run.path / "main", binaries, mark="m")


@pytest.fixture
def marked(private_server: Server) -> Iterator[Conninfo]:
    """The URL of a marked server."""
    mark_scratch(private_server.conninfo)
    yield private_server.conninfo
    with private_server.connect() as connection:
        connection.execute("DROP DATABASE pgassay_scratch WITH (FORCE)")


def test_the_last_tests_databases_stay(run: RunDirectory, own: Server) -> None:
    first, *last = [keep(run, own, test, most=2) for test in ("one", "two", "two", "three")]
    assert [kept.name for kept in kept_databases(run.path)] == last
    assert [database_exists(own, name) for name in (first, *last)] == [False, True, True, True]


def test_who_failed_first_goes_first_whoever_is_handed_back_last(run: RunDirectory, own: Server) -> None:
    stays, name = keep(run, own, "late"), scratch_name("wide")
    create_database(own, name)
    keep_database(run, own, name, test="early", failed=1.0, most=1, project=PROJECT)
    assert [kept.name for kept in kept_databases(run.path)] == [stays]
    assert not database_exists(own, name)


def test_a_run_without_kept_databases_is_to_be_stopped(run: RunDirectory, own: Server) -> None:
    assert not outlive(run, PROJECT)


def test_so_is_one_whose_server_died(run: RunDirectory, own: Server) -> None:
    keep(run, own, "one")
    stop_server(run.path / "main")
    assert not outlive(run, PROJECT)


def test_the_main_server_stays_alone_and_can_be_stopped(run: RunDirectory, own: Server, binaries: Binaries) -> None:
    start_server(run.path / "i-1", binaries, mark="other")
    name = keep(run, own, "one")
    assert outlive(run, PROJECT)
    assert reap() == []
    assert [folder.parent.name for folder in run.path.glob("*/data")] == ["main"]
    with psycopg.connect(kept_databases(run.path)[0].url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (name,)
    (place,) = places()
    assert place.state == "server with databases of failed tests, for 0 min"
    assert place.stop()
    assert not run.path.exists()


def test_it_is_reaped_after_an_hour(run: RunDirectory, own: Server) -> None:
    keep(run, own, "one")
    outlive(run, PROJECT)
    pid = postmaster(run.path / "main" / "data")
    _age(run.path)
    assert reap() == [run.path]
    assert pid is not None
    assert not is_running(pid)


@pytest.mark.slow
def test_its_watchdog_sees_to_the_hour(run: RunDirectory, binaries: Binaries) -> None:
    server = start_in_run(run, "main", binaries)
    keep(run, server, "one")
    guard = run.once("watchdog", lambda: 0)
    outlive(run, PROJECT)
    time.sleep(3 * watchdog.POLL)  # it has seen by now that the run is over
    assert is_running(guard)
    server.connect().close()
    _age(run.path)
    assert eventually(lambda: not run.path.exists() and not is_running(guard))


def test_the_next_run_of_the_project_that_keeps_one_takes_its_place(
    only_root: Path, run: RunDirectory, own: Server, binaries: Binaries
) -> None:
    keep(run, own, "one")
    outlive(run, PROJECT)
    with RunDirectory.create(root=only_root) as stranger:
        keep(stranger, start_server(stranger.path / "main", binaries, mark="s"), "two", project=Path("/other"))
        outlive(stranger, Path("/other"))
        assert run.path.exists()
        with RunDirectory.create(root=only_root) as later:
            keep(later, start_server(later.path / "main", binaries, mark="l"), "three")
            outlive(later, PROJECT)
            assert {place.path for place in places() if place.kind == FAILED} == {later.path, stranger.path}


def test_a_password_is_in_a_file_of_this_user_alone(run: RunDirectory, binaries: Binaries) -> None:
    server = start_server(run.path / "main", binaries, mark="m", options=Options(listen="tcp"))
    name = keep(run, server, "one")
    (kept,) = kept_databases(run.path)
    assert server.conninfo.get("password") not in kept.url + (run.path / "kept.json").read_text()
    with psycopg.connect(kept.url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (name,)
    assert (run.path / "pgpass").stat().st_mode & 0o777 == 0o600


@pytest.fixture(params=["kept", "url"])
def lasting(request: pytest.FixtureRequest, only_root: Path) -> Callable[[RunDirectory], Server]:
    """Gives a run the server that outlives it: one that is kept between runs, or a marked one at a URL."""
    settings = Settings(root=Path("/"), keep_server=True)
    if request.param == "url":
        settings = replace(settings, server=request.getfixturevalue("marked"))
    return lambda run: Provider(settings, run).server()


def test_on_a_server_that_outlives_runs_the_next_one_leaves_it(
    only_root: Path, lasting: Callable[[RunDirectory], Server]
) -> None:
    with RunDirectory.create(root=only_root) as first:
        name = keep(first, lasting(first), "one")
        assert not outlive(first, PROJECT)  # it needs no run to stay
    with RunDirectory.create(root=only_root) as second:
        server = lasting(second)
        assert database_exists(server, name)
        strangers = keep(second, server, "two", project=Path("/other"))
        assert database_exists(server, name)
        later = keep(second, server, "two", most=2)
        keep(second, server, "three", most=2)
    assert [database_exists(server, one) for one in (strangers, later)] == [True, True]


def test_there_the_next_one_that_keeps_takes_its_place(
    only_root: Path, lasting: Callable[[RunDirectory], Server]
) -> None:
    with RunDirectory.create(root=only_root) as first, RunDirectory.create(root=only_root) as second:
        name = keep(first, lasting(first), "one")
        at_the_same_time = keep(second, lasting(second), "two")
        assert database_exists(lasting(first), name)
    with RunDirectory.create(root=only_root) as third:
        server = lasting(third)
        last = keep(third, server, "three")
    assert [database_exists(server, one) for one in (name, at_the_same_time, last)] == [False, False, True]


def test_there_it_goes_after_an_hour(only_root: Path, lasting: Callable[[RunDirectory], Server]) -> None:
    with RunDirectory.create(root=only_root) as first:
        server = lasting(first)
        name = keep(first, server, "one")
    with server.connect() as connection:
        connection.execute("UPDATE pgassay_databases SET made = made - interval '61 minutes' WHERE name = %s", [name])
    with RunDirectory.create(root=only_root) as second:
        assert not database_exists(lasting(second), name)


def test_a_server_that_a_project_brings_along(run: RunDirectory, marked: Conninfo, only_root: Path) -> None:
    server = require_scratch(marked)
    name = keep(run, server, "one")
    run.stop()
    with RunDirectory.create(root=only_root) as later:
        assert database_exists(server, name)
        keep(later, server, "two")
    assert not database_exists(server, name)


@pytest.mark.parametrize(
    ("listen", "words"), [("socket", "pgassay server stop k-"), ("tcp", "?passfile=")], ids=["socket", "tcp"]
)
def test_the_way_to_a_kept_server(only_root: Path, run: RunDirectory, listen: str, words: str) -> None:
    server = Provider(Settings(root=Path("/"), keep_server=True, listen=listen), run).server()
    way = way_to(server, "postgres", run)
    assert words in f"{way.url} {way.stop}"
    psycopg.connect(way.url).close()


def test_the_way_to_a_url_has_no_password(run: RunDirectory, marked: Conninfo) -> None:
    server = require_scratch(marked.with_(password="s3cret"))
    way = way_to(server, "pgassay_x", run)
    assert "s3cret" not in f"{way.psql} {way.stop}"
    assert way.stop == "it is dropped after an hour, or the next run of this project that keeps one"


def test_a_name_with_everything_in_it(run: RunDirectory, own: Server) -> None:
    test = 'tests/a.py::test_x[é😀"\n\udcff]'
    keep(run, own, test)
    (kept,) = kept_databases(run.path)
    assert kept.test == test
    assert json.loads((run.path / "kept.json").read_bytes())[0]["test"] == test
    assert outlive(run, Path("/a b/é\udcff"))


def _age(path: Path) -> None:
    long_ago = time.time() - KEPT_PATIENCE - 1
    os.utime(path / "users", (long_ago, long_ago))
