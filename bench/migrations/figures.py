"""The figures: one function each, which measures and judges by its limits."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import psycopg
from catalog.server import Bench, measured
from sandbox.report import Figure

from migrations import alembic_project
from migrations.generated import Step, steps, write
from pgassay.findings import Outcome
from pgassay.migrations.sources.find import load as load_folder
from pgassay.proofs.roads import scratch_road
from pgassay.proofs.round_trip import walk as walk_through
from pgassay.sandbox.recipe import Recipe
from pgassay.servers.databases import create_database, drop_database
from pgassay.settings import Settings
from pgassay.suite.proofs import differences

MIGRATIONS = 500
FEW = 100
FILES = 2_000
ROUNDS = 3
NAME = "pgassay_bench_migrations"


def main() -> int:
    """Measure what is named on the command line, show it, and return the exit code: 1 where a limit is not kept."""
    return measured(FIGURES)


def walk(bench: Bench) -> list[Figure]:
    """The whole round trip against the same passes on one connection, in turns."""
    made = steps(MIGRATIONS)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(_seconds(partial(_pass, bench, made)))
        ours.append(_seconds(partial(_walk, bench, made)))
    own, peer = statistics.median(ours), statistics.median(theirs)
    told = f"executing the same passes {peer:.2f} s: {own / peer:.2f} times"
    name = f"round trip of {MIGRATIONS} migrations, {_tables(MIGRATIONS)} tables"
    return [Figure(name, f"{own:.2f} s", told, "at most twice", own <= 2 * peer)]


def dump(bench: Bench) -> list[Figure]:
    """The same by pg_dump: before, after the up, after the down, after the second up."""
    made = steps(MIGRATIONS)
    own = _seconds(partial(_walk, bench, made))
    peer = _seconds(partial(_dump_all, bench, made))
    told = f"pg_dump before and after {peer:.0f} s: {peer / own:.0f} times"
    return [Figure(f"the same, {MIGRATIONS} migrations", f"{own:.2f} s", told, "at least 20 times", peer >= 20 * own)]


def alembic(bench: Bench) -> list[Figure]:
    """Both as pytest runs over one Alembic project; ours starts its own server, pytest-alembic has one running."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        alembic_project.write(Path(folder), steps(FEW))
        for _ in range(ROUNDS):
            with _database(bench):
                url = bench.server.at(NAME).url.replace("postgresql://", "postgresql+psycopg://", 1)
                theirs.append(_pytest(folder, *_UP_AND_DOWN, url=url))
            ours.append(_pytest(folder, *_ROUND_TRIP, f"--assay-migrations={folder}", url=url))
    own, peer = statistics.median(ours), statistics.median(theirs)
    told = f"pytest-alembic, up and down {peer:.2f} s: {peer / own:.2f} times"
    return [Figure(f"{FEW} Alembic migrations, pytest", f"{own:.2f} s", told, "not slower", own <= peer)]


_UP_AND_DOWN = ("test_alembic.py",)
_ROUND_TRIP = ("--pyargs", "pgassay.checks", "-k", "test_round_trip")


def _pytest(folder: str, *arguments: str, url: str) -> float:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env={**os.environ, "BENCH_URL": url}, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def growth(bench: Bench) -> list[Figure]:
    """Whether five times as many migrations take five times as long."""
    few, many = (
        statistics.median(_seconds(partial(_walk, bench, steps(n))) / n for _ in range(ROUNDS))
        for n in (FEW, MIGRATIONS)
    )
    told = f"{FEW} migrations {few * 1000:.1f} ms each, {MIGRATIONS} {many * 1000:.1f} ms"
    return [Figure("time a migration, many against few", f"{many / few:.2f}", told, "at most 1.3", many <= 1.3 * few)]


def load(_bench: Bench) -> list[Figure]:
    """Reading, checking and ordering many files."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), steps(FILES))
        took = statistics.median(_seconds(lambda: load_folder(Path(folder))) for _ in range(ROUNDS))
    return [Figure(f"reading {FILES} files", f"{took:.2f} s", "", "at most 0.5 s", took <= 0.5)]


def _walk(bench: Bench, made: Sequence[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), list(made))
        migrations, settings = load_folder(Path(folder)), Settings(root=Path(folder))
        seen = walk_through(
            migrations,
            build=lambda: scratch_road(nullcontext(bench.server), Recipe(migrations=migrations), settings),
            compare=differences,
        )
    if any(report.outcome is not Outcome.PASS for report in (*seen.steps.values(), seen.way_down)):
        raise RuntimeError("a migration leaves a trace")


def _pass(bench: Bench, made: Sequence[Step]) -> None:
    """Each up, down and up again, then all the way down and up: what the round trip executes."""
    with _database(bench) as connection:
        for up, down in made:
            for text in (up, down, up):
                _execute(connection, text)
        for _, down in reversed(made):
            _execute(connection, down)
        for up, _ in made:
            _execute(connection, up)


def _dump_all(bench: Bench, made: Sequence[Step]) -> None:
    with _database(bench) as connection:
        before = _dump(bench)
        for up, down in made:
            _execute(connection, up)
            after = _dump(bench)
            _execute(connection, down)
            back = _dump(bench)
            _execute(connection, up)
            if (back, _dump(bench)) != (before, after):
                raise RuntimeError("a migration leaves a trace")
            before = after


def _dump(bench: Bench) -> bytes:
    dumped = bench.output_of(bench.binaries.program("pg_dump"), "--schema-only", database=NAME)
    return b"\n".join(line for line in dumped.splitlines() if b"restrict" not in line)


@contextmanager
def _database(bench: Bench) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    create_database(bench.server, NAME)
    try:
        with bench.server.connect(NAME) as connection:
            yield connection
    finally:
        drop_database(bench.server, NAME)


def _execute(connection: psycopg.Connection[tuple[object, ...]], text: str) -> None:
    with connection.transaction():
        connection.execute(text.encode(), prepare=False)


def _tables(number: int) -> int:
    return sum(n % 5 < 3 for n in range(number))


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


FIGURES: tuple[Callable[[Bench], list[Figure]], ...] = (walk, dump, alembic, growth, load)
