"""What can be told of containers without an engine; tests/docker has the rest."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pgassay.errors import ServerError, UsageError
from pgassay.servers.binaries import Binaries
from pgassay.servers.choice import can_choose, choose_origin
from pgassay.servers.container import engine, record
from pgassay.servers.container.engine import Engine, find_engine, may_be_there
from pgassay.servers.container.image import Image, ensure_image, image_name
from pgassay.servers.container.record import Record, read_record
from pgassay.servers.folders import is_running, server_folders
from pgassay.servers.local import free_port, where_it_listens
from pgassay.servers.reaper import places, reap
from pgassay.servers.rundir import RunDirectory, write_marker
from pgassay.servers.server_settings import initdb_options, server_settings, settings_hash
from pgassay.settings import Settings

SETTINGS = Settings(root=Path("/"), server="docker")
NOWHERE = Engine({"DOCKER_HOST": "unix:///nowhere/docker.sock"})


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONTEXT", "TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", NOWHERE.variables["DOCKER_HOST"])


def refusal(settings: Settings = SETTINGS) -> str:
    with pytest.raises(ServerError) as caught:
        choose_origin(settings)
    return str(caught.value)


def test_no_engine() -> None:
    assert refusal() == (
        "no container engine answers at unix:///nowhere/docker.sock: No such file or directory\n"
        "hint: start Docker, or name the engine that runs in DOCKER_HOST; or say --assay-server auto"
    )


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"tcp://127.0.0.1:{free_port()}"
    monkeypatch.setenv("DOCKER_HOST", place)
    assert re.match(rf"no container engine answers at {place}: .*Connection refused", refusal())


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://me:s3cret@127.0.0.1:1")
    said = refusal()
    assert said.startswith("no container engine answers at tcp://me:***@127.0.0.1:1: ")
    assert "s3cret" not in said


def test_an_engine_on_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@far.invalid")
    assert refusal().startswith("the container engine at ssh://me@far.invalid is on another machine, and a scratch")


@pytest.mark.parametrize("place", ["nonsense", "tcp://127.0.0.1:nonsense", "spam://127.0.0.1"])
def test_what_is_no_address(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", place)
    assert place in refusal()


def test_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    assert refusal() == (
        f"the Python package testcontainers, which starts containers, is not installed in {sys.prefix}\n"
        "hint: pip install 'pgassay[docker]'"
    )


def test_a_major_that_means_nothing() -> None:
    with pytest.raises(UsageError, match="PostgreSQL 13"):
        ensure_image(replace(SETTINGS, pg=13))


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({}, "postgres:18"),
        ({"pg": 15}, "postgres:15"),
        ({"pg": 15, "image": "postgis/postgis:17"}, "postgis/postgis:17"),
    ],
)
def test_which_image(changed: dict[str, object], name: str) -> None:
    assert image_name(replace(SETTINGS, **changed)) == name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("variables", "volumes", "mounted"),
    [
        ({"PGDATA": "/var/lib/postgresql/data"}, ("/var/lib/postgresql/data",), {"/var/lib/postgresql/data"}),
        ({"PGDATA": "/var/lib/postgresql/18/docker"}, ("/var/lib/postgresql",), {"/var/lib/postgresql"}),
        ({}, (), {"/var/lib/postgresql/data"}),
        ({"PGDATA": "/data"}, ("/log", "/dat"), {"/data", "/log", "/dat"}),
    ],
    ids=["up to 17", "since 18", "no volume", "volumes elsewhere"],
)
def test_data_and_every_volume_are_in_memory(
    variables: dict[str, str], volumes: tuple[str, ...], mounted: set[str]
) -> None:
    assert Image("i", "sha256:1", NOWHERE, variables=variables, volumes=volumes).in_memory.keys() == mounted


def test_what_an_image_says_of_itself() -> None:
    image = Image("postgres:18", "sha256:1", NOWHERE, wanted=17, variables={"PG_MAJOR": "18"})
    assert image.major == 18
    assert replace(image, variables={}).major == 17
    assert "--no-data-checksums" in initdb_options(image, "C.UTF-8")
    assert server_settings(image, None)["shared_preload_libraries"] == "pg_stat_statements"
    settings = {"fsync": "off"}
    assert settings_hash(image, settings) != settings_hash(replace(image, id="sha256:2"), settings)
    assert settings_hash(image, settings) == settings_hash(replace(image, name="latest"), settings)
    assert settings_hash(image, settings) != settings_hash(Binaries(Path("/b"), "18.1", "local"), settings)


def test_a_record_is_read_as_it_was_written_and_has_no_password(tmp_path: Path) -> None:
    (tmp_path / "main").mkdir()
    written = Record("pgassay-x", NOWHERE)
    written.write(tmp_path / "main")
    assert read_record(tmp_path / "main") == written
    assert server_folders(tmp_path) == [tmp_path / "main"]
    assert where_it_listens(tmp_path / "main") == "it is starting  (container pgassay-x)"
    (tmp_path / "main" / "container").write_text("{}")
    assert read_record(tmp_path / "main") is None


@pytest.mark.parametrize("kind", ["run", "kept"])
def test_what_alone_knows_of_a_container_is_not_thrown_away(only_root: Path, kind: str) -> None:
    """Its engine does not answer, so whether it runs cannot be told, and it cannot be removed."""
    path = only_root / ("r-12345678" if kind == "run" else "k-123456789012")
    (path / "main").mkdir(parents=True)
    write_marker(path, kind=kind)
    Record("pgassay-x", NOWHERE).write(path / "main")
    assert is_running(path / "main")
    assert reap() == []
    with pytest.MonkeyPatch.context() as patch:  # in an environment without the extra
        patch.setitem(sys.modules, "docker", None)
        patch.setattr(engine, "find_spec", lambda name: None)
        assert is_running(path / "main")
        assert reap() == []
    (place,) = places()
    with pytest.raises(ServerError, match="no container engine answers"):
        place.stop()
    assert read_record(path / "main") is not None
    (path / "main" / record.FILE).unlink()


def test_a_run_ends_although_the_engine_is_gone(short_root: Path) -> None:
    with RunDirectory.create(root=short_root) as run:
        run.folder("main")
        Record("pgassay-x", NOWHERE).write(run.path / "main")
    assert read_record(run.path / "main") is not None
    (run.path / "main" / record.FILE).unlink()


@pytest.mark.usefixtures("nothing_installed")
def test_whether_it_can_be_had_is_told_without_asking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "DEFAULT", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert can_choose(SETTINGS)  # DOCKER_HOST names one
    assert can_choose(replace(SETTINGS, server="auto"))
    assert not can_choose(replace(SETTINGS, server="embedded"))
    monkeypatch.delenv("DOCKER_HOST")
    assert not may_be_there()
    (tmp_path / "config.json").write_text('{"currentContext": "rootless"}')
    assert may_be_there()
    (tmp_path / "config.json").write_text("[]")
    assert not may_be_there()
    (tmp_path / "docker.sock").touch()
    assert may_be_there()
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    assert not can_choose(SETTINGS)


def test_the_environment_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    before: Mapping[str, str] = dict(os.environ)
    refusal()
    assert os.environ == before
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setattr("testcontainers.core.docker_client.get_docker_host", lambda: "unix:///context/docker.sock")
    assert "unix:///context/docker.sock" in refusal()
    assert "DOCKER_HOST" not in os.environ
    assert find_engine().place == "unix:///context/docker.sock"
