"""One schema on two majors is one schema: all that the mends' cases make, compared across servers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pgassay.catalog.compare import Comparison, Scope
from pgassay.servers.server import Server
from tests.catalog.mend_cases import CASES
from tests.catalog.samples import grant
from tests.catalog.support import two_databases


@pytest.mark.parametrize(("expected", "actual"), [(14, 18), pytest.param(18, 14, marks=pytest.mark.thorough)])
def test_one_schema_on_two_majors(servers: Callable[[int], Server], expected: int, actual: int) -> None:
    with two_databases(servers(expected), servers(actual)) as sides:
        for case in CASES:
            if case.since == 14:
                sides.both(case.sql("CREATE SCHEMA @case; SET search_path = @case;", case.base, case.expected))
        seen = sides.examine(Comparison(scope=Scope.CONTRACT, shared=False))
        # Up to 14 everybody may create in schema public, and that is no matter of wording.
        assert [(d.object, [a.name for a in d]) for d in seen.differences] == [("schema public", ["privileges"])]
        create = frozenset({grant("CREATE PUBLIC")})
        (privileges,) = seen.differences[0]
        assert (privileges.missing, privileges.extra) == (
            (create, frozenset()) if expected == 14 else (frozenset(), create)
        )
