"""A failed assertion shows what differs, and other comparisons are pytest's own."""

from __future__ import annotations

import pytest

from tests.project import Run

MODULE = """
from dataclasses import replace
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.schemas import Schema

LEFT, RIGHT = (Schema(schema="s", owner=name, privileges=frozenset(), comment=None) for name in ("ann", "ben"))

def test_catalogs():
    assert Catalog.of(18, [LEFT]) == Catalog.of(18, [RIGHT])

def test_records():
    assert LEFT == RIGHT

def test_not_equal():
    assert LEFT != replace(LEFT)

def test_theirs():
    assert [1, 2] == [1, 3]
"""


def test_what_differs_is_shown(pytester: pytest.Pytester, run_pytest: Run) -> None:
    pytester.makepyfile(MODULE)
    lines = run_pytest().stdout
    lines.fnmatch_lines(
        ["E * assert catalog of PostgreSQL 18 == *: 1 object differs", "E * differs  schema s: owner: ann != ben"]
    )
    lines.fnmatch_lines(["E * assert <schema s: owner ann> == <schema s: owner ben>", "E * owner: ann != ben"])
    lines.fnmatch_lines(["E * assert <schema s: owner ann> != <schema s: owner ann>"])
    lines.fnmatch_lines(["E * assert [[]1, 2] == [[]1, 3]", "E * At index 1 diff: 2 != 3"])


@pytest.mark.thorough
def test_it_can_be_switched_off(pytester: pytest.Pytester, run_pytest: Run) -> None:
    pytester.makepyfile(MODULE)
    assert "differs" not in run_pytest("-pno:pgassay.plugin.explanation").stdout.str()


def test_nothing_of_ours_is_loaded_for_a_comparison_of_theirs(pytester: pytest.Pytester, run_pytest: Run) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_theirs():
            assert [1] == [2]

        def test_after():
            assert not [name for name in sys.modules if name.startswith("pgassay.catalog")]
        """
    )
    run_pytest().assert_outcomes(passed=1, failed=1)
