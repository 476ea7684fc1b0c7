"""What a failed test's report says of its databases, and which of them outlive the run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from click.testing import CliRunner

from pgassay import cli
from pgassay.servers.failed import kept_databases
from pgassay.servers.reaper import Place, places
from pgassay.servers.rundir import FAILED
from tests.project import Project, Run

TESTS = """
import psycopg, pytest
from pgassay.testing import database_fixture

wide = database_fixture(scope="module")

@pytest.fixture
def broken(assay_db):
    raise LookupError

def test_passes(assay_db, wide):
    assay_db.none("INSERT INTO s.users VALUES (1)")

def test_writes_and_fails(assay_db):
    assay_db.none("INSERT INTO s.users VALUES (7)")
    assay_db.connect().execute("BEGIN")
    with pytest.raises(psycopg.Error):
        assay_db.none("SELECT no_such_column")
    assert 0

def test_of_a_url(assay_url):
    assert 0

def test_of_one_that_is_shared(wide):
    assert 0

def test_of_one_asked_for_within(request):
    request.getfixturevalue("wide")
    assert 0

def test_of_a_transaction(assay_tx):
    assert 0

def test_of_two(assay_empty_db, assay_async_db):
    assert 0

def test_of_a_fixture(broken):
    pass

def test_of_none():
    assert 0

@pytest.mark.xfail
def test_expected(assay_db):
    assert 0

def test_subtests(assay_db, subtests):
    with subtests.test("part"):
        assert 0
"""
EACH = "def test_{}(assay_db):\n    assay_db.none('INSERT INTO s.users VALUES ({})')\n    assert {}\n"


@pytest.fixture
def failing(project: Project) -> Project:
    """A project whose tests fail in every way."""
    project.write("tests/test_own.py", TESTS)
    return project


@pytest.fixture
def stays(project: Project) -> Iterator[list[Place]]:
    """The places that stay for the project, newly looked for at each use; stopped at the end."""

    class Stays(list[Place]):
        def __iter__(self) -> Iterator[Place]:
            for place in places():
                if place.kind == FAILED and (place.path / "project").read_text() == str(project.path):
                    yield place

    yield Stays()
    for place in Stays():
        place.stop()


def sections(result: pytest.RunResult) -> dict[str, str]:
    """Return each test's section of ours."""
    head = re.compile(r"^_{3,} (?:ERROR at setup of )?(\w+)(?: \[part\])? _{3,}$", re.MULTILINE)
    _, *rest = head.split(re.split(r"^=+ pgassay =+$", result.stdout.str(), flags=re.MULTILINE)[0])
    found = ((test, re.split(r"^-+ pgassay -+$", text, flags=re.MULTILINE)) for test, text in batched(rest))
    return {test: parts[1] for test, parts in found if len(parts) > 1}


def batched(items: list[str]) -> Iterator[tuple[str, str]]:
    return zip(items[::2], items[1::2], strict=True)


@pytest.mark.thorough
@pytest.mark.slow
def test_every_fixture_has_its_section_and_nothing_is_kept(
    failing: Project, run_pytest: Run, stays: list[Place]
) -> None:
    result = run_pytest("tests/test_own.py", "-W", "error")
    said = sections(result)
    fixtures = {
        test: re.findall(r"^(\w+): database pgassay_\w+ \(PostgreSQL", text, re.MULTILINE)
        for test, text in said.items()
    }
    assert fixtures == {
        "test_writes_and_fails": ["assay_db"],
        "test_of_a_url": ["assay_db"],
        "test_of_one_that_is_shared": ["wide"],
        "test_of_one_asked_for_within": ["wide"],
        "test_of_a_transaction": ["assay_tx"],
        "test_of_two": ["assay_empty_db", "assay_async_db"],
        "test_of_a_fixture": ["assay_db"],
        "test_subtests": ["assay_db"],
    }
    assert "not kept: --assay-keep 1 keeps it\nopen sessions: none" in said["test_of_a_url"]
    assert "not kept: what a transaction did that is rolled back is gone" in said["test_of_a_transaction"]
    writes = said["test_writes_and_fails"]
    assert re.search(r"idle in transaction for \d\.\d s\n +BEGIN\n", writes)
    assert 'ERROR:  column "no_such_column" does not exist' in writes
    # The warning, here an error, stands beside the failure.
    result.assert_outcomes(passed=1, failed=9, errors=2, xfailed=1)
    result.stdout.fnmatch_lines(["E *pgassay.errors.LeftOpenWarning: a session of connect() was left open, a trans*"])
    assert "kept:" not in result.stdout.str().rpartition("= pgassay =")[2]
    assert list(stays) == []


@pytest.mark.slow
@pytest.mark.thorough
def test_the_last_ones_of_all_workers_stay_until_they_are_stopped(
    project: Project, run_pytest: Run, stays: list[Place]
) -> None:
    for number in range(6):
        project.write(f"tests/test_{number}.py", EACH.format(number, number, "0" if number else "1"))
    result = run_pytest("-n", "2", "--assay-keep", "2", *(f"tests/test_{number}.py" for number in range(6)))
    result.assert_outcomes(passed=1, failed=5)
    (place,) = stays
    kept = kept_databases(place.path)
    assert len({one.test for one in kept}) == 2
    for one in kept:
        number = int(one.test.rpartition("_")[2])
        assert number > 0
        with psycopg.connect(one.url) as connection:
            assert connection.execute("TABLE s.users").fetchall() == [(number,)]
    with psycopg.connect(kept[0].url) as connection:
        there = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^pgassay_db_'").fetchall()
    assert {name for (name,) in there} == {one.name for one in kept}
    lines = [f"kept: {kept[0].name} of {kept[0].test}", f"    psql '{kept[0].url}'"]
    result.stdout.fnmatch_lines([*lines, "kept: *", "    psql *", f"to stop: pgassay server stop {place.path.name}; *"])
    listing = CliRunner().invoke(cli.pgassay, ["server", "list"]).output
    assert f"server with databases of failed tests, for 0 min  {place.path}" in listing
    assert f"{kept[0].test}: {kept[0].url}" in listing
    run_pytest("tests/test_1.py", "--assay-keep", "1").assert_outcomes(failed=1)
    (later,) = stays
    assert later.path != place.path
    stopped = CliRunner().invoke(cli.pgassay, ["server", "stop", later.path.name])
    assert stopped.output == f"stopped: {later.path}\n"
    assert list(stays) == []


@pytest.mark.nightly
def test_every_kind_is_kept(failing: Project, run_pytest: Run, stays: list[Place]) -> None:
    run_pytest("tests/test_own.py", "-o", "assay_keep=20")
    (place,) = stays
    tests = [one.test.rpartition("_")[2] for one in kept_databases(place.path)]
    assert tests == ["fails", "url", "within", "two", "two", "fixture", "subtests"]
    for one in kept_databases(place.path):
        psycopg.connect(one.url).close()


@pytest.mark.nightly
def test_the_debugger_is_told_the_way_first(project: Project, run_pytest: Run, stays: list[Place]) -> None:
    project.write("quiet.py", "import pdb\nclass Quiet(pdb.Pdb):\n    def interaction(self, *_): print('prompt')\n")
    project.write("tests/test_own.py", "def test_it(assay_db):\n    assert 0\n")
    result = run_pytest("--pdb", "--pdbcls=quiet:Quiet", "tests/test_own.py")
    result.stdout.fnmatch_lines(["*- pgassay -*", "assay_db: database *", "kept: *", "prompt", "kept: *"])
    assert len(list(stays)) == 1


@pytest.mark.nightly
def test_over_tcp_no_password_is_shown(project: Project, run_pytest: Run, stays: list[Place]) -> None:
    project.write(
        "tests/test_own.py",
        "def test_it(assay_db):\n"
        "    open('password', 'w').write(assay_db.conninfo.get('password'))\n"
        "    assay_db.as_role('postgres').none(f\"SELECT '{assay_db.conninfo.get('password')}'\")\n"
        "    raise LookupError\n",
    )
    result = run_pytest("-o", "assay_listen=tcp", "--assay-keep=1", "--tb=short", "tests/test_own.py")
    password = (project.path / "password").read_text()
    assert password
    assert password not in result.stdout.str() + result.stderr.str()
    ((kept,),) = [kept_databases(place.path) for place in stays]
    psycopg.connect(kept.url).close()


@pytest.mark.nightly
def test_a_server_that_is_gone_does_not_hide_the_failure(project: Project, run_pytest: Run) -> None:
    project.write(
        "tests/test_own.py",
        "import os, signal\n"
        "def test_it(assay_db, assay_server):\n"
        "    with assay_server.connect() as connection:\n"
        "        folder = connection.execute('SHOW data_directory').fetchone()[0]\n"
        "    pid = int(open(f'{folder}/postmaster.pid').readline())\n"
        "    os.kill(pid, signal.SIGQUIT)\n"
        "    while os.path.exists(f'{folder}/postmaster.pid'): pass\n"
        "    raise LookupError('the reason')\n",
    )
    result = run_pytest("tests/test_own.py", "--assay-keep=1")
    result.stdout.fnmatch_lines(["E *LookupError: the reason", "*- pgassay -*", "its server could not be asked: *"])
    assert "INTERNALERROR" not in result.stdout.str()
