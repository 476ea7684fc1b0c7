"""`pgassay health`: the probe, and the endpoint served alone."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import httpx
import pytest

from pgassay import cli
from pgassay.conninfo import Conninfo
from pgassay.servers.server import Server
from tests.runtime.health.stalling import StallingProxy
from tests.servers.support import eventually

Command = Callable[..., tuple[int, str, str]]
MIGRATION = "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n"
PGASSAY = str(Path(sys.executable).with_name("pgassay"))
NOWHERE = "postgresql://secretuser:s3cret@127.0.0.1:1/secretdb"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of this repository, and no database of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pgassay.toml").touch()
    for name in [name for name in os.environ if name.startswith(("PG", "DATABASE_URL"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def health(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command as in a process of its own: with no handler that another test has left on some logger."""
    logger = logging.getLogger("pgassay.health")
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(logger, "propagate", False)

    def go(*words: str) -> tuple[int, str, str]:
        code = cli.run(["health", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def test_a_database_that_is_well(health: Command, database: Conninfo) -> None:
    code, out, err = health("--database", database.url)
    assert (code, err) == (0, "")
    assert out.startswith("ok: db primary, ")
    assert out.endswith(" ms\n")


def test_json_is_what_the_endpoint_answers(health: Command, database: Conninfo) -> None:
    code, out, _ = health("--database", database.url, "--json")
    said = json.loads(out)
    assert code == 0
    assert [*said] == ["status", "info", "error", "details"]
    assert said["details"]["db"]["role"] == "primary"
    assert out.count("\n") == 1


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_database_that_cannot_be_reached_is_one_line_at_once(health: Command, options: list[str]) -> None:
    began = monotonic()
    code, out, err = health("--database", NOWHERE, *options)
    assert (code, err, out.count("\n")) == (1, "", 1)
    assert "nobody listens there" in out
    assert not [word for word in ("secret", "s3cret", "127.0.0.1") if word in out]
    assert monotonic() - began < 1


def test_no_database_is_named(health: Command) -> None:
    code, _, err = health()
    assert code == 2
    assert "no database is named" in err


@pytest.mark.parametrize("source", ["DATABASE_URL", ".env", "PGHOST", ".env PGHOST"])
def test_the_environment_names_a_database(
    health: Command, database: Conninfo, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"DATABASE_URL": database.url}
    if "PGHOST" in source:
        said = {"PGHOST": database.get("host"), "PGUSER": "postgres", "PGDATABASE": database.get("dbname")}
    if source.startswith(".env"):
        Path(".env").write_text("".join(f"{name}={value}\n" for name, value in said.items()))
    else:
        for name, value in said.items():
            monkeypatch.setenv(name, value)
    assert health()[0] == 0


def test_pending_migrations(health: Command, database: Conninfo) -> None:
    Path("migrations").mkdir()
    Path("migrations/001-t.sql").write_text(MIGRATION)
    code, out, _ = health("--database", database.url, "--pending")
    assert (code, out) == (1, "error: migrations: 1 migration is pending\n")
    assert cli.run(["migrate", "up", "--database", database.url]) == 0
    code, out, _ = health("--database", database.url, "--pending")
    assert code == 0
    assert out.splitlines()[-1].endswith(" ms; migrations 1 applied")


def test_wrong_use(health: Command, tmp_path: Path) -> None:
    assert health("--timeout", "0")[0] == 2
    assert health("--database", "mysql://a/b")[0] == 2
    code, _, err = health("--json", "serve")
    assert (code, err) == (2, "error: --json stands before serve\nhint: write it behind\n")
    Path("pgassay.toml").write_text('migrations = ""\n')
    code, _, err = health("--database", "postgresql:///x", "--pending")
    assert code == 2
    assert "leave --pending out" in err


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PGASSAY, "health", *words], capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.thorough
@pytest.mark.slow
def test_the_process_ends_in_time_whatever_the_server_does(server: Server, database: Conninfo, tmp_path: Path) -> None:
    """One that accepts and is silent; one that falls silent when somebody has connected."""
    Path("migrations").mkdir()
    Path("migrations/001-t.sql").write_text(MIGRATION)
    began = monotonic()
    run("--database", NOWHERE)
    start = monotonic() - began  # python's own
    with socket.create_server(("127.0.0.1", 0)) as silent, StallingProxy(server, greeted=True) as proxy:
        deaf = f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/x"
        for url in (deaf, proxy.to(database).text):
            began = monotonic()
            ended = run("--database", url, "--timeout", "0.5", "--pending")
            took = monotonic() - began
            assert (ended.returncode, ended.stderr) == (1, "")
            assert ended.stdout == "error: db: no answer within 0.5 s; migrations: no answer within 0.5 s\n"
            assert took < 0.5 + 3 * start


@contextmanager
def serving(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve, and give the process and the URL."""
    command = [PGASSAY, "health", "serve", "--port", "0", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            assert said.startswith("listening on ")
            yield process, said.removeprefix("listening on ").strip()
        finally:
            process.kill()


def ask(url: str) -> int:
    try:
        return httpx.get(url).status_code
    except httpx.TransportError:
        return 0


@pytest.mark.thorough
@pytest.mark.slow
def test_serving_until_sigterm(database: Conninfo) -> None:
    with serving("--database", database.url, "--drain", "0.8") as (process, url), httpx.Client() as kept:
        assert eventually(lambda: ask(url) == 200)
        assert kept.get(f"{url}/db").json()["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert eventually(lambda: ask(url) == 503)
        answer = kept.get(url)
        assert (answer.status_code, answer.json()["status"]) == (503, "shutting_down")
        assert process.wait(10) == 0
        assert ask(url) == 0


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_without_a_drain_it_ends_at_once(database: Conninfo, number: signal.Signals, code: int) -> None:
    with serving("--database", database.url) as (process, url):
        assert eventually(lambda: ask(url) == 200)
        began = monotonic()
        process.send_signal(number)
        assert process.wait(10) == code
        assert monotonic() - began < 2


@pytest.mark.slow
def test_a_database_that_is_not_there_is_served_too_and_a_second_signal_ends_the_drain() -> None:
    with serving("--database", NOWHERE, "--timeout", "0.2", "--drain", "60") as (process, url):
        assert eventually(lambda: "nobody listens there" in httpx.get(url).text)
        process.send_signal(signal.SIGTERM)
        assert eventually(lambda: "shutting_down" in httpx.get(url).text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr is not None
        (logged,) = process.stderr.read().splitlines()
    assert "WARNING db is down: cannot connect to secretuser@127.0.0.1:1/secretdb" in logged
    assert "s3cret" not in logged


def test_no_handler_stays_behind_in_the_process(health: Command) -> None:
    """It would write to a standard error that has been closed since, in whatever is run next."""
    before = list(logging.getLogger("pgassay.health").handlers)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        health("serve", "--database", NOWHERE, "--port", str(taken.getsockname()[1]))
    health("--database", NOWHERE)
    assert logging.getLogger("pgassay.health").handlers == before


def test_an_address_that_cannot_be_listened_on(health: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = health("serve", "--database", NOWHERE, "--port", port)
    assert (code, err) == (
        2,
        f"error: cannot listen on 127.0.0.1, port {port}: Address already in use\nhint: choose another host or port\n",
    )
