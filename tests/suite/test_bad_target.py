"""A `--db-url` that leads nowhere: what is said, how soon, with which exit code; and that no password is ever shown."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from pgassay.cli import run
from pgassay.conninfo import Conninfo
from pgassay.servers.binaries import Binaries
from pgassay.servers.local import Options, start_server, stop_server
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.project import Project, Run
from tests.suite.real import ROOT

pytestmark = pytest.mark.thorough

SECRET = "s3cr=t p@ss/word"
ENCODED = "s3cr%3Dt%20p%40ss%2Fword"
Check = Callable[..., tuple[int, str]]

# The user's own tests, which fail in every way there is to show a password: locals, arguments, chained errors, logs.
OWN_TESTS = """
    from pgassay.target import Target
    from pgassay.plugin.options import settings_of

    def test_subject(assay_subject):
        with assay_subject.connection() as connection:
            connection.execute("SELECT 1")

    def test_actual(assay_actual):
        assert assay_actual

    def test_target(pytestconfig):
        url = settings_of(pytestconfig).db_url
        with Target(url) as target:
            target.facts

    def test_settings(pytestconfig):
        settings = settings_of(pytestconfig)
        option = pytestconfig.getoption("assay_db_url")
        assert (settings, option, pytestconfig.option) == 0
"""


@pytest.fixture(scope="module")
def guarded(run_directory: RunDirectory, binaries: Binaries) -> Iterator[Server]:
    """A server that wants a password."""
    folder = run_directory.path / f"guarded-{secrets.token_hex(3)}"
    yield start_server(folder, binaries, mark="guarded", options=Options(listen="tcp"))
    stop_server(folder)


@dataclass
class Silent:
    """A port that takes connections and never answers."""

    listener: socket.socket

    @property
    def url(self) -> str:
        port = self.listener.getsockname()[1]
        return f"postgresql://me:{ENCODED}@127.0.0.1:{port}/x?connect_timeout=2"

    def tries(self) -> int:
        """Return how many times somebody has tried to connect."""
        self.listener.setblocking(False)
        for number in range(100):
            try:
                self.listener.accept()[0].close()
            except BlockingIOError:
                return number
        return 100


@pytest.fixture
def silent() -> Iterator[Silent]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        yield Silent(listener)


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run `pgassay check` on the worked example, and return its exit code and all that it printed."""
    monkeypatch.chdir(ROOT)
    for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER"):
        monkeypatch.delenv(name, raising=False)

    def checked(*urls: str) -> tuple[int, str]:
        code = run(["check", "--only", "tables", "--only", "ledger", *(f"--db-url={url}" for url in urls)])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return checked


def place(server: Server) -> str:
    return f"{server.conninfo.get('host')}:{server.conninfo.get('port')}"


def test_a_wrong_password(guarded: Server, check: Check) -> None:
    code, shown = check(f"postgresql://postgres:{ENCODED}@{place(guarded)}/postgres")
    assert code == 3
    assert f"cannot open the target postgres@{place(guarded)}/postgres" in shown
    assert 'password authentication failed for user "postgres"' in shown
    assert "s3cr" not in shown


def test_an_unknown_database(guarded: Server, check: Check) -> None:
    code, shown = check(guarded.conninfo.with_(dbname="now here").url)
    assert code == 3
    assert 'database "now here" does not exist' in shown
    assert guarded.conninfo.get("password") not in shown


def test_an_unknown_role_and_host_and_port(guarded: Server, check: Check) -> None:
    for url, reason in {
        f"postgresql://nobody:{ENCODED}@{place(guarded)}/postgres": 'authentication failed for user "nobody"',
        f"postgresql://me:{ENCODED}@nowhere.invalid/x": "nowhere.invalid",
        f"postgresql://me:{ENCODED}@127.0.0.1:1/x": "refused",
        f"host=/nonexistent user=me password='{SECRET}' dbname=x": "/nonexistent",
    }.items():
        code, shown = check(url)
        assert (code, reason in shown, "s3cr" in shown) == (3, True, False), shown


@pytest.mark.slow
def test_one_that_never_answers_ends_with_its_timeout(silent: Silent, check: Check) -> None:
    began = time.monotonic()
    code, shown = check(silent.url)
    assert code == 3
    assert "timeout expired" in shown
    assert time.monotonic() - began < 4
    assert silent.tries() == 1


@pytest.mark.parametrize(
    ("urls", "reason"),
    [
        ([f"mysql://me:{ENCODED}@host/db"], "option --db-url is not a PostgreSQL URL"),
        (["me:s3cret@host"], "option --db-url is not a PostgreSQL URL"),
        ([f"me:{SECRET}@host"], "the connection string cannot be parsed"),  # an equals sign: libpq's words, perhaps
        ([f"postgresql://me:{SECRET}%zz@host/db"], "the connection string cannot be parsed"),
        ([f"postgresql://me:{ENCODED}@host/db?sslmod=x"], "the connection string cannot be parsed"),
        ([f"postgresql://me:{ENCODED}@host/db", "postgresql:///other"], "option --db-url is given 2 times"),
        ([""], "option --db-url is empty"),
    ],
)
def test_what_names_no_database(check: Check, urls: list[str], reason: str) -> None:
    code, shown = check(*urls)
    assert (code, reason in shown, "s3cr" in shown) == (2, True, False), shown


def test_a_ledger_that_is_not_ours_is_the_ledgers_finding_alone(check: Check, database: Conninfo) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA pgassay; CREATE VIEW pgassay.ledger AS SELECT pg_sleep(60)::text")
    code, shown = check(database.url)
    assert code == 1
    assert "table public.users: table-missing" in shown
    assert "check ledger: cannot-be-right" in shown
    assert '"pgassay.ledger" is a view, not an ordinary table' in shown


@pytest.mark.slow
def test_pytest_says_the_same(project: Project, run_pytest: Run, guarded: Server) -> None:
    """Every traceback with all locals, every log line, the header: no password is in any of them."""
    project.write("tests/test_own.py", OWN_TESTS.replace("\n    ", "\n"))
    url = f"postgresql://postgres:{ENCODED}@{place(guarded)}/postgres"
    result = run_pytest(
        "-k", "test_own or ledger or tables", "-vv", "-l", "--tb=long", "-rA", "--log-level=DEBUG", f"--db-url={url}"
    )
    result.stdout.fnmatch_lines_random(
        [
            f"pgassay: target: postgres@{place(guarded)}/postgres, only read",
            "pgassay: WARNING: cannot open the target *password authentication failed*",
            "*::test_tables*BLIND*",
            "*::test_ledger*BLIND*",
            "*test_subject BLIND*",
            "*test_actual BLIND*",
        ]
    )
    assert result.ret == 1
    assert "s3cr" not in result.stdout.str() + result.stderr.str()


@pytest.mark.slow
def test_pytest_waits_once(project: Project, run_pytest: Run, silent: Silent) -> None:
    result = run_pytest(f"--db-url={silent.url}")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*timeout expired*", "*43 failed*"])
    assert silent.tries() == 1


@pytest.mark.parametrize(
    ("urls", "reason"),
    [
        ([f"mysql://me:{ENCODED}@host/db"], "ERROR: option --db-url is not a PostgreSQL URL"),
        ([f"postgresql://me:{SECRET}%zz@host/db"], "ERROR: option --db-url: the connection string cannot be parsed"),
        (
            [f"postgresql://me:{ENCODED}@host/db"] * 2,
            "ERROR: option --db-url is given 2 times, *",
        ),
    ],
)
def test_pytest_refuses_what_names_no_database(project: Project, run_pytest: Run, urls: list[str], reason: str) -> None:
    result = run_pytest("-l", *(f"--db-url={url}" for url in urls))
    result.stderr.fnmatch_lines([reason])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "s3cr" not in result.stdout.str() + result.stderr.str()


def test_the_url_is_looked_at_whole(guarded: Server) -> None:
    """The encoded password is the secret that is looked for above."""
    url = Conninfo(f"postgresql://postgres:{ENCODED}@{place(guarded)}/postgres")
    assert url.get("password") == SECRET
