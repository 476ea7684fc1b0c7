"""The command line: which figures, how many tests, in which form."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pgassay.servers.places import SHARED_MEMORY
from pgassay.servers.unprivileged import manner
from sandbox.figures import FIGURES
from sandbox.report import Figure, machine, show, show_markdown
from sandbox.sessions import Bench, BenchError, find_binaries

TESTS = 1000


def main() -> int:
    """Measure, show, and return the exit code: 1 where a limit is not kept."""
    options = _options()
    figures: list[Figure] = []
    with _bench(options.tests) as bench:
        where = machine(bench.binaries, bench.folder)
        for measure in FIGURES:
            if measure.__name__ in options.only:
                began = time.monotonic()
                figures += _measured(measure.__name__, bench)
                print(f"{measure.__name__}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    (show_markdown if options.markdown else show)(figures, where)
    return int(any(figure.ok is False for figure in figures))


def _options() -> argparse.Namespace:
    names = [measure.__name__ for measure in FIGURES]
    parser = argparse.ArgumentParser(description="What a private database costs a test, side by side with peers.")
    parser.add_argument("--tests", type=int, default=TESTS, help="tests in the biggest samples (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--markdown", action="store_true", help="print a table for the README")
    return parser.parse_args()


def _measured(name: str, bench: Bench) -> list[Figure]:
    (measure,) = (measure for measure in FIGURES if measure.__name__ == name)
    try:
        return measure(bench)
    except BenchError as error:
        print(error, file=sys.stderr)
        return [Figure(name, "failed, see above", "", "", ok=False)]


@contextmanager
def _bench(tests: int) -> Iterator[Bench]:
    """Give it directories that the peer, who may be another user, can work in."""
    how = manner()
    medium = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="pgassay-bench-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryDirectory(prefix="pgassay-bench-", dir=medium, ignore_cleanup_errors=True) as memory,
    ):
        (Path(folder) / "tmp").mkdir()
        for path in (Path(folder), Path(memory)):
            how.give(path)
        if not how.reaches(Path(sys.executable)):
            raise SystemExit(f"pytest-postgresql would run {how.name}, who cannot read {sys.executable}")
        yield Bench(Path(folder), Path(memory), find_binaries(), how, tests)
