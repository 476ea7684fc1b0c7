"""The target behind a transaction-mode pooler: the same reports, and the next client finds everything as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pgassay.cli import run
from pgassay.errors import MigrationError
from pgassay.findings import Outcome, Report
from pgassay.migrations.connectors import UrlConnector
from pgassay.migrations.runner import Runner
from pgassay.migrations.sources.native import load
from pgassay.runtime.errors import RefusedError
from pgassay.settings import Settings
from pgassay.suite.check import Needs
from pgassay.suite.context import Context
from pgassay.suite.every import every_check
from pgassay.target import SubjectDatabase, Target, reading, subject
from tests.pgbouncer.conftest import Pooled, pgbouncer
from tests.suite.real import ROOT

pytestmark = pytest.mark.pgbouncer

Contexts = Callable[[Settings], Context]
Session = psycopg.Connection[tuple[object, ...]]

# What a session can keep; asked by the client that gets it next.
STATE = {
    "settings": "SELECT array_agg((name, setting, source)::text ORDER BY name) FROM pg_settings",
    "role": "SELECT current_user::text || ' ' || session_user",
    "search path": "SELECT current_schemas(true)",
    "prepared statements": "SELECT array_agg(name ORDER BY name) FROM pg_prepared_statements",
    "cursors": "SELECT array_agg(name) FROM pg_cursors",
    "advisory locks": "SELECT array_agg((pid, objid)::text) FROM pg_locks WHERE locktype = 'advisory'",
    "temporary tables": "SELECT array_agg(relname::text) FROM pg_class WHERE relnamespace = pg_my_temp_schema()",
    "channels": "SELECT array_agg(c) FROM pg_listening_channels() AS c",
    "server process": "SELECT pg_backend_pid()",
    "transaction": "SELECT pg_current_xact_id_if_assigned()::text",
}
# What an application has left on the session that the pooler lends us next.
LEFT = (
    "SET search_path = nowhere, public",
    "SET DateStyle = 'German, DMY'",
    "SET TimeZone = 'Asia/Kathmandu'",
    "SET IntervalStyle = 'iso_8601'",
    "SET standard_conforming_strings = off",
    "SET quote_all_identifiers = on",
    "SET bytea_output = 'escape'",
    "SET extra_float_digits = -15",
    "SET default_transaction_isolation = 'serializable'",
    "SET default_transaction_deferrable = on",
    "SET statement_timeout = '30s'",
    "SET app.tenant = 'ada'",
    "CREATE TEMPORARY TABLE pg_class (oid oid, relname name, relnamespace oid, relkind text)",
    "CREATE TEMPORARY TABLE users (id int)",
    'PREPARE "_pg3_0" AS SELECT 1',
    "SELECT pg_advisory_lock(42)",
    "LISTEN something",
)


def state(session: Session) -> dict[str, Any]:
    """Say what the one server session of the pool is like."""
    answers = {}
    for what, query in STATE.items():
        row = session.execute(query.encode()).fetchone()
        answers[what] = row[0] if row else None
    return answers


@pytest.fixture
def application(pooled: Pooled) -> Iterator[Session]:
    """A client that stays connected to the pooler, which lends its one session to others in between."""
    with pooled.application() as session:
        yield session


@pytest.fixture
def untidy(pooled: Pooled, application: Session) -> Iterator[Session]:
    """One that has left things on that session, which ends with the test."""
    for statement in LEFT:
        application.execute(statement.encode())
    yield application
    pooled.end_sessions()


def reports(context: Context, names: list[str]) -> dict[str, Report]:
    """Run checks; how long they took is left out."""
    return {name: replace(context.report(name), seconds=0) for name in names}


def looking() -> list[str]:
    return [name for name, check in every_check().items() if check.looks_at_target]


def test_every_check_reports_the_same_as_directly(pooled: Pooled, contexts: Contexts) -> None:
    names = [name for name, check in every_check().items() if not {Needs.ACCEPTANCES, Needs.BASELINES} & {*check.needs}]
    through = reports(contexts(pooled.settings()), names)
    assert {name: report.outcome for name, report in through.items()} == dict.fromkeys(names, Outcome.PASS)
    assert through == reports(contexts(pooled.real.settings()), names)


def test_the_next_client_finds_everything_untouched(pooled: Pooled, application: Session, contexts: Contexts) -> None:
    before = state(application)
    reports(contexts(pooled.settings()), looking())
    assert state(application) == before
    with pooled.application() as another:
        assert state(another) == before


def test_what_an_application_has_left_changes_nothing_and_stays(
    pooled: Pooled, untidy: Session, contexts: Contexts
) -> None:
    before = state(untidy)
    through = reports(contexts(pooled.settings()), looking())
    assert {report.outcome for report in through.values()} == {Outcome.PASS}
    assert through == reports(contexts(pooled.real.settings()), looking())
    assert state(untidy) == before
    assert before["prepared statements"] == ["_pg3_0"]
    assert len(before["advisory locks"]) == 1


def test_errors_on_the_way_leave_nothing_either(pooled: Pooled, application: Session, contexts: Contexts) -> None:
    """A role that may not read some catalogs: the pipeline fails, and everything is asked one by one."""
    pooled.real.may_connect("guest")
    pooled.real.do("REVOKE SELECT ON pg_policy FROM PUBLIC")
    with psycopg.connect(pooled.at("guest").dsn, autocommit=True, prepare_threshold=None) as guest:
        before = state(guest)
        blind = {finding.object for finding in contexts(pooled.settings("guest")).report("policies").blind}
        assert state(guest) == before
    assert "every policy" in blind
    pooled.end_sessions()
    pooled.real.do("GRANT SELECT ON pg_policy TO PUBLIC", "DROP OWNED BY guest", "DROP ROLE guest")


def test_a_query_that_hangs_is_ended_and_its_timeout_with_it(pooled: Pooled, application: Session) -> None:
    before = state(application)
    with Target(pooled.at()) as target:
        began = time.monotonic()
        with (
            pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"),
            reading(target.connection, statement_timeout=0.3),
        ):
            target.connection.execute("SELECT pg_sleep(30)")
        assert time.monotonic() - began < 5
        assert target.read(lambda c: c.execute("SHOW statement_timeout").fetchone()) == ("1min",)
    assert state(application) == before


def test_a_database_for_queries_of_ones_own(
    pooled: Pooled, application: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "BEGIN", subject.BEGIN.replace("statement_timeout = '60s'", "statement_timeout = 300"))
    before = state(application)
    with Target(pooled.at()) as target, target.database() as database:
        for _ in range(7):  # psycopg would prepare what is executed that often
            with database.tx() as tx:
                assert tx.value("SELECT count(*) FROM users WHERE id IS NULL") == 0
            assert database.query("SELECT id FROM users WHERE id IS NULL") == []
        with database.connection() as connection:
            assert connection.execute("SELECT set_config('work_mem', '1MB', false)").fetchone() == ("1MB",)
            with connection.cursor("named") as cursor:
                assert cursor.execute("SELECT generate_series(1, 3)").fetchall() == [(1,), (2,), (3,)]
            connection.commit()
            assert list(connection.cursor().stream("SELECT generate_series(1, 3)")) == [(1,), (2,), (3,)]
        with database.connection() as connection, connection.pipeline():
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.errors.QueryCanceled), database.connection() as connection:
            connection.execute("SELECT pg_sleep(30)")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), database.connection() as connection:
            connection.execute("WITH x AS (DELETE FROM users RETURNING 1) SELECT * FROM x")
        with pytest.raises(RefusedError), database.connection() as connection:
            connection.execute("DELETE FROM users")
        assert isinstance(database, SubjectDatabase)
    assert state(application) == before


def test_migrations_are_refused_and_the_servers_port_named(
    pooled: Pooled, application: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    before = state(application)
    assert run(["migrate", "up", "--database", pooled.at().url]) == 1
    shown = capsys.readouterr().err
    assert "a connection pooler is between pgassay and the server" in shown
    assert f"the server behind it listens on port {pooled.real.server.conninfo.get('port')}" in shown
    migrations = load(ROOT / "migrations")
    with pytest.raises(MigrationError, match="pooler"):
        Runner(UrlConnector(conninfo=pooled.at()), migrations).down()
    assert state(application) == before


def test_the_commands(pooled: Pooled, application: Session) -> None:
    """As a user types them, with libpq's variables for dates and times, which are sent at the start."""
    before = state(application)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PGASSAY_", "COV_"))}
    environment |= {"PGTZ": "Asia/Tokyo", "PGDATESTYLE": "German", "PGGEQO": "off", "PGOPTIONS": "-c work_mem=1MB"}
    pytest_command = [sys.executable, "-m", "pytest", "-pno:cacheprovider", "--pyargs", "pgassay.checks"]
    for command in (pytest_command, [str(Path(sys.executable).with_name("pgassay")), "check"]):
        done = subprocess.run(
            [*command, f"--db-url={pooled.at().url}"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert state(application) == before


def test_without_a_pgbouncer_it_fails_and_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(pytest.fail.Exception, match="no pgbouncer: apt-get install pgbouncer"):
        pgbouncer()
