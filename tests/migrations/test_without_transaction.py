"""Steps that run statement by statement: what stays when one of them fails."""

from __future__ import annotations

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.failure import ScriptError

from .conftest import FINISHED_BOTH, Project


def test_an_index_is_built_concurrently(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1);")
    project.write(
        "002-b",
        "SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY b ON a (i);\nCREATE INDEX CONCURRENTLY c ON a (i);",
        "DROP INDEX CONCURRENTLY b;\nDROP INDEX CONCURRENTLY c;",
        options="transaction:false",
        down_options="transaction:false",
    )
    project.runner().up()
    assert (project.ledger(), project.has("b"), project.has("c")) == (FINISHED_BOTH, True, True)
    project.runner().down()
    assert (project.ledger(), project.has("b"), project.has("c")) == (FINISHED_BOTH[:1], False, False)


def test_a_failure_half_way_says_what_stays(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1);")
    project.write(
        "002-b",
        'CREATE TABLE b ();\nCREATE TABLE c ();\nCREATE UNIQUE INDEX CONCURRENTLY "b""i" ON a (i);\nSELECT 1;',
        options="transaction:false",
    )
    with pytest.raises(ScriptError) as caught:
        project.runner().up()
    said = str(caught.value)
    assert '002-b.sql", line 4: could not create unique index' in said
    assert "these statements have taken effect and stay, by their lines: 2, 3" in said
    assert 'an invalid index is left: DROP INDEX CONCURRENTLY public."b""i";' in said
    assert "hint: look at what it has done" in said
    assert "DELETE FROM pgassay.ledger WHERE version = 2" in said
    assert project.ledger() == [(1, "finished"), (2, "failed")]
    for again in (project.runner().up, project.runner().down):
        with pytest.raises(MigrationError, match='the up of version 2 "b", which runs without a transaction, failed'):
            again()
    for mend in ('DROP INDEX CONCURRENTLY public."b""i"', "DELETE FROM pgassay.ledger WHERE version = 2"):
        project.fetch(mend)
    project.fetch("DROP TABLE b, c; DELETE FROM a")
    project.runner().up()
    assert project.ledger() == FINISHED_BOTH


def test_an_index_that_stays_invalid_is_no_success(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1);")
    once = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS b ON a (i);"
    project.write("002-b", once, options="transaction:false")
    with pytest.raises(ScriptError, match="could not create unique index"):
        project.runner().up()
    project.fetch("DELETE FROM pgassay.ledger WHERE version = 2")
    with pytest.raises(ScriptError, match=r"an index that it names is invalid: public\.b\n") as caught:
        project.runner().up()
    assert "IF NOT EXISTS keeps what an earlier build left: DROP INDEX CONCURRENTLY public.b;" in str(caught.value)
    assert project.ledger() == [(1, "finished"), (2, "failed")]


def test_a_down_that_fails_half_way(project: Project) -> None:
    project.write("001-a", "CREATE TABLE a ();", "DROP TABLE a;\nDROP TABLE b;", down_options="transaction:false")
    project.runner().up()
    with pytest.raises(ScriptError, match="these statements have taken effect and stay, by their lines: 4"):
        project.runner().down()
    assert project.ledger() == [(1, "revert failed")]
    with pytest.raises(MigrationError, match="the down of version 1"):
        project.runner().up()


def test_the_row_says_started_meanwhile(project: Project) -> None:
    project.write("001-a", "CREATE TABLE seen AS SELECT state FROM pgassay.ledger", options="transaction:false")
    project.runner().up()
    assert project.fetch("SELECT state FROM seen") == [("started",)]
