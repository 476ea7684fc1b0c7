"""What is in the environment for libpq reaches neither our servers nor the programs that we start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pgassay.errors import ServerError
from pgassay.servers.environment import silent_start, without_libpq
from pgassay.servers.server import Server

# Each would lead a connection elsewhere, change the session or make it fail.
VARIABLES = {
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGUSER": "nobody",
    "PGDATABASE": "nothing",
    "PGPASSWORD": "wrong",
    "PGOPTIONS": "-c work_mem=1MB",
    "PGTARGETSESSIONATTRS": "standby",
    "PGSSLMODE": "require",
    "PGSSLNEGOTIATION": "direct",
    "PGSSLCERTMODE": "require",
    "PGSSLROOTCERT": "system",
    "PGGSSENCMODE": "require",
    "PGCHANNELBINDING": "require",
    "PGREQUIREAUTH": "gss",
    "PGREQUIREPEER": "nobody-at-all",
    "PGPASSFILE": "/nonexistent",
    "PGCLIENTENCODING": "LATIN1",
    "PGLOADBALANCEHOSTS": "random",
    "PGMINPROTOCOLVERSION": "3.2",
    "PGTZ": "Asia/Tokyo",
    "PGDATESTYLE": "German",
    "PGGEQO": "off",
}
# Role, database, a setting of the session, and what libpq would send.
OURS = ("postgres", "postgres", "4MB", "UTF8", "UTC", "ISO, MDY", "on")
SERVICE = """[elsewhere]
host=nowhere.invalid
hostaddr=192.0.2.1
port=1
user=nobody
options=-c work_mem=1MB
sslmode=require
requirepeer=nobody-at-all
replication=database
"""


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_does_not_reach_our_server(server: Server, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, VARIABLES[variable])
    assert _session(server) == OURS


def test_a_service_does_not_reach_our_server(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "services").write_text(SERVICE)
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    assert _session(server) == OURS


def test_a_service_that_libpq_cannot_read_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "not-there")
    with pytest.raises(ServerError, match='hint: the environment variable PGSERVICE names the service "not-there"'):
        server.connect()


def test_two_that_open_at_a_time_neither_wait_nor_lose_what_was_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    one, other = silent_start(), silent_start()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert "PGTZ" not in os.environ
    other.__exit__(None, None, None)
    assert os.environ["PGTZ"] == "Asia/Tokyo"


def test_programs_that_we_start_see_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "PGDATA", "PGSERVICE", "PGASSAY_OFFLINE"):
        monkeypatch.setenv(name, "x")
    left = {name for name in without_libpq(MORE="1") if name.startswith("PG") or name == "MORE"}
    assert {"MORE", "PGASSAY_OFFLINE"} <= left
    assert not left & {*VARIABLES, "PGDATA", "PGSERVICE"}


def _session(server: Server) -> tuple[str, ...]:
    with server.connect() as connection:
        row = connection.execute(
            "SELECT session_user::text, current_database()::text, current_setting('work_mem'),"
            " current_setting('client_encoding'), current_setting('TimeZone'), current_setting('DateStyle'),"
            " current_setting('geqo')"
        ).fetchone()
    assert row is not None
    return row
