"""Whatever the bounds and the names: a row is made, and it satisfies them."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from pgassay.behaviors.rows import RowFactory
from pgassay.behaviors.rows.patterns import matching
from pgassay.catalog.read import read_catalog

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
BOUNDS = st.integers(-(2**31), 2**31 - 2)
FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_TABLE = sql.SQL("""
CREATE TABLE t ({a} int NOT NULL UNIQUE CHECK ({a} BETWEEN {low} AND {high}),
                     {b} text NOT NULL CHECK (length({b}) BETWEEN {short} AND {long}))
""")


@FEW
@given(columns=st.lists(NAMES, min_size=2, max_size=2, unique=True), low=BOUNDS, short=st.integers(0, 40))
def test_any_names_and_bounds(connection: psycopg.Connection[Any], columns: list[str], low: int, short: int) -> None:
    a, b = map(sql.Identifier, columns)
    bounds = {"low": low, "high": min(low + 5, 2**31 - 1), "short": short, "long": short + 2}
    connection.execute("DROP TABLE IF EXISTS t")
    connection.execute(_TABLE.format(a=a, b=b, **bounds))
    row = RowFactory(connection, read_catalog(connection)).insert("t")
    assert low <= row[columns[0]] <= low + 5
    assert short <= len(row[columns[1]]) <= short + 2


@given(st.integers(0, 10**6), st.integers(1, 12), st.sampled_from(["[a-z]+", "(ab|c)*x", r"\d{2,4}", "[^@]+@[^@]+"]))
def test_a_pattern_is_matched(number: int, width: int, pattern: str) -> None:
    assert re.fullmatch(pattern, matching(pattern, number, width=width) or "")
