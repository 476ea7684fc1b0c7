"""One item a migration, each with its own outcome, in whatever order and process; and one walk for all of them."""

from __future__ import annotations

import pytest

from tests.project import Project, Run

pytestmark = pytest.mark.thorough

CONFTEST = """
import os
from pgassay.suite import proofs

walk_all = proofs.walk_all

def counted(*args):
    with open("walks", "a") as file:
        file.write("x")
    return walk_all(*args)

proofs.walk_all = counted

def pytest_collection_modifyitems(items):
    if "BACKWARDS" in os.environ:
        items.reverse()
"""
OUTCOMES = {"001-users": "PASSED", "002-index": "PASSED", "003-bad": "FAILED", "004-good": "PASSED"}


@pytest.fixture
def bad_third(project: Project) -> Project:
    """A project whose third migration has a bad down."""
    for name, down in (("003-bad", "SELECT 1;"), ("004-good", 'DROP TABLE s."004-good";')):
        project.write(
            f"migrations/{name}.sql", f'-- migrate:up\nCREATE TABLE s."{name}" ();\n-- migrate:down\n{down}\n'
        )
    project.write("conftest.py", CONFTEST)
    return project


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workers", "backwards"),
    [pytest.param((), True, marks=pytest.mark.thorough), (("-n", "2"), False)],
    ids=["backwards", "xdist"],
)
def test_each_item_has_its_own_outcome(
    bad_third: Project, run_pytest: Run, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...], backwards: bool
) -> None:
    if backwards:
        monkeypatch.setenv("BACKWARDS", "1")
    result = run_pytest("-v", "-k", "round_trip or way_down", *workers)
    lines = [line for line in result.stdout.lines if "SUBFAILED" not in line and "test_round_trip[" in line]
    for name, outcome in OUTCOMES.items():
        assert any(f"[{name}]" in line and outcome in line for line in lines), name
    result.stdout.fnmatch_lines(["*not run, for 003-bad has a defect"])
    assert (bad_third.path / "walks").read_text() == "x"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "outcome"), [pytest.param("003-bad", "failed", marks=pytest.mark.thorough), ("004-good", "passed")]
)
def test_one_item_alone(bad_third: Project, run_pytest: Run, name: str, outcome: str) -> None:
    result = run_pytest("-k", f"round_trip and {name}")
    assert result.parseoutcomes()[outcome] == (2 if outcome == "failed" else 1)  # a sub-test, and its item


def test_leniencies_in_force_are_said_once(project: Project, run_pytest: Run) -> None:
    steps = (
        ("CREATE TABLE s.t (x int, y int)", "DROP TABLE s.t"),
        ("ALTER TABLE s.t DROP x", "ALTER TABLE s.t ADD x int"),
    )
    for number, (up, down) in enumerate(steps, 3):
        project.write(f"migrations/{number:03}-t.sql", f"-- migrate:up\n{up};\n-- migrate:down\n{down};\n")
    project.write("pgassay.toml", 'leniencies = ["column-order"]\n')
    result = run_pytest("-k", "round_trip or way_down")
    result.assert_outcomes(passed=5)
    assert result.stdout.str().count("leniency column-order: the order of a table's columns is not compared") == 1
