"""What docs/fleet.md shows works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from pgassay.cli import ExitCode, run
from pgassay.cli.check import check
from pgassay.contract.load import load_contract
from pgassay.migrations.sources.native import load
from pgassay.sandbox.build import build
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.databases import create_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings, load_settings
from pgassay.settings.targets_file import parse_lines

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/fleet.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line[2:]) for line in PAGE.splitlines() if line.startswith("$ ")]
NAMES = ("eu", "us", "asia")


def block(language: str) -> str:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (text,) = (text for word, text in blocks if word == language)
    return str(text)


@pytest.fixture(scope="module")
def fleet(private_server: Server) -> str:
    """The page's file, with databases that are here. Somebody was at the third by hand."""
    made = {name: scratch_name("page") for name in NAMES}
    recipe = Recipe(init=load_contract(Settings(root=ROOT)).init, migrations=load(ROOT / "migrations"))
    for name in made.values():
        create_database(private_server, name)
        build(private_server, name, recipe, Settings(root=ROOT))
    with private_server.connect() as admin:
        admin.execute("CREATE ROLE auditor LOGIN; GRANT pg_read_all_settings TO auditor")
        for name in made.values():
            admin.execute(f"GRANT CONNECT ON DATABASE {name} TO auditor".encode())
    for name in made.values():
        with private_server.connect(name) as connection:
            connection.execute("GRANT USAGE ON SCHEMA pgassay TO auditor; GRANT SELECT ON pgassay.ledger TO auditor")
    with private_server.connect(made["asia"], user="app_owner") as connection:
        connection.execute(block("sql").encode())
    here = {name: private_server.at(database, user="auditor").url for name, database in made.items()}
    here["old"] = "postgresql://auditor@127.0.0.1:1/shop"
    text = block("text")
    for name, url in here.items():
        text = text.replace(f"postgresql://auditor@db.{name}.example.org/shop", url)
    return text


def test_the_file() -> None:
    names = [target.name for target in parse_lines(block("text").split("\n"), "fleet.txt")]
    assert names == ["eu", "us", "db.asia.example.org/shop", "old"]


@pytest.mark.slow
def test_the_output(
    fleet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "fleet.txt").write_text(fleet, encoding="utf-8")
    assert run(["check", "--db-urls-from", str(tmp_path / "fleet.txt")]) == ExitCode.NO
    out, err = capsys.readouterr()
    said = re.sub(r"1 database: /\S+", "1 database: db.asia.example.org/shop", out)
    assert said + err.splitlines()[-1] + "\n" == block("")
    left_out = [line for line in err.splitlines() if line.startswith("left out")]
    assert set(re.findall(r"\w+_\w+|acceptances", " ".join(left_out))) <= set(re.findall(r"`(\w+)`", PAGE))


def test_the_commands_are_understood() -> None:
    pytest_command, *checks = COMMANDS
    urls = [word.partition("=")[2] for word in pytest_command if word.startswith("--db-url=")]
    assert [target.name for target in load_settings({"db_url": urls}, environ={}).targets] == ["eu", "us"]
    for words in checks:
        check.make_context("check", words[2:]).close()


def test_the_table_names_the_options() -> None:
    options = {option for parameter in check.params for option in parameter.opts if isinstance(parameter, click.Option)}
    assert set(re.findall(r"^\| .*?`(--[a-z-]+)", PAGE, re.MULTILINE)) <= options
