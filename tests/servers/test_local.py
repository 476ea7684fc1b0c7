from __future__ import annotations

import os
import signal
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgassay.errors import ServerError
from pgassay.servers import local
from pgassay.servers.binaries import Binaries
from pgassay.servers.databases import let_roles_log_in
from pgassay.servers.embedded import ensure_embedded
from pgassay.servers.local import Options, start_server, stop_server, where_it_listens
from pgassay.servers.process import Detached, postmaster, start_detached
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.servers.unprivileged import as_other_user, in_namespace


def test_it_starts_serves_and_stops(run: RunDirectory, binaries: Binaries) -> None:
    server = start_server(run.path / "s", binaries, mark="it's a mark")
    with server.connect() as connection:
        assert connection.execute("SELECT current_user, inet_server_port()").fetchone() == ("postgres", None)
    assert where_it_listens(run.path / "s").startswith("postgresql://postgres@/postgres?host=/")
    stop_server(run.path / "s")
    assert not (run.path / "s").exists()


def test_a_server_that_dies_while_starting_shows_its_last_words(run: RunDirectory, binaries: Binaries) -> None:
    with pytest.raises(ServerError) as caught:
        start_server(run.path / "s", binaries, mark="m", options=Options(preload=("no_such_library",)))
    assert "ended while it was starting; the last lines of its log" in str(caught.value)
    assert 'could not access file "no_such_library"' in str(caught.value)
    assert not (run.path / "s").exists()


def test_who_interrupts_a_start_leaves_no_server(
    run: RunDirectory, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Detached] = []

    def interrupt(command: list[str], **keywords: Any) -> Detached:
        started.append(start_detached(command, **keywords))
        monkeypatch.setattr(local, "is_ready", _interrupt)
        return started[0]

    monkeypatch.setattr(local, "start_detached", interrupt)
    with pytest.raises(KeyboardInterrupt):
        start_server(run.path / "s", binaries, mark="m")
    assert started[0].returncode == -signal.SIGKILL


def _interrupt(data: Path) -> bool:
    raise KeyboardInterrupt


def test_initdb_that_fails_shows_what_it_said(run: RunDirectory, binaries: Binaries, tmp_path: Path) -> None:
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "initdb").write_text("#!/bin/sh\necho the disk is full >&2\nexit 1\n")
    (broken / "initdb").chmod(0o755)
    (broken / "postgres").symlink_to(binaries.program("postgres"))
    with pytest.raises(ServerError, match=r"initdb of PostgreSQL .* failed: the disk is full"):
        start_server(run.path / "s", replace(binaries, bindir=broken), mark="m")


def test_on_tcp_a_password_is_asked_for(run: RunDirectory, binaries: Binaries) -> None:
    server = start_server(run.path / "s", binaries, mark="m", options=Options(listen="tcp"))
    with server.connect() as connection:
        assert connection.execute("SELECT host(inet_server_addr())").fetchone() == ("127.0.0.1",)
        connection.execute("CREATE ROLE app LOGIN")
    wrong = replace(server, conninfo=server.conninfo.with_(password="wrong-one"))
    with pytest.raises(ServerError, match="password authentication failed") as caught:
        wrong.connect()
    assert "wrong-one" not in str(caught.value)
    assert server.conninfo.get("password") not in repr(server) + (run.path / "s" / "log").read_text()
    _test_roles_log_in(server)


def _test_roles_log_in(server: Server) -> None:
    with pytest.raises(ServerError, match="password authentication failed"):
        server.connect(user="app")
    let_roles_log_in(server)
    with server.connect(user="app") as connection:
        assert connection.execute("SELECT session_user").fetchone() == ("app",)


def test_a_port_that_is_taken_meanwhile_is_left_to_its_owner(
    run: RunDirectory, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], local.free_port()])
        monkeypatch.setattr(local, "free_port", lambda: next(ports))
        server = start_server(run.path / "s", binaries, mark="m", options=Options(listen="tcp"))
        server.connect().close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another manner")
@pytest.mark.parametrize("manner", [in_namespace, as_other_user])
@pytest.mark.parametrize("listen", ["socket", "tcp"])
def test_root_can_run_it_in_both_manners(run: RunDirectory, binaries: Binaries, manner: object, listen: str) -> None:
    how = manner()  # type: ignore[operator]
    assert how is not None, "this machine does not allow it"
    server = start_server(run.path / "s", binaries, mark="m", options=Options(listen=listen), how=how)
    server.connect().close()
    assert how.name in server.description
    pid = postmaster(run.path / "s" / "data")
    assert Path(f"/proc/{pid}").stat().st_uid == (how.user or 0)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root's home is closed to the user that PostgreSQL runs as")
def test_another_user_reaches_an_embedded_build_in_our_home(run: RunDirectory) -> None:
    server = start_server(run.path / "s", ensure_embedded(18), mark="m", how=as_other_user())
    with server.connect() as connection:
        assert connection.execute("SHOW server_version").fetchone() == (server.version,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's directories are closed to the user that PostgreSQL runs as")
def test_a_directory_that_the_user_cannot_reach_is_named(tmp_path: Path, binaries: Binaries) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ServerError, match=r"is closed to that user(.|\n)*set TMPDIR"):
        start_server(closed / "s", binaries, mark="m", how=as_other_user())


def test_another_server_that_answers_is_refused(run: RunDirectory, binaries: Binaries, server: Server) -> None:
    stranger = replace(server, mark="not this one")
    with pytest.raises(ServerError, match="another server than PostgreSQL"):
        stranger.connect()


def test_psycopg_is_all_that_connect_needs(server: Server) -> None:
    with psycopg.connect(server.at("postgres").dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
