"""What migrations survive: each defect is found by what really happens on a server."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from pgassay.errors import BlindError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.model import Migration, Piece, Script
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.survival import survive
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

pytestmark = pytest.mark.thorough

TABLE = "CREATE TABLE t (a int);"


def step(version: int, *queries: str, transaction: bool = True, key: str = "k") -> Migration:
    """A migration of some tool's that sends these queries."""
    pieces = tuple(Piece(query, line) for line, query in enumerate(queries, 1))
    up = Script(sql="\n".join(queries), transaction=transaction, pieces=pieces)
    return Migration(version=version, name="m", path=Path(f"{version}-m.sql"), up=up, key=key)


@pytest.fixture
def tried(private_server: Server, tmp_path: Path) -> object:
    def go(*migrations: Migration) -> dict[int, Report]:
        recipe, settings = Recipe(migrations=migrations), Settings(root=tmp_path)
        return survive(
            migrations,
            build=lambda: scratch_road(nullcontext(private_server), recipe, settings),
            compare=differences,
        )

    return go


def found(tried: object, *migrations: Migration) -> list[Finding]:
    assert callable(tried)
    return [finding for report in tried(*migrations).values() for finding in report.findings]


def rules(tried: object, *migrations: Migration) -> list[tuple[str, str]]:
    return [(finding.rule, finding.object) for finding in found(tried, *migrations)]


def test_what_runs_in_a_transaction_survives(tried: object) -> None:
    assert rules(tried, step(1, TABLE, "INSERT INTO t VALUES (1)"), step(2, "ALTER TABLE t ADD b int")) == []


def test_one_query_without_a_transaction_survives(tried: object) -> None:
    assert rules(tried, step(1, TABLE), step(2, "CREATE INDEX CONCURRENTLY ON t (a)", transaction=False)) == []


def test_what_cannot_be_repeated_is_cut_off_for_good(tried: object) -> None:
    indexes = ("CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX CONCURRENTLY j ON t (a)")
    (finding,) = found(tried, step(1, TABLE), step(2, *indexes, transaction=False))
    assert (finding.rule, finding.object) == ("cut-off-for-good", "migration 2-m: cut off behind line 1")
    assert 'relation "i" already exists' in finding.found


def test_what_can_be_repeated_survives(tried: object) -> None:
    indexes = [f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON t (a)" for name in "ijk"]
    assert rules(tried, step(1, TABLE), step(2, *indexes, transaction=False)) == []


def test_what_leads_elsewhere_when_it_is_repeated(tried: object) -> None:
    grows = "DO $$ BEGIN EXECUTE format('CREATE TABLE t%s ()', (SELECT count(*) FROM pg_tables)); END $$"
    assert rules(tried, step(1, grows, "SELECT 1", transaction=False)) == [
        ("cut-off-for-good", "migration 1-m: cut off behind line 1")
    ]


def test_rows_that_come_twice_when_it_is_repeated(tried: object) -> None:
    twice = step(2, "INSERT INTO t VALUES (1)", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", transaction=False)
    (finding,) = found(tried, step(1, TABLE), twice)
    assert finding.found == "it leads elsewhere: table public.t has 2 rows, not 1"


def test_a_transaction_of_its_own_is_whole(tried: object) -> None:
    own = ("BEGIN", TABLE, "CREATE TABLE u ()", "COMMIT")
    assert rules(tried, step(1, *own, transaction=False)) == []
    assert rules(tried, step(1, *own, "SELECT 1", transaction=False)) == [
        ("cut-off-for-good", "migration 1-m: cut off behind line 4")
    ]


def test_what_all_copies_share_is_not_tried(tried: object) -> None:
    makes_a_role = ("CREATE ROLE shared_by_all", "SELECT 1")
    (finding,) = found(tried, superuser(step(1, *makes_a_role, transaction=False)))
    assert (finding.rule, finding.outcome) == ("not-tried", Outcome.BLIND)


def test_our_own_format_is_cut_into_statements(tried: object) -> None:
    up = Script(sql=f"{TABLE}\nCREATE TABLE u ();", line=2, transaction=False)
    ours = Migration(version=1, name="m", path=Path("1-m.sql"), up=up)
    assert rules(tried, ours) == [("cut-off-for-good", "migration 1-m: cut off behind line 2")]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("COMMIT", "COMMIT"),
        ("SELECT 1; END", "END"),
        ("COMMIT AND CHAIN", "COMMIT"),
        ("BEGIN; COMMIT; SELECT 1", "COMMIT"),
    ],
)
def test_what_ends_the_tools_transaction(tried: object, query: str, words: str) -> None:
    (finding,) = found(tried, step(1, TABLE, query))
    assert finding.rule == "ends-its-transaction"
    assert finding.found.startswith(f"{words} in line 2")


def test_what_opens_a_transaction_or_returns_to_a_savepoint_ends_none(tried: object) -> None:
    assert rules(tried, step(1, "BEGIN", "SAVEPOINT s", "ROLLBACK TO SAVEPOINT s", TABLE)) == []


def test_settings_that_leak(tried: object) -> None:
    leaking = "SELECT set_config('search_path', '', false); SET statement_timeout = '1h'; SET LOCAL work_mem = '1MB'"
    assert rules(tried, step(1, leaking), step(2, "CREATE TABLE public.t ()")) == [
        ("setting-leaks", "migration 1-m: search_path"),
        ("setting-leaks", "migration 1-m: statement_timeout"),
    ]
    assert rules(tried, step(1, leaking, key="")) == []  # ours starts each file anew
    alone = step(1, leaking)
    assert rules(tried, replace(alone, up=replace(alone.up, alone=True))) == []  # sqitch starts a psql for each


def test_an_invalid_index(tried: object) -> None:
    swallowed = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass"
    (finding,) = [
        finding
        for finding in found(tried, step(1, TABLE, "CREATE INDEX i ON t (a)"), superuser(step(2, swallowed)))
        if finding.rule == "index-left-invalid"
    ]
    assert finding.object == "migration 2-m: index public.i"


def test_an_invalid_index_of_a_step_that_fails(tried: object) -> None:
    index = step(2, "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", transaction=False)
    assert rules(tried, step(1, TABLE, "INSERT INTO t VALUES (1), (1)"), index) == [
        ("index-left-invalid", "migration 2-m: index public.i"),
        ("up-fails", "migration 2-m"),
    ]


def superuser(migration: Migration) -> Migration:
    return replace(migration, up=replace(migration.up, superuser=True))


def verified(query: str) -> Migration:
    verify = Script(sql=query, transaction=False, pieces=(Piece("BEGIN"), Piece(query), Piece("ROLLBACK")))
    return replace(step(1, TABLE), verify=verify)


def test_what_verifies_a_step_is_run(tried: object) -> None:
    assert rules(tried, verified("SELECT a FROM t WHERE false")) == []
    (finding,) = found(tried, verified("SELECT b FROM t"))
    assert (finding.rule, finding.object) == ("verify-fails", "migration 1-m")
    assert 'column "b" does not exist' in finding.found


def test_a_verify_that_cannot_be_run_is_blind(tried: object) -> None:
    def cannot(_: object) -> None:
        raise BlindError("\\gset cannot be run here")

    (finding,) = found(tried, replace(step(1, TABLE), verify=Script(sql="", run=cannot)))
    assert (finding.rule, finding.outcome, finding.found) == (
        "verify-not-run",
        Outcome.BLIND,
        "\\gset cannot be run here",
    )


def test_what_comes_behind_a_step_that_fails_is_not_run(tried: object) -> None:
    assert rules(tried, step(1, "SELECT 1/0"), step(2, TABLE)) == [
        ("up-fails", "migration 1-m"),
        ("not-run", "migration 2-m"),
    ]


def test_a_role_that_leaks(tried: object) -> None:
    """Who acts in a session is a setting that no list of settings has."""
    leaking = "DO $$ BEGIN EXECUTE format('SET ROLE %I', current_user); END $$"
    assert rules(tried, step(1, "SET LOCAL ROLE NONE"), step(2, f"{leaking}; RESET ROLE")) == []
    assert rules(tried, step(1, leaking)) == [("setting-leaks", "migration 1-m: role")]
