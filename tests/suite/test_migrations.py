"""Init scripts that must run again, and a ledger that must agree with the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pgassay.errors import ContractError
from pgassay.findings import Outcome, Report
from pgassay.settings import Settings
from pgassay.suite.context import Context

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
