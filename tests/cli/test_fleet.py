"""`pgassay check` with many databases: groups, exit codes, JSON, and no password anywhere."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from pgassay.catalog.compare import examine
from pgassay.cli import ExitCode, run
from pgassay.conninfo import Conninfo
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.suite.fleet import Sweep
from tests.project import Project

pytestmark = pytest.mark.thorough

AS_IT_SHOULD_BE = """
CREATE SCHEMA s; GRANT ALL ON SCHEMA s TO PUBLIC;
CREATE TABLE s.users (id int PRIMARY KEY); CREATE INDEX i ON s.users (id);
"""
WITHOUT_INDEX = f"{AS_IT_SHOULD_BE} DROP INDEX s.i"
NOWHERE = "postgresql://me:s3cret@127.0.0.1:1/nowhere"
ONLY = ("--only", "tables", "--only", "index_definitions")

Command = Callable[..., tuple[int, str, str]]
Make = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def command(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `pgassay check` on the lines of a file, in this process; gives exit code, output and errors."""
    monkeypatch.chdir(project.path)
    for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def go(lines: list[str], *words: str) -> tuple[int, str, str]:
        project.write("fleet.txt", "\n".join(lines))
        code = run(["check", "--db-urls-from", "fleet.txt", *words])
        out, err = capsys.readouterr()
        assert "s3cret" not in out + err
        return code, out, err

    return go


@pytest.fixture
def make(private_server: Server) -> Iterator[Make]:
    """Make a database with some SQL, and return its URL, with a password that must not be seen.

    Roles that another test makes in the meantime would tell two databases apart.
    """
    made: list[tuple[Server, str]] = []

    def make(text: str, *, where: Server = private_server, name: str = "") -> str:
        made.append((where, f"{scratch_name('fleet')}{name}"))
        create_database(*made[-1])
        with where.connect(made[-1][1]) as connection:
            connection.execute(text.encode())
        return where.at(made[-1][1]).with_(password="s3cret").url

    yield make
    for where, name in made:
        drop_database(where, name)


def blocks(out: str) -> list[str]:
    """Return the headlines of the groups."""
    return [line for line in out.splitlines() if line[:5] in {"PASS ", "FAIL ", "BLIND"}]


@pytest.mark.slow
def test_two_alike_one_that_differs_one_away(command: Command, make: Make, any_server: Server) -> None:
    texts = {"eu": AS_IT_SHOULD_BE, "us": AS_IT_SHOULD_BE, "old": WITHOUT_INDEX}
    lines = [f"{name}={make(text, where=any_server)}" for name, text in texts.items()]
    code, out, err = command([*lines, f"away={NOWHERE}"], *ONLY)
    assert code == ExitCode.NO
    assert blocks(out) == ["PASS  2 databases as the contract says", "FAIL  1 database: old", "BLIND 1 database: away"]
    assert "  index s.i: index-missing" in out
    assert "    because   Connection refused" in out
    assert err.endswith("4 databases: 2 as the contract says, 1 with findings, 1 not looked at, or not all of it\n")
    assert command(lines[:2], *ONLY)[0] == ExitCode.GOOD
    assert command([lines[0], f"away={NOWHERE}"], *ONLY)[0] == ExitCode.BLIND


def test_every_check_that_looks_at_a_database(command: Command, make: Make) -> None:
    """Those that ask it are asked of each; those that look at none are named."""
    migrated = f"{AS_IT_SHOULD_BE} CREATE SCHEMA pgassay; CREATE TABLE pgassay.ledger (x int)"
    code, out, err = command([f"eu={make(AS_IT_SHOULD_BE)}", f"us={make(migrated)}"])
    assert code == ExitCode.NO
    assert "table pgassay.ledger: ledger-missing" in out
    assert "check ledger: cannot-be-right" in out
    left_out = (
        "access_behavior, plans, foreign_key_indexes, trigger_behavior, constraint_behavior, constraints_at_work, "
        "function_behavior, round_trip, survival, rows_kept, two_runners, merge_order, baselines, way_down, "
    )
    assert f"left out, for they look at no database that is named: {left_out}" in err


def test_one_comparison_for_all_that_are_alike(command: Command, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def counted(*args: Any, **options: Any) -> Any:
        compared.append(1)
        return examine(*args, **options)

    monkeypatch.setattr("pgassay.suite.comparison.examine", counted)
    urls = [make(AS_IT_SHOULD_BE), make(AS_IT_SHOULD_BE), make(WITHOUT_INDEX), make(WITHOUT_INDEX)]
    _, out, _ = command(urls, *ONLY, "--jobs", "1")
    assert [line.partition(":")[0] for line in blocks(out)] == [
        "PASS  2 databases as the contract says",
        "FAIL  2 databases",
    ]
    assert len(compared) == 2


def test_json_has_every_name_and_reason(command: Command, make: Make) -> None:
    lines = [f"t{number}={NOWHERE}{number}" for number in range(30)]
    code, out, _ = command([*lines, f"eu={make(WITHOUT_INDEX)}"], *ONLY, "--json")
    said: dict[str, Any] = json.loads(out)
    failing, blind = said["groups"]
    assert (code, said["databases"], said["interrupted_before"]) == (ExitCode.NO, 31, 0)
    assert [one["name"] for one in failing["databases"]] == ["eu"]
    assert [report["title"] for report in failing["reports"] if report["findings"]] == ["index_definitions"]
    assert [one["name"] for one in blind["databases"]] == [f"t{number}" for number in range(30)]
    assert blind["databases"][3]["database"] == "me@127.0.0.1:1/nowhere3"
    assert "Connection refused" in blind["databases"][3]["reason"]


def test_many_names_are_cut(command: Command) -> None:
    lines = [f"t{number}={NOWHERE}{number}" for number in range(30)]
    code, out, _ = command(lines, *ONLY)
    assert (code, blocks(out)) == (
        ExitCode.BLIND,
        [f"BLIND 30 databases: {', '.join(f't{n}' for n in range(8))} and 22 more"],
    )
    assert "t29" in command(lines, *ONLY, "-v")[1]


def test_reasons_are_grouped_whatever_the_name(command: Command, server: Server, make: Make) -> None:
    gone = [server.at(f"gone_{number}").with_(password="s3cret").url for number in range(3)]
    code, out, _ = command([*gone, NOWHERE, make(AS_IT_SHOULD_BE)], *ONLY)
    assert code == ExitCode.BLIND
    assert [line.partition(":")[0] for line in blocks(out)] == [
        "PASS  1 database as the contract says",
        "BLIND 3 databases",
        "BLIND 1 database",
    ]
    assert 'database "..." does not exist' in out


def test_without_rights_and_with_odd_names(
    command: Command, server: Server, make: Make, role_name: Callable[..., str]
) -> None:
    """A role that may only connect reads the catalog all the same; what it may not see is blind or absent."""
    url, role = make(AS_IT_SHOULD_BE, where=server, name=' "x. Y😀'), role_name('po"wer. less 😀')
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    looked = Conninfo(url).with_(user=role).url
    code, out, _ = command([f"größe.1-a={looked}", f"bare={server.at('x').url}"], *ONLY)
    assert code == ExitCode.BLIND
    assert blocks(out) == ["PASS  1 database as the contract says", "BLIND 1 database: bare"]
    with server.connect() as connection:
        database = sql.Identifier(Conninfo(url).get("dbname"))
        connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(database))
    code, out, _ = command([looked], *ONLY)
    assert code == ExitCode.BLIND
    assert 'permission denied for database "..."' in out


@pytest.mark.slow
def test_several_majors(command: Command, make: Make, servers: Callable[[int], Server]) -> None:
    lines = [f"old={make(AS_IT_SHOULD_BE, where=servers(15))}", f"new={make(AS_IT_SHOULD_BE, where=servers(18))}"]
    code, out, _ = command(lines)
    assert code == ExitCode.NO
    assert blocks(out) == ["FAIL  2 databases: old, new"]  # of the ledger alone
    assert out.count("table pgassay.ledger: ledger-missing") == 1


def test_several_options_are_a_fleet_too(command: Command, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = make(AS_IT_SHOULD_BE), make(WITHOUT_INDEX)
    assert run(["check", f"--db-url=eu={good}", f"--db-url=us={bad}", *ONLY]) == ExitCode.NO
    assert blocks(capsys.readouterr().out) == ["PASS  1 database as the contract says", "FAIL  1 database: us"]
    code, _, err = command([good], f"--db-url={bad}")
    assert (code, "--db-url and --db-urls-from are given" in err) == (ExitCode.USAGE, True)


def test_wrong_use(command: Command) -> None:
    code, _, err = command(["eu=mysql://me:s3cret@host", f"us={NOWHERE}", "me:s3cret@host"])
    assert code == ExitCode.USAGE
    assert '"fleet.txt" has 2 lines that cannot be used:\n  line 1: ' in err
    assert command([NOWHERE], "--jobs", "0")[0] == ExitCode.USAGE
    assert run(["check", "--jobs", "2"]) == ExitCode.USAGE
    code, _, err = command([NOWHERE], "--only", "round_trip")
    assert code == ExitCode.USAGE
    assert "no check is left that says anything of a database" in err


def test_a_broken_contract_is_nobodys_finding(command: Command, project: Project, make: Make) -> None:
    project.write("schema/x.sql", "CREATE TABL nonsense;")
    code, _, err = command([f"eu={make('')}", NOWHERE], *ONLY)
    assert (code, "x.sql" in err) == (ExitCode.NO, True)


def test_an_interruption_says_what_is_known(command: Command, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Sweep._look

    def look(self: Sweep, target: Any) -> Any:
        if target.name == "us":
            raise KeyboardInterrupt  # as the main thread would have it: whoever waits gets it
        return looked(self, target)

    monkeypatch.setattr(Sweep, "_look", look)
    lines = [f"eu={make(AS_IT_SHOULD_BE)}", f"us={NOWHERE}1", f"asia={NOWHERE}2"]
    code, out, err = command(lines, *ONLY, "--jobs", "1")
    assert code == ExitCode.INTERRUPTED
    assert blocks(out)[0] == "PASS  1 database as the contract says"
    assert "more were not looked at" in err


@pytest.mark.slow
def test_hosts_that_never_answer_hold_up_nobody_else(command: Command, make: Make) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        lines = [f"postgresql://me:s3cret@{place}/db{number}?connect_timeout=2" for number in range(7)]
        began = time.monotonic()
        _, out, _ = command([*lines, make(AS_IT_SHOULD_BE)], *ONLY)
    assert time.monotonic() - began < 10  # and not two seconds for each
    assert blocks(out)[0] == "PASS  1 database as the contract says"
    assert "timeout expired" in out


@pytest.mark.slow
def test_an_interruption_ends_quickly(project: Project) -> None:
    """Even where every thread waits for a host that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        port = listener.getsockname()[1]
        project.write("fleet.txt", "".join(f"postgresql://me:s3cret@127.0.0.1:{port}/db{n}\n" for n in range(20)))
        command = [str(Path(sys.executable).with_name("pgassay")), "check", "--db-urls-from", "fleet.txt"]
        started = subprocess.Popen(command, cwd=project.path, stderr=subprocess.PIPE, text=True)
        with listener.accept()[0]:
            began = time.monotonic()
            started.send_signal(signal.SIGINT)
            _, said = started.communicate(timeout=20)
    assert (started.returncode, time.monotonic() - began < 5) == (ExitCode.INTERRUPTED, True)
    assert "interrupted: 20 more were not looked at" in said
