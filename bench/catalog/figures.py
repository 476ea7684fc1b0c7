"""The figures: one function each, which measures and judges by its limits."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
from sandbox.report import Figure, ms

from catalog.facts import FACTS, assert_all, write_pgtap
from catalog.fleet import checked
from catalog.server import Bench, measured, name_of
from pgassay.catalog import CatalogReader
from pgassay.catalog import compare as comparing
from pgassay.catalog.read import read_catalog
from pgassay.servers.rundir import RunDirectory
from pgassay.settings import load_settings
from pgassay.suite.context import Context

ROUNDS = 7
TABLES = 5_000
FEW, MANY = 1_000, 50_000
FLEET = int(os.environ.get("PGASSAY_BENCH_FLEET", "200"))
FLEET_TABLES = 50
EXAMPLE = Path(__file__).parents[2]
MB = 1_000  # ru_maxrss counts in kB


def main() -> int:
    """Measure what is named on the command line, show it, and return the exit code: 1 where a limit is not kept."""
    return measured(FIGURES)


def read(bench: Bench) -> list[Figure]:
    """A full read against pg_dump, in turns; the memory is this process's at its highest."""
    ours, theirs = [], []
    with bench.database(TABLES) as connection:
        for _ in range(ROUNDS):
            ours.append(_seconds(lambda: read_catalog(connection)))
            theirs.append(_dump(bench, TABLES))
    own, peer = statistics.median(ours), statistics.median(theirs)
    told = f"pg_dump --schema-only {peer:.2f} s: {own / peer:.2f} of it"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB
    return [
        Figure(f"full read, {TABLES} tables", f"{own:.2f} s", told, "at most half", own <= peer / 2),
        Figure("memory while reading", f"{peak:.0f} MB", "", "at most 400 MB", peak <= 400),
    ]


def update(bench: Bench) -> list[Figure]:
    """What has changed after one ALTER TABLE, against a full read, in turns."""
    part, whole = [], []
    with bench.database(TABLES) as writer, bench.database(TABLES) as connection:
        reader = CatalogReader(connection)
        reader.read()
        for turn in range(ROUNDS):
            writer.execute(f"ALTER TABLE t{turn} ADD COLUMN added text DEFAULT 'x'".encode())
            part.append(_seconds(reader.read))
            whole.append(_seconds(lambda: read_catalog(connection)))
            writer.execute(f"ALTER TABLE t{turn} DROP COLUMN added".encode())
            reader.read()
    few, all_ = statistics.median(part), statistics.median(whole)
    told = f"full read {all_:.2f} s: 1/{all_ / few:.0f}"
    return [Figure(f"after one ALTER TABLE of {TABLES}", ms(few), told, "at most 1/20", few <= all_ / 20)]


def facts(bench: Bench) -> list[Figure]:
    """25,000 facts, the read included, against pgTAP; once, for it takes minutes."""
    name = f"{TABLES * FACTS} facts about {TABLES} tables"
    prove = shutil.which("pg_prove")
    with bench.database(TABLES) as connection, tempfile.TemporaryDirectory() as folder:
        there = connection.execute("SELECT FROM pg_available_extensions WHERE name = 'pgtap'").fetchone()
        if prove is None or there is None:
            return [Figure(name, "", "pgTAP is not here", "")]
        ours = statistics.median(_seconds(lambda: assert_all(read_catalog(connection), TABLES)) for _ in range(ROUNDS))
        script = Path(folder) / "facts.sql"
        write_pgtap(script, TABLES)
        connection.execute("CREATE SCHEMA tap; CREATE EXTENSION pgtap SCHEMA tap")
        connection.execute(f"ALTER DATABASE {name_of(TABLES)} SET search_path = public, tap")
        theirs = bench.seconds_of(prove, "--quiet", str(script), database=name_of(TABLES))
        connection.execute(f"ALTER DATABASE {name_of(TABLES)} RESET search_path")
        connection.execute("DROP EXTENSION pgtap; DROP SCHEMA tap")
    told = f"pgTAP under pg_prove {theirs:.1f} s: {theirs / ours:.0f} times"
    return [Figure(name, f"{ours:.2f} s", told, "at least 30 times", theirs >= 30 * ours)]


def compare(bench: Bench) -> list[Figure]:
    """Two equal catalogs that have nothing in common but what they say."""
    with bench.database(TABLES) as connection:
        expected, actual = read_catalog(connection), read_catalog(connection)
    whole = comparing.Comparison(scope=comparing.Scope.WHOLE)
    figures = []
    for name, options in (("all of both", whole), ("as with a contract", comparing.Comparison())):
        took = statistics.median(
            _seconds(lambda o=options: comparing.compare(expected, actual, options=o)) for _ in range(ROUNDS)
        )
        figures.append(
            Figure(f"compare {len(actual)} equal objects, {name}", ms(took), "", "at most 100 ms", took <= 0.1)
        )
    return figures


def example(_bench: Bench) -> list[Figure]:
    """A full read of the worked example: the first one on its session, and those after it."""
    with RunDirectory.create() as run:
        context = Context(load_settings({"server": "local"}, root=EXAMPLE, cwd=EXAMPLE), run=lambda: run)
        with closing(context), context.sandbox.new() as database:
            first, later, planned = [], [], []
            for _ in range(ROUNDS):
                with psycopg.connect(database.url, autocommit=True) as connection:
                    first.append(_seconds(lambda c=connection: read_catalog(c)))
                    later.append(statistics.median(_seconds(lambda c=connection: read_catalog(c)) for _ in range(5)))
                    reader = CatalogReader(connection)
                    reader.read_all()
                    planned.append(statistics.median(_seconds(reader.read_all) for _ in range(5)))
    new, again, prepared = map(statistics.median, (first, later, planned))
    return [
        Figure("full read, the worked example, new session", ms(new), "", "at most 30 ms", new <= 0.030),
        Figure("full read, the worked example, again", ms(again), "", "at most 15 ms", again <= 0.015),
        Figure("the same by a CatalogReader, whose statements are planned", ms(prepared), "", ""),
    ]


def growth(bench: Bench) -> list[Figure]:
    """Whether a read takes fifty times as long for fifty times as many tables."""
    took = {}
    for tables in (FEW, MANY):
        with bench.database(tables) as connection:
            took[tables] = statistics.median(_seconds(lambda c=connection: read_catalog(c)) for _ in range(3))
    ratio = took[MANY] / took[FEW] / (MANY / FEW)
    told = f"{FEW} tables {took[FEW]:.2f} s, {MANY} tables {took[MANY]:.1f} s"
    return [Figure("time a table, many against few", f"{ratio:.2f}", told, "at most 1.3", ratio <= 1.3)]


def fleet(bench: Bench) -> list[Figure]:
    """Many small databases of one server: copies of one, of which every tenth lacks an index."""
    took = checked(bench, FLEET, FLEET_TABLES)
    rate = FLEET / took
    name = f"{FLEET} databases of {FLEET_TABLES} tables, checked"
    return [
        Figure(name, f"{rate:.1f} a second", f"{took:.1f} s, contract and start included", "at least 15", rate >= 15)
    ]


def _dump(bench: Bench, tables: int) -> float:
    return bench.seconds_of(bench.binaries.program("pg_dump"), "--schema-only", database=name_of(tables))


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


FIGURES: tuple[Callable[[Bench], list[Figure]], ...] = (read, update, facts, compare, example, growth, fleet)
