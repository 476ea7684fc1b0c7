"""Migrations whose statements fail in their turn, within Django."""

from __future__ import annotations

import pytest

from .conftest import Folder
from .test_django import SETTINGS, fresh_django, migration, project

__all__ = ["fresh_django", "project"]

pytestmark = pytest.mark.thorough  # Django is set up in processes of its own

FIRST, SECOND = (f'migrations.AddField("Item", "{name}", models.IntegerField(null=True))' for name in "ab")
ALONE = "atomic = False"


def second(*operations: str, more: str = "", head: str = "") -> dict[str, str]:
    """A second migration of these operations."""
    return migration("stock", "0002_x", "stock.0001_initial", do=", ".join(operations), more=more, head=head)


def running(*lines: str) -> dict[str, str]:
    """A second migration that runs a function with a cursor."""
    head = "def run(apps, editor):\n    execute = editor.connection.cursor().execute\n"
    return {"head": head + "".join(f"    {line}\n" for line in lines)}


def test_one_transaction(project: Folder) -> None:
    """What Django makes for itself before the first one, and behind one with a foreign key, is no part of it."""
    code = running('apps.get_model("stock", "Item").objects.create(name="x")')
    project.write(**second(FIRST, "migrations.RunPython(run)", SECOND, **code))
    assert project.survive() == [[], [], []]


def test_two_operations_in_no_transaction(project: Folder) -> None:
    project.write(**second(FIRST, SECOND, more=ALONE))
    where = 'statement 1 (ALTER TABLE "stock_item" ADD COLUMN "a" integer NULL)'
    assert project.survive() == [[], [], [("cut-off-for-good", where)]]


@pytest.mark.parametrize("guard", ["IF NOT EXISTS ", ""])
def test_indexes_in_no_transaction(project: Folder, guard: str) -> None:
    indexes = [f"CREATE INDEX CONCURRENTLY {guard}{name} ON stock_item (name)" for name in "ij"]
    project.write(**second(*(f'migrations.RunSQL("{index}")' for index in indexes), more=ALONE))
    assert project.survive() == [[], [], [] if guard else [("cut-off-for-good", f"statement 1 ({indexes[0]})")]]


def test_an_operation_that_is_a_transaction_of_its_own(project: Folder) -> None:
    code = running('execute("INSERT INTO stock_item (name) VALUES (%s)", ["x"])', 'execute("SELECT 1")')
    project.write(**second("migrations.RunPython(run, atomic=True)", more=ALONE, **code))
    assert project.survive() == [[], [], []]


@pytest.mark.parametrize("commit", ['execute("COMMIT")', "editor.connection.connection.commit()"])
def test_code_that_commits(project: Folder, commit: str) -> None:
    row = 'execute("INSERT INTO stock_item (name) VALUES (%s)", ["x"])'
    project.write(**second("migrations.RunPython(run)", **running(row, commit, row)))
    says_so = "COMMIT" in commit
    ends = [("ends-its-transaction", "stock.0002_x")] if says_so else []
    where = (
        "statement 2, line 4 (COMMIT)" if says_so else "statement 1, line 3 (INSERT INTO stock_item (name) VALUES (%s))"
    )
    assert project.survive() == [[], [], [*ends, ("cut-off-for-good", where)]]


def test_the_database_apart_from_the_state(project: Folder) -> None:
    both = 'migrations.RunSQL(["CREATE TABLE x ()", "CREATE TABLE y ()"])'
    separate = f"migrations.SeparateDatabaseAndState([{both}], [{FIRST}])"
    project.write(**second(separate))
    assert project.survive() == [[], [], []]


def test_no_statement(project: Folder) -> None:
    project.write(**second(f"migrations.SeparateDatabaseAndState([], [{FIRST}])"))
    assert project.survive() == [[], [], []]


def test_settings_that_leak(project: Folder) -> None:
    """Those that Django makes in each of its sessions do not."""
    zone = 'TIME_ZONE = "Asia/Kolkata"\nUSE_TZ = False\n'
    project.write(**{"site_settings.py": SETTINGS + zone})
    both = "SET lock_timeout = '1s'; SET LOCAL statement_timeout = '7s'"
    project.write(**second(f'migrations.RunSQL("{both}")'))
    assert project.survive() == [[], [], [("setting-leaks", "stock.0002_x: lock_timeout")]]
