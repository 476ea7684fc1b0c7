"""`pgassay access`: the matrix, its exit codes and its options."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.cli import ExitCode, run
from tests.project import Project

Command = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
READER = "DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
CLOSED = """-- migrate:up
CREATE SCHEMA x; CREATE TABLE x.t (); GRANT SELECT ON x.t TO reader;
-- migrate:down
DROP TABLE x.t; DROP SCHEMA x;
"""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process; gives exit code, output and errors."""
    for name in ("PGASSAY_DB_URL", "PGASSAY_SERVER", "PGASSAY_PG", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def go(*words: str) -> tuple[int, str, str]:
        code = run(["access", *words])
        return code, *capsys.readouterr()

    return go


def test_the_example_as_a_table(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three roles, and everybody, on every object."""
    monkeypatch.chdir(ROOT)
    code, out, err = command()
    head, *lines = out.splitlines()
    assert (code, head.split()) == (ExitCode.GOOD, ["object", "app", "app_owner", "app_readonly", "PUBLIC"])
    assert [line.partition("  ")[0] for line in lines] == [
        "database",
        "schema public",
        "table public.messages",
        "table public.oauth_tokens",
        "table public.users",
        "function public.decrypt_token(bytea, text)",
        "function public.encrypt_token(text, text)",
        "function public.update_updated_at_column()",
    ]
    assert err.startswith("* by ownership")


def test_the_example_as_json(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code, out, _ = command("--json")
    cells = {(cell["role"], cell["object"], cell["action"]): cell for cell in json.loads(out)["cells"]}
    cell = cells["app_readonly", "table public.users", "SELECT (password_hash)"]
    assert code == ExitCode.GOOD
    assert (cell["declared"], cell["computed"], cell["tried"], cell["sqlstate"]) == (None, False, "no", "42501")


def test_answers_that_differ_are_a_no(command: Command, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.path)
    project.write("schema/init/02.sql", READER)
    project.write("migrations/003-closed.sql", CLOSED)
    code, out, err = command()
    assert code == ExitCode.NO
    assert "SELECT!" in out
    assert "role reader: permission denied for schema x: privilege-undone" in err
    assert "mend      GRANT USAGE ON SCHEMA x TO reader;" in err


def test_no_target_is_there(command: Command) -> None:
    code, _, err = command("--db-url", "postgresql://nobody@127.0.0.1:1/shop")
    assert code == ExitCode.BLIND
    assert "error: " in err


def test_a_part_of_it(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for alone, after its schema."""
    monkeypatch.chdir(ROOT)
    code, out, _ = command("--role", "PUBLIC", "--role", "app", "--object", "function *crypt*", "--object", "database")
    head, *lines = out.splitlines()
    assert (code, head.split()) == (ExitCode.GOOD, ["object", "app", "PUBLIC"])
    assert [line.partition("  ")[0] for line in lines] == [
        "schema public",
        "function public.decrypt_token(bytea, text)",
        "function public.encrypt_token(text, text)",
        "database",
    ]
    assert lines[1].split()[-2:] == ["EXECUTE", "-"]


def test_a_role_that_is_not_there_is_wrong_use(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = command("--role", "ap")
    assert (code, out) == (ExitCode.USAGE, "")
    assert err.startswith("error: there is no role ap in the matrix\nhint: near it: app")
