from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, ServerError, UsageError
from pgassay.servers.databases import create_database, database_exists, scratch_name
from pgassay.servers.process import postmaster, stop_postmaster
from pgassay.servers.provider import Provider
from pgassay.servers.registry import take_up
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings

ASKING = """
import sys
from pathlib import Path
from pgassay.servers.provider import Provider
from pgassay.servers.registry import take_up
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings

print(Provider(Settings(root=Path("/")), RunDirectory.attach(sys.argv[1])).server().mark)
"""
SETTINGS = Settings(root=Path("/"))


def test_nothing_is_started_before_it_is_asked_for(only_root: Path) -> None:
    with RunDirectory.create(root=only_root) as run:
        assert Provider(SETTINGS, run).origin.major in range(14, 19)
        assert not list(run.path.glob("*/data"))


def test_two_processes_that_ask_at_once_get_one_server(only_root: Path) -> None:
    with RunDirectory.create(root=only_root) as run:
        command = [sys.executable, "-c", ASKING, str(run.path)]
        children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        marks = {child.communicate()[0].strip() for child in children}
        assert marks == {Provider(SETTINGS, run).server().mark}
        assert len(list(run.path.glob("*/data"))) == 1
        pid = postmaster(run.path / "main" / "data")
    assert pid is not None
    assert not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


def test_who_failed_or_was_killed_while_starting_is_in_nobodys_way(only_root: Path) -> None:
    with RunDirectory.create(root=only_root) as run:
        with pytest.raises(ServerError, match="no_such_library"):
            Provider(replace(SETTINGS, preload=("no_such_library",)), run).server()
        (run.path / "main" / "data").mkdir(parents=True)
        Provider(SETTINGS, run).server().connect().close()


def test_an_isolated_server_has_roles_of_its_own(only_root: Path) -> None:
    with RunDirectory.create(root=only_root) as run:
        provider = Provider(SETTINGS, run)
        with provider.server().connect() as main:
            main.execute("CREATE ROLE only_there")
        with provider.isolated("the contract") as server, server.connect() as connection:
            assert server.mark != provider.server().mark
            assert connection.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'only_there'").fetchone() == (0,)
        assert len(list(run.path.glob("*/data"))) == 1


def test_a_url_has_no_isolated_server(only_root: Path) -> None:
    settings = replace(SETTINGS, server=Conninfo("postgresql://u:secret@nowhere.invalid/x"))
    with RunDirectory.create(root=only_root) as run:
        with pytest.raises(BlindError, match="the contract needs a server of its own") as caught:
            Provider(settings, run).isolated("the contract").__enter__()
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("changed", [{"pg": 13}, {"server": "podman"}])
def test_what_means_nothing_is_refused(only_root: Path, changed: dict[str, object]) -> None:
    with RunDirectory.create(root=only_root) as run:
        with pytest.raises(UsageError):
            Provider(replace(SETTINGS, **changed), run).server()  # type: ignore[arg-type]
        with pytest.raises(UsageError):
            _ = Provider(replace(SETTINGS, **changed), run).origin  # type: ignore[arg-type]


def test_a_kept_server_serves_the_next_run_and_is_tidied(only_root: Path) -> None:
    settings = replace(SETTINGS, keep_server=True)
    lasting, left = scratch_name("template"), scratch_name("test")
    with RunDirectory.create(root=only_root) as run:
        first = Provider(settings, run, keep_key=lambda: "a").server()
        create_database(first, lasting)
        with first.connect() as connection:
            take_up(connection, lasting)
        create_database(first, left)
    with RunDirectory.create(root=only_root) as run:
        second = Provider(settings, run, keep_key=lambda: "a").server()
        assert second.mark == first.mark
        assert not database_exists(second, left)
        assert database_exists(second, lasting)
    with RunDirectory.create(root=only_root) as run:
        assert Provider(settings, run, keep_key=lambda: "b").server().mark != first.mark


def test_a_kept_server_that_died_is_started_anew(only_root: Path) -> None:
    settings = replace(SETTINGS, keep_server=True)
    with RunDirectory.create(root=only_root) as run:
        first = Provider(settings, run).server()
    stop_postmaster(Path(first.conninfo.get("host")) / "data")
    with RunDirectory.create(root=only_root) as run:
        second = Provider(settings, run).server()
        second.connect().close()
        assert second.mark != first.mark
