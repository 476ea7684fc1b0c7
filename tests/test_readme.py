"""What README.md shows works as it stands there."""

from __future__ import annotations

import re
import shlex
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from pgassay.conninfo import Conninfo
from pgassay.contract.behavior import load_behavior
from pgassay.servers.server import Server
from tests.project import Run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language, without the indentation of a list that they stand in."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", README, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(text) for _, text in found]


def commands(program: str) -> list[list[str]]:
    """Return the words of each console line that calls a program."""
    lines = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
    return [shlex.split(line) for line in lines if line.split()[0] == program]


@pytest.fixture
def newcomer(pytester: pytest.Pytester) -> Path:
    """A project made by following the README."""
    for folder in ("migrations", "schema/init", "tests"):
        (pytester.path / folder).mkdir(parents=True)
    migration, *_ = blocks("sql")
    one_line, example, *_ = blocks("python")
    (pytester.path / "migrations/001-users.sql").write_text(migration, encoding="utf-8")
    (pytester.path / "tests/test_schema.py").write_text(one_line, encoding="utf-8")
    (pytester.path / "tests/test_users.py").write_text(example, encoding="utf-8")
    return pytester.path


def test_the_two_commands_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for _, target in commands("make"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_what_is_installed_is_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    ((_, _, wanted),) = commands("pip")
    assert set(wanted.removeprefix("pgassay[").removesuffix("]").split(",")) <= set(extras)


@pytest.mark.slow
def test_the_first_minutes(newcomer: Path, run_pytest: Run) -> None:
    result = run_pytest("-v")
    assert result.ret == 0
    result.stdout.fnmatch_lines_random(["*test_round_trip?001-users? PASSED*", "*test_users_can_be_added PASSED*"])


@pytest.mark.thorough
@pytest.mark.slow
def test_the_next_steps_with_a_contract(newcomer: Path, run_pytest: Run) -> None:
    up = (newcomer / "migrations/001-users.sql").read_text(encoding="utf-8").partition("-- migrate:down")[0]
    (newcomer / "schema/users.sql").write_text(up.removeprefix("-- migrate:up\n"), encoding="utf-8")
    (newcomer / "schema/behavior.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (behavior,) = load_behavior(newcomer / "schema/behavior.toml").triggers
    assert behavior.expect
    result = run_pytest("-v", "tests/test_schema.py")
    # The trigger of the example is not in the example's migration: that is what the check is for.
    result.stdout.fnmatch_lines_random(["*test_columns PASSED*", "*SUBFAILED*behavior*"])


def test_overriding_the_migrating_tool_is_python() -> None:
    compile(blocks("python")[2], "README.md", "exec")


@pytest.mark.slow
def test_the_database_in_an_application(
    newcomer: Path, pytester: pytest.Pytester, database: Conninfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    command = Path(sys.executable).with_name("pgassay")
    assert pytester.run(command, "migrate", "up").ret == 0
    (newcomer / "script.py").write_text(blocks("python")[3], encoding="utf-8")
    assert pytester.run(sys.executable, "script.py").outlines == ["1"]
    shown = [words for words in commands("pgassay") if words[1] in {"health", "top"}]
    assert [words[1:3] for words in shown] == [["health", "--database"], ["top", "--database"]]
    assert pytester.run(command, "health", "--database", database.url).ret == 0


def test_the_role_that_looks(server: Server, newcomer: Path, pytester: pytest.Pytester, database: Conninfo) -> None:
    command = Path(sys.executable).with_name("pgassay")
    assert pytester.run(command, "migrate", "up", "--database", database.url).ret == 0
    with server.connect(database.get("dbname")) as connection:
        connection.execute("BEGIN")
        shown = (
            blocks("sql")[1]
            .replace("auditor", "readme_auditor")
            .replace("DATABASE shop", f"DATABASE {database.get('dbname')}")
        )
        connection.execute(shown.encode())
        connection.execute("SET ROLE readme_auditor")
        assert connection.execute("SELECT count(*) FROM pgassay.ledger").fetchone() == (1,)
        connection.execute("ROLLBACK")


@pytest.mark.thorough
def test_the_migrate_commands(newcomer: Path, pytester: pytest.Pytester, database: Conninfo) -> None:
    shown = [words for words in commands("pgassay") if words[1] == "migrate"]
    assert [words[2] for words in shown] == ["create", "up", "status", "down", "verify"]
    command = Path(sys.executable).with_name("pgassay")
    codes = []
    for _, group, verb, *rest in shown:
        place = [] if verb == "create" else ["--database", database.url]
        arguments = [word for word in rest if word != "--database" and "://" not in word]
        if verb == "up":
            (newcomer / "migrations/002-add-invoices.sql").write_text(
                "-- migrate:up\nCREATE TABLE invoices ();\n-- migrate:down\nDROP TABLE invoices;\n", encoding="utf-8"
            )
        codes.append(pytester.run(command, group, verb, *arguments, *place).ret)
    assert codes == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), target
