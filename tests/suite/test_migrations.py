"""Init scripts that must run again, and a ledger that must agree with the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.errors import ContractError
from pgassay.findings import Outcome, Report
from pgassay.settings import Settings
from pgassay.suite.check import Needs
from pgassay.suite.context import Context
from pgassay.suite.every import every_check

Contexts = Callable[[Settings], Context]


@pytest.fixture
def init_runs_twice(contexts: Contexts, tmp_path: Path) -> Callable[[str], Report]:
    """Run the check on one script."""

    def run(sql: str) -> Report:
        (tmp_path / "schema/init").mkdir(parents=True)
        (tmp_path / "schema/init/01.sql").write_text(sql)
        context = contexts(Settings(root=tmp_path, schema=tmp_path / "schema"))
        return context.report("init_runs_twice")

    return run


def test_init_that_runs_again(init_runs_twice: Callable[[str], Report]) -> None:
    assert init_runs_twice("CREATE EXTENSION IF NOT EXISTS pgcrypto").outcome is Outcome.PASS


def test_init_that_fails_the_second_time(init_runs_twice: Callable[[str], Report]) -> None:
    (finding,) = init_runs_twice("SELECT 1;\nCREATE ROLE again").findings
    assert (finding.rule, finding.object) == ("init-fails-twice", "schema/init")
    assert '01.sql", line 2: role "again" already exists [42710]\n' in finding.found
    assert "  statement 2 of 2, CREATE ROLE, line 2: CREATE ROLE again" in finding.found
    assert "hint" not in finding.found


def test_init_that_fails_at_once_is_a_broken_contract(init_runs_twice: Callable[[str], Report]) -> None:
    """Not a second run that fails: the hint is the server's, not how to guard what exists."""
    with pytest.raises(ContractError, match=r"01\.sql.*no_such_thing") as caught:
        init_runs_twice("CREATE EXTENSION no_such_thing")
    assert "lacks the extension" in (caught.value.hint or "")


def test_init_that_changes_something_each_time(init_runs_twice: Callable[[str], Report]) -> None:
    counted = "DO $$ BEGIN EXECUTE format('CREATE TABLE t%s ()', (SELECT count(*) FROM pg_class)); END $$"
    findings = init_runs_twice(counted).findings
    assert {finding.rule for finding in findings} == {"init-changes-twice"}
    assert all(finding.object.startswith("table public.t") for finding in findings)
    assert findings[0].expected.startswith("as after the first run: ")


def of_a_tool(contexts: Contexts, folder: Path, **files: str) -> Context:
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text)
    return contexts(Settings(root=folder, schema=folder / "schema", migrations=folder))


def test_two_runners_of_a_tool_without_a_lock(contexts: Contexts, tmp_path: Path) -> None:
    seeds = "-- +goose Up\nINSERT INTO t VALUES (1);\n"
    made = "-- +goose Up\nCREATE TABLE t (a int);\n"
    report = of_a_tool(contexts, tmp_path, **{"001_made": made, "002_seeds": seeds}).report("two_runners")
    (finding,) = report.findings
    assert (finding.rule, finding.object, report.looked_at) == ("runs-twice", "migration 002_seeds", 2)
    assert finding.found.startswith("goose keeps no second runner out")


def test_merge_order_of_a_tool_that_applies_what_is_late(contexts: Contexts, tmp_path: Path) -> None:
    writes = "-- migrate:up\nCREATE OR REPLACE VIEW v AS SELECT {} AS a;\n-- migrate:down\n"
    files = {"1_a": writes.format(1), "2_b": writes.format(2)}
    (finding,) = of_a_tool(contexts, tmp_path, **files).report("merge_order").findings
    assert (finding.rule, finding.object) == ("order-matters", "migration 1_a, applied last: view public.v")


def test_what_a_tool_does_not_do_is_left_out(contexts: Contexts, tmp_path: Path) -> None:
    context = of_a_tool(contexts, tmp_path, **{"001-made": "-- migrate:up\nCREATE TABLE t ();\n"})
    assert every_check()["merge_order"].missing(context) is Needs.LATECOMERS


@pytest.fixture
def rows_kept(contexts: Contexts, tmp_path: Path) -> Callable[..., Report]:
    """Run the check on a table and one step behind it, with a seed or none."""

    def run(table: str, up: str, down: str, seed: str = "") -> Report:
        (tmp_path / "migrations").mkdir()
        (tmp_path / "seed.sql").write_text(seed)
        for name, (upward, downward) in {
            "1_a": (f"CREATE TABLE t ({table})", "DROP TABLE t"),
            "2_b": (up, down),
        }.items():
            (tmp_path / f"migrations/{name}.up.sql").write_text(upward)
            (tmp_path / f"migrations/{name}.down.sql").write_text(downward)
        settings = Settings(
            root=tmp_path, schema=tmp_path / "schema", migrations=tmp_path / "migrations", seed=tmp_path / "seed.sql"
        )
        return contexts(settings).report("rows_kept")

    return run


def test_migrations_that_keep_rows(rows_kept: Callable[..., Report]) -> None:
    report = rows_kept("a int", "ALTER TABLE t ADD b int", "ALTER TABLE t DROP b")
    assert (report.outcome, report.looked_at) == (Outcome.PASS, 2)


def test_a_migration_that_loses_rows(rows_kept: Callable[..., Report]) -> None:
    (finding,) = rows_kept("a int", "DELETE FROM t", "SELECT 1").findings
    assert (finding.rule, finding.object) == ("rows-lost", "migration 2_b: table public.t")


GUESSED = "a text NOT NULL CHECK (md5(a) = '900150983cd24fb0d6963f7d28e17f72')"  # 'abc', which nobody guesses


def test_rows_that_only_the_seed_has(rows_kept: Callable[..., Report]) -> None:
    seed = "INSERT INTO t VALUES ('abc'); INSERT INTO later VALUES (1);"
    (finding,) = rows_kept(GUESSED, "DELETE FROM t", "SELECT 1", seed).findings
    assert finding.found == "1 of 1 rows are gone"


def test_rows_that_nobody_has(rows_kept: Callable[..., Report]) -> None:
    report = rows_kept(GUESSED, "ALTER TABLE t ADD b int", "ALTER TABLE t DROP b")
    assert (report.outcome, [finding.rule for finding in report.findings]) == (Outcome.BLIND, ["no-rows"])


def test_rows_by_the_settings(rows_kept: Callable[..., Report], tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema/behavior.toml").write_text("[rows.t]\na = \"'abc'\"\n")
    (finding,) = rows_kept(GUESSED, "DELETE FROM t", "SELECT 1").findings
    assert finding.found == "3 of 3 rows are gone"
