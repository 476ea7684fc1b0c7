"""Runs of pytest in the generated projects, in turn."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pgassay.servers.binaries import Binaries
from pgassay.servers.environment import without_libpq
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.unprivileged import Manner
from pgassay.settings import load_settings
from sandbox.projects import Project, Side
from sandbox.samples import Record, Sample
from sandbox.schema import Schema

PATIENCE = 600  # seconds that one run may take

K = TypeVar("K")


class BenchError(Exception):
    """A run of pytest failed: there is nothing to measure."""


@dataclass(frozen=True)
class Session:
    """One run of pytest.

    Attributes:
        side: Who hands the databases out.
        test: The file of `project/` that is run, without `test_`.
        schema: What is in the databases.
        tests: How many.
        sleep: Seconds of other work in each of them.
        disk: The peer's data directory is where it is by default, and not in memory.
        arguments: More of pytest's.
        cold: Nothing is in the user's cache directory.
        pool: `assay_pool`.
    """

    side: Side
    test: str
    schema: Schema
    tests: int
    sleep: float = 0.0
    disk: bool = False
    arguments: tuple[str, ...] = ()
    cold: bool = False
    pool: int | None = None


@dataclass(frozen=True)
class Bench:
    """Where everything happens.

    Attributes:
        folder: A directory on disk.
        memory: A directory in memory.
        binaries: The PostgreSQL of every side.
        how: How PostgreSQL is run; the whole pytest of the peer, too, because it starts PostgreSQL as itself.
        tests: How many tests the biggest samples have.
    """

    folder: Path
    memory: Path
    binaries: Binaries
    how: Manner
    tests: int

    @cached_property
    def knows_pool(self) -> bool:
        """Whether this pgassay has a pool of databases whose size can be set."""
        done = subprocess.run(
            [Path(sys.executable).with_name("pgassay"), "settings"],
            capture_output=True,
            text=True,
            check=True,
            cwd=self.folder,
        )
        return any(line.startswith("pool =") for line in done.stdout.splitlines())

    def interleave(self, sessions: dict[K, Session], *, blocks: int) -> dict[K, Sample]:
        """Run the sessions in turn, so often, with a part of their tests each time."""
        samples = {name: Sample() for name in sessions}
        for _ in range(blocks):
            for name, session in sessions.items():
                part = replace(session, tests=max(4, -(-session.tests // blocks)))
                samples[name].records.append(self.run(part))
        return samples

    def run(self, session: Session) -> Record:
        project = self._project(session)
        record = project / "record.json"
        record.unlink(missing_ok=True)
        chosen = {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # pytest.ini names each side's own
            "BENCH_RECORD": str(record),
            "BENCH_TESTS": str(session.tests),
            "BENCH_SLEEP": str(session.sleep),
        }
        if session.cold:
            chosen["XDG_CACHE_HOME"] = str(self.folder / f"cold-{secrets.token_hex(4)}")
        with self._server(session) as more:
            env = self.environment(**chosen, **more)
            words = ["-q", *self._place(session), *session.arguments, f"test_{session.test}.py"]
            began = time.time()
            self.pytest(words, project, env, as_peer=session.side is Side.PEER)
        found = json.loads(record.read_text())
        tests = sorted(found["tests"], key=lambda test: test["ended"])
        return Record(tests, min(test["began"] for test in tests) - began, found["modules"])

    def pytest(self, words: list[str], cwd: Path, env: dict[str, str], *, as_peer: bool = False) -> None:
        prefix, popen = (self.how.prefix, self.how.popen) if as_peer else ((), {})
        command = [*prefix, sys.executable, "-m", "pytest", *words]
        try:
            done = subprocess.run(
                command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE, **popen
            )
        except subprocess.TimeoutExpired as error:
            raise BenchError(str(error)) from error
        if done.returncode != 0:
            raise BenchError(f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-1000:]}")

    def environment(self, **more: str) -> dict[str, str]:
        """Return an environment in which no side finds settings of this machine's user."""
        foreign = ("PGASSAY_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")  # else each run would compile all that it imports
        kept = {name: value for name, value in without_libpq().items() if not name.startswith(foreign)}
        return {
            **kept,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "PYTEST_DEBUG_TEMPROOT": str(self.folder / "tmp"),  # in place of /tmp, for pytest's temporary directories
            **more,
        }

    def _project(self, session: Session) -> Path:
        project = Project(session.side, session.schema, session.pool)
        folder = self.folder / project.name
        if not folder.is_dir():
            project.write(folder, self.binaries)
            if session.side is Side.PEER:
                self.how.give(folder)
        return folder

    def _place(self, session: Session) -> list[str]:
        """Say where the peer's data directory is, which follows pytest's temporary one."""
        return [f"--basetemp={self.memory / 'peer'}"] if session.side is Side.PEER and not session.disk else []

    @contextmanager
    def _server(self, session: Session) -> Iterator[dict[str, str]]:
        """Start a server of pgassay's for the clone by hand; the other sides start their own."""
        if session.side is not Side.HAND:
            yield {}
            return
        with RunDirectory.create() as run:
            settings = load_settings({"server": self.binaries.source, "pg": self.binaries.major})
            server = Provider(settings, run).server()
            strategy = "STRATEGY file_copy" if server.major >= 15 else ""
            yield {"BENCH_SERVER": server.conninfo.dsn, "BENCH_STRATEGY": strategy}


def find_binaries() -> Binaries:
    """Return the PostgreSQL that pgassay would take.

    Raises:
        BenchError: It would take a container, which the peers cannot.
    """
    with RunDirectory.create() as run:
        origin = Provider(load_settings({}), run).origin
    if not isinstance(origin, Binaries):
        raise BenchError("the peers want PostgreSQL's programs on this machine, and there are none")
    return origin
