"""Python that fails at each of its statements: what stays, and what running it again then meets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import psycopg
import pytest

from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.fault import migrating
from pgassay.migrations.lending import Lent, lent
from pgassay.migrations.model import Migration
from pgassay.migrations.send import Connection
from pgassay.proofs.faults import LIMIT
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.survival import survive
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.server import Server
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

from .test_injection import OUTSIDE
from .test_survival import TABLE, step, superuser

pytestmark = pytest.mark.older_by_night

Tried = Callable[..., dict[int, Report]]


@pytest.fixture
def tried(any_private_server: Server, tmp_path: Path) -> Tried:
    def go(*migrations: Migration) -> dict[int, Report]:
        recipe, settings = Recipe(migrations=migrations), Settings(root=tmp_path)
        return survive(
            migrations,
            build=lambda: scratch_road(nullcontext(any_private_server), recipe, settings),
            compare=differences,
        )

    return go


def code(version: int, work: Callable[[Lent], object]) -> Migration:
    """A migration of a tool that runs it in a transaction, and writes it down there."""

    def run(connection: Connection) -> None:
        with lent(connection) as given:
            given.execute("CREATE TABLE IF NOT EXISTS versions (number int)")
            given.commit()
            migrating(work)(given)
            given.execute("INSERT INTO versions VALUES (%s)", [version])
            given.commit()

    migration = step(version)
    return replace(migration, path=Path(__file__), title=f"{version}-m", up=replace(migration.up, pieces=None, run=run))


def sending(version: int, *statements: str) -> Migration:
    """One that sends some statements, and commits where it says so in small letters."""

    def work(given: Lent) -> None:
        for statement in statements:
            given.commit() if statement == "commit" else given.execute(statement.encode())

    return code(version, work)


def findings(reports: dict[int, Report]) -> list[Finding]:
    return [finding for report in reports.values() for finding in report.findings]


def told(reports: dict[int, Report]) -> list[tuple[str, str, str]]:
    """The rule, behind what, and what was found there."""
    places = ((f.object.partition(" behind ")[2].partition(",")[0], f) for f in findings(reports))
    return [(f.rule, place, f.found) for place, f in places]


def test_one_transaction_leaves_nothing(tried: Tried) -> None:
    """What the tool has made for itself before is no part of it."""
    assert findings(tried(sending(1, TABLE, "INSERT INTO t VALUES (1)"), sending(2, "DROP TABLE t"))) == []


def test_what_is_kept_and_cannot_be_repeated(tried: Tried) -> None:
    """What goes wrong in one way is told once."""
    parts = sending(2, TABLE, "commit", "SELECT 1", "CREATE TABLE u ()")
    (finding,) = findings(tried(sending(1, "SELECT 1"), parts))
    line = next(n for n, text in enumerate(Path(__file__).read_text().splitlines(), 1) if "given.commit() if" in text)
    assert finding.rule == "cut-off-for-good"
    assert finding.object == f"migration 2-m: cut off behind statement 1, line {line} ({TABLE})"
    assert 'relation "t" already exists' in finding.found


def test_what_is_kept_and_can_be_repeated(tried: Tried) -> None:
    parts = sending(1, TABLE.replace("TABLE", "TABLE IF NOT EXISTS"), "commit", "CREATE TABLE u ()", "SELECT 1")
    assert findings(tried(parts)) == []


def test_rows_that_come_twice(tried: Tried) -> None:
    parts = sending(2, "INSERT INTO t VALUES (1)", "commit", "SELECT 1")
    assert told(tried(sending(1, TABLE), parts)) == [
        ("cut-off-for-good", "statement 1", "it leads elsewhere: table public.t has 2 rows, not 1")
    ]


def test_statements_that_the_server_commits_by_themselves(tried: Tried) -> None:
    """Behind the last one there is nothing to be run again."""

    def work(given: Lent) -> None:
        given.commit()
        given.autocommit = True
        given.execute("CREATE INDEX CONCURRENTLY i ON t (a)")
        given.autocommit = False

    assert findings(tried(sending(1, TABLE), code(2, work), sending(3, "DROP INDEX i"))) == []


@pytest.mark.thorough
def test_a_commit_within_is_told_too(tried: Tried) -> None:
    assert [rule for rule, *_ in told(tried(sending(1, TABLE, "COMMIT", "CREATE TABLE u ()")))] == [
        "ends-its-transaction",
        "cut-off-for-good",
    ]


@pytest.mark.thorough
def test_what_commits_for_itself_stays(tried: Tried) -> None:
    """The database is made anew behind it, so that the defect is told once."""
    prepared = superuser(step(1, "CREATE EXTENSION dblink"))
    escapes = superuser(sending(2, "SELECT 1", OUTSIDE.format("CREATE TABLE outside ()")))
    assert told(tried(prepared, escapes, superuser(sending(3, TABLE)))) == [
        ("failure-leaves-a-trace", "statement 2", "there stays: table public.outside")
    ]


@pytest.mark.thorough
def test_a_failure_that_is_caught(tried: Tried) -> None:
    """A second try mends it; to go on does not."""

    def again(given: Lent) -> None:
        for _ in range(2):
            with suppress(psycopg.errors.QueryCanceled), given.transaction():
                given.execute("CREATE TABLE IF NOT EXISTS u ()")

    def goes_on(given: Lent) -> None:
        given.execute("SELECT 1")
        with suppress(psycopg.errors.QueryCanceled), given.transaction():
            given.execute("CREATE TABLE v ()")

    assert told(tried(sending(1, TABLE), code(2, again), code(3, goes_on))) == [
        (
            "cut-off-for-good",
            "statement 1",
            "it catches the failure, and counts as applied; it leads elsewhere: table public.v",
        )
    ]


@pytest.mark.thorough
def test_rows_that_are_meant_by_number(tried: Tried) -> None:
    """No rollback takes nextval back, and a later migration must not meet what failing has moved."""
    seeded = sending(1, 'CREATE TABLE "a.B 😀" (id serial PRIMARY KEY)', 'INSERT INTO "a.B 😀" DEFAULT VALUES')
    meant = ('INSERT INTO "a.B 😀" DEFAULT VALUES', 'CREATE TABLE r (id int REFERENCES "a.B 😀")')
    deferred = ('CREATE TABLE q (id int REFERENCES "a.B 😀" INITIALLY DEFERRED)', "INSERT INTO q VALUES (3)")
    found = told(
        tried(
            seeded, sending(2, *meant, "INSERT INTO r VALUES (2)"), sending(3, meant[0], *deferred), sending(4, TABLE)
        )
    )
    assert [(rule, place) for rule, place, _ in found] == [("cut-off-for-good", "statement 3")] * 2
    assert all("violates foreign key constraint" in text for *_, text in found)


@pytest.mark.thorough
def test_many_statements(tried: Tried) -> None:
    """It fails behind some of them, and says so."""
    many = sending(1, *(f"CREATE TABLE t{n} ()" for n in range(3 * LIMIT)))
    (report,) = tried(many).values()
    assert (report.findings, report.notes) == (
        (),
        (f"of its {3 * LIMIT} statements it was let fail at {LIMIT + 1}",),
    )


@pytest.mark.thorough
def test_what_cannot_be_tried_is_blind(tried: Tried) -> None:
    """Copies share roles; what a second database cannot reach, it does not try; and what never comes cannot fail."""
    role = superuser(sending(1, "CREATE ROLE shared_by_both", "commit", "SELECT 1"))
    found = findings(tried(role, superuser(sending(2, TABLE))))
    assert [(f.rule, f.outcome) for f in found] == [("not-tried", Outcome.BLIND)] * 2
    assert 'role "shared_by_both" already exists' in found[1].found

    numbers = count()

    def fewer(given: Lent) -> None:
        for _ in range(2 - min(1, next(numbers))):
            given.execute("SELECT 1")

    assert told(tried(code(1, fewer)))[0][2].endswith("the second time it sends 1 statements, not 2")
