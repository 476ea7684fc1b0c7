"""What a failed test's report says of its database."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.sandbox import aftermath
from pgassay.sandbox.aftermath import Session, account, log_lines, sessions_on
from pgassay.sandbox.database import ScratchDatabase
from pgassay.sandbox.sandbox import Sandbox
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.failed import Way
from pgassay.servers.server import Server

LOG = """\
2026-01-01 10:00:00.000 UTC [1] a ERROR:  before
2026-01-01 10:00:01.000 UTC [2] b ERROR:  of another
\tits second line
2026-01-01 10:00:01.000 UTC [1] a ERROR:  relation "x" does not exist
2026-01-01 10:00:01.000 UTC [1] a STATEMENT:  ALTER ROLE x
\tPASSWORD 's3cret'
2026-01-01 10:00:02.000 UTC [9]  LOG:  of no database
"""
SINCE = datetime(2026, 1, 1, 10, 0, 0, 500_000, tzinfo=UTC)


@pytest.fixture
def database(small: Sandbox) -> Iterator[ScratchDatabase]:
    with small.new() as database:
        yield database


@contextmanager
def waiting(database: ScratchDatabase) -> Iterator[tuple[int, int]]:
    """Let a session wait for another's lock; gives the pids of who holds it and of who waits."""
    with database.connect() as holder, database.connect() as waiter:
        holder.execute("SET application_name = 'the holder'")
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE s.t")
        thread = Thread(target=lambda: waiter.execute("SELECT  *\n FROM s.t"))
        thread.start()
        try:
            with database.server.connect() as connection:
                while not any(session.blockers for session in sessions_on(connection, database.name)):
                    pass
            yield holder.info.backend_pid, waiter.info.backend_pid
        finally:
            holder.execute("ROLLBACK")
            thread.join()


def test_who_is_there_and_who_waits_for_whom(database: ScratchDatabase) -> None:
    with waiting(database) as (holder, waiter):
        said = account(database.server, database.name, since=datetime.now(UTC), way="not kept")
    said = re.sub(r"for \d+\.\d s", "for 0.0 s", said)
    assert said.splitlines()[1:] == [
        "not kept",
        "open sessions: 2",
        f"  {holder} pgassay_owner (the holder): idle in transaction for 0.0 s",
        "      LOCK TABLE s.t",
        f"  {waiter} pgassay_owner: active for 0.0 s, waits for Lock: relation, blocked by {holder}",
        "      SELECT * FROM s.t",
    ]


def test_nobody_is_there(database: ScratchDatabase) -> None:
    server = database.server
    said = account(server, database.name, since=datetime.now(UTC), way=Way(url="postgresql://h/d", stop="so"))
    assert said.splitlines() == [
        f"database {database.name} (PostgreSQL {server.version}, {server.source})",
        "kept: postgresql://h/d",
        "    psql postgresql://h/d",
        "to stop: so",
        "open sessions: none",
    ]


def test_the_log_of_the_server(database: ScratchDatabase) -> None:
    since = datetime.now(UTC)
    with database.connect() as session, pytest.raises(psycopg.Error):
        session.execute("SELECT nothing_of_this_name")
    said = account(database.server, database.name, since=since, way="not kept")
    assert 'ERROR:  column "nothing_of_this_name" does not exist' in said
    assert "STATEMENT:  SELECT nothing_of_this_name" in said
    later = account(database.server, database.name, since=datetime.now(UTC) + timedelta(seconds=1), way="not kept")
    assert "log" not in later


def test_of_the_log_what_concerns_the_database(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(LOG)
    assert log_lines(tmp_path / "log", "a", since=SINCE) == [
        '2026-01-01 10:00:01.000 UTC [1] a ERROR:  relation "x" does not exist',
        "2026-01-01 10:00:01.000 UTC [1] a STATEMENT:  ALTER ROLE x",
        "\tPASSWORD ***",
    ]


def test_of_the_log_no_more_than_its_end(tmp_path: Path) -> None:
    lines = [f"2026-01-01 10:00:01.000 UTC [1] a ERROR:  {number}" for number in range(20_000)]
    (tmp_path / "log").write_text("\n".join(lines))
    assert log_lines(tmp_path / "log", "a", since=SINCE) == lines[-12:]


def test_more_sessions_than_anybody_reads(database: ScratchDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aftermath, "MOST_SESSIONS", 1)
    with database.connect() as one, database.connect() as two, database.connect() as three:
        for session in (one, two, three):
            session.execute("SELECT 1")
        said = account(database.server, database.name, since=datetime.now(UTC), way="not kept")
    assert said.splitlines()[2] == "open sessions: 3"
    assert said.splitlines()[-1] == "  and 2 more"


def test_passwords_are_in_none_of_it(database: ScratchDatabase) -> None:
    server = replace(database.server, conninfo=database.server.conninfo.with_(password="s3cret word"))
    since = datetime.now(UTC)
    with database.connect() as session:
        with pytest.raises(psycopg.Error):
            session.execute("ALTER ROLE nobody_of_this_name PASSWORD 'an0ther'")
        session.execute("SELECT 's3cret word'")
        said = account(server, database.name, since=since, way="not kept: s3cret%20word")
    assert "ALTER ROLE nobody_of_this_name PASSWORD ***" in said
    assert "s3cret" not in said
    assert "an0ther" not in said


def test_a_password_that_the_server_cut_off() -> None:
    session = Session(1, "me", "", "idle", "", "", [], 0.0, "ALTER ROLE x PASSWORD 's3cre")
    assert session.text == "  1 me: idle for 0.0 s\n      ALTER ROLE x PASSWORD ***"


def test_a_server_that_cannot_be_asked_is_one_line(server: Server) -> None:
    gone = replace(server, conninfo=Conninfo("postgresql://u:s3cret@127.0.0.1:1/x"))
    *_, last = account(gone, "pgassay_x", since=SINCE, way="not kept").splitlines()
    assert last.startswith("its server could not be asked: cannot connect to the scratch server (u@127.0.0.1:1/x)")


def test_it_does_not_wait_for_long(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aftermath, "_TIMEOUT", "SET statement_timeout = '50ms'")
    monkeypatch.setattr(aftermath, "_SESSIONS", "SELECT pg_sleep(60), %s")
    began = time.monotonic()
    said = account(server, "pgassay_x", since=SINCE, way="not kept")
    assert said.endswith("its server could not be asked: canceling statement due to statement timeout")
    assert time.monotonic() - began < 5


def test_a_name_with_everything_in_it(server: Server) -> None:
    name = scratch_name("x")[:20] + " Ö\"'😀 %s"
    create_database(server, name)
    try:
        with server.connect(name) as connection:
            connection.execute(sql.SQL("SELECT 1"))
            said = account(server, name, since=datetime.now(UTC), way="not kept")
    finally:
        drop_database(server, name)
    assert said.startswith(f"database {name} (")
    assert "open sessions: 1" in said
