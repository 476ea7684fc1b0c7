"""Revisions whose statements fail in their turn, within Alembic."""

from __future__ import annotations

import pytest

from .conftest import Folder
from .test_alembic import ENGINES, ENV, RUN, project, revision, table

__all__ = ["project"]

pytestmark = pytest.mark.thorough  # SQLAlchemy is imported

BLOCK = "with op.get_context().autocommit_block():\n        op.execute"
INDEX = f'{BLOCK}("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (id)")'


def two(first: str, *others: str) -> dict[str, str]:
    """A second revision of these statements."""
    return revision("b", "a", up="\n    ".join((first, *others)))


@pytest.mark.parametrize("env", [ENV, *(RUN + engine for engine in ENGINES.values())])
def test_one_transaction(project: Folder, env: str) -> None:
    """Whatever engine env.py makes, and whatever it makes before."""
    project.write(**{"env.py": env})
    project.write(
        **two('op.create_table("b", sa.Column("id", sa.Integer, primary_key=True))', 'op.execute("SELECT 1")')
    )
    in_none = "AUTOCOMMIT" in env
    assert project.survive() == [
        [],
        [("cut-off-for-good", "statement 1, line 9 (CREATE TABLE b ( id SERIAL NOT NULL, PRIMARY KEY (id) ))")]
        if in_none
        else [],
    ]


def test_an_autocommit_block_behind_what_cannot_be_repeated(project: Folder) -> None:
    project.write(**two('op.execute("CREATE TABLE b ()")', INDEX), **table("c", "b"))
    assert project.survive() == [[], [("cut-off-for-good", "statement 1, line 9 (CREATE TABLE b ())")], []]


def test_an_autocommit_block_that_can_be_repeated(project: Folder) -> None:
    project.write(**two(INDEX, f'{BLOCK}("ALTER TABLE a ADD IF NOT EXISTS b int")', 'op.execute("CREATE TABLE b ()")'))
    assert project.survive() == [[], []]


def test_rows_in_front_of_an_autocommit_block(project: Folder) -> None:
    project.write(**two('op.execute("INSERT INTO a VALUES (1)")', INDEX))
    assert project.survive() == [[], [("cut-off-for-good", "statement 1, line 9 (INSERT INTO a VALUES (1))")]]


def test_a_commit_by_hand(project: Folder) -> None:
    project.write(**two(*(f'op.execute("{text}")' for text in ("CREATE TABLE b ()", "COMMIT", "CREATE TABLE c ()"))))
    assert project.survive() == [
        [],
        [("ends-its-transaction", "b_step"), ("cut-off-for-good", "statement 2, line 10 (COMMIT)")],
    ]


def test_a_failure_that_is_tried_again(project: Folder) -> None:
    savepoint = "with op.get_bind().begin_nested():\n                op.execute('ALTER TABLE a ADD b int')"
    project.write(
        **two(
            "for _ in range(2):",
            f"    try:\n            {savepoint}\n            break",
            "    except sa.exc.OperationalError:\n            pass",
        )
    )
    assert project.survive() == [[], []]


def test_settings_that_leak(project: Folder) -> None:
    """Those of env.py do not: it sets them in front of every revision."""
    begin = "    with context.begin_transaction():"
    env = ENV.replace(
        begin, f"    connection.exec_driver_sql(\"SET work_mem = '7MB'\")\n    connection.commit()\n{begin}"
    )
    assert "work_mem" in env
    project.write(**{"env.py": env})
    project.write(**two("op.execute(\"SET lock_timeout = '1s'\")"))
    assert project.survive() == [[], [("setting-leaks", "b_step: lock_timeout")]]
