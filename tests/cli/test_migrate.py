from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay import cli
from pgassay.cli.migrate import is_local
from pgassay.conninfo import Conninfo
from pgassay.migrations.turn import KEY
from pgassay.servers.server import Server


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of this repository, and no database of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pgassay.toml").touch()
    for name in [name for name in os.environ if name.startswith(("PG", "DATABASE_URL"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def url(database: Conninfo) -> str:
    return database.url


class Command:
    """Run `pgassay migrate` in this process, and keep what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *words: str) -> int:
        code = cli.run(["migrate", *words])
        self.out, self.err = self._capsys.readouterr()
        return code


@pytest.fixture
def migrate(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def write(version: int, up: str, down: str = "", *, options: str = "") -> Path:
    folder = Path("migrations")
    folder.mkdir(exist_ok=True)
    path = folder / f"{version:03}-m{version}.sql"
    path.write_text(f"-- migrate:up {options}\n{up}\n-- migrate:down\n{down}\n")
    return path


def write_two() -> None:
    write(1, "CREATE TABLE a ();", "DROP TABLE a;")
    write(2, "CREATE TABLE b ();", "DROP TABLE b;")


def test_up_and_down_print_a_line_a_step(migrate: Command, url: str) -> None:
    write_two()
    assert migrate("up", "--database", url) == 0
    assert re.fullmatch(r"up 1 m1, \d+ ms\nup 2 m2, \d+ ms\n", migrate.out)
    assert (migrate("up", "--database", url), migrate.out) == (0, "nothing to do\n")
    assert migrate("down", "--database", url) == 0
    assert re.fullmatch(r"down 2 m2, \d+ ms\n", migrate.out)
    assert migrate("down", "--to", "0", "--database", url) == 0
    assert re.fullmatch(r"down 1 m1, \d+ ms\n", migrate.out)
    assert migrate("up", "1", "--database", url) == 0
    assert re.fullmatch(r"up 1 m1, \d+ ms\n", migrate.out)
    assert migrate("up", "--to", "002", "--database", url) == 0
    assert re.fullmatch(r"up 2 m2, \d+ ms\n", migrate.out)
    assert migrate("down", "2", "--database", url) == 0
    assert len(migrate.out.splitlines()) == 2


def test_database_url_and_dotenv_are_read(migrate: Command, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_two()
    monkeypatch.setenv("DATABASE_URL", url)
    assert migrate("up", "1") == 0
    monkeypatch.delenv("DATABASE_URL")
    assert migrate("up") == 2
    assert "no database is named" in migrate.err
    Path(".env").write_text(f"DATABASE_URL={url}\n")
    assert migrate("up") == 0


def test_json(migrate: Command, url: str) -> None:
    write_two()
    path = write(3, "CREATE TABLE c ();\nSELECT 1 / 0;")
    assert migrate("up", "--json", "--database", url) == 1
    said = json.loads(migrate.out)
    assert [(step["version"], step["name"], step["direction"]) for step in said["steps"]] == [
        (1, "m1", "up"),
        (2, "m2", "up"),
    ]
    error = said["error"]
    assert (error["sqlstate"], error["line"], error["statement"]) == ("22012", 3, "SELECT 1 / 0;")
    assert error["file"].endswith(str(path))
    assert migrate("down", "--json", "--database", url) == 0
    assert json.loads(migrate.out)["error"] is None
    assert migrate("status", "--json", "--database", url) == 0
    states = [(entry["version"], entry["state"]) for entry in json.loads(migrate.out)["migrations"]]
    assert states == [(1, "applied"), (2, "pending"), (3, "pending")]


def test_a_failure_is_one_with_file_line_and_statement(migrate: Command, url: str) -> None:
    path = write(1, "CREATE TABLE a ();\nINSERT INTO a SELECT nope;")
    assert migrate("up", "--database", url) == 1
    assert (
        f'{path}", line 3: column "nope" does not exist [42703]\n'
        "  statement 2 of 2, INSERT, line 3: INSERT INTO a SELECT nope;"
    ) in migrate.err
    assert "Traceback" not in migrate.err
    assert migrate.out == ""


def test_notices_are_told_aside(migrate: Command, url: str) -> None:
    write(1, "DROP TABLE IF EXISTS nowhere;")
    assert migrate("up", "--database", url) == 0
    assert 'notice: table "nowhere" does not exist, skipping\n' in migrate.err


def test_status_and_check(migrate: Command, url: str) -> None:
    write_two()
    assert migrate("status", "--check", "--database", url) == 1
    assert migrate.out == "pending  1 m1\npending  2 m2\n"
    assert migrate("status", "--database", url) == 0
    migrate("up", "--database", url)
    assert migrate("status", "--check", "--database", url) == 0
    assert re.match(r"applied  1 m1  \d{4}-\d\d-\d\d \S+ by postgres, \d+ ms\n", migrate.out)
    write(1, "CREATE TABLE edited ();")
    assert migrate("status", "--check", "--database", url) == 1
    assert "edited: the up of " in migrate.out


def test_verify(migrate: Command, url: str) -> None:
    write_two()
    migrate("up", "1", "--database", url)
    assert (migrate("verify", "--database", url), migrate.out) == (
        0,
        "the ledger agrees with the files: 1 applied, 1 pending\n",
    )
    Path("migrations/001-m1.sql").rename("migrations/001-other.sql")
    assert migrate("verify", "--database", url) == 0
    assert '"001-other" was called "m1" when it was applied' in migrate.out
    Path("migrations/001-other.sql").unlink()
    assert migrate("verify", "--database", url) == 1
    assert 'deleted: version 1 "m1" is applied, and its file is missing\n  hint: ' in migrate.out


def test_looking_writes_nothing(migrate: Command, url: str, server: Server, database: Conninfo) -> None:
    write_two()
    assert (migrate("status", "--database", url), migrate("verify", "--database", url)) == (0, 0)
    with server.connect(database.get("dbname")) as connection:
        assert connection.execute("SELECT to_regnamespace('pgassay')").fetchone() == (None,)


def test_an_owner_may_be_named(migrate: Command, url: str, server: Server, role_name: Callable[..., str]) -> None:
    role = role_name('Ow"ner')
    dbname = Conninfo(url).get("dbname")
    quoted = '"' + role.replace('"', '""') + '"'
    with server.connect(dbname) as connection:
        for statement in (f"CREATE ROLE {quoted}", f'GRANT CREATE ON DATABASE "{dbname}" TO {quoted}'):
            connection.execute(statement.encode())
        connection.execute(f"GRANT CREATE ON SCHEMA public TO {quoted}".encode())
        write_two()
        assert migrate("up", "1", "--owner", role, "--database", url) == 0
        Path("pgassay.toml").write_text(f"owner = '{role}'\n")
        assert migrate("up", "--database", url) == 0
        owners = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename IN ('a', 'b')").fetchall()
    assert owners == [(role,), (role,)]
    assert migrate("status", "--owner", "nobody", "--database", url) == 1
    assert 'role "nobody" does not exist [22023]\nhint: ' in migrate.err


# Wrong use


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["up", "1", "--to", "2"], "a number of migrations and --to exclude one another"),
        (["up", "0"], "0 is not in the range x>=1"),
        (["up", "x"], "'x' is not a valid integer"),
        (["up", "--to", "7"], "there is no migration of version 7"),
        (["down", "--to", "7"], "version 7 is not applied"),
        (["down", "--to", "-1"], "-1 is not in the range x>=0"),
        (["up", "--db-url", "postgresql://x/y"], "--db-url"),
        (["sideways"], "No such command 'sideways'"),
    ],
)
def test_wrong_use_is_two(migrate: Command, url: str, words: list[str], said: str) -> None:
    write_two()
    known = [] if words == ["sideways"] else ["--database", url]
    assert migrate(*words, *known) == 2
    assert said in migrate.err


def test_a_missing_folder_is_one(migrate: Command, url: str) -> None:
    assert migrate("up", "--database", url) == 1
    assert 'migrations" does not exist' in migrate.err


def test_a_database_that_cannot_be_reached_is_three_and_no_password_is_shown(migrate: Command) -> None:
    write_two()
    assert migrate("up", "--database", "postgresql://u:s3cr%24t@127.0.0.1:1/x") == 3
    assert "cannot connect to u@127.0.0.1:1/x" in migrate.err
    assert "s3cr" not in migrate.err + migrate.out


@pytest.mark.parametrize("words", [["up"], ["down"]])
def test_another_machine_wants_yes_where_nobody_can_be_asked(migrate: Command, words: list[str]) -> None:
    write_two()
    assert migrate(*words, "--database", "postgresql://u:s3cret@db.example.org/x?connect_timeout=1") == 2
    assert "u@db.example.org/x is not on this machine" in migrate.err
    assert "--yes" in migrate.err
    assert "s3cret" not in migrate.err


@pytest.mark.parametrize(
    ("url", "environ", "local"),
    [
        ("postgresql:///x", {}, True),
        ("postgresql://localhost/x", {}, True),
        ("postgresql://127.0.0.1/x", {}, True),
        ("postgresql://[::1]/x", {}, True),
        ("postgresql:///x?host=/run/pg", {}, True),
        ("postgresql://localhost,db.example.org/x", {}, False),
        ("postgresql://localhost/x?hostaddr=10.0.0.1", {}, False),
        ("postgresql:///x", {"PGHOST": "db.example.org"}, False),
        ("postgresql:///x", {"PGHOSTADDR": "10.0.0.1", "PGHOST": "localhost"}, False),
        ("postgresql://localhost/x", {"PGHOSTADDR": "10.0.0.1"}, True),
        ("postgresql://localhost/x", {"PGHOST": "db.example.org"}, True),
        ("postgresql://localhost/x", {"PGSERVICE": "production"}, False),
        ("service=production", {}, False),
        ("postgresql://127.example.org/x", {}, False),
    ],
)
def test_what_is_local(url: str, environ: dict[str, str], local: bool) -> None:
    assert is_local(Conninfo(url), environ) is local


# create


def test_create_prints_the_path_and_load_takes_the_file(migrate: Command, url: str) -> None:
    assert migrate("create", "add users") == 0
    path = Path(migrate.out.strip())
    assert re.fullmatch(r"\d{14}-add users\.sql", path.name)
    assert path.read_text() == "-- migrate:up\n\n\n-- migrate:down\n\n"
    assert migrate("status", "--database", url) == 0
    assert migrate("up", "--database", url) == 1
    assert "holds no statement" in migrate.err


def test_create_refuses_a_bad_name(migrate: Command) -> None:
    assert migrate("create", "a/b") == 2
    assert "cannot be a migration's name" in migrate.err
    assert not Path("migrations").exists()


# As users run it


def run_in_terminal(words: list[str], answer: str = "") -> tuple[int, str]:
    """Run `pgassay migrate` with a terminal on all three ends; return exit code and what it showed."""
    import pty

    leader, follower = pty.openpty()
    command = [sys.executable, "-c", "from pgassay.cli import main; main()", "migrate", *words]
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, close_fds=True)
    os.close(follower)
    os.write(leader, answer.encode())
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # Linux says EIO when the other end is closed
            part = b""
        if not part:
            break
        shown += part
    os.close(leader)
    return process.wait(), shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals there")
def test_a_terminal_sees_a_bar(url: str) -> None:
    write_two()
    code, shown = run_in_terminal(["up", "--database", url])
    assert code == 0
    assert re.search(r"up 1 m1, \d+ ms", shown)
    assert "━" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals there")
def test_a_terminal_is_asked(url: str) -> None:
    write_two()
    elsewhere = "postgresql://db.invalid/x?connect_timeout=1"
    code, shown = run_in_terminal(["up", "--database", elsewhere], answer="n\n")
    assert (code, "Migrate up db.invalid/x, which is not on this machine?" in shown) == (1, True)
    assert "nothing was done" in shown


def test_ctrl_c_is_130_and_says_what_was_rolled_back(url: str, server: Server) -> None:
    write_two()
    write(3, "CREATE TABLE c ();\nSELECT pg_sleep(30);")
    command = [sys.executable, "-c", "from pgassay.cli import main; main()", "migrate", "up", "--database", url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with server.connect(Conninfo(url).get("dbname")) as connection:
        asleep = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        while not connection.execute(asleep).fetchall():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert connection.execute("SELECT count(*) FROM pgassay.ledger").fetchone() == (2,)
    assert process.returncode == 130
    assert len(out.splitlines()) == 2
    assert 'the up of "003-m3" was rolled back, nothing of it stays' in err
    assert "Traceback" not in err


def test_a_second_runner_is_told_whom_it_waits_for(url: str, server: Server) -> None:
    write_two()
    with server.connect(Conninfo(url).get("dbname")) as other:
        pid = other.info.backend_pid
        other.execute("SELECT pg_advisory_lock(%s)", [KEY])
        process = subprocess.Popen(
            [sys.executable, "-c", "from pgassay.cli import main; main()", "migrate", "up", "--database", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        first = process.stderr.readline()
        other.execute("SELECT pg_advisory_unlock(%s)", [KEY])
        out, _ = process.communicate(timeout=20)
    assert first.startswith(f"waiting for another runner: pid {pid}, ")
    assert (process.returncode, len(out.splitlines())) == (0, 2)
