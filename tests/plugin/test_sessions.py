"""The fixture `assay_sessions`, and what pytest shows where sessions do not stand as a test has it."""

from __future__ import annotations

from tests.project import Project, Run

TESTS = """
def test_waits(assay_sessions, assay_db):
    assay_db.none("INSERT INTO s.users VALUES (1)")
    a, b = assay_sessions(2)
    (c,) = assay_sessions(1, role="pgassay_owner")
    a.run("BEGIN; DELETE FROM s.users")
    assert [b.start("DELETE FROM s.users").waits_for, c.start("TABLE s.users").waits_for] == [{a}, set()]
    assert c.name == "session 3" and c.run("SELECT current_user").rows == [("pgassay_owner",)]


def test_clean(assay_db):
    assert assay_db.value("SELECT count(*) FROM s.users") == 0


def test_broken(assay_sessions):
    a, b = assay_sessions(2)
    a.run("BEGIN; LOCK TABLE s.users IN SHARE MODE")
    step = b.start("LOCK TABLE s.users IN SHARE MODE")
    assert step.waits_for == {a}
"""


def test_what_waits_and_what_is_shown(project: Project, run_pytest: Run) -> None:
    project.write("tests/test_schema.py", TESTS)
    result = run_pytest()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "E       assert waits for nobody == {session 1}",
            "E           session 1: idle in transaction; after: BEGIN; LOCK TABLE *; ended: LOCK TABLE",
            "E           session 2: idle; after: LOCK TABLE *; failed: LOCK TABLE can only be used *25P01*",
        ],
        consecutive=True,
    )
