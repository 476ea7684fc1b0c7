from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pgassay import cli
from pgassay.conninfo import Conninfo
from pgassay.servers import kept, reaper
from pgassay.servers.rundir import RunDirectory, dismantle
from pgassay.servers.server import Server
from tests.servers.support import short_directory


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The one directory in which servers are kept and looked for."""
    root = short_directory()
    for module in (reaper, kept):
        monkeypatch.setattr(module, "run_roots", lambda: (root,))
    monkeypatch.setattr(kept, "choose_root", lambda: root)
    yield root
    for path in root.glob("k-*"):
        dismantle(path)
    dismantle(root)


@pytest.fixture
def url(private_server: Server) -> Iterator[str]:
    yield private_server.conninfo.url
    with private_server.connect() as connection:
        connection.execute("DROP DATABASE IF EXISTS pgassay_scratch WITH (FORCE)")


def invoke(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli.pgassay, ["server", *words], input=answer)


def test_mark_shows_what_is_there_and_asks(url: str) -> None:
    result = invoke("mark", url, answer="n\n")
    assert "databases: postgres\nroles: postgres\n" in result.output
    assert result.exit_code == 1  # click's own; `run` makes 130 of it
    assert "marked: use it" in invoke("mark", url, answer="y\n").output
    assert "already marked" in invoke("mark", url).output


def test_mark_does_not_ask_who_said_yes(url: str) -> None:
    result = invoke("mark", url, "--yes")
    assert (result.exit_code, "May pgassay" in result.output) == (0, False)


def test_mark_refuses_the_targets_server(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["server", "mark", url, "--yes", "--db-url", url]) == cli.ExitCode.BLIND
    assert "is the server of the target" in capsys.readouterr().err
    assert "already marked" not in invoke("mark", url, answer="n\n").output


def test_mark_never_shows_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["server", "mark", "postgresql://u:s3cret@127.0.0.1:1/x"]) == cli.ExitCode.BLIND
    shown = "".join(capsys.readouterr())
    assert "cannot connect to the scratch server (u@127.0.0.1:1/x)" in shown
    assert "s3cret" not in shown


def test_a_server_is_started_found_again_listed_and_stopped(root: Path) -> None:
    first = invoke("start")
    assert invoke("start").stdout == first.stdout
    folder = Path(Conninfo(first.stdout.strip()).get("host"))
    listing = invoke("list").stdout
    assert f"started server, unused for 0 min  {folder.parent}" in listing
    assert first.stdout.strip() in listing
    assert invoke("stop", folder.parent.name).stdout == f"stopped: {folder.parent}\n"
    assert not folder.exists()
    assert invoke("stop").stdout == "there is no kept server\n"


def test_a_run_in_progress_is_listed_and_not_stopped(root: Path) -> None:
    with RunDirectory.create(root=root) as run:
        assert f"run of process {os.getpid()}  {run.path}" in invoke("list").stdout
        invoke("stop")
        assert run.path.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["start", "--server", "podman"], 'error: option --server is "podman"'),
        (["start", "--server", "postgresql://u:s3cret@h/x"], "a URL names a server that runs already"),
        (["stop", "k-nothing"], 'there is no kept server "k-nothing"'),
        (["fetch", "18", "13"], "PostgreSQL 13 is not among"),
    ],
)
def test_wrong_use(root: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["server", *words]) == cli.ExitCode.USAGE
    shown = "".join(capsys.readouterr())
    assert said in shown
    assert "s3cret" not in shown


def test_fetch_prints_where_it_is() -> None:
    result = invoke("fetch", "14", "18")
    assert [line.split()[2].split(".")[0] for line in result.stdout.splitlines()] == ["14", "18"]
