"""A look at a target leaves nothing in it: told by its write-ahead log, its counters, its log and the session."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pgassay.catalog.read import read_catalog
from pgassay.errors import BlindError
from pgassay.findings import Outcome
from pgassay.migrations.split import split
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings
from pgassay.settings.targets import NamedTarget
from pgassay.suite.check import Needs
from pgassay.suite.context import Context
from pgassay.suite.every import every_check
from pgassay.suite.fleet import Sweep
from pgassay.suite.members import Fleet
from tests.suite.real import ROOT, UPKEEP, Real, Seen

SETTINGS = "SELECT name, setting, source FROM pg_settings ORDER BY name"
NOTHING_LEFT = {
    "prepared statements": "SELECT count(*) FROM pg_prepared_statements",
    "cursors": "SELECT count(*) FROM pg_cursors",
    "channels": "SELECT count(*) FROM pg_listening_channels()",
    "a temporary schema": "SELECT pg_my_temp_schema()::int",
    "advisory locks": "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
    "a transaction id": "SELECT count(pg_current_xact_id_if_assigned())",
}
# What is sent, by its first words. Anything else in a target's log would be something that nobody has reviewed.
READING = {
    *("BEGIN ISOLATION", "SET LOCAL", "SELECT", "WITH", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"),
    *("ROLLBACK TO", "SHOW"),
}
ABSENT = {Needs.ACCEPTANCES, Needs.BASELINES}  # what the project has none of
CHECKS = [name for name, check in every_check().items() if not ABSENT.intersection(check.needs)]


def outcomes(context: Context) -> dict[str, Outcome]:
    return {name: context.report(name).outcome for name in CHECKS}


def require_untouched(seen: Seen) -> None:
    """Nothing but upkeep is in the log, nothing has moved, nothing is left, and only reading statements were sent."""
    assert seen.records <= UPKEEP
    assert seen.transactions == set()
    assert seen.ids == 0
    assert set(seen.counters) == {0}
    assert seen.traces == {}
    assert seen.statements
    assert {how for how, _ in seen.statements} <= {"statement", "execute <unnamed>"}
    assert {first_words(text) for _, many in seen.statements for text in texts(many)} <= READING


def texts(statements: str) -> list[str]:
    return [statement.sql for statement in split(statements)]


def first_words(statement: str) -> str:
    words = statement.upper().split()
    return " ".join(words[:2]) if " ".join(words[:2]) in READING or words[0] in {"BEGIN", "SET"} else words[0]


@pytest.mark.thorough
@pytest.mark.slow
def test_every_check_leaves_a_target_as_it_was(real: Real, contexts: Callable[[Settings], Context]) -> None:
    with real.watched() as seen:
        assert outcomes(contexts(real.settings())) == dict.fromkeys(CHECKS, Outcome.PASS)
    require_untouched(seen)


def test_a_sweep_leaves_a_target_as_it_was(real: Real) -> None:
    settings = real.settings()
    assert settings.db_url is not None
    named = replace(settings, targets=(NamedTarget("eu", settings.db_url),))
    looking = [check for check in every_check().values() if check.looks_at_target]
    with RunDirectory.create() as run, Fleet(named, run=lambda: run) as fleet, real.watched() as seen:
        (verdict,) = Sweep(fleet, looking)
    assert {report.outcome for report in verdict.reports} == {Outcome.PASS}
    require_untouched(seen)


def test_the_session_is_left_as_it_was(real: Real, contexts: Callable[[Settings], Context]) -> None:
    context = contexts(real.settings())
    target = context.target
    assert target is not None
    before = target.connection.execute(SETTINGS).fetchall()
    pid = target.connection.info.backend_pid
    for name, check in every_check().items():
        if check.looks_at_target:
            context.report(name)
    assert target.connection.info.backend_pid == pid
    assert target.connection.execute(SETTINGS).fetchall() == before
    for what, query in NOTHING_LEFT.items():
        assert (what, target.connection.execute(query.encode()).fetchone()) == (what, (0,))


def test_a_target_that_is_lost_is_blind_and_asked_again(real: Real, contexts: Callable[[Settings], Context]) -> None:
    context = contexts(real.settings())

    def lose(connection: psycopg.Connection[tuple[object, ...]]) -> object:
        with real.server.connect() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        return read_catalog(connection)

    with pytest.raises(BlindError, match=r"could not be read: .*terminating connection"):
        context.look(lose)
    assert context.report("tables").outcome is Outcome.PASS


WRITES = [
    ("SELECT nextval('numbers')", "Sequence"),
    ("SELECT lo_create(0)", "Heap"),
    ("SELECT pg_create_restore_point('x')", "XLOG"),
    ("SELECT pg_logical_emit_message(false, 'x', 'y')", "LogicalMessage"),
    ("ANALYZE pg_class", "Heap"),
    ("NOTIFY x", "Transaction"),
]


def test_a_write_would_be_seen(real_inspected: Real, subtests: pytest.Subtests) -> None:
    """In another database: whatever is written on that server is in its log, with a transaction id or without."""
    real_inspected.do("CREATE SEQUENCE IF NOT EXISTS numbers", dbname="postgres")
    for write, manager in WRITES:
        with subtests.test(write):
            with real_inspected.watched() as seen:
                real_inspected.do(write, dbname="postgres")
            assert manager in {manager for manager, _ in seen.records - UPKEEP}


def test_rows_that_were_rolled_back_and_locks_would_be_seen(real: Real) -> None:
    with real.server.connect(real.dbname) as connection, real.watched() as seen:
        connection.execute("SELECT pg_advisory_lock(1)")
        connection.execute("PREPARE s AS SELECT 1")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO users (email, name, password_hash) VALUES ('a@b', 'c', 'd')")
        connection.execute("ROLLBACK")
    assert seen.ids == 1
    assert seen.traces == {"advisory locks": 1}
    assert {"INSERT", "PREPARE"} <= {first_words(text) for _, text in seen.statements} - READING
    assert real.server.major < 15 or seen.transactions


@pytest.fixture
def auditor(real_once: Real) -> str:
    """The role that the README recommends."""
    real_once.may_connect("auditor")
    lines = [line.partition(";")[0] for line in README.splitlines() if line.startswith("GRANT") and "auditor" in line]
    connect, *grants = lines
    assert connect == "GRANT CONNECT ON DATABASE shop TO auditor"
    real_once.do(*grants)
    return "auditor"


README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTEST = [sys.executable, "-m", "pytest", "-pno:cacheprovider", "--pyargs", "pgassay.checks"]
COMMAND = [str(Path(sys.executable).with_name("pgassay")), "check"]


@pytest.mark.slow
@pytest.mark.thorough
def test_so_do_the_commands(real_once: Real, auditor: str) -> None:
    settings = real_once.settings(auditor)
    assert settings.db_url is not None
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PGASSAY_", "COV_"))}
    for command in (PYTEST, COMMAND):
        with real_once.watched() as seen:
            done = subprocess.run(
                [*command, f"--db-url={settings.db_url.url}"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        require_untouched(seen)
