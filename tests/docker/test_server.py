"""A scratch server in a container is what a local one is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pgassay.contract.expected import _key
from pgassay.contract.load import load_contract
from pgassay.errors import ServerError
from pgassay.servers.container.image import Image
from pgassay.servers.databases import let_roles_log_in
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server_settings import BASE
from pgassay.settings import Settings
from tests.docker.conftest import HOST
from tests.docker.support import Engine

pytestmark = pytest.mark.docker

_SETTINGS = "SELECT lower(name), current_setting(name) FROM pg_settings WHERE lower(name) = ANY(%s)"
_CHARACTERS = """
SELECT datcollate, datctype, pg_encoding_to_char(encoding)
  FROM pg_database
 WHERE datname = 'template0'
"""


def test_every_image_serves_with_our_settings(any_image: str, settings: Settings, run: RunDirectory) -> None:
    server = Provider(replace(settings, image=any_image), run).server()
    assert (server.source, server.private, server.major) == ("docker", True, int(any_image.partition(":")[2]))
    assert server.description.startswith(f"PostgreSQL {server.version} (docker, {any_image}), in memory, up in ")
    preload = {"shared_preload_libraries": "pg_stat_statements", "cluster_name": f"{run.name}-main"}
    wanted = {**BASE, **preload, "data_checksums": "off", "wal_segment_size": "1MB"}
    with server.connect() as connection:
        assert dict(connection.execute(_SETTINGS, [list(wanted)]).fetchall()) == wanted
        characters = (
            "SELECT datcollate, datctype, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'template0'"
        )
        assert connection.execute(characters).fetchone() == ("C", "C.UTF-8", "UTF8")
        connection.execute("CREATE EXTENSION pg_stat_statements")


def test_nobody_else_reaches_it_and_nothing_of_it_is_on_disk(
    any_image: str, settings: Settings, run: RunDirectory, engine: Engine
) -> None:
    server = Provider(replace(settings, image=any_image), run).server()
    container = engine.one(run.path)
    published = container.attrs["NetworkSettings"]["Ports"]["5432/tcp"]
    assert published == [{"HostIp": "127.0.0.1", "HostPort": server.conninfo.get("port")}]
    with server.connect() as connection:
        (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    assert container.exec_run(["stat", "-f", "-c", "%T", data]).output.decode().strip() == "tmpfs"
    assert container.attrs["Mounts"] == []
    assert container.exec_run(["stat", "-c", "%U", data]).output.decode().strip() == "postgres"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.conninfo.with_(password="wrong").dsn)


def test_roles_log_in_with_the_runs_password(settings: Settings, run: RunDirectory) -> None:
    server = Provider(settings, run).server()
    with server.connect() as connection:
        connection.execute("CREATE ROLE app LOGIN")
    with pytest.raises(ServerError, match="password authentication failed"):
        server.connect(user="app")
    let_roles_log_in(server)
    with server.connect(user="app") as connection:
        assert connection.execute("SELECT session_user::text").fetchone() == ("app",)
    assert server.conninfo.get("password") not in f"{server!r}{(run.path / 'main' / 'container').read_text()}"


def test_what_is_preloaded_is_chosen(settings: Settings, run: RunDirectory) -> None:
    server = Provider(replace(settings, preload=("auto_explain",)), run).server()
    with server.connect() as connection:
        assert connection.execute("SHOW shared_preload_libraries").fetchone() == ("auto_explain",)


def test_an_isolated_server_is_a_second_container(settings: Settings, run: RunDirectory, engine: Engine) -> None:
    provider = Provider(settings, run)
    provider.server()
    with provider.isolated("the contract") as server, server.connect() as connection:
        assert connection.execute("SHOW cluster_name").fetchone() != (f"{run.name}-main",)
        assert len(engine.containers(run.path)) == 2
    engine.one(run.path / "main")


def test_an_image_is_known_by_what_is_in_it(
    settings: Settings, run: RunDirectory, engine: Engine, tmp_path: Path
) -> None:
    """Its id is part of every hash: another image of the same name is another server."""
    contract = load_contract(replace(settings, schema=tmp_path))
    engine.client.images.get(settings.image).tag("pgassay-test/moving:1")
    moving = replace(settings, image="pgassay-test/moving:1")
    first = Provider(moving, run).origin
    assert isinstance(first, Image)
    assert first.identity == ("docker", engine.client.images.get(settings.image).id)
    before = _key(contract, moving, first)
    assert before == _key(contract, settings, Provider(settings, run).origin)
    engine.client.images.get("pgassay-test/postgres:14").tag("pgassay-test/moving:1")
    assert before != _key(contract, moving, Provider(moving, run).origin)


@pytest.mark.usefixtures("nothing_installed")
def test_auto_falls_back_to_it(settings: Settings, run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", HOST)
    assert Provider(replace(settings, server="auto"), run).server().source == "docker"
