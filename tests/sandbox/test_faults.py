"""Whatever goes wrong while databases are out, at hand, or on their way: the next test gets what the template is."""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from pgassay.errors import ServerError
from pgassay.migrations.sources.native import load
from pgassay.sandbox.pool import Pool
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.sandbox.workshop import Workshop
from pgassay.servers.binaries import Binaries
from pgassay.servers.local import Options, stop_server
from pgassay.servers.process import postmaster
from pgassay.servers.provider import start_in_run
from pgassay.servers.registry import create_registry
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings
from tests.sandbox.likeness import differences
from tests.sandbox.support import bring_back, is_like_the_template, scratch, seen, seen_in_a_new_one

pytestmark = pytest.mark.thorough

BOUND = 10.0  # seconds within which the next test has its database, whatever the one before has left
ROUNDS = 30  # databases that each of two workers hands out
SMALL = "CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY); CREATE UNLOGGED TABLE s.fast (id int);"
END = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = ANY(%s)"


@contextmanager
def started(run: RunDirectory, binaries: Binaries, **more: str) -> Iterator[Server]:
    """A server of a test's own, with settings on top."""
    name = f"p-{secrets.token_hex(3)}"
    yield start_in_run(run, name, binaries, options=Options(more=more))
    stop_server(run.path / name)


def small(server: Server, folder: Path, run: RunDirectory, statements: str = SMALL) -> Sandbox:
    """A sandbox with a small schema, that has one database at hand."""
    (folder / "001-small.sql").write_text(f"-- migrate:up\n{statements}\n-- migrate:down irreversible: it is a test\n")
    sandbox = Sandbox(server, Recipe(migrations=load(folder)), Settings(root=folder), run=run)
    sandbox.pool = Pool(server, ahead=1, make_workshop=partial(Workshop, run=run))
    return sandbox


def workshop_of(sandbox: Sandbox) -> Workshop:
    assert sandbox.pool.workshop is not None
    return sandbox.pool.workshop


def test_many_sessions_that_are_left_open(sandbox: Sandbox, template: dict[str, object]) -> None:
    with ExitStack() as held:
        with sandbox.new() as database:
            left = [held.enter_context(closing(psycopg.connect(database.url))) for _ in range(50)]
        began = time.monotonic()
        assert is_like_the_template(sandbox, template)
        assert time.monotonic() - began < BOUND
        for connection in left:
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")


def take_all(server: Server, held: ExitStack) -> None:
    """Open sessions until no more can be had."""
    while True:
        held.enter_context(server.connect())


@contextmanager
def hammering(url: str) -> Iterator[None]:
    """Insert, again and again, and connect anew when the session is ended."""
    ended, begun = threading.Event(), threading.Event()

    def hammer() -> None:
        while not ended.wait(0.005):
            with suppress(psycopg.Error), closing(psycopg.connect(url, autocommit=True)) as connection:
                while not ended.wait(0.001):
                    connection.execute("INSERT INTO audit (what) VALUES ('hammered')")
                    begun.set()

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        assert begun.wait(BOUND)
        yield
    finally:
        ended.set()
        thread.join(BOUND)


@pytest.mark.parametrize("threads", [1, 4])
def test_a_thread_that_goes_on(sandbox: Sandbox, template: dict[str, object], threads: int) -> None:
    with ExitStack() as held:
        with sandbox.new() as database:
            for _ in range(threads):
                held.enter_context(hammering(database.url))
        began = time.monotonic()
        assert not bring_back(sandbox)
        for _ in range(5):
            assert is_like_the_template(sandbox, template)
        assert time.monotonic() - began < BOUND
    with sandbox.server.connect() as connection:
        assert connection.execute("SELECT FROM pg_database WHERE datname = %s", [database.name]).fetchone() is None


def test_a_test_that_hangs_in_a_lock(run_directory: RunDirectory, binaries: Binaries, tmp_path: Path) -> None:
    with (
        started(run_directory, binaries, lock_timeout="200ms") as server,
        closing(small(server, tmp_path, run_directory)) as sandbox,
    ):
        with sandbox.new() as database, database.tx() as tx:
            tx.none("LOCK TABLE s.t")
            with closing(database.connect()) as other, pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("INSERT INTO s.t VALUES (1)")
        with sandbox.new() as database:
            database.none("INSERT INTO s.t VALUES (1)")


def test_two_workers_on_one_server(
    sandbox: Sandbox, template: dict[str, object], tmp_path: Path, run_directory: RunDirectory
) -> None:
    failures: list[BaseException] = []

    def work(mine: Sandbox) -> None:
        try:
            for number in range(ROUNDS):
                with mine.new() as database:
                    if number % 10 == 0:
                        assert differences(template, seen(database)) == {}
                    assert database.values("SELECT count(*) FROM audit") == [0]
                    database.none("INSERT INTO child (parent_id) VALUES (1)")
                    if number % 5 == 0:
                        database.none("CREATE TABLE made (id int)")
        except BaseException as error:
            failures.append(error)

    with closing(scratch(sandbox.server, tmp_path, run_directory)) as other:
        threads = [threading.Thread(target=work, args=[mine]) for mine in (sandbox, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failures == []
        assert workshop_of(sandbox).verdicts[""] > 0
        assert workshop_of(other).verdicts[""] > 0


def take(sandbox: Sandbox, number: int, held: ExitStack) -> None:
    """Take databases, more than there are at hand."""
    for _ in range(number):
        held.enter_context(sandbox.new())


def test_no_connection_is_left(run_directory: RunDirectory, binaries: Binaries, tmp_path: Path) -> None:
    with (
        started(run_directory, binaries, max_connections="14") as server,
        closing(small(server, tmp_path, run_directory)) as sandbox,
    ):
        with sandbox.new(), ExitStack() as held:
            sandbox.pool.settle()
            with pytest.raises(ServerError, match="too many clients"):
                take_all(server, held)
            # The latter is what an ordinary role is told.
            full = r"(too many clients|slots are reserved)(.|\n)*hint: .*max_connections"
            for _ in range(2):
                with ExitStack() as taken, pytest.raises(ServerError, match=full):
                    take(sandbox, 3, taken)
        for _ in range(3):
            with sandbox.new() as database:
                database.none("INSERT INTO s.t VALUES (1)")
            sandbox.pool.settle()


def keepers_of(sandbox: Sandbox) -> list[int]:
    return [known.keeper_pid for known in workshop_of(sandbox).known]


def admin_of(sandbox: Sandbox) -> list[int]:
    return [workshop_of(sandbox)._admin.info.backend_pid]


@pytest.mark.parametrize("sessions", [admin_of, keepers_of])
@pytest.mark.parametrize("out", [True, False])
def test_a_session_of_ours_is_ended(
    sandbox: Sandbox, template: dict[str, object], sessions: Callable[[Sandbox], list[int]], out: bool
) -> None:
    with ExitStack() as held, sandbox.server.connect() as connection:
        if out:
            held.enter_context(sandbox.new()).none("INSERT INTO audit (what) VALUES ('x')")
        assert connection.execute(END, [sessions(sandbox)]).fetchone() == (True,)
        for _ in range(3):
            with sandbox.new() as database:
                assert differences(template, seen(database)) == {}
                database.none("INSERT INTO audit (what) VALUES ('y')")
    sandbox.pool.settle()
    for _ in range(2):
        assert is_like_the_template(sandbox, template)


def kill_a_process_of(server: Server) -> None:
    """Have the server recover from a crash: all of its sessions are ended, all that is unlogged is emptied."""
    with closing(server.connect()) as killed, closing(server.connect()) as other:
        os.kill(killed.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT pg_sleep(5)")
    wait_until(lambda: is_up(server))


def is_up(server: Server) -> bool:
    with suppress(ServerError):
        server.connect().close()
        return True
    return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_crash_of_the_server(run_directory: RunDirectory, binaries: Binaries, tmp_path: Path) -> None:
    with started(run_directory, binaries) as server, closing(small(server, tmp_path, run_directory)) as sandbox:
        template = seen_in_a_new_one(sandbox)
        for out in (True, False):
            with ExitStack() as held:
                if out:
                    held.enter_context(sandbox.new()).none("INSERT INTO s.t VALUES (1); INSERT INTO s.fast VALUES (1)")
                kill_a_process_of(server)
                for _ in range(3):
                    assert is_like_the_template(sandbox, template)
            sandbox.pool.settle()
            assert is_like_the_template(sandbox, template)


@pytest.mark.parametrize("told", [True, False])
def test_a_crash_that_empties_what_is_unlogged(
    run_directory: RunDirectory, binaries: Binaries, tmp_path: Path, told: bool
) -> None:
    """Where the template itself is not what it was, nobody gets a copy, and the next run builds it anew."""
    filled = f"{SMALL} INSERT INTO s.fast VALUES (1);"
    with started(run_directory, binaries) as own:
        with own.connect() as admin:
            create_registry(admin)
        server = replace(own, run=str(run_directory.path))  # one that outlives its runs
        with closing(small(server, tmp_path, run_directory, filled)) as sandbox:
            template = seen_in_a_new_one(sandbox)
            kill_a_process_of(server)
            for _ in range(3 if told else 0):
                with pytest.raises(ServerError, match=r"has crashed(.|\n)*unlogged tables\nhint: "), sandbox.new():
                    pass
        with RunDirectory.create() as later, closing(small(server, tmp_path, later, filled)) as sandbox:
            assert seen_in_a_new_one(sandbox)["s.fast"] == template["s.fast"]


def test_those_who_wait_while_the_server_is_dead(
    run_directory: RunDirectory, binaries: Binaries, tmp_path: Path
) -> None:
    with started(run_directory, binaries) as server, closing(small(server, tmp_path, run_directory)) as sandbox:
        with sandbox.new():
            sandbox.pool.settle()
        main = postmaster(Path(server.conninfo.get("host"), "data"))
        assert main is not None
        os.kill(main, signal.SIGKILL)
        wait_until(lambda: not any(known.is_intact for known in workshop_of(sandbox).known))  # they have heard of it
        errors: list[BaseException] = []

        def wait() -> None:
            for _ in range(3):
                try:
                    with sandbox.new() as database:
                        database.none("INSERT INTO s.t VALUES (1)")
                except (ServerError, psycopg.Error) as error:
                    errors.append(error)

        threads = [threading.Thread(target=wait, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
        assert len(errors) == 12
        assert all("cannot connect to the scratch server" in str(error) for error in errors[4:])


def test_what_was_out_while_the_pool_failed(
    sandbox: Sandbox, template: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Workshop) -> None:
        raise ServerError("no session can be had")

    with sandbox.new() as database:
        before = workshop_of(sandbox)
        monkeypatch.setattr(Workshop, "mend", fail)
        wait_until(lambda: sandbox.pool._thread is None)  # it looks around by itself
        monkeypatch.undo()
        with sandbox.new() as other:
            assert differences(template, seen(other)) == {}
            assert workshop_of(sandbox) is not before
        database.none("INSERT INTO audit (what) VALUES ('unseen')")
    sandbox.pool.settle()
    for _ in range(2):
        assert is_like_the_template(sandbox, template)
