"""Other tools' migrations: as their tools run them, with rows in the tables, but not in the tools' own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pgassay.migrations.sources.find import find
from pgassay.suite.tool import is_own

from .conftest import Kept, rules

pytestmark = pytest.mark.thorough

GOOSE = "-- +goose Up\n{up}\n-- +goose Down\n{down}\n"


Rules = Callable[..., list[list[tuple[str, str]]]]


@pytest.fixture
def goose(tmp_path: Path, walked: Kept) -> Rules:
    def go(*steps: tuple[str, str]) -> list[list[tuple[str, str]]]:
        for n, (up, down) in enumerate((("CREATE TABLE t (id int PRIMARY KEY, a text);", "DROP TABLE t;"), *steps), 1):
            (tmp_path / f"{n:05}_step.sql").write_text(GOOSE.format(up=up, down=down))
        return rules(walked())[1:]

    return go


def test_goose_keeps_rows(goose: Rules) -> None:
    assert goose(("ALTER TABLE t ADD b int;", "ALTER TABLE t DROP b;")) == [[]]


def test_goose_fails_on_rows(goose: Rules) -> None:
    not_null = ("ALTER TABLE t ADD b int NOT NULL;", "ALTER TABLE t DROP b;")
    narrowed = (
        "ALTER TABLE t ADD c int; UPDATE t SET c = id;",
        "ALTER TABLE t ADD CHECK (c = 0); ALTER TABLE t DROP c;",
    )
    assert goose(not_null, narrowed) == [[("up-fails-on-rows", "")], [("down-fails-on-rows", "")]]


def test_goose_loses_rows(goose: Rules) -> None:
    lost = ("DELETE FROM t WHERE id = 1;", "SELECT 1;")
    emptied = ("ALTER TABLE t DROP a;", "ALTER TABLE t ADD a text;")
    left = ("INSERT INTO t SELECT coalesce(max(id), 0) + 100 FROM t;", "SELECT 1;")
    second = ("INSERT INTO t SELECT id + 900 FROM t WHERE id < 99;", "SELECT 1;")
    assert goose(lost, left, emptied, second) == [
        [("rows-lost", "table public.t")],
        [("rows-left-behind", "table public.t")],
        [("column-emptied", "column public.t.a")],
        [("rows-left-behind", "table public.t"), ("second-up-fails-on-rows", "")],
    ]


ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine("postgresql+psycopg://").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op
revision, down_revision = {name!r}, {above!r}
def upgrade(): op.execute({up!r})
def downgrade(): op.execute({down!r})
"""


@pytest.mark.thorough  # SQLAlchemy is imported
def test_alembic_and_its_own_table(tmp_path: Path, walked: Kept) -> None:
    """Rows in `alembic_version` would be heads that nobody knows."""
    steps = [
        ("a", None, "CREATE TABLE t (id int PRIMARY KEY, a text)", "DROP TABLE t"),
        ("b", "a", "ALTER TABLE t ADD b int NOT NULL", "ALTER TABLE t DROP b"),
        ("c", "b", "ALTER TABLE t DROP a", "ALTER TABLE t ADD a text"),
        ("d", "c", "ALTER TABLE t ADD d text", "ALTER TABLE t DROP d"),
    ]
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV)
    for name, above, up, down in steps:
        (tmp_path / f"versions/{name}.py").write_text(REVISION.format(name=name, above=above, up=up, down=down))
    found = find(tmp_path)
    seen = walked(is_left_out=partial(is_own, found))
    assert rules(seen) == [[], [("up-fails-on-rows", "")], [("column-emptied", "column public.t.a")], []]
