from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pgassay.conninfo import Conninfo
from pgassay.errors import MigrationError, ServerError
from pgassay.migrations.connectors import ServerConnector, UrlConnector
from pgassay.migrations.runner import Runner
from pgassay.migrations.send import Connection
from pgassay.migrations.sources.native import load
from pgassay.servers.server import Server

from .conftest import Project, make_owner


def who(connection: Connection) -> tuple[str, str]:
    """Return session user and current user, and close."""
    with connection:
        row = connection.execute("SELECT session_user::text, current_user::text").fetchone()
    assert row is not None
    return row[0], row[1]


def test_on_our_server_the_owner_logs_in(project: Project) -> None:
    with project.connector.as_owner() as session:
        assert session.info.user == project.owner
        assert session.autocommit


@pytest.mark.parametrize("forbid", ['ALTER ROLE "{}" NOLOGIN', 'REVOKE CONNECT ON DATABASE "{1}" FROM PUBLIC'])
def test_an_owner_that_may_not_log_in_is_become(project: Project, forbid: str) -> None:
    project.fetch(forbid.format(project.owner, project.dbname))
    with project.connector.as_owner() as session:
        assert session.info.user == "postgres"
    assert who(project.connector.as_owner()) == (project.owner, project.owner)


def test_without_an_owner_it_is_the_servers_role(project: Project) -> None:
    connector = ServerConnector(server=project.server, dbname=project.dbname)
    assert who(connector.as_owner()) == ("postgres", "postgres")


def test_an_owner_that_does_not_exist(project: Project) -> None:
    project.owner = "nobody"
    with pytest.raises(MigrationError, match='role "nobody" does not exist'):
        project.connector.as_owner()


def test_at_a_url_without_a_superuser_the_role_is_set(project: Project, role_name: Callable[..., str]) -> None:
    login = role_name("login")
    make_owner(project.server, project.dbname, login)
    theirs = replace(project.server, conninfo=project.server.at("postgres", user=login), private=False, mark="")
    connector = ServerConnector(server=theirs, dbname=project.dbname, owner=project.owner)
    assert connector.as_superuser() is None
    with pytest.raises(MigrationError, match="permission denied to set role"):
        connector.as_owner()
    project.fetch(f'GRANT "{project.owner}" TO "{login}"')
    assert who(connector.as_owner()) == (login, project.owner)


def test_at_a_url_with_a_superuser_the_session_is_the_owners(project: Project) -> None:
    theirs = replace(project.server, private=False, mark="")
    connector = ServerConnector(server=theirs, dbname=project.dbname, owner=project.owner)
    assert who(connector.as_owner()) == (project.owner, project.owner)
    superuser = connector.as_superuser()
    assert superuser is not None
    assert who(superuser) == ("postgres", "postgres")


def test_a_database_by_url(project: Project) -> None:
    url = project.server.at(project.dbname)
    assert who(UrlConnector(conninfo=url).as_owner()) == ("postgres", "postgres")
    connector = UrlConnector(conninfo=url, owner=project.owner)
    assert who(connector.as_owner()) == ("postgres", project.owner)
    superuser = connector.as_superuser()
    assert superuser is not None
    assert who(superuser) == ("postgres", "postgres")
    assert UrlConnector(conninfo=project.server.at(project.dbname, user=project.owner)).as_superuser() is None


def test_the_session_says_whose_it_is(project: Project) -> None:
    with UrlConnector(conninfo=project.server.at(project.dbname)).as_owner() as session:
        assert session.execute("SHOW application_name").fetchone() == ("pgassay migrate",)
    named = project.server.at(project.dbname).with_(application_name="mine")
    with UrlConnector(conninfo=named).as_owner() as session:
        assert session.execute("SHOW application_name").fetchone() == ("mine",)


@pytest.mark.parametrize("password", ["s3cret", "s3 cr%et/'"])
def test_a_url_that_cannot_be_reached_shows_no_password(password: str) -> None:
    url = Conninfo.of(host="127.0.0.1", port=1, user="u", password=password, dbname="x")
    with pytest.raises(ServerError, match=r"cannot connect to u@127\.0\.0\.1:1/x: ") as caught:
        UrlConnector(conninfo=url).as_owner()
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PGHOSTADDR", "192.0.2.1"),
        ("PGOPTIONS", "-c search_path=elsewhere"),
        ("PGTZ", "Asia/Tokyo"),
        ("PGDATESTYLE", "German"),
    ],
)
def test_the_environment_changes_nothing(
    project: Project, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    shown = "SELECT current_setting('search_path'), current_setting('TimeZone'), current_setting('DateStyle')"
    with UrlConnector(conninfo=Conninfo(project.server.conninfo.portable.url)).as_owner() as session:
        assert session.execute(shown).fetchone() == ('"$user", public', "UTC", "ISO, MDY")


def test_a_service_that_libpq_cannot_read_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "not-there")
    with pytest.raises(ServerError, match='hint: the environment variable PGSERVICE names the service "not-there"'):
        UrlConnector(conninfo=project.server.at(project.dbname)).as_owner()


# A pooler


class Pooler:
    """A socket in front of a server's that, like a pooler, gives clients another process id than the server's."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self._server = folder, server
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(self._server)
            threading.Thread(target=_pump, args=(client, upstream, _unchanged), daemon=True).start()
            threading.Thread(target=_pump, args=(upstream, client, _other_pid), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _pump(source: socket.socket, sink: socket.socket, change: Callable[[bytes], bytes]) -> None:
    with source:
        try:
            while data := source.recv(65536):
                sink.sendall(change(data))
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:  # the other direction was first to close
            pass


def _unchanged(data: bytes) -> bytes:
    return data


def _other_pid(data: bytes) -> bytes:
    """BackendKeyData is K, the length 12, process id, secret; it comes once, in the answer to the start-up packet."""
    at = data.find(b"K\x00\x00\x00\x0c")
    return data if at < 0 else data[: at + 5] + b"\x00\x0f\xff\xff" + data[at + 9 :]


@contextmanager
def pooler(server: Server, folder: Path) -> Iterator[Pooler]:
    host, port = server.conninfo.get("host"), server.conninfo.get("port")
    made = Pooler(folder, f"{host}/.s.PGSQL.{port}")
    try:
        yield made
    finally:
        made.close()


def test_a_pooler_in_between_is_refused(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    project.write("001-a", "CREATE TABLE a ();")
    with pooler(project.server, tmp_path_factory.mktemp("p")) as between:
        url = project.server.at(project.dbname).with_(host=str(between.folder), port=5432)
        runner = Runner(UrlConnector(conninfo=url, owner=project.owner), load(project.folder))
        for work in (runner.up, runner.down, runner.status):
            with pytest.raises(MigrationError, match="a connection pooler is between") as caught:
                work()
            assert "the server behind it listens on port 5432" in str(caught.value.hint)
    assert not project.has("a")
