import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from pgassay.conninfo import Conninfo
from pgassay.runtime import Database, DatabaseSettings


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="pgassay.sql")
    return caplog


def test_each_statement_is_told_with_its_time_and_its_rows(db: Database, log: pytest.LogCaptureFixture) -> None:
    db.query("SELECT generate_series(1, %s)", [3])
    (record,) = log.records
    assert record.name == "pgassay.sql"
    assert record.levelno == logging.DEBUG
    assert record.getMessage().endswith(" ms, 3 rows: SELECT generate_series(1, %s)")
    facts = vars(record)
    assert facts["db.system.name"] == "postgresql"
    assert facts["db.namespace"] == db.conninfo.get("dbname")
    assert facts["db.operation.name"] == "SELECT"
    assert facts["db.query.text"] == "SELECT generate_series(1, %s)"
    assert facts["db.response.returned_rows"] == 3
    assert 0 < facts["db.client.operation.duration"] < 5
    assert "db.query.parameters" not in facts


def test_what_failed_is_told_with_its_code(db: Database, log: pytest.LogCaptureFixture) -> None:
    with pytest.raises(psycopg.Error):
        db.query("SELECT 1 / %s", [0])
    (record,) = log.records
    assert record.getMessage().endswith(" ms, failed [22012]: SELECT 1 / %s")
    assert vars(record)["error.type"] == vars(record)["db.response.status_code"] == "22012"


def test_every_way_to_send_is_told(db: Database, log: pytest.LogCaptureFixture) -> None:
    db.none("CREATE TABLE t (a int)")
    db.copy_in("COPY t FROM STDIN", [(1,), (2,)])
    with db.copy_out("COPY t TO STDOUT") as copy:
        assert len(list(copy)) == 2
    with db.stream("SELECT * FROM t") as rows:
        assert len(list(rows)) == 2
    with db.tx() as tx:
        tx.execute("DELETE FROM t")
    assert [vars(record)["db.query.text"] for record in log.records] == [
        *("CREATE TABLE t (a int)", "COPY t FROM STDIN", "COPY t TO STDOUT", "SELECT * FROM t", "DELETE FROM t")
    ]


def test_slow_statements_are_warnings(database: Conninfo, caplog: pytest.LogCaptureFixture) -> None:
    with Database(DatabaseSettings(url=database, slow=0.02)) as db:
        db.query("SELECT 1")
        db.query("SELECT pg_sleep(0.03)")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("slow, ")
    with Database(DatabaseSettings(url=database, slow=0)) as db:
        db.query("SELECT pg_sleep(0.03)")
    assert len(caplog.records) == 1


def test_parameters_are_told_to_who_asks(database: Conninfo, log: pytest.LogCaptureFixture) -> None:
    with Database(DatabaseSettings(url=database, show_parameters=True)) as db:
        db.query("SELECT %s", ["x"])
    assert log.records[0].getMessage().endswith(": SELECT %s ['x']")
    assert vars(log.records[0])["db.query.parameters"] == "['x']"


def test_passwords_are_in_no_log(db: Database, log: pytest.LogCaptureFixture) -> None:
    with pytest.raises(psycopg.Error):
        db.none("ALTER ROLE nobody_at_all PASSWORD 's3cret'")
    assert "s3cret" not in log.text + str([vars(record) for record in log.records])


def test_echo_shows_the_log_where_nothing_else_does(database: Conninfo) -> None:
    code = "from pgassay.runtime import Database\nwith Database() as db: db.value('SELECT 42')"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DATABASE_URL": database.url, "PGASSAY_ECHO": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr.startswith("pgassay.sql ")
    assert run.stderr.endswith(" ms, 1 row: SELECT 42\n")


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """OpenTelemetry takes one provider a process; the module's tests share it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    exporter.clear()
    yield exporter
    exporter.clear()


def test_where_opentelemetry_is_used_each_statement_is_a_span(database: Conninfo, spans: InMemorySpanExporter) -> None:
    with trace.get_tracer("test").start_as_current_span("request") as request, Database(database) as db:
        db.query("SELECT pg_sleep(0.01)")
        with pytest.raises(psycopg.Error):
            db.query("SELECT 1 / 0")
    slept, failed, _ = spans.get_finished_spans()
    assert slept.kind is SpanKind.CLIENT
    assert slept.parent == request.get_span_context()
    assert slept.name == f"SELECT {database.get('dbname')}"
    assert dict(slept.attributes or {})["db.query.text"] == "SELECT pg_sleep(0.01)"
    assert slept.end_time is not None
    assert slept.start_time is not None
    assert slept.end_time - slept.start_time >= 10_000_000
    assert failed.status.status_code is StatusCode.ERROR
    assert dict(failed.attributes or {})["error.type"] == "22012"


def test_opentelemetry_is_not_loaded_for_who_does_not_use_it(database: Conninfo) -> None:
    code = (
        "import sys, json\nfrom pgassay.runtime import Database\nwith Database() as db: db.query('SELECT 1')\n"
        "print(json.dumps([n for n in sys.modules if n.startswith('opentelemetry')]))"
    )
    env = {**os.environ, "DATABASE_URL": database.url}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []
