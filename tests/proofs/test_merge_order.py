"""A migration that is applied behind newer ones: where it leads elsewhere, and where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pgassay.errors import ContractError
from pgassay.findings import Outcome, Report
from pgassay.migrations.model import Migration
from pgassay.proofs.merge_order import reorder
from pgassay.proofs.roads import scratch_road
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

from .test_survival import TABLE, step, superuser

pytestmark = pytest.mark.thorough

Reordered = Callable[..., Report]
CREATED = step(1, TABLE)


@pytest.fixture
def reordered(any_private_server: Server, tmp_path: Path) -> Reordered:
    def go(
        *migrations: Migration,
        newest: int = 20,
        leniencies: tuple[str, ...] = (),
        may_be_late: Callable[[Migration], bool] = lambda _: True,
    ) -> Report:
        recipe, settings = Recipe(migrations=migrations), Settings(root=tmp_path)
        return reorder(
            migrations,
            newest=newest,
            may_be_late=may_be_late,
            build=lambda: scratch_road(nullcontext(any_private_server), recipe, settings),
            compare=partial(differences, leniencies=leniencies),
        )

    return go


def found(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule, finding.object) for finding in report.findings]


def test_steps_that_have_nothing_to_do_with_each_other(reordered: Reordered) -> None:
    report = reordered(CREATED, step(2, "CREATE TABLE u ()"), step(3, "CREATE INDEX ON t (a)"))
    assert (found(report), report.outcome, report.looked_at) == ([], Outcome.PASS, 3)
    (note,) = report.notes
    assert note.startswith(
        "the newest 3 of 3 migrations were applied last in their turn (assay_merge_steps = 20); 0 of"
    )


def test_what_all_rest_on_has_no_other_place(reordered: Reordered) -> None:
    report = reordered(CREATED, step(2, "ALTER TABLE t ADD b int"), step(3, "CREATE INDEX ON t (b)"))
    assert found(report) == []
    assert "; 2 of them are what all behind them rest on" in report.notes[0]


def test_two_that_write_one_function(reordered: Reordered) -> None:
    functions = [f"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT {n}'" for n in (1, 2)]
    report = reordered(step(1, functions[0]), step(2, functions[1]))
    assert found(report) == [("order-matters", "migration 1-m, applied last: function public.f()")]
    assert ("SELECT 2" in report.findings[0].expected, "SELECT 1" in report.findings[0].found) == (True, True)


def test_two_that_add_a_column(reordered: Reordered) -> None:
    steps = (CREATED, step(2, "ALTER TABLE t ADD b int"), step(3, "ALTER TABLE t ADD c int"))
    report = reordered(*steps)
    assert (report.outcome, found(report)) == (Outcome.PASS, [])
    assert report.notes[1].endswith(", which no file can help: 2-m (table public.t)")
    assert len(reordered(*steps, leniencies=("column-order",)).notes) == 1


def test_two_that_add_a_column_and_what_is_made_of_all_columns(reordered: Reordered) -> None:
    """A view takes the columns that there are: that is another view."""
    view = "CREATE OR REPLACE VIEW v AS SELECT * FROM t"
    steps = (CREATED, step(2, "ALTER TABLE t ADD b int"), step(3, "ALTER TABLE t ADD c int"), step(4, view))
    late = [("order-matters", f"migration {n}-m, applied last: view public.v") for n in (2, 3)]
    assert found(reordered(*steps)) == late


def test_only_the_newest_and_those_that_may_be_late_are_tried(reordered: Reordered) -> None:
    steps = (step(n, f"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT {n}'") for n in (1, 2))
    first, second = steps
    assert len(found(reordered(first, second))) == 1
    assert found(reordered(first, second, newest=1)) == []
    assert found(reordered(first, second, may_be_late=lambda migration: migration.version == 2)) == []


def test_one_that_cannot_be_applied_any_more(reordered: Reordered) -> None:
    report = reordered(CREATED, step(2, "ALTER TABLE t ADD b int"), step(3, "DROP TABLE t"))
    assert found(report) == [("order-matters", "migration 2-m, applied last")]
    assert 'relation "t" does not exist' in report.findings[0].found


def test_what_rests_on_it_waits_for_it(reordered: Reordered) -> None:
    """The table is main's; the index rests on the column, by what it is or by what it says."""
    column, index = step(2, "ALTER TABLE t ADD b int"), step(4, "CREATE INDEX ON t (b)")
    assert found(reordered(CREATED, column, step(3, "CREATE TABLE u ()"), index)) == []
    says_so = [replace(step(n, f"COMMENT ON TABLE t IS '{n}'"), key=f"k{n}") for n in (2, 3)]
    assert len(found(reordered(CREATED, *says_so))) == 1
    says_so[1] = replace(says_so[1], parents=("k2",))
    assert found(reordered(CREATED, *says_so)) == []


def test_what_fails_half_way_without_it_leaves_nothing(reordered: Reordered) -> None:
    half = step(3, "CREATE TABLE u ()", "CREATE INDEX CONCURRENTLY ON t (b)", transaction=False)
    assert found(reordered(CREATED, step(2, "ALTER TABLE t ADD b int"), half)) == []


def test_one_that_lets_what_rests_on_it_fail(reordered: Reordered) -> None:
    """The view is made of whatever is there, and the last step names the column that the first adds."""
    view = "CREATE VIEW v AS SELECT * FROM t"
    steps = (CREATED, step(2, "ALTER TABLE t ADD b int"), step(3, view), step(4, "CREATE VIEW w AS SELECT b FROM v"))
    report = reordered(*steps)
    assert found(report) == [("order-matters", "migration 2-m, applied last")]
    assert report.findings[0].found.startswith('then "4-m" fails: ')


def test_what_all_copies_share_is_not_tried(reordered: Reordered) -> None:
    report = reordered(CREATED, superuser(step(2, "CREATE ROLE of_a_branch")))
    assert [(f.rule, f.outcome) for f in report.findings] == [("not-tried", Outcome.BLIND)]


def test_an_up_that_fails(reordered: Reordered) -> None:
    first = step(1, "SELECT 1/0")
    assert found(reordered(first, step(2, TABLE), step(3, "SELECT 1"), newest=1)) == [("up-fails", "migration 1-m")]
    assert found(reordered(CREATED, step(2, "SELECT 1/0"))) == [("up-fails", "migration 2-m")]
    parted = (CREATED, step(2, "CREATE TABLE u ()"), step(3, "COMMENT ON TABLE t IS ''", "SELECT 1/0"))
    assert found(reordered(*parted)) == [("up-fails", "migration 3-m")]  # and not for the order of the others


def test_without_a_database_it_says_why() -> None:
    def build() -> Any:
        raise ContractError('"01.sql" fails', hint="mend it")

    report = reorder([CREATED], newest=1, may_be_late=lambda _: True, build=build, compare=differences)
    assert found(report) == [("not-run", "merge order")]
