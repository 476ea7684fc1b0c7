"""A failure at each statement of a step: what stays, and what running it again then meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from pgassay.findings import Outcome, Report
from pgassay.migrations.model import Migration, OwnTable
from pgassay.proofs import roads
from pgassay.proofs.roads import READS_BETWEEN_VACUUMS, scratch_road
from pgassay.proofs.survival import survive
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

from .test_survival import TABLE, found, rules, step, superuser


@pytest.fixture
def tried(any_private_server: Server, tmp_path: Path) -> object:
    def go(*migrations: Migration) -> dict[int, Report]:
        recipe, settings = Recipe(migrations=migrations), Settings(root=tmp_path)
        return survive(
            migrations,
            build=lambda: scratch_road(nullcontext(any_private_server), recipe, settings),
            compare=differences,
        )

    return go


OUTSIDE = """SELECT dblink_exec(format('dbname=%s host=%s port=%s user=%s', current_database(),
    split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_user), '{}')"""


def test_what_commits_for_itself_stays_when_the_step_fails(tried: object) -> None:
    """The database is made anew behind it, so that the defect is reported once."""
    prepared = superuser(step(1, "CREATE EXTENSION dblink"))
    escapes = superuser(step(2, "SELECT 1", OUTSIDE.format("CREATE TABLE outside ()"), "SELECT 2"))
    (finding,) = found(tried, prepared, escapes, step(3, TABLE))
    assert (finding.rule, finding.object) == ("failure-leaves-a-trace", "migration 2-m: failed behind line 2")
    assert finding.found == "there stays: table public.outside"


def test_rows_that_are_written_from_outside_stay(tried: object) -> None:
    prepared = superuser(step(1, "CREATE EXTENSION dblink", TABLE))
    (finding,) = found(tried, prepared, superuser(step(2, OUTSIDE.format("INSERT INTO t VALUES (1)"))))
    assert (finding.rule, finding.found) == ("failure-leaves-a-trace", "there stays: table public.t has 1 rows, not 0")


def test_the_row_that_a_tool_begins_its_table_with_is_none_that_stays(tried: object) -> None:
    table = OwnTable(name="own", setup=("CREATE TABLE {table} (a int)", "INSERT INTO {table} VALUES (0)"))
    assert rules(tried, replace(step(1, TABLE), own_table=table)) == []


def test_the_vacuum_between_reads_waits_for_no_lock_of_the_step(tried: object) -> None:
    """It would wait for ever: the step goes on when the catalog has been read."""
    many = ["SELECT 1"] * READS_BETWEEN_VACUUMS
    assert rules(tried, step(1, TABLE), step(2, "LOCK TABLE t", *many)) == []


def test_one_query_of_several_statements_is_a_transaction_too(tried: object) -> None:
    whole = f"SELECT 1; {OUTSIDE.format('CREATE TABLE outside ()')};\nSELECT 2"
    prepared = superuser(step(1, "CREATE EXTENSION dblink"))
    assert rules(tried, prepared, superuser(step(2, whole, transaction=False))) == [
        ("failure-leaves-a-trace", "migration 2-m: failed behind line 1")
    ]
    assert rules(tried, step(1, f"{TABLE} CREATE TABLE u ();", transaction=False)) == []


def test_one_query_with_transactions_of_its_own_is_cut_off_behind_each(tried: object) -> None:
    two = f"BEGIN;\n{TABLE}\nCOMMIT;\nBEGIN;\nCREATE TABLE u ();\nCOMMIT"
    assert rules(tried, step(1, two, transaction=False)) == [
        ("cut-off-for-good", "migration 1-m: cut off behind line 3")
    ]
    assert rules(tried, step(1, two.replace("TABLE", "TABLE IF NOT EXISTS"), transaction=False)) == []


SEEDED = ('CREATE TABLE "a.B 😀" (id serial PRIMARY KEY, name text)', """INSERT INTO "a.B 😀" (name) VALUES ('x')""")


def test_rows_that_are_meant_by_number_after_a_failure(tried: object) -> None:
    """No rollback takes nextval back: the second time the row has another number."""
    meant = ("""INSERT INTO "a.B 😀" (name) VALUES ('y')""", 'CREATE TABLE r (id int REFERENCES "a.B 😀")')
    (finding,) = found(tried, step(1, *SEEDED), step(2, *meant, "INSERT INTO r VALUES (2)"))
    assert (finding.rule, finding.object) == ("cut-off-for-good", "migration 2-m: cut off behind line 3")
    assert "violates foreign key constraint" in finding.found


def test_a_sequence_that_goes_on_is_no_defect_and_is_put_back(tried: object) -> None:
    """Else a later step that counts on a number would fail, and nothing would be wrong with it."""
    another = """INSERT INTO "a.B 😀" (name) VALUES ('y')"""
    counts = ('CREATE TABLE r (id int REFERENCES "a.B 😀")', "INSERT INTO r VALUES (2)")
    assert rules(tried, step(1, *SEEDED), step(2, another), step(3, *counts)) == []


def test_what_only_its_tool_can_run_is_not_rehearsed(tried: object) -> None:
    """Two statements of which one knows that it stands alone in its transaction's first query."""
    alone = "DO $$ BEGIN IF statement_timestamp() <> transaction_timestamp() THEN RAISE 'late'; END IF; END $$"
    (finding,) = found(tried, step(1, f"SELECT 1; {alone}", transaction=False))
    assert (finding.rule, finding.outcome) == ("not-tried", Outcome.BLIND)
    assert finding.found.startswith("its statements, one by one in a transaction, fail by themselves: ")


def test_a_deferred_constraint_that_fails_the_second_time(tried: object) -> None:
    """COMMIT would look at it, and there is none."""
    meant = ("""INSERT INTO "a.B 😀" (name) VALUES ('y')""", "CREATE TABLE r (id int)", "INSERT INTO r VALUES (2)")
    deferred = 'ALTER TABLE r ADD FOREIGN KEY (id) REFERENCES "a.B 😀" DEFERRABLE INITIALLY DEFERRED'
    (finding,) = found(tried, step(1, *SEEDED), step(2, *meant[:2], deferred, meant[2]))
    assert (finding.rule, finding.object) == ("cut-off-for-good", "migration 2-m: cut off behind line 4")


def test_what_nobody_sees_is_not_let_fail_and_says_so_once(tried: Callable[..., Mapping[int, Report]]) -> None:
    def in_python(version: int) -> Migration:
        migration = step(version)
        run = partial(psycopg.Connection.execute, query=f"CREATE TABLE t{version} ()".encode())
        return replace(migration, up=replace(migration.up, pieces=None, run=run))

    first, second = tried(in_python(1), in_python(2)).values()
    assert (first.findings, second.findings, second.notes) == ((), (), ())
    assert first.notes == ("2 migrations ask before they run: they were not let fail behind each statement",)


def test_what_a_step_that_is_half_done_has_locked(tried: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogs are vacuumed now and then, between its statements too, and nothing waits for its locks."""
    monkeypatch.setattr(roads, "READS_BETWEEN_VACUUMS", 1)
    assert rules(tried, step(1, TABLE), step(2, "ALTER TABLE t ADD b int", "SELECT 1")) == []
