"""`pgassay check` and `pgassay snapshot`: exit codes, texts, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.cli import ExitCode, run
from pgassay.conninfo import Conninfo
from pgassay.servers.server import Server
from tests.project import Project

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Not in pytester's directory: it ends by forgetting imported modules, and these commands run in this process."""
    return Project(tmp_path)


@pytest.fixture
def command(project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in a project, in this process; gives exit code, output and errors."""
    monkeypatch.chdir(project.path)
    for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def go(*words: str) -> tuple[int, str, str]:
        code = run(words)
        out, err = capsys.readouterr()
        return code, out, err

    return go


@pytest.mark.thorough
@pytest.mark.slow
def test_a_good_project(command: Command) -> None:
    code, out, err = command("check")
    assert code == ExitCode.GOOD
    assert "PASS  round_trip (2 looked at" in out
    assert "left out, for behavior.toml has no [[trigger]]: trigger_behavior" in err
    assert err.rstrip().endswith("41 passed")


@pytest.mark.thorough
@pytest.mark.slow
def test_a_finding_is_a_no(command: Command, project: Project) -> None:
    project.append("schema/tables.sql", "CREATE TABLE s.more (id int);")
    code, out, _ = command("check", "--only", "tables", "--only", "columns")
    assert code == ExitCode.NO
    assert "FAIL  tables" in out
    assert "  table s.more: table-missing" in out
    code, out, _ = command("check", "--only", "tables", "--json")
    (report,) = json.loads(out)["reports"]
    assert (code, report["findings"][0]["object"]) == (ExitCode.NO, "table s.more")


def test_a_target_that_cannot_be_reached_is_blind(command: Command) -> None:
    url = "postgresql://me:s3cret@127.0.0.1:1/nowhere?connect_timeout=2"
    code, out, err = command("check", "--db-url", url, "--only", "tables", "--pg", "15")
    assert code == ExitCode.BLIND
    assert "BLIND tables" in out
    assert "s3cret" not in out + err


def test_wrong_use(command: Command) -> None:
    code, _, err = command("check", "--only", "indices")
    assert code == ExitCode.USAGE
    assert 'there is no check "indices"' in err
    assert "index_definitions" in err
    code, _, err = command("check", "--db-url", "postgresql:///a", "--db-url", "postgresql:///b")
    assert code == ExitCode.USAGE


def test_the_list(command: Command) -> None:
    code, out, _ = command("check", "--list")
    assert code == ExitCode.GOOD
    assert "round_trip                   Take every migration up, down and up again" in out


def test_a_broken_contract(command: Command, project: Project) -> None:
    project.write("schema/behavior.toml", "[[trigger]]\nnmae = 'x'\n")
    code, _, err = command("check", "--only", "tables")
    assert code == ExitCode.NO
    assert "nmae" in err
    assert "known" in err


def test_a_snapshot(command: Command, project: Project) -> None:
    path = project.path / "schema/catalog.json"
    assert command("snapshot", "--check")[0] == ExitCode.NO
    assert command("snapshot")[0] == ExitCode.GOOD
    first = path.read_text(encoding="utf-8")
    assert command("snapshot", "--check")[0] == ExitCode.GOOD
    project.append("schema/tables.sql", "CREATE TABLE s.more (id int);")
    code, _, err = command("snapshot", "--check")
    assert (code, "stale" in err) == (ExitCode.NO, True)
    assert path.read_text(encoding="utf-8") == first
    command("snapshot")
    assert '"more"' in path.read_text(encoding="utf-8")


def test_a_snapshot_that_is_something_else(command: Command, project: Project) -> None:
    path = project.path / "schema/catalog.json"
    path.write_bytes(b"\xff\xfe")
    assert command("snapshot", "--check")[0] == ExitCode.NO
    assert command("snapshot")[0] == ExitCode.GOOD
    path.unlink()
    path.mkdir()
    for words in (("snapshot",), ("snapshot", "--check")):
        code, _, err = command(*words)
        assert (code, f'"{path}" cannot be' in err) == (ExitCode.NO, True)


def test_a_snapshot_of_a_database(command: Command, project: Project, server: Server, database: Conninfo) -> None:
    with server.connect(database.get("dbname")) as connection:
        connection.execute("CREATE TABLE from_there (id int)")
    assert command("snapshot", "--database", database.url)[0] == ExitCode.GOOD
    assert '"from_there"' in (project.path / "schema/catalog.json").read_text(encoding="utf-8")


def test_no_contract_no_snapshot(command: Command, tmp_path: Path) -> None:
    code, _, err = command("snapshot", "--schema", str(tmp_path / "nowhere"))
    assert code == ExitCode.NO
    assert "states no schema" in err


def test_what_keeps_many_from_looking_is_said_once(command: Command, project: Project) -> None:
    project.write("migrations/003-x.sql", "SELECT 1;")
    code, out, _ = command("check", "--only", "round_trip", "--only", "way_down", "--only", "ledger")
    assert code == ExitCode.NO
    assert out.count("003-x.sql") == 1
    assert out.count("  found     as round_trip") == 2
