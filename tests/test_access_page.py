"""What docs/access.md shows works as it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pgassay.cli import ExitCode, run
from pgassay.cli.access import access
from pgassay.contract.behavior.access import ACTIONS, parse_access
from pgassay.contract.toml import read_toml

PAGE = (Path(__file__).parents[1] / "docs/access.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# What takes how long, what there is since 17 only, and how wide that makes a column.
VARIES = re.compile(r"[0-9]+\.[0-9]{2} s|, MAINTAIN[*=]?|(?<=  ) +")


def blocks(language: str) -> list[str]:
    return [text for word, text in BLOCKS if word == language]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with the page's files."""
    path = tmp_path_factory.mktemp("page")
    migration, init = blocks("sql")
    for name, text in (
        ("migrations/001-orders.sql", migration),
        ("schema/init/01-roles.sql", init),
        ("schema/behavior.toml", blocks("toml")[0]),
        ("pgassay.toml", ""),
    ):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG", "DATABASE_URL"):
            patch.delenv(name, raising=False)
        yield path


@pytest.mark.thorough
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("shown", blocks("console"), ids=lambda shown: shown.splitlines()[0][2:])
def test_a_command(shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    head, _, expected = shown.partition("\n")
    code = run(shlex.split(head)[2:])
    assert VARIES.sub("", capsys.readouterr().out) == VARIES.sub("", expected)
    assert code == (ExitCode.NO if expected.startswith("FAIL") else ExitCode.GOOD)


def test_the_options() -> None:
    options = {name for p in access.params if isinstance(p, click.Option) for name in p.opts if name.startswith("--")}
    assert {name for name in options if f"`{name}" not in PAGE} <= {"--server", "--pg", "--migrations", "--schema"}


def test_every_entry_on_the_page_is_one(tmp_path: Path) -> None:
    for number, text in enumerate(blocks("toml")):
        (tmp_path / f"{number}.toml").write_text(text, encoding="utf-8")
        assert [parse_access(entry).name for entry in read_toml(tmp_path / f"{number}.toml").entries("access")]


def test_every_action_is_named() -> None:
    assert [action for action in ACTIONS if action not in PAGE] == []
