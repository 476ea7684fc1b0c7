"""The shipped checks in a user's project, as pytest shows them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from pgassay.conninfo import Conninfo
from pgassay.servers.server import Server
from tests.project import Project, Run

# Sequences in use count as if DDL made them so: something that no record tells.
NOT_READ = """
from psycopg import sql
from pgassay.catalog import unread

used = sql.SQL("SELECT 0, 0::oid FROM pg_sequences WHERE last_value IS NOT NULL")
unread.UNREAD += (("used sequence", "used sequences", used, 14),)
"""
USED = "CREATE SEQUENCE s.numbers; SELECT nextval('s.numbers');"


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.thorough)], ids=["alone", "xdist"])
def test_a_good_project_passes(project: Project, run_pytest: Run, workers: tuple[str, ...]) -> None:
    result = run_pytest("-v", *workers)
    assert result.ret == 0
    result.assert_outcomes(passed=45, deselected=0 if workers else 10)
    result.stdout.fnmatch_lines_random(
        ["*left out, for behavior.toml has no [[][[]trigger]]: test_trigger_behavior", "scratch server: PostgreSQL *"]
    )


@pytest.mark.thorough
@pytest.mark.slow
def test_findings_are_sub_tests_and_blind_is_blind(project: Project, run_pytest: Run) -> None:
    """A defect is a failed sub-test named after its object; the run is red for what was not read, too.

    The text is the same whether pgassay is installed as a wheel (`tox -e py311`) or editable (`make test`).
    """
    project.write(
        "migrations/002-index.sql", "-- migrate:up\nCREATE INDEX i ON s.users (id);\n-- migrate:down\nSELECT 1;\n"
    )
    project.append("migrations/001-users.sql", "")
    project.write("conftest.py", NOT_READ)
    project.write("schema/more.sql", USED)
    project.write("schema/a.sql", "CREATE TABLE s.people (id int, name text);")
    result = run_pytest("-v", "-k", "round_trip or everything or tables or way_down")
    assert result.ret == 1
    result.stdout.fnmatch_lines_random(
        [
            "*test_round_trip?001-users? PASSED*",
            "*SUBFAILED*migration 002-index: index s.i*test_round_trip?002-index?*",
            "*test_everything_was_read BLIND*",
            "*SUBFAILED*table s.people*",
            "BLIND *test_everything_was_read - 1 used sequence*",
        ]
    )
    result.stdout.fnmatch_lines(
        [
            "migration 002-index: index s.i: down-leaves-a-trace",
            "  expected  not there",
            "  found     CREATE INDEX i ON s.users USING btree (id)",
            "  mend      -- in the down:",
            "            DROP INDEX s.i;",
        ],
        consecutive=True,
    )


@pytest.mark.slow
@pytest.mark.thorough
def test_accepted_and_skipped_blindness(project: Project, run_pytest: Run) -> None:
    project.write("conftest.py", NOT_READ)
    project.write("schema/more.sql", USED)
    project.write("migrations/003-numbers.sql", f"-- migrate:up\n{USED}\n-- migrate:down\nDROP SEQUENCE s.numbers;\n")
    skipping = run_pytest("-v", "--assay-blind", "skip", "-k", "everything")
    assert skipping.ret == 0
    skipping.stdout.fnmatch_lines(["*not looked at (accepted by assay_blind = skip)*", "  1 used sequence: *"])
    project.write(
        "schema/accepted.toml",
        """
        [[accept]]
        rule = "not-readable"
        object = "1 used sequence"
        reason = "they are nobody's business"

        [[accept]]
        rule = "index-extra"
        object = "index s.gone"
        reason = "it has gone"
        """,
    )
    accepting = run_pytest("-v", "-k", "everything or acceptances")
    accepting.stdout.fnmatch_lines_random(
        ["*test_everything_was_read PASSED*", "*SUBFAILED*index-extra index s.gone*", "*they are nobody's business*"]
    )


@pytest.mark.thorough
@pytest.mark.parametrize("missing", ["folder", "files"])
def test_a_missing_folder_is_one_failing_item(project: Project, run_pytest: Run, missing: str) -> None:
    for name in ("001-users", "002-index"):
        project.remove(f"migrations/{name}.sql")
    if missing == "folder":
        (project.path / "migrations").rmdir()
    result = run_pytest("-v", "-k", "round_trip")
    result.assert_outcomes(failed=1, deselected=50)
    result.stdout.fnmatch_lines(["*test_round_trip?no-migrations? FAILED*"])


@pytest.mark.thorough
def test_an_unreadable_file_is_one_failing_item(project: Project, run_pytest: Run) -> None:
    project.write("migrations/003-x.sql", "SELECT 1;")
    result = run_pytest("-v", "-k", "round_trip")
    result.stdout.fnmatch_lines(["*test_round_trip?unreadable? FAILED*", "*003-x.sql*line 1*"])
    assert result.ret == 1


@pytest.mark.thorough
def test_a_project_that_says_it_has_none(project: Project, run_pytest: Run) -> None:
    result = run_pytest("--collect-only", "-q", "--assay-migrations=")
    collected, _, summary = result.stdout.str().partition("= pgassay =")
    assert "::test_round_trip" not in collected
    assert "the settings say that there are no migrations" in summary


@pytest.mark.thorough
def test_a_contract_alone_is_not_compared_with_itself(project: Project, run_pytest: Run) -> None:
    """No migrations and no target: what is left is what the contract itself can be asked."""
    result = run_pytest("--collect-only", "-q", "--assay-migrations=")
    names = re.findall(r"::(test_\w+)", result.stdout.str().partition("= pgassay =")[0])
    assert set(names) == {"test_init_runs_twice", "test_constraints_at_work"}
    assert "neither a migration nor a --db-url to compare schema/ with" in result.stdout.str()


@pytest.mark.thorough
def test_a_tool_of_ones_own_is_known_while_collecting(project: Project, run_pytest: Run) -> None:
    project.write("conftest.py", "import pytest\n@pytest.fixture(scope='session')\ndef assay_migrate(): ...\n")
    result = run_pytest("--collect-only", "-q", "--assay-migrations=")
    assert "::test_tables" in result.stdout.str().partition("= pgassay =")[0]


def test_without_a_contract_the_round_trip_is_left(project: Project, run_pytest: Run) -> None:
    result = run_pytest("--collect-only", "-q", "--assay-schema", "nowhere")
    names = re.findall(r"::(test_\w+)", result.stdout.str().partition("= pgassay =")[0])
    per_migration = {"test_round_trip", "test_rows_kept", "test_survival", "test_two_runners"}
    access = {"test_access_leaks", "test_access_matrix"}
    assert set(names) == {*per_migration, *access, "test_way_down", "test_ledger", "test_constraints_at_work"}
    assert "no schema/ to compare the migrations with" in result.stdout.str()


@pytest.mark.thorough
def test_collecting_starts_nothing(project: Project, run_pytest: Run) -> None:
    project.write("tests/test_more.py", "def test_plain(): pass\n")
    assert "PostgreSQL" not in run_pytest("--collect-only", "-q").stdout.str()
    result = run_pytest("tests/test_more.py")
    result.assert_outcomes(passed=1)
    assert "PostgreSQL" not in result.stdout.str()


@pytest.mark.slow
@pytest.mark.thorough
def test_a_target_that_nobody_looks_at(project: Project, run_pytest: Run, database: Conninfo) -> None:
    project.write("tests/test_more.py", "def test_plain(): pass\n")
    result = run_pytest("tests/test_more.py", f"--db-url={database.url}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*--db-url was given, but no test looked at it; add --pyargs pgassay.checks"])
    assert run_pytest("tests/test_more.py", f"--db-url={database.url}", "-n", "2").ret == pytest.ExitCode.USAGE_ERROR
    assert run_pytest("-k", "nothing_of_this_name", f"--db-url={database.url}").ret == pytest.ExitCode.USAGE_ERROR
    assert run_pytest("--collect-only", f"--db-url={database.url}").ret == 0


def test_the_environment_only_warns(
    project: Project, run_pytest: Run, database: Conninfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("tests/test_more.py", "def test_plain(): pass\n")
    monkeypatch.setenv("PGASSAY_DB_URL", database.url)
    result = run_pytest("tests/test_more.py")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["warning: PGASSAY_DB_URL was given, but no test looked at it*"])


@pytest.mark.thorough
@pytest.mark.slow
def test_a_target_is_compared(project: Project, run_pytest: Run, server: Server, database: Conninfo) -> None:
    with server.connect(database.get("dbname")) as connection:
        connection.execute(
            "CREATE SCHEMA s; GRANT ALL ON SCHEMA s TO PUBLIC; CREATE TABLE s.users (id int PRIMARY KEY)"
        )
    result = run_pytest("-v", f"--db-url={database.url}", "-n", "2", "-m", "assay_target")
    assert result.ret == 1
    result.stdout.fnmatch_lines_random(
        [
            "pgassay: target: *only read",
            "pgassay: WARNING: postgres is a superuser; look with a role that cannot write",
            "*SUBFAILED*index s.i*test_index_definitions*",
            "*SUBFAILED*table pgassay.ledger*test_ledger*",
        ]
    )
    assert "round_trip" not in result.stdout.str()


@pytest.mark.slow
@pytest.mark.thorough
def test_where_no_server_may_run_a_snapshot_serves(
    project: Project, run_pytest: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, database: Conninfo
) -> None:
    assert pytester.run(Path(sys.executable).with_name("pgassay"), "snapshot").ret == 0
    monkeypatch.setenv("PGASSAY_OFFLINE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.mkdir("cache")))
    monkeypatch.setenv("PGASSAY_SERVER", "embedded")
    result = run_pytest("-v", f"--db-url={database.url}")
    result.stdout.fnmatch_lines_random(
        [
            "*SUBFAILED*schema s*test_database_and_schemas*",
            "*test_tables BLIND*",
            "*left out, for no scratch server can be had: *test_round_trip*",
        ]
    )
    project.append("schema/tables.sql", "-- changed\n")
    result = run_pytest("-v", f"--db-url={database.url}", "-k", "test_tables")
    result.stdout.fnmatch_lines(["*catalog.json* is stale*"])


@pytest.mark.thorough
@pytest.mark.slow
def test_override_points(project: Project, run_pytest: Run, private_server: Server, tmp_path: Path) -> None:
    """A user's own tool on a user's own server."""
    project.write(
        "conftest.py",
        f"""
import psycopg, pytest
from pgassay.testing import database_fixture, scratch_server

@pytest.fixture(scope="session")
def assay_migrate():
    def migrate(url):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE by_tool (id int)")
    return migrate

@pytest.fixture(scope="session")
def assay_server():
    return scratch_server({private_server.conninfo.url!r})

module_db = database_fixture(scope="module", role="postgres")
""",
    )
    project.write(
        "tests/test_more.py",
        """
def test_own(assay_db, module_db, assay_url, assay_tx, assay_empty_db):
    assert assay_db.catalog().table("by_tool")
    with module_db.connection() as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("postgres",)
    with assay_tx.connection() as connection:
        connection.execute("INSERT INTO by_tool VALUES (1)")
    assert "table" not in assay_empty_db.catalog().records
    assert assay_url == assay_db.url

def test_subject(assay_subject, assay_databases):
    with assay_subject.connection() as connection:
        assert connection.execute("SELECT count(*) FROM by_tool").fetchone() == (0,)
    with assay_databases.new() as one, assay_databases.new() as other:
        assert one.url != other.url
""",
    )
    result = run_pytest("-v", "tests/test_more.py", "--assay-migrations=", "--assay-schema=nowhere")
    result.assert_outcomes(passed=2)
    with private_server.connect() as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^pgassay_(db|empty)_'").fetchall()
        connection.execute("DROP DATABASE pgassay_scratch")  # another test must find none
    assert left == []


def test_the_targets_server_is_refused_whoever_names_it(
    project: Project, run_pytest: Run, private_server: Server
) -> None:
    url = private_server.conninfo.url
    project.write(
        "conftest.py",
        f"""
import pytest
from pgassay.testing import scratch_server

@pytest.fixture(scope="session")
def assay_server():
    return scratch_server({url!r})
""",
    )
    project.write("tests/test_more.py", "def test_own(assay_db): pass")
    result = run_pytest("tests/test_more.py", f"--db-url={url}")
    result.stdout.fnmatch_lines(["*is the server of the target*"])
    with private_server.connect() as connection:
        assert connection.execute("SELECT FROM pg_database WHERE datname = 'pgassay_scratch'").fetchone() is None
