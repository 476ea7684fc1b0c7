"""Two runners at once: what comes twice, and what cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pgassay.errors import ContractError
from pgassay.findings import Outcome, Report
from pgassay.migrations.model import Migration
from pgassay.migrations.sources.dbmate import FORMAT as DBMATE
from pgassay.migrations.sources.find import format_called
from pgassay.migrations.sources.format import Format, Lock
from pgassay.migrations.sources.goose import FORMAT as GOOSE
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.two_runners import race_all
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.settings.formats import FORMATS
from pgassay.suite.proofs import differences

from .test_survival import TABLE, step

pytestmark = pytest.mark.thorough

Raced = Callable[..., Mapping[int, Report]]
CREATED = step(1, TABLE)


@pytest.fixture
def raced(any_private_server: Server, tmp_path: Path) -> Raced:
    def go(*migrations: Migration, tool: Format | None = GOOSE) -> Mapping[int, Report]:
        recipe, settings = Recipe(migrations=migrations), Settings(root=tmp_path)
        return race_all(
            migrations,
            tool=tool,
            build=lambda: scratch_road(nullcontext(any_private_server), recipe, settings),
            compare=differences,
        )

    return go


def effects(reports: Mapping[int, Report]) -> list[tuple[str, str, str]]:
    found = [finding for report in reports.values() for finding in report.findings]
    return [(finding.rule, finding.object, finding.found.rpartition("makes them: ")[2]) for finding in found]


def test_what_has_a_name_is_made_once(raced: Raced) -> None:
    assert effects(raced(CREATED, step(2, "ALTER TABLE t ADD b int"), step(3, "CREATE INDEX i ON t (a)"))) == []


@pytest.mark.parametrize(
    ("query", "effect"),
    [
        ("INSERT INTO t VALUES (1), (2)", "table public.t has 4 rows, not 2"),
        ("INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT FROM t)", "table public.t has 2 rows, not 1"),
        ("CREATE INDEX ON t (a)", "index public.t_a_idx1"),
        ("ALTER TABLE t ADD CHECK (a > 0)", "constraint public.t.t_a_check1"),
    ],
)
def test_what_has_none_is_made_twice(raced: Raced, query: str, effect: str) -> None:
    (found,) = effects(raced(CREATED, step(2, query)))
    assert found[:2] == ("runs-twice", "migration 2-m")
    assert effect in found[2]


def test_what_cannot_be_there_twice_is_there_once(raced: Raced) -> None:
    keyed = step(1, "CREATE TABLE t (a int UNIQUE)")
    guarded = "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"
    assert effects(raced(keyed, step(2, "INSERT INTO t VALUES (1)"))) == []
    assert effects(raced(keyed, step(2, guarded), step(3, "COMMENT ON TABLE t IS 'x'"))) == []


def test_a_step_without_a_transaction_follows_the_first(raced: Raced) -> None:
    twice = step(2, "INSERT INTO t VALUES (1)", "CREATE INDEX CONCURRENTLY i ON t (a)", transaction=False)
    assert effects(raced(CREATED, twice, tool=DBMATE)) == [
        ("runs-twice", "migration 2-m", "table public.t has 2 rows, not 1")
    ]
    assert effects(raced(CREATED, step(2, "CREATE INDEX CONCURRENTLY i ON t (a)", transaction=False))) == []


def test_a_deferred_constraint_undoes_the_second(raced: Raced) -> None:
    keyed = step(1, "CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    assert effects(raced(keyed, step(2, "INSERT INTO t VALUES (1)"))) == []


def test_python_of_a_tool_follows_the_first_and_the_tools_table_does_not_count(raced: Raced) -> None:
    """Django writes each migration down in a table without a key."""

    def run(connection: Any) -> None:
        connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (name text)")
        connection.execute("INSERT INTO django_migrations VALUES ('x'); INSERT INTO t VALUES (1)")

    code = step(2)
    code = replace(code, up=replace(code.up, pieces=None, run=run))
    assert effects(raced(CREATED, code, tool=format_called("django"))) == [
        ("runs-twice", "migration 2-m", "table public.t has 2 rows, not 1")
    ]


def test_what_all_copies_share_is_not_tried(raced: Raced) -> None:
    alters = step(2, "DO $$ BEGIN EXECUTE 'ALTER ROLE ' || current_user || ' CONNECTION LIMIT 77'; END $$")
    report = raced(CREATED, replace(alters, up=replace(alters.up, superuser=True)))[2]
    assert [(f.rule, f.outcome) for f in report.findings] == [("not-tried", Outcome.BLIND)]


def test_what_comes_behind_a_step_that_fails_is_not_run(raced: Raced) -> None:
    assert [rule for rule, *_ in effects(raced(step(1, "SELECT 1/0"), step(2, TABLE)))] == ["up-fails", "not-run"]


@pytest.mark.parametrize("tool", [None, DBMATE, format_called("golang-migrate")])
def test_where_a_second_runner_is_kept_out_nothing_is_tried(tool: Format | None) -> None:
    def build() -> Any:
        pytest.fail("a database was made")

    first, second = race_all([CREATED, step(2, TABLE)], tool=tool, build=build, compare=differences).values()
    assert (first.outcome, second.outcome, first.findings) == (Outcome.PASS, Outcome.PASS, ())
    assert first.notes[0].startswith(f"{'pgassay' if tool is None else tool.tool} ")
    assert second.notes == ()  # said once


def test_without_a_database_each_says_why() -> None:
    def build() -> Any:
        raise ContractError('"01.sql" fails', hint="mend it")

    report = race_all([CREATED], tool=GOOSE, build=build, compare=differences)[1]
    assert [finding.rule for finding in report.findings] == ["not-run"]


def test_what_each_tool_does_against_a_second_runner() -> None:
    """What its own source says, so that a change is a decision."""
    by_lock = {lock.name: [name for name in FORMATS if format_called(name).lock is lock] for lock in Lock}
    assert by_lock["NONE"] == ["django", "goose", "hasura"]
    assert by_lock["KEY"] == ["alembic", "dbmate", "diesel", "refinery", "sql-migrate", "supabase"]
    assert by_lock["TABLE"] == ["liquibase", "yoyo"]
