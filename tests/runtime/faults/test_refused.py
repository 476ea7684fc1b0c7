"""A server that lets nobody in: each reason has its words, its code and its hint, and no password is ever shown."""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.runtime import ConnectError, Database
from pgassay.servers.binaries import Binaries
from pgassay.servers.local import Options, stop_server
from pgassay.servers.provider import start_in_run
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.runtime.faults.support import Make, until

pytestmark = pytest.mark.thorough

PASSWORD = "s3cret"
TIMEOUT = 0.25
HBA = """
hostssl only_tls all 127.0.0.1/32 scram-sha-256
host all postgres 127.0.0.1/32 scram-sha-256
host all app,bounded 127.0.0.1/32 scram-sha-256
host all ghost 127.0.0.1/32 scram-sha-256
host all trusted 127.0.0.1/32 trust
"""
# How the connection differs from one that works -> what PostgreSQL says, its code, our hint.
REFUSALS = {
    "wrong password": (
        {"password": "wr0ng"},
        'FATAL:  password authentication failed for user "app"',
        "28P01",
        "look at user and password",
    ),
    "unknown role": (
        {"user": "ghost"},
        'FATAL:  password authentication failed for user "ghost"',
        "28P01",
        "look at user and password",
    ),
    "unknown role, trusted": (
        {"user": "trusted"},
        'FATAL:  role "trusted" does not exist',
        "28000",
        "look at user and password",
    ),
    "unknown database": (
        {"dbname": "nowhere"},
        'FATAL:  database "nowhere" does not exist',
        "3D000",
        "look at the last part of the URL",
    ),
    "TLS demanded by the server": (
        {"dbname": "only_tls", "user": "somebody", "sslmode": "disable"},
        'FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "somebody", database "only_tls", no encryption',
        "28000",
        "add sslmode=require (better: verify-full) to the URL, or look at its pg_hba.conf",
    ),
    "TLS demanded by the URL": (
        {"sslmode": "require"},
        "server does not support SSL, but SSL was required",
        None,
        "the URL or PGSSLMODE demands it: let the server offer it",
    ),
    "too many connections of a database": (
        {"dbname": "bounded"},
        'FATAL:  too many connections for database "bounded"',
        "53300",
        "raise max_connections, lower max_size, or use a pooler",
    ),
    "too many connections of a role": (
        {"user": "bounded"},
        'FATAL:  too many connections for role "bounded"',
        "53300",
        "raise max_connections, lower max_size, or use a pooler",
    ),
}


@pytest.fixture(scope="module")
def tcp(run_directory: RunDirectory, binaries: Binaries) -> Iterator[Server]:
    """A server on TCP, which wants passwords, and has room for few."""
    name = f"f-{secrets.token_hex(3)}"
    options = Options(listen="tcp", more={"max_connections": "6"})
    server = start_in_run(run_directory, name, binaries, options=options)
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE app LOGIN PASSWORD {}").format(PASSWORD))
        connection.execute("CREATE ROLE bounded LOGIN PASSWORD 's3cret' CONNECTION LIMIT 0")
        connection.execute("CREATE DATABASE bounded CONNECTION LIMIT 0")
        (run_directory.path / name / "data/pg_hba.conf").write_text(HBA, encoding="utf-8")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    stop_server(run_directory.path / name)


def login(tcp: Server, **differently: str) -> Conninfo:
    return tcp.at("postgres").with_(**{"user": "app", "password": PASSWORD, **differently})


def refusal(db: Database, way: str) -> ConnectError:
    """Return why a database cannot be reached, in the way in which it is first used."""
    began = time.monotonic()
    with pytest.raises(ConnectError) as caught:
        db.open() if way == "open" else db.query("SELECT 1")
    assert time.monotonic() - began < TIMEOUT + 0.5
    return caught.value


@pytest.mark.parametrize("way", ["open", "query"])
@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refusal_is_told_whole_and_without_a_password(
    tcp: Server, make: Make, caplog: pytest.LogCaptureFixture, reason: str, way: str
) -> None:
    caplog.set_level(logging.DEBUG)
    differently, said, sqlstate, hint = REFUSALS[reason]
    url = login(tcp, **differently)
    error = refusal(make(url, timeout=TIMEOUT), way)
    assert error.message == (
        f"cannot connect to {url.redacted}: connection failed: "
        f'connection to server at "127.0.0.1", port {url.get("port")} failed: {said}'
    )
    assert (error.sqlstate, error.hint) == (sqlstate, hint)
    told = [str(error), repr(error), *traceback.format_exception(error), caplog.text, *chain(error)]
    assert not [text for text in told if url.get("password") in text]


def chain(error: BaseException | None) -> Iterator[str]:
    """Everything that a tool could show of an error and of those behind it, hidden ones included."""
    while error is not None:
        yield f"{error!r} {error} {vars(error)}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("way", ["open", "query"])
def test_a_full_server_is_told_and_used_once_there_is_room(tcp: Server, make: Make, way: str) -> None:
    url = login(tcp)
    db = make(url, timeout=TIMEOUT)
    holders = [psycopg.connect(url.dsn) for _ in range(3)]  # three more are the superuser's
    error = refusal(db, way)
    assert "FATAL:  remaining connection slots are reserved" in error.message
    assert (error.sqlstate, error.hint) == ("53300", "raise max_connections, lower max_size, or use a pooler")
    for holder in holders:
        holder.close()
    until(db.is_healthy, patience=5)


def test_a_pool_that_finds_no_room_for_its_minimum_says_so(tcp: Server, make: Make) -> None:
    error = refusal(make(login(tcp), min_size=4, timeout=TIMEOUT), "open")
    assert "remaining connection slots are reserved" in error.message
    assert error.sqlstate == "53300"


def test_a_pool_that_finds_no_room_to_grow_says_so(tcp: Server, make: Make) -> None:
    db = make(login(tcp), min_size=1, timeout=TIMEOUT)
    db.open()
    others = make(login(tcp), min_size=2, timeout=TIMEOUT)
    others.open()
    with db.connection():
        error = refusal(db, "query")
    assert "remaining connection slots are reserved" in error.message
    assert db.value("SELECT 1") == 1
