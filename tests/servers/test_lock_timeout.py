"""A statement that waits for a lock fails after a while, and the log says for whom it waited."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.servers.choice import choose_options
from pgassay.servers.cluster_wide import take_turns
from pgassay.servers.databases import let_roles_log_in
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import Settings

SETTINGS = Settings(root=Path("/"), lock_timeout=0.2)


def test_a_real_lock(only_root: Path) -> None:
    with RunDirectory.create(root=only_root) as run:
        server = Provider(SETTINGS, run).server()
        with closing(Sandbox(server, Recipe(), SETTINGS, run=run)) as sandbox, sandbox.new() as database:
            with database.tx() as connection:
                connection.execute("CREATE SCHEMA s")
                connection.execute("CREATE TABLE s.held ()")
            with database.tx() as holder, server.connect(database.name) as waiting:
                holder.execute("LOCK TABLE s.held")
                pid, waiter = holder.value("SELECT pg_backend_pid()"), waiting.info.backend_pid
                began = time.monotonic()
                with pytest.raises(psycopg.errors.LockNotAvailable):  # 55P03
                    waiting.execute("SELECT FROM s.held")
                assert 0.15 < time.monotonic() - began < 5
        log = (run.path / "main" / "log").read_text(encoding="utf-8")
        assert f"Process holding the lock: {pid}." in log
        assert f"[{waiter}] {database.name} LOG:" in log


def test_zero_waits_without_end_and_another_value_is_another_server(only_root: Path) -> None:
    values = (30.0, 0.0, 0.0001)
    options = [choose_options(replace(SETTINGS, lock_timeout=value)) for value in values]
    assert [option.more["lock_timeout"] for option in options] == ["30000ms", "0ms", "1ms"]
    assert [option.more["deadlock_timeout"] for option in options] == ["100ms", "100ms", "1ms"]
    with RunDirectory.create(root=only_root) as run:
        kept = replace(SETTINGS, keep_server=True)
        first = Provider(kept, run).server()
    with RunDirectory.create(root=only_root) as run:
        assert Provider(replace(kept, lock_timeout=0), run).server().mark != first.mark
    with RunDirectory.create(root=only_root) as run:
        assert Provider(kept, run).server().mark == first.mark


def test_our_own_wait_may_be_longer(only_root: Path) -> None:
    """Workers give roles their passwords one after the other."""
    with RunDirectory.create(root=only_root) as run, ThreadPoolExecutor() as threads:
        server = Provider(replace(SETTINGS, listen="tcp", lock_timeout=0.05), run).server()
        with server.connect() as first, take_turns(first):
            waiting = threads.submit(let_roles_log_in, server)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        waiting.result()
