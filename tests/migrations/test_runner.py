from __future__ import annotations

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction

from .conftest import Project


def test_up_down_up(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;")
    project.write("002-b", "CREATE TABLE b ();", "DROP TABLE b;")
    up = project.runner().up()
    assert [(step.version, step.name, step.direction) for step in up] == [
        (1, "a", Direction.UP),
        (2, "b", Direction.UP),
    ]
    assert project.results == list(up)
    assert project.ledger() == [(1, "finished"), (2, "finished")]
    assert [step.version for step in project.runner().down(count=None)] == [2, 1]
    assert (project.ledger(), project.has("a"), project.has("b")) == ([], False, False)
    assert [step.version for step in project.runner().up(count=1)] == [1]
    assert project.runner().up(to=2)[0].version == 2
    assert project.runner().up() == ()


def test_a_step_that_fails_leaves_nothing(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;")
    project.write("002-b", "CREATE TABLE b ();\n\nSELECT 1 /\n  0;\nCREATE TABLE c ();")
    with pytest.raises(MigrationError, match=r'002-b\.sql", line 4: division by zero \[22012\]\n  statement: SELECT 1'):
        project.runner().up()
    assert (project.ledger(), project.has("a"), project.has("b")) == ([(1, "finished")], True, False)
