from __future__ import annotations

import re

import pytest

from pgassay.contract.behavior import ColumnStatistics, PlanBehavior, TableStatistics
from pgassay.errors import ContractError
from tests.contract.conftest import Load

PLAN = """
[[plan]]
name = "n"
query = "SELECT 1"
"""
STATISTICS = """
[[statistics]]
table = "t"
"""


def test_a_plan_whole(load: Load) -> None:
    text = """
    [[plan]]
    name = "inbox"
    query = "SELECT 1 WHERE $1; -- a comment"
    uses = 's."I.x"'
    without = ["sort", "sequential scan"]
    given = "INSERT INTO t VALUES (1)"
    parameters = [true, "x", 2]
    buffers = 0
    rows = 7
    """
    assert load({"behavior.toml": text}).behavior.plans == (
        PlanBehavior(
            name="inbox",
            query="SELECT 1 WHERE $1",
            uses=('s."I.x"',),
            without=("sort", "sequential scan"),
            given="INSERT INTO t VALUES (1)",
            parameters=("true", "x", "2"),
            buffers=0,
            rows=7,
        ),
    )


def test_statistics_whole(load: Load) -> None:
    text = STATISTICS + 'rows = 1_000\ncopy = true\ncolumns."a.B" = { distinct = -1, nulls = 0.5, width = 8 }'
    columns = {"a.B": ColumnStatistics(distinct=-1.0, nulls=0.5, width=8)}
    (found,) = load({"behavior.toml": text}).behavior.statistics
    assert found == TableStatistics(name="statistics of t", table="t", rows=1000, copy=True, columns=columns)


def test_what_a_plan_is_about(load: Load) -> None:
    assert PlanBehavior(name="n", query="SELECT\n  1", uses=("i",)).about == "SELECT 1"
    assert PlanBehavior(name="n", query="S" * 61, uses=("i",)).about == "S" * 60 + "..."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PLAN, 'line 2: [[plan]] number 1 "n": one of uses, without, buffers, rows must be there'),
        (PLAN + "uses = []", "one of uses, without, buffers, rows must be there, and say something"),
        (PLAN + 'use = "i"', 'line 5: [[plan]] number 1 "n": unknown key "use"'),
        (PLAN + 'without = "seq scan"', '"without" must be of sequential scan, sort, not "seq scan"'),
        (PLAN + "buffers = 3", 'line 5: [[plan]] number 1 "n": "buffers" is there, and "given" is missing'),
        (PLAN + "uses = 'i'\nparameters = [1]", '"parameters" is there, and "given" is missing'),
        (PLAN + "rows = -1\ngiven = 'SELECT 1'", '"rows" must be a whole number of at least 0, not -1'),
        (PLAN + "rows = 1\ngiven = 'SELECT 1'\nparameters = 1", '"parameters" must be a list, not 1'),
        (
            PLAN + "rows = 1\ngiven = 'SELECT 1'\nparameters = [[1]]",
            '"parameters" must be a text, a number, a truth value',
        ),
        (PLAN.replace("1", "1; SELECT 2") + "uses = 'i'", 'line 4: [[plan]] number 1 "n": "query" must hold one'),
        (PLAN.replace("SELECT 1", ";") + "uses = 'i'", '"query" must hold one statement, not 0'),
        (
            PLAN.replace("SELECT 1", "DROP TABLE t") + "uses = 'i'",
            '"query" is planned, and so must be one of SELECT, WITH',
        ),
        (PLAN.replace("1", "'") + "uses = 'i'", '"query", '),
        (STATISTICS, '"rows" or "copy" must be there'),
        (STATISTICS + "rows = 0", '"rows" must be a whole number of at least 1, not 0'),
        (STATISTICS + "rows = 1" + STATISTICS + "rows = 1", 'another entry is named "statistics of t"'),
        (STATISTICS + "rows = 1\ncolumns.a = { distinct = -2 }", '"distinct" must be a number of at least -1, not -2'),
        (
            STATISTICS + "rows = 1\ncolumns.a = { distinct = inf }",
            '"distinct" must be a number of at least -1, not inf',
        ),
        (STATISTICS + "rows = 1\ncolumns.a = { nulls = 1.5 }", '"nulls" must be a number from 0 to 1, not 1.5'),
        (STATISTICS + "rows = 1\ncolumns.a = { null = 1 }", 'unknown key "null"'),
    ],
)
def test_what_means_nothing_is_refused(load: Load, text: str, problem: str) -> None:
    with pytest.raises(ContractError, match=re.escape(problem)):
        load({"behavior.toml": text})
