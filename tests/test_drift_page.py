"""What docs/drift.md shows works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from pgassay.cli import ExitCode, run
from pgassay.cli.diff import diff
from pgassay.contract.build import build_contract
from pgassay.contract.load import load_contract
from pgassay.servers.databases import scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/drift.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line[2:]) for line in PAGE.splitlines() if line.startswith("$ ")]
PRODUCTION, STAGING = (f"postgresql://auditor@{place}.example.org/shop" for place in ("db", "staging"))


def block(language: str) -> str:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (text,) = (text for word, text in blocks if word == language)
    return str(text)


@pytest.fixture(scope="module")
def places(private_server: Server) -> dict[str, str]:
    """The databases that the page speaks of: URL there -> URL here. Somebody was at the first by hand."""
    made = {url: scratch_name("page") for url in (PRODUCTION, STAGING)}
    for name in made.values():
        build_contract(private_server, load_contract(Settings(root=ROOT)), Settings(root=ROOT), name)
    with private_server.connect() as admin:
        admin.execute("CREATE ROLE auditor LOGIN")
        for name in made.values():
            admin.execute(f"GRANT CONNECT ON DATABASE {name} TO auditor".encode())
    with private_server.connect(made[PRODUCTION], user="app_owner") as connection:
        connection.execute(block("sql").encode())
    return {url: private_server.at(name, user="auditor").url for url, name in made.items()}


@pytest.mark.slow
@pytest.mark.thorough
def test_the_commands(
    places: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert [words[:2] for words in COMMANDS] == [["pgassay", "diff"]] * 4
    for words in COMMANDS:
        assert run([places.get(word, word) for word in words[1:]]) == ExitCode.NO
        assert "-extra" in capsys.readouterr().out


def test_the_output(
    places: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    run(["diff", "contract:", places[PRODUCTION]])
    said = re.sub(r'"auditor@/\S+"', '"auditor@db.example.org/shop"', capsys.readouterr().out)
    numbers = r"\d+ looked at|\d\.\d+ s"
    assert re.sub(numbers, "", said) == re.sub(numbers, "", block(""))


def test_the_tables_name_every_option() -> None:
    options = {option for parameter in diff.params for option in parameter.opts if isinstance(parameter, click.Option)}
    said = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert options - {"--server", "--help"} == said - {"--json"}
