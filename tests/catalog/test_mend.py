"""Each mend, executed on a real server, leaves nothing of its difference; one pair of databases for all of a major."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from psycopg import sql

from pgassay.catalog.difference import Change, Difference
from pgassay.findings import Finding
from pgassay.servers.server import Server
from tests.catalog.mend_cases import CASES, Case
from tests.catalog.support import Connection, Sides, two_databases

ROUNDS = 3  # a foreign key waits for its table, a partition's index for the index

ONCE = (
    "table_missing",
    "table_extra",
    "partitioned_missing",
    "partitioned_extra",
    "constraint_renamed_there",
    "index_renamed_there",
    "sequence_renamed_there",
    "index_of_partitioned_renamed_there",
    "unique_there",
    "unique_otherwise_there",
    "unique_by_index_there",
    "unique_by_index_back",
    "column_of_parent_there",
    "view_columns_there",
    "trigger_of_partitioned_missing",
    "identity_there",
    "serial_identity_there",
    "rule_of_view_missing",
    "rule_of_table_missing",
    "statistics_renamed_there",
    "statistics_of_materialized_missing",
    "publication_missing",
    "publication_extra",
    "publication_table_missing",
    "operator_class_missing",
    "operator_class_extra",
    "operator_class_with_loose_members_missing",
    "operator_class_with_loose_members_extra",
    "base_type_missing",
    "base_type_extra",
    "range_functions_missing",
    "range_functions_extra",
)
"""Cases in which several objects differ for one cause, which alone is told."""


@dataclass(frozen=True)
class Outcome:
    major: int
    first: dict[str, list[Difference]]
    failed: dict[str, list[str]]
    left: dict[str, list[Finding]]


@pytest.fixture(scope="module")
def outcome(any_server: Server) -> Iterator[Outcome]:
    with two_databases(any_server) as sides:
        cases = [case for case in CASES if any_server.major >= case.since]
        for case in cases:
            prepare(sides, case)
        first = sides.differences()
        failed: list[str] = []
        for _ in range(ROUNDS):
            failed = sides.mend() or failed
        left = sides.findings()
        yield Outcome(
            any_server.major,
            {case.name: [d for d in first if names(d.object, case)] for case in cases},
            {case.name: [text for text in failed if names(text, case)] for case in cases},
            {case.name: [f for f in left if names(f.object, case)] for case in cases},
        )


def prepare(sides: Sides, case: Case) -> None:
    execute(sides.expected, case, case.sql(case.base, case.expected))
    execute(sides.actual, case, case.sql(case.base, case.actual))


def execute(connection: Connection, case: Case, statements: bytes) -> None:
    name = sql.Identifier(case.name)
    connection.execute(sql.SQL("CREATE SCHEMA {}; SET search_path = {}").format(name, name))
    connection.execute(statements)


def names(text: str, case: Case) -> bool:
    """Tell whether the case's schema is named, or what is called by it and lives in no schema."""
    return re.search(rf'[ .]"?{case.name}(?![a-z_])', text) is not None


@pytest.mark.thorough
def test_nothing_is_left_after_the_mend(outcome: Outcome, subtests: pytest.Subtests) -> None:
    """One item, not one a case: workers that share items would each make and mend all cases."""
    for case in (case for case in CASES if outcome.major >= case.since):
        with subtests.test(case.name):
            assert outcome.first[case.name], "the case makes no difference"
            assert (outcome.left[case.name], outcome.failed[case.name]) == ([], [])


def test_one_difference_for_one_defect(outcome: Outcome) -> None:
    found = {name: [(d.change, d.object) for d in outcome.first[name]] for name in ONCE}
    assert {name: objects for name, objects in found.items() if len(objects) > 1} == {}


def test_renamed_is_neither_missing_nor_extra(outcome: Outcome) -> None:
    renamed = (
        "constraint_renamed",
        "check_renamed",
        "index_renamed",
        "sequence_renamed",
        "index_of_partitioned_renamed",
        "statistics_renamed",
    )
    names: Iterable[str] = (f"{name}_{way}" for name in renamed for way in ("there", "back"))
    assert {(name, d.change) for name in names for d in outcome.first[name]} == {
        (f"{name}_{way}", Change.RENAMED) for name in renamed for way in ("there", "back")
    }
