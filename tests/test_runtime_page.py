"""What docs/runtime.md shows works as it stands there."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI

from pgassay.cli import run
from pgassay.cli.health import serve
from pgassay.conninfo import Conninfo
from pgassay.runtime import ConnectError, Database, DatabaseSettings
from pgassay.runtime.health import DatabaseHealth, Health
from pgassay.runtime.settings import VARIABLES
from pgassay.servers.server import Server

PAGE = (Path(__file__).parents[1] / "docs/runtime.md").read_text(encoding="utf-8")
NOWHERE = "postgresql://me:s3cret@127.0.0.1:1/x"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


SCRIPT, APPLICATION = blocks("python")
COMMANDS = [shlex.split(line[2:]) for block in blocks("console") for line in block.splitlines()]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def url(database: Conninfo, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The page's table is there, and DATABASE_URL names the database."""
    with server.connect(database.get("dbname")) as connection:
        connection.execute(blocks("sql")[0].encode())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pgassay.toml").touch()
    monkeypatch.setenv("DATABASE_URL", database.url)
    return database.url


def test_the_script(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1 ada@example.org\n2 bob@example.org\n", "")


def application() -> ModuleType:
    module = ModuleType("application")
    exec(compile(APPLICATION, "docs/runtime.md", "exec"), module.__dict__)
    return module


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Start an application as a server does, and give a client of it."""
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield http


@pytest.mark.anyio
async def test_the_application() -> None:
    user = {"id": 1, "email": "ada@example.org"}
    async with started(application().app) as http:
        added = await http.post("/users", json=user)
        assert (added.status_code, added.json()) == (201, user)
        assert (await http.post("/users", json=user)).status_code == 409
        assert (await http.get("/users/1")).json() == user
        assert (await http.get("/users/2")).status_code == 404


@pytest.mark.anyio
async def test_the_application_is_healthy() -> None:
    module = application()
    async with started(module.app) as http:
        answer = await http.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert answer.json()["details"]["db"]["pool"]["open"] == 2
        assert (await http.get("/health/db")).status_code == 200
        assert (await http.get("/docs")).status_code == 200
        module.health.shut_down()
        assert (await http.get("/health")).status_code == 503


@pytest.mark.anyio
async def test_the_application_does_not_start_without_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    with pytest.raises(ConnectError, match=r"cannot connect to me@127\.0\.0\.1:1/x"):
        async with started(application().app):
            pass


def test_the_answer_that_is_shown() -> None:
    """What the pool does at that moment is not the same each time."""
    shown = json.loads(blocks("json")[0])
    with closing(Database(NOWHERE)) as db:
        report = asyncio.run(Health([DatabaseHealth(db, timeout=0.2)]).check())
    answer = json.loads(json.dumps(report.as_dict()))
    for part in ("error", "details"):
        assert shown[part]["db"].pop("pool").keys() == answer[part]["db"].pop("pool").keys()
    assert shown == answer


def test_the_commands(database: Conninfo, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    with server.connect(database.get("dbname")) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
    Path("migrations").mkdir()
    Path("migrations/001-none.sql").write_text("-- migrate:up\nSELECT 1;\n-- migrate:down\n")
    assert run(["migrate", "up"]) == 0
    ours = [words[1:] for words in COMMANDS if words[0] == "pgassay"]
    assert [words[:2] for words in ours] == [
        ["top", "--by"],
        ["health", "--database"],
        ["health", "--pending"],
        ["health", "serve"],
    ]
    for words in ours[:-1]:
        assert run([database.url if "://" in word else word for word in words]) == 0
    capsys.readouterr()
    options = serve.make_context("serve", ours[-1][2:]).params
    assert (options["host"], options["port"], options["drain"]) == ("0.0.0.0", 8001, 10)


def test_the_table_of_settings() -> None:
    """Every attribute with its variable and its default."""
    default = DatabaseSettings()
    rows = dict(re.findall(r"^\| `(\w+)` \| (`\w+` \|[^|]*)\|", PAGE, re.MULTILINE))
    expected = {name: (variable, getattr(default, name)) for name, (variable, _) in VARIABLES.items()}
    expected["connect_timeout"] = ("PGCONNECT_TIMEOUT", default.connect_timeout)
    shown = {name: row.replace("`", "").split("|") for name, row in rows.items() if name in expected}
    assert shown.keys() == expected.keys()
    for name, (variable, value) in expected.items():
        said = shown[name][1].strip().removesuffix(" s")
        assert (shown[name][0].strip(), said) == (variable, "" if name == "url" else f"{float(value):g}")
