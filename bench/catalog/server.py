"""A scratch server with databases of many tables, and PostgreSQL's programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sandbox.report import Figure, show

from catalog.schema import fill
from pgassay.servers.binaries import Binaries
from pgassay.servers.databases import create_database
from pgassay.servers.provider import Provider
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import load_settings


@dataclass(frozen=True)
class Bench:
    """Where it is measured."""

    server: Server
    binaries: Binaries

    @contextmanager
    def database(self, tables: int) -> Iterator[psycopg.Connection[Any]]:
        """Open a session to a database of so many tables, which is made at first."""
        name = name_of(tables)
        with self.server.connect() as connection:
            there = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if there is None:
            create_database(self.server, name)
        with self.server.connect(name) as connection:
            if there is None:
                fill(connection, tables)
            yield connection

    def seconds_of(self, program: str | Path, *arguments: str, database: str) -> float:
        """Run a program on a database, and return the seconds that it takes.

        Raises:
            subprocess.CalledProcessError: It fails.
        """
        return run([str(program), *arguments], self._environment(database))

    def output_of(self, program: str | Path, *arguments: str, database: str) -> bytes:
        """Run a program on a database, and return what it writes.

        Raises:
            subprocess.CalledProcessError: It fails.
        """
        environment = {**os.environ, **self._environment(database)}
        return subprocess.run([str(program), *arguments], check=True, stdout=subprocess.PIPE, env=environment).stdout

    def _environment(self, database: str) -> Mapping[str, str]:
        conninfo = self.server.conninfo
        return {
            "PGHOST": conninfo.get("host"),
            "PGPORT": conninfo.get("port"),
            "PGUSER": conninfo.get("user"),
            "PGDATABASE": database,
        }


def name_of(tables: int) -> str:
    return f"pgassay_tables_{tables}"


def run(command: Sequence[str], environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.perf_counter() - began


@contextmanager
def started() -> Iterator[Bench]:
    """Start a server of the PostgreSQL on this machine, and stop it."""
    with RunDirectory.create() as run_directory:
        provider = Provider(load_settings({"server": "local"}), run_directory)
        server = provider.server()
        if not isinstance(provider.origin, Binaries):
            raise SystemExit("pg_dump is measured beside it: this wants PostgreSQL's programs on this machine")
        yield Bench(server, provider.origin)


def measured(measures: Sequence[Callable[[Bench], list[Figure]]]) -> int:
    """Measure what is named on the command line, or all; show it, and return 1 where a limit is not kept.

    Raises:
        SystemExit: A name is not known.
    """
    known = {measure.__name__: measure for measure in measures}
    names = sys.argv[1:] or list(known)
    if unknown := set(names) - known.keys():
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    with started() as bench:
        figures = [figure for name, measure in known.items() if name in names for figure in measure(bench)]
        show(figures, bench.server.description)
    return int(any(figure.ok is False for figure in figures))
