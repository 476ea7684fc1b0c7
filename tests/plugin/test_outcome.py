"""What a reader of pytest's output gets to see of failures: not too many, and each said once."""

from __future__ import annotations

import pytest

from tests.project import Project, Run


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_an_error_of_ours_is_said_once(project: Project, run_pytest: Run) -> None:
    """Without the errors that it came from, and without a traceback through us."""
    project.append("schema/init/01.sql", "CREATE TABEL t ();\n")
    result = run_pytest("-k", "init_runs_twice or round_trip")
    output = result.stdout.str()
    assert output.count(", CREATE TABEL, line ") == 1  # init's own check; steps and way down say it in short
    assert output.count("not run, for no database can be prepared") == 2
    assert "another exception" not in output
    assert "face.py" not in output


@pytest.mark.thorough
def test_a_statement_of_a_users_fixture_that_fails_is_shown_where_it_was_sent(
    project: Project, run_pytest: Run
) -> None:
    project.write(
        "tests/test_own.py",
        "import pytest\n"
        "@pytest.fixture\ndef users(assay_db):\n    return assay_db.query('SELECT * FROM nowhere')\n"
        "def test_users(users):\n    pass\n",
    )
    result = run_pytest("tests/test_own.py")
    result.stdout.fnmatch_lines(
        ["*return assay_db.query('SELECT * FROM nowhere')", '*relation "nowhere" does not exist*']
    )
