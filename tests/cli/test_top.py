"""`pgassay top`: the costliest statements, for a terminal, a pipe and a program."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psycopg
import pytest

from pgassay import cli
from pgassay.conninfo import Conninfo
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server

Command = Callable[..., tuple[int, str, str]]
TITLES = ["total ms", "share", "calls", "mean ms", "max ms", "rows", "reads", "statement"]
COSTLY = 'SELECT pg_sleep(0.02), 1 AS "[red]bracket", -- a comment\n  2 AS two, 3 AS three, 4 AS four, 5 AS five'
ON_ONE_LINE = (
    'SELECT pg_sleep($1), $2 AS "[red]bracket", /* a comment */ $3 AS two, $4 AS three, $5 AS four, $6 AS five'
)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of this repository, and no database of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pgassay.toml").touch()
    for name in [name for name in os.environ if name.startswith(("PG", "DATABASE_URL"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def place(private_server: Server) -> Iterator[Conninfo]:
    """A database in which one statement has cost most."""
    name = scratch_name("test")
    create_database(private_server, name)
    with private_server.connect(name) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()")
        connection.execute(COSTLY)
    yield private_server.at(name)
    drop_database(private_server, name)


@pytest.fixture
def top(capsys: pytest.CaptureFixture[str]) -> Command:
    def go(*words: str) -> tuple[int, str, str]:
        code = cli.run(["top", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def test_lines_for_a_pipe(top: Command, place: Conninfo) -> None:
    code, out, err = top("--database", place.url, "-n", "2")
    head, first, *rest = out.splitlines()
    assert (code, err, len(rest)) == (0, "", 1)
    assert head.split("  ")[-1] == "statement"
    assert [title for title in TITLES if title not in head] == []
    assert first.endswith(f"  {ON_ONE_LINE}")
    assert first.index("SELECT") == head.index("statement")


@pytest.mark.parametrize(("width", "titles"), [(200, TITLES), (90, [*TITLES[:4], "rows", "statement"])])
def test_a_table_for_a_terminal(
    top: Command, place: Conninfo, width: int, titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = top("--database", place.url, "--by", "rows")
    assert code == 0
    lines = click.unstyle(out).splitlines()
    (head,) = [line for line in lines if "total ms" in line]
    assert [title for title in TITLES if title in head] == titles
    (costly,) = [line for line in lines if "pg_sleep" in line]
    assert max(map(len, lines)) <= width
    assert '$2 AS "[re' in costly
    assert ("…" in costly) == (width == 90)


def test_json_for_a_program(top: Command, place: Conninfo) -> None:
    code, out, _ = top("--database", place.url, "-n", "1", "--json")
    (first,) = json.loads(out)["statements"]
    assert code == 0
    assert first["query"] == ON_ONE_LINE.replace("/* a comment */ ", "-- a comment\n  ")
    assert first["calls"] == 1
    assert first["total_time"] > 20


def test_statements_of_other_roles_and_what_shows_them(top: Command, place: Conninfo) -> None:
    with psycopg.connect(place.dsn, autocommit=True) as root:
        root.execute('CREATE ROLE "Some one" LOGIN')
        url = place.with_(user="Some one").url
        code, out, err = top("--database", url)
        assert code == 0
        assert "(statements of other roles)" in out
        (grant,) = [part for part in err.split("; ") if part.startswith("GRANT")]
        root.execute(grant.removesuffix(" shows them\n").encode())
        code, out, err = top("--database", url)
        assert "(statements of other roles)" not in out
        assert err == ""


def test_what_cannot_be_seen_is_blind(top: Command, database: Conninfo) -> None:
    code, out, err = top("--database", database.url)
    assert (code, out) == (3, "")
    assert err.endswith("the extension is not in this database\nhint: CREATE EXTENSION pg_stat_statements\n")
    code, _, err = top("--database", "postgresql://me:s3cret@127.0.0.1:1/x")
    assert code == 3
    assert "cannot connect to me@127.0.0.1:1/x" in err
    assert "s3cret" not in err


def test_wrong_use(top: Command, database: Conninfo) -> None:
    code, _, err = top("--database", database.url, "--by", "totaltime")
    assert code == 2
    assert 'did you mean "total_time"? known are total_time, mean_time, max_time, calls, rows, reads' in err
    assert top("-n", "0")[0] == 2
    assert top()[0] == 2
