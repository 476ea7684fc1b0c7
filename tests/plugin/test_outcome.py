"""What a reader of pytest's output gets to see of failures: not too many, and each said once."""

from __future__ import annotations

import pytest

from tests.project import Project, Run


@pytest.mark.slow
def test_at_most_25_objects_an_item(project: Project, run_pytest: Run) -> None:
    names = ", ".join(f"c{number} int" for number in range(30))
    project.append("schema/tables.sql", f"CREATE TABLE s.wide ({names});")
    project.write(
        "migrations/003-wide.sql", "-- migrate:up\nCREATE TABLE s.wide ();\n-- migrate:down\nDROP TABLE s.wide;\n"
    )
    result = run_pytest("-k", "test_columns")
    assert result.parseoutcomes()["failed"] == 27  # 25 columns, one sentence, and the item itself
    result.stdout.fnmatch_lines(["*and 5 more; `pgassay check --json` lists them all"])


def test_an_error_of_ours_is_said_once(project: Project, run_pytest: Run) -> None:
    """Without the errors that it came from, and without a traceback through us."""
    project.append("schema/init/01.sql", "CREATE TABEL t ();\n")
    result = run_pytest("-k", "init_runs_twice or round_trip")
    output = result.stdout.str()
    assert output.count("  statement: CREATE TABEL t ()") == 1  # init's own check; steps and way down say it in short
    assert output.count("not run, for no database can be prepared") == 2
    assert "another exception" not in output
    assert "face.py" not in output
