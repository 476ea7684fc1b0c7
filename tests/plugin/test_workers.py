"""Under pytest-xdist: one server, one template, and a pool of databases for each worker."""

from __future__ import annotations

import pytest

from tests.project import Project, Run

MODES = ["load", "loadscope", "loadgroup", "worksteal"]

CONFTEST = """
import psycopg, pytest

@pytest.fixture(scope="session")
def assay_migrate():
    def migrate(url):
        with open("built", "a") as file:
            print("once more", file=file)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE made (id serial PRIMARY KEY)")
    return migrate
"""

TESTS = """
import pytest

@pytest.mark.parametrize("number", range(15))
@pytest.mark.parametrize("fixture", ["assay_db", "assay_tx"])
def test_insert(request, fixture, number):
    database = request.getfixturevalue(fixture)
    assert database.value("INSERT INTO made DEFAULT VALUES RETURNING id") == 1
    assert database.value("SELECT count(*) FROM made") == 1

def test_ddl(assay_db):
    assay_db.none("CREATE TABLE another ()")
"""


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("mode", [MODES[0], *(pytest.param(mode, marks=pytest.mark.nightly) for mode in MODES[1:])])
def test_in_every_mode(project: Project, run_pytest: Run, mode: str) -> None:
    project.write("conftest.py", CONFTEST)
    for name in ("one", "two"):
        project.write(f"tests/test_{name}.py", TESTS)
    result = run_pytest("-n", "2", "--dist", mode, "-W", "error", "tests/test_one.py", "tests/test_two.py")
    result.assert_outcomes(passed=62)
    result.stdout.fnmatch_lines(["scratch server: *"])
    assert (project.path / "built").read_text() == "once more\n"


@pytest.mark.nightly
def test_in_random_order(project: Project, pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_randomly")  # the nightly environment has it
    project.write("conftest.py", CONFTEST)
    project.write("tests/test_one.py", TESTS)
    result = pytester.runpytest_subprocess("-n", "2", "tests/test_one.py")
    result.assert_outcomes(passed=31)
    result.stdout.fnmatch_lines(["Using --randomly-seed=*"])
