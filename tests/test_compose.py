"""compose.yaml and .env.example say what is true."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg import pq

from pgassay.runtime import DatabaseSettings
from pgassay.runtime.settings import VARIABLES
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import load_settings
from pgassay.settings.dotenv import read_dotenv
from pgassay.settings.known import KNOWN

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DB: dict[str, Any] = COMPOSE["services"]["db"]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
ASSIGNMENT = re.compile(r"^#?([A-Z_]+)=(.*)$", re.MULTILINE)
LIBPQ = {o.envvar.decode() for o in pq.Conninfo.get_defaults() if o.envvar}
OURS = {variable for variable, _ in VARIABLES.values()} | {s.environ for s in KNOWN if s.dotenv}
OF_COMPOSE = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))


def test_one_server_of_the_major_that_is_supported_longest_with_its_library() -> None:
    assert [*COMPOSE["services"]] == ["db"]
    assert DB["image"] == "postgres:15"
    assert DB["command"] == ["postgres", "-c", "shared_preload_libraries=pg_stat_statements"]


def test_init_is_mounted_read_only_and_data_has_a_volume() -> None:
    assert DB["volumes"] == ["./schema/init:/docker-entrypoint-initdb.d:ro", "data:/var/lib/postgresql/data"]
    assert "data" in COMPOSE["volumes"]
    assert sorted((ROOT / "schema/init").glob("*.sql"))


def test_no_port_is_published_and_the_network_is_its_own() -> None:
    assert "ports" not in DB
    assert "network_mode" not in DB
    assert DB["networks"] == ["database"]
    assert COMPOSE["networks"] == {"database": {}}


def test_there_is_no_password_by_default() -> None:
    environment = DB["environment"]
    assert [*environment] == ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"]
    assert environment["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert "POSTGRES_PASSWORD=\n" in EXAMPLE


def test_the_health_check_asks_for_user_and_database() -> None:
    how, command = DB["healthcheck"]["test"]
    assert how == "CMD-SHELL"
    assert command == 'pg_isready -h 127.0.0.1 -U "$$POSTGRES_USER" -d "$$POSTGRES_DB"'
    assert {"interval", "timeout", "retries", "start_period"} < {*DB["healthcheck"]}


def has_compose() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_compose(), reason="docker compose is not installed")
def test_compose_itself_reads_it() -> None:
    def config(**more: str) -> subprocess.CompletedProcess[str]:
        command = ["docker", "compose", "-f", str(ROOT / "compose.yaml"), "config", "--quiet"]
        return subprocess.run(command, env={**os.environ, **more}, capture_output=True, text=True, check=False)

    assert config(POSTGRES_PASSWORD="x").returncode == 0
    without = config(POSTGRES_PASSWORD="")
    assert without.returncode != 0
    assert "POSTGRES_PASSWORD" in without.stderr


def test_the_published_port_of_the_comment_is_loopback_only() -> None:
    comment = re.findall(r"^#   (services:\n(?:#    .*\n)+)", (ROOT / "compose.yaml").read_text(), re.MULTILINE)
    (text,) = [found.replace("\n#   ", "\n") for found in comment]
    assert yaml.safe_load(text) == {"services": {"db": {"ports": ["127.0.0.1:5432:5432"]}}}


def test_init_runs_as_the_image_runs_it(private_server: Server) -> None:
    """In the order of the names, as superuser, in a database by name; and again in another one of the same server."""
    files = sorted((ROOT / "schema/init").iterdir())
    assert [path.suffix for path in files] == [".sql"] * len(files)
    for name in (scratch_name("test"), scratch_name("test")):
        create_database(private_server, name)
        with private_server.connect(name) as connection:
            for path in files:
                connection.execute(path.read_bytes())
            found = connection.execute("SELECT extname FROM pg_extension UNION SELECT rolname FROM pg_roles").fetchall()
        drop_database(private_server, name)
        assert {("pg_stat_statements",), ("pgcrypto",), ("app",), ("app_owner",), ("app_readonly",)} <= {*found}


def test_every_setting_is_in_the_example_and_none_that_does_not_exist() -> None:
    named = [name for name, _ in ASSIGNMENT.findall(EXAMPLE)]
    assert len(named) == len({*named})
    assert {*named} >= OURS | OF_COMPOSE | {"PGCONNECT_TIMEOUT"}
    assert {*named} <= OURS | OF_COMPOSE | LIBPQ


def test_each_one_says_what_it_does_and_its_default() -> None:
    before = ""
    for block in re.split(r"^(?=#?[A-Z_]+=)", EXAMPLE, flags=re.MULTILINE):
        name = block.partition("=")[0].lstrip("#")
        if name.isupper():
            assert re.search(r"[Dd]efault: |No default", before), name
        before = block.partition("\n")[2]


def test_the_example_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE, encoding="utf-8")
    assert read_dotenv(tmp_path / ".env").keys() == {"DATABASE_URL", "POSTGRES_PASSWORD"}
    found = DatabaseSettings.load(environ={}, directory=tmp_path)
    assert found == DatabaseSettings(url=found.url)
    assert found.url.redacted == "app_owner@localhost:5432/app"
    settings = load_settings(environ={}, cwd=tmp_path)
    assert settings.database is not None
    assert settings.database.text == found.url.text


def test_the_defaults_in_the_example_are_the_defaults(tmp_path: Path) -> None:
    active = "\n".join(f"{name}={value}" for name, value in ASSIGNMENT.findall(EXAMPLE))
    (tmp_path / ".env").write_text(active, encoding="utf-8")
    found = DatabaseSettings.load(environ={}, directory=tmp_path)
    default = DatabaseSettings()
    assert {f.name: getattr(found, f.name) for f in fields(found) if f.name != "url"} == {
        f.name: getattr(default, f.name) for f in fields(default) if f.name != "url"
    }
    assert found.url.get("connect_timeout") == str(default.connect_timeout)
    given, unset = load_settings(environ={}, cwd=tmp_path), load_settings(environ={}, cwd=tmp_path / "nowhere")
    assert (given.pg, given.migrations and given.migrations.name) == (unset.pg, "migrations")
    assert given.schema.name == unset.schema.name == "schema"


def test_git_ignores_the_file_with_the_password() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
