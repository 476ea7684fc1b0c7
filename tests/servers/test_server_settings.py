from __future__ import annotations

from pathlib import Path

from pgassay.servers.binaries import Binaries
from pgassay.servers.server import Server
from pgassay.servers.server_settings import BASE, as_configuration, server_settings, settings_hash

NO_LIBRARIES = Binaries(Path("/nowhere/bin"), "18.1", "local")
WANTED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "log_lock_waits": "on",
    "wal_level": "replica",
    "max_connections": "500",
    "max_prepared_transactions": "64",
    "max_locks_per_transaction": "256",
    "data_checksums": "off",
    "wal_segment_size": "1MB",
    "server_encoding": "UTF8",
    "shared_preload_libraries": "pg_stat_statements",
    "TimeZone": "UTC",
}


def test_a_server_has_them(any_server: Server) -> None:
    with any_server.connect() as connection:
        rows = connection.execute("SELECT name, current_setting(name) FROM pg_settings").fetchall()
    assert {name: value for name, value in rows if name in WANTED} == WANTED


def test_trigrams_of_letters_beyond_ascii_are_found(any_server: Server) -> None:
    with any_server.connect() as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert connection.execute("SELECT upper('é'), show_trgm('日本')").fetchone() != ("é", [])


def test_nothing_is_preloaded_where_the_library_is_missing() -> None:
    assert server_settings(NO_LIBRARIES, None)["shared_preload_libraries"] == ""
    assert server_settings(NO_LIBRARIES, ("auto_explain", "x"))["shared_preload_libraries"] == "auto_explain, x"


def test_values_are_quoted() -> None:
    assert as_configuration({"cluster_name": "it's \\ here"}) == "cluster_name = 'it''s \\\\ here'\n"


def test_the_hash_depends_on_each_value() -> None:
    first = settings_hash(NO_LIBRARIES, BASE)
    assert first == settings_hash(NO_LIBRARIES, dict(reversed(list(BASE.items()))))
    assert first != settings_hash(NO_LIBRARIES, {**BASE, "fsync": "on"})
    assert first != settings_hash(Binaries(Path("/nowhere/bin"), "18.2", "local"), BASE)
