"""Whatever a test does to its database, the next one gets what the template is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from pgassay.errors import PgassayError
from pgassay.sandbox.database import ScratchDatabase
from pgassay.sandbox.sandbox import Sandbox
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.sandbox.likeness import differences
from tests.sandbox.statements import HARMFUL, HARMLESS
from tests.sandbox.support import as_superuser, bring_back, is_like_the_template, scratch, seen, seen_in_a_new_one

pytestmark = pytest.mark.thorough

CONNECTIONS = 3
# How many random tests a case runs; CI and the nightly environment ask for more.
EXAMPLES = int(os.environ.get("PGASSAY_TEST_EXAMPLES", "4"))
# VACUUM cannot be rolled back, a transaction that is prepared is none any more, and what the others write into pg_class
# in place stays.
ROLLED_BACK = [s for s in HARMFUL if not s.startswith(("VACUUM", "PREPARE", "CREATE INDEX", "REINDEX", "ANALYZE"))]


def some_by_day(statements: Sequence[str], step: int, mark: pytest.MarkDecorator) -> list[Any]:
    """Mark all but every so-manyth statement."""
    return [pytest.param(s, marks=mark) if number % step else s for number, s in enumerate(statements)]


@pytest.fixture(scope="module")
def sandbox(
    any_private_server: Server, tmp_path_factory: pytest.TempPathFactory, run_directory: RunDirectory
) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("migrations")
    with closing(scratch(any_private_server, folder, run_directory)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def copied_by_log(
    any_private_server: Server, tmp_path_factory: pytest.TempPathFactory, run_directory: RunDirectory
) -> Iterator[Sandbox]:
    if any_private_server.major < 15:
        pytest.skip("PostgreSQL 14 copies in one way only")
    folder = tmp_path_factory.mktemp("migrations")
    with closing(scratch(any_private_server, folder, run_directory, strategy="wal_log")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def template(sandbox: Sandbox) -> dict[str, object]:
    return seen_in_a_new_one(sandbox)


def as_owner(database: ScratchDatabase) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(database.conninfo.dsn, autocommit=True)


@pytest.mark.parametrize("statement", some_by_day(HARMLESS, 2, pytest.mark.thorough))
def test_what_is_undone_in_place(sandbox: Sandbox, template: dict[str, object], statement: str) -> None:
    with sandbox.new() as database, as_superuser(database) as connection:
        connection.execute(statement.encode())
    assert bring_back(sandbox)
    assert is_like_the_template(sandbox, template)


@pytest.mark.parametrize("statement", some_by_day(HARMFUL, 4, pytest.mark.thorough))
def test_what_only_a_new_copy_undoes(sandbox: Sandbox, template: dict[str, object], statement: str) -> None:
    with sandbox.new() as database, as_superuser(database) as connection:
        if statement.startswith("PREPARE"):
            connection.execute("BEGIN; INSERT INTO audit (what) VALUES ('prepared')")
        connection.execute(statement.encode())
    assert not bring_back(sandbox)
    assert is_like_the_template(sandbox, template)


@pytest.mark.parametrize("statement", some_by_day(ROLLED_BACK, 8, pytest.mark.nightly))
def test_what_is_rolled_back_is_undone_in_place(sandbox: Sandbox, template: dict[str, object], statement: str) -> None:
    with sandbox.new() as database, as_superuser(database) as connection:
        connection.execute(f"BEGIN; {statement}; ROLLBACK".encode())
    assert bring_back(sandbox)
    assert is_like_the_template(sandbox, template)


@pytest.mark.parametrize("sequence", ["plain", "cached", "turning"])
@pytest.mark.parametrize("times", [1, 5])
def test_numbers_in_reserve(sandbox: Sandbox, template: dict[str, object], sequence: str, times: int) -> None:
    take_numbers(sandbox, template, sequence, times)


def test_numbers_in_reserve_in_a_copy_by_log(copied_by_log: Sandbox) -> None:
    take_numbers(copied_by_log, seen_in_a_new_one(copied_by_log), "plain", 5)


def take_numbers(sandbox: Sandbox, template: dict[str, object], sequence: str, times: int) -> None:
    """Each time a number is taken: straight after a copy, and after coming back."""
    for _ in range(3):
        with sandbox.new() as database:
            assert differences(template, seen(database)) == {}
            for _ in range(times):
                database.value("SELECT nextval(%s)", [sequence])
        assert bring_back(sandbox)


def test_a_transaction_that_is_left_open(sandbox: Sandbox, template: dict[str, object]) -> None:
    with sandbox.new() as database:
        connection = psycopg.connect(database.url)
        connection.execute("INSERT INTO audit (what) VALUES ('never committed')")
    assert bring_back(sandbox)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert "idle in transaction" in sandbox.notices()[-1]
    assert "never committed" in sandbox.notices()[-1]
    assert is_like_the_template(sandbox, template)


def test_a_session_is_fresh(sandbox: Sandbox) -> None:
    """A setting that was ever set in a session reads as '' afterwards, which row security must not meet."""
    for _ in range(3):
        with sandbox.new() as database:
            assert database.value("SELECT current_setting('app.tenant', true)") is None
            database.none("SET app.tenant = 'somebody'")
            assert database.value("SELECT current_setting('app.tenant', true)") == "somebody"
        assert bring_back(sandbox)


def test_a_table_that_has_outgrown_its_template(sandbox: Sandbox, template: dict[str, object]) -> None:
    with sandbox.new() as database, database.tx() as tx:
        tx.none("INSERT INTO audit (what) SELECT repeat('x', 1000) FROM generate_series(1, 200)")
    assert not bring_back(sandbox)
    assert is_like_the_template(sandbox, template)


def test_an_unlogged_table_that_has_outgrown_its_template(sandbox: Sandbox, template: dict[str, object]) -> None:
    with sandbox.new() as database, database.tx() as tx:
        tx.none("INSERT INTO fast SELECT 100 + g, repeat('x', 1000) FROM generate_series(1, 200) AS g")
    assert not bring_back(sandbox)
    assert is_like_the_template(sandbox, template)


def test_a_database_is_retired(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgassay.sandbox.workshop.USES", 3)
    names = []
    for _ in range(6):
        with sandbox.new() as database:
            names.append(database.name)
        sandbox.pool.settle()
    assert 1 < len(set(names)) < 6


Step = tuple[str, int, str]
STATEMENTS = st.one_of(st.sampled_from(HARMLESS), st.sampled_from(HARMLESS), st.sampled_from(HARMFUL))


class Lender(RuleBasedStateMachine):
    """A test that does what it likes over several connections, and the one after it."""

    sandbox: Sandbox
    template: dict[str, object]

    def __init__(self) -> None:
        super().__init__()
        self.begin()

    def begin(self) -> None:
        self.lending = self.sandbox.new()
        self.database = self.lending.__enter__()
        assert differences(self.template, seen(self.database)) == {}
        assert self.database.value("SELECT current_setting('app.tenant', true)") is None
        self.open: dict[int, psycopg.Connection[Any]] = {}

    @rule(number=st.integers(1, CONNECTIONS), statement=STATEMENTS, superuser=st.booleans())
    def execute(self, number: int, statement: str, superuser: bool) -> None:
        connection = self.open.get(number)
        if connection is None or connection.closed:
            connection = as_superuser(self.database) if superuser else as_owner(self.database)
            self.open[number] = connection
        with suppress(psycopg.Error):
            connection.execute(statement.encode())

    @rule(number=st.integers(1, CONNECTIONS), word=st.sampled_from(["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s"]))
    def control(self, number: int, word: str) -> None:
        if number in self.open:
            with suppress(psycopg.Error):
                self.open[number].execute(word.encode())

    @rule(statement=STATEMENTS)
    def execute_in_the_handed_session(self, statement: str) -> None:
        with suppress(psycopg.Error, PgassayError):
            self.database.query(statement)

    @rule(leave=st.booleans())
    def hand_back(self, leave: bool) -> None:
        self.end(leave=leave)
        self.begin()

    def end(self, *, leave: bool) -> None:
        if not leave:
            for connection in self.open.values():
                connection.close()
        self.lending.__exit__(None, None, None)
        self.sandbox.pool.settle()
        for connection in self.open.values():
            connection.close()

    def teardown(self) -> None:
        self.end(leave=False)
        with self.sandbox.new() as database:
            assert differences(self.template, seen(database)) == {}
        self.sandbox.pool.settle()


def run_tests(sandbox: Sandbox, template: dict[str, object]) -> None:
    with sandbox.server.connect() as connection:  # for a statement that waits for another one of its own test
        connection.execute("ALTER SYSTEM SET lock_timeout = '50ms'")
        connection.execute("SELECT pg_reload_conf()")
    machine = type("Machine", (Lender,), {"sandbox": sandbox, "template": template})
    chosen = settings(
        max_examples=EXAMPLES, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=chosen)


@pytest.mark.slow
@pytest.mark.older_by_night
def test_whatever_a_test_does(sandbox: Sandbox, template: dict[str, object]) -> None:
    run_tests(sandbox, template)


@pytest.mark.slow
def test_whatever_a_test_does_to_a_copy_by_log(copied_by_log: Sandbox) -> None:
    run_tests(copied_by_log, seen_in_a_new_one(copied_by_log))
