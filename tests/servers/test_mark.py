from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError, UsageError
from pgassay.servers import mark as mark_module
from pgassay.servers.databases import create_database, database_exists, drop_database, scratch_name
from pgassay.servers.mark import look_at, mark_scratch, refuse_twice, require_scratch
from pgassay.servers.provider import Provider
from pgassay.servers.registry import left_over, register
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import SCRATCH_DATABASE, Server
from pgassay.settings import Settings


@pytest.fixture
def url(private_server: Server) -> Iterator[Conninfo]:
    """The URL of a server that is not marked."""
    yield private_server.conninfo
    with private_server.connect() as connection:
        connection.execute("DROP DATABASE IF EXISTS pgassay_scratch WITH (FORCE)")


@pytest.fixture
def marked(url: Conninfo) -> Conninfo:
    mark_scratch(url)
    return url


def test_an_unmarked_server_is_refused(url: Conninfo) -> None:
    with pytest.raises(
        ServerError, match=r"is not marked as a scratch server(.|\n)*pgassay server mark '?postgresql://"
    ):
        require_scratch(url)
    assert SCRATCH_DATABASE not in look_at(url).databases


def test_a_marked_server_is_used(marked: Conninfo, private_server: Server) -> None:
    mark_scratch(marked)  # once more changes nothing
    server = require_scratch(marked)
    assert (server.source, server.private, server.major) == ("url", False, private_server.major)
    with server.connect() as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (SCRATCH_DATABASE,)


def test_look_at_tells_what_is_there(marked: Conninfo) -> None:
    contents = look_at(marked)
    assert contents.databases == (SCRATCH_DATABASE, "postgres")
    assert "postgres" in contents.roles
    assert contents.marked


def test_the_targets_server_is_refused(marked: Conninfo) -> None:
    with pytest.raises(ServerError, match=r"is the server of the target(.|\n)*on which nothing is ever made"):
        require_scratch(marked, [marked.with_(dbname="template1", application_name="another spelling")])


def test_the_targets_server_is_not_even_marked(url: Conninfo) -> None:
    with pytest.raises(ServerError, match="is the server of the target"):
        mark_scratch(url, [url.with_(dbname="template1")])
    assert SCRATCH_DATABASE not in look_at(url).databases


def test_a_copy_of_the_targets_server_is_another_server(marked: Conninfo, server: Server) -> None:
    assert require_scratch(marked, [server.conninfo]).source == "url"


def test_where_the_target_cannot_be_asked_its_address_decides(marked: Conninfo) -> None:
    away = marked.with_(dbname="not there")
    with pytest.raises(ServerError, match="is the server of the target"):
        require_scratch(marked, [away])
    assert require_scratch(marked, [Conninfo.of(host="127.0.0.1", port=1)]).source == "url"


@pytest.mark.parametrize("use", [require_scratch, mark_scratch, look_at])
def test_more_than_one_server_is_refused(use: Callable[[Conninfo], object]) -> None:
    with pytest.raises(UsageError, match="more than one scratch server is named"):
        use(Conninfo("postgresql://u:secret@a,b/x"))


def test_a_role_that_may_not_create_databases_is_refused(url: Conninfo, private_server: Server) -> None:
    with private_server.connect() as connection:
        connection.execute('CREATE ROLE "power""less" LOGIN')
    with pytest.raises(ServerError, match=r'may not create databases(.|\n)*ALTER ROLE "power""less" CREATEDB'):
        mark_scratch(url.with_(user='power"less'))


def test_the_mark_of_another_role_is_not_ours(marked: Conninfo, private_server: Server) -> None:
    with private_server.connect() as connection:
        connection.execute('CREATE ROLE "an\'other" LOGIN CREATEDB')
    other = marked.with_(user="an'other")
    for use in (mark_scratch, require_scratch):
        with pytest.raises(ServerError, match='belongs to "postgres", and the connection is made as "an\'other"'):
            use(other)


def test_a_role_that_is_no_superuser_can_mark_and_work(url: Conninfo, private_server: Server) -> None:
    with private_server.connect() as connection:
        connection.execute("CREATE ROLE maker LOGIN CREATEDB")
    mine = url.with_(user="maker")
    mark_scratch(mine)
    server = replace(require_scratch(mine), run="/dead")
    name = scratch_name("x")
    create_database(server, name)
    with server.connect(name):
        drop_database(server, name)
    assert not database_exists(server, name)


def test_a_server_of_another_major_is_refused(marked: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mark_module, "MAJORS", (99,))
    with pytest.raises(ServerError, match=r"which pgassay does not work with(.|\n)*choose one of 99"):
        require_scratch(marked)


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("place", ["port", "host", "silent"])
def test_a_server_that_cannot_be_reached_takes_two_seconds_and_no_password(place: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = {"port": 1, "host": 5432, "silent": silent.getsockname()[1]}[place]
        host = "nowhere.invalid" if place == "host" else "127.0.0.1"
        began = time.monotonic()
        with pytest.raises(ServerError, match="cannot connect to the scratch server") as caught:
            require_scratch(Conninfo(f"postgresql://u:s%20ecret@{host}:{port}/x"))
    assert time.monotonic() - began < 3
    assert "ecret" not in str(caught.value)


def test_an_environment_that_leads_elsewhere_does_not(marked: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=1MB")
    with require_scratch(marked).connect() as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("4MB",)


def test_each_connection_is_compared_with_the_mark(marked: Conninfo, private_server: Server) -> None:
    server = require_scratch(marked)
    with private_server.connect() as connection:
        connection.execute("COMMENT ON DATABASE pgassay_scratch IS 'somebody else'")
    with pytest.raises(ServerError, match="another server than PostgreSQL"):
        create_database(server, scratch_name("x"))


def test_what_dead_runs_left_is_dropped_and_nothing_else(marked: Conninfo, short_root: Path) -> None:
    strangers = scratch_name("not ours")
    mine, dead, elsewhere, old = (scratch_name(word) for word in ("mine", "dead", "elsewhere", "old"))
    with RunDirectory.create(root=short_root) as run:
        server = Provider(Settings(root=Path("/"), server=marked), run).server()
        create_database(server, mine)
        create_database(replace(server, run="/gone"), dead)
        with server.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(strangers)))
            for name in (elsewhere, old):
                create_database(server, name)
            connection.execute(
                "UPDATE pgassay_databases SET host = 'elsewhere', made = made - %s * interval '1 day'"
                " WHERE name = ANY (%s)",
                [0, [elsewhere, old]],
            )
            connection.execute("UPDATE pgassay_databases SET made = made - interval '2 days' WHERE name = %s", [old])
            assert set(left_over(connection)) == {dead, old}
        with pytest.raises(ServerError, match="was not made by pgassay"):
            drop_database(server, strangers)
    with RunDirectory.create(root=short_root) as run:
        server = Provider(Settings(root=Path("/"), server=marked), run).server()
        there = set(look_at(marked).databases)
        assert {strangers, elsewhere} <= there
        assert not {mine, dead, old} & there


def test_the_password_of_a_url_is_in_no_file(marked: Conninfo, short_root: Path) -> None:
    settings = Settings(root=Path("/"), server=marked.with_(password="s3cret"))
    with RunDirectory.create(root=short_root) as run:
        for _ in range(2):
            server = Provider(settings, run).server()
            assert server.conninfo.get("password") == "s3cret"
            assert server.conninfo.get("dbname") == SCRATCH_DATABASE
        assert not [file for file in run.path.rglob("*") if file.is_file() and b"s3cret" in file.read_bytes()]


def test_an_interrupted_creation_is_forgotten(marked: Conninfo, short_root: Path) -> None:
    server = require_scratch(marked)
    with server.connect() as connection:
        register(connection, "pgassay_never_made", run="/gone", template="template0")
    with RunDirectory.create(root=short_root) as run:
        Provider(Settings(root=Path("/"), server=marked), run).server()
    with server.connect() as connection:
        assert left_over(connection) == []


def test_a_url_of_another_major_than_was_asked_for_is_refused(marked: Conninfo, short_root: Path) -> None:
    major = require_scratch(marked).major
    with RunDirectory.create(root=short_root) as run:
        provider = Provider(Settings(root=Path("/"), server=marked, pg=14 if major != 14 else 15), run)
        with pytest.raises(UsageError, match="was asked for, and"):
            provider.server()
        assert Provider(Settings(root=Path("/"), server=marked), run).server().major == major


@pytest.mark.parametrize("other", ["u:s3cret@a/y", "a:5432/x?sslmode=disable", "v@a:5432"])
def test_two_spellings_of_one_server_are_refused(other: str) -> None:
    first = Conninfo("postgresql://u:s3cret@a/x")
    with pytest.raises(UsageError, match=r"one scratch server is named twice: u@a/x and .*@?a") as caught:
        refuse_twice([first, Conninfo("postgresql://b/x"), Conninfo(f"postgresql://{other}")])
    assert "s3cret" not in str(caught.value)
    refuse_twice([first, Conninfo("postgresql://u@a:5433/x"), Conninfo("postgresql://u@/x?host=/tmp")])


def test_each_of_several_servers_is_compared_with_the_target(
    marked: Conninfo, server: Server, short_root: Path
) -> None:
    mark_scratch(server.conninfo)
    several = (server.conninfo, marked)
    settings = Settings(root=Path("/"), server=several[0], servers=several, db_url=marked.with_(dbname="template1"))
    with RunDirectory.create(root=short_root) as run, pytest.raises(ServerError, match="is the server of the target"):
        Provider(settings, run).server()
    with server.connect() as connection:
        connection.execute("DROP DATABASE pgassay_scratch")


def test_names_with_everything_in_them(server: Server, role_name: Callable[[str], str]) -> None:
    owner = role_name("We\"ird. Ö😀'")
    name = "pgassay_" + "Q\"uo.te 😀'\\"
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(owner)))
    create_database(server, name, owner=owner)
    with server.connect(name) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (name,)
    drop_database(server, name)
