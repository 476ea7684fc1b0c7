"""The figures: one function each, which measures and judges by its limits."""

from __future__ import annotations

import json
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pgassay.servers.reaper import places
from sandbox.projects import SOURCE, Side
from sandbox.report import Figure, ms
from sandbox.samples import Sample
from sandbox.schema import Schema
from sandbox.sessions import Bench, Session

SMALL, LARGE, SEEDED = Schema(50), Schema(500), Schema(50, rows=100_000)
WORK = 0.02  # seconds of other work in a test
PACE = 0.05
BLOCKS = 3
STARTS = 5
COLLECTS = 50  # a run varies by more than what is measured
POOL = 8
MB = 1_000_000
SLOW_PEER = 0.3  # seconds; where the peer's default is faster, ours need not be 100 times as fast


def wait(bench: Bench) -> list[Figure]:
    """What a test waits for `assay_db`, with other work in it."""
    tests = bench.tests
    samples = bench.interleave(
        {
            "empty": Session(Side.OURS, "nothing", SMALL, tests // 10, WORK),
            "ours": Session(Side.OURS, "rows", SMALL, tests, WORK),
            "memory": Session(Side.PEER, "rows", SMALL, tests // 10, WORK),
            "disk": Session(Side.PEER, "rows", SMALL, tests // 40, WORK, disk=True),
        },
        blocks=BLOCKS,
    )
    own = samples["empty"].wait
    ours = samples["ours"].wait - own
    name = "wait for `assay_db`, 50 tables"
    default = _against(name, ours, "pytest-postgresql, default", samples["disk"], own=own, times=100)
    return [
        Figure(name, _told(samples["ours"], own), "", "at most 3 ms", ours <= 0.003),
        _against(name, ours, "pytest-postgresql in memory", samples["memory"], own=own, times=10),
        default if samples["disk"].wait - own >= SLOW_PEER else replace(default, limit="", ok=None),
    ]


def rate(bench: Bench) -> list[Figure]:
    """How many databases are handed out a second, back to back."""
    samples = bench.interleave(
        {
            # Each time as many as there are tests in all: what fills the pool would weigh more than it does in a run.
            "ours": Session(Side.OURS, "rows", SMALL, bench.tests * BLOCKS),
            "memory": Session(Side.PEER, "rows", SMALL, bench.tests // 10),
            "hand": Session(Side.HAND, "rows", SMALL, bench.tests // 8),
        },
        blocks=BLOCKS,
    )
    ours, memory, hand = (1 / samples[name].per_test for name in ("ours", "memory", "hand"))
    name, told = "databases a second, back to back", f"{ours:.0f}/s"
    return [
        Figure(name, told, f"pytest-postgresql in memory {memory:.0f}/s", "at least 10 times", ours >= 10 * memory),
        Figure(name, told, f"clone by hand {hand:.0f}/s", ""),
    ]


def size(bench: Bench) -> list[Figure]:
    """What more tables, and more rows, cost a test that leaves them alone."""
    kinds = {"small": SMALL, "500 tables": LARGE, "100,000 rows untouched": SEEDED}
    sessions = {name: Session(Side.OURS, "rows", schema, bench.tests // 4) for name, schema in kinds.items()}
    samples = bench.interleave(sessions, blocks=BLOCKS)
    small = samples.pop("small").per_test
    return [
        Figure(
            f"back to back, {name}",
            ms(sample.per_test),
            f"50 empty tables {ms(small)}",
            "at most twice",
            sample.per_test <= 2 * small,
        )
        for name, sample in samples.items()
    ]


def ddl(bench: Bench) -> list[Figure]:
    """What a test costs that alters the schema, so that its database cannot be used again as it is."""
    samples = bench.interleave(
        {
            "ours": Session(Side.OURS, "ddl", SMALL, bench.tests // 8),
            "hand": Session(Side.HAND, "ddl", SMALL, bench.tests // 8),
            "empty": Session(Side.OURS, "nothing", SMALL, bench.tests // 10, PACE),
            "paced": Session(Side.OURS, "ddl", SMALL, bench.tests // 8, PACE),
        },
        blocks=BLOCKS,
    )
    ours, hand, own = samples["ours"].per_test, samples["hand"].per_test, samples["empty"].wait
    return [
        Figure("DDL in each test, back to back", ms(ours), f"clone by hand {ms(hand)}", "not slower", ours <= hand),
        Figure(
            "wait, DDL in each of 20 tests a second",
            _told(samples["paced"], own),
            "",
            "at most 3 ms",
            samples["paced"].wait - own <= 0.003,
        ),
    ]


def transaction(bench: Bench) -> list[Figure]:
    """What a test waits for `assay_tx`."""
    samples = bench.interleave(
        {
            "empty": Session(Side.OURS, "nothing", SMALL, bench.tests // 10, WORK),
            "ours": Session(Side.OURS, "tx", SMALL, bench.tests // 4, WORK),
        },
        blocks=BLOCKS,
    )
    own = samples["empty"].wait
    ok = samples["ours"].wait - own <= 0.0005
    return [Figure("wait for `assay_tx`", _told(samples["ours"], own), "", "at most 0.5 ms", ok)]


def workers(bench: Bench) -> list[Figure]:
    """What a second worker gives, for tests that wait for the server."""
    sessions = {
        n: Session(Side.OURS, "nap", SMALL, bench.tests, arguments=("-p", "xdist", "-n", str(n))) for n in (0, 2)
    }
    samples = bench.interleave(sessions, blocks=BLOCKS)
    one, two = samples[0].throughput, samples[2].throughput
    name = "tests a second with `-n 2`"
    return [Figure(name, f"{two:.0f}/s", f"`-n 0` {one:.0f}/s", "at least 1.7 times", two >= 1.7 * one)]


def start(bench: Bench) -> list[Figure]:
    """How long the first test is away, beyond what pytest itself takes."""
    kept = Session(Side.OURS, "rows", SMALL, 1, arguments=("-o", "assay_keep_server=true"))
    with _stopping_kept_servers():
        for session in (Session(Side.OURS, "rows", SMALL, 3), kept):
            bench.run(session)  # the caches are warm from here on, and the kept server is there
        samples = bench.interleave(
            {
                "empty": Session(Side.OURS, "nothing", SMALL, 1),
                "kept": kept,
                "warm": Session(Side.OURS, "rows", SMALL, 1),
                "cold": Session(Side.OURS, "rows", SMALL, 1, cold=True),
                "memory": Session(Side.PEER, "rows", SMALL, 1),
            },
            blocks=STARTS,
        )
    own = samples.pop("empty").to_first
    again, warm, cold, memory = (sample.to_first - own for sample in samples.values())
    peer = f"pytest-postgresql in memory {memory:.2f} s"
    return [
        Figure("start to first test, `assay_keep_server`", f"{again:.2f} s", peer, "at most 0.5 s", again <= 0.5),
        Figure("start to first test, warm cache", f"{warm:.2f} s", peer, "at most 0.5 s", warm <= 0.5),
        Figure("start to first test, empty cache", f"{cold:.2f} s", peer, "at most 2 s", cold <= 2),
    ]


@contextmanager
def _stopping_kept_servers() -> Iterator[None]:
    """Stop what outlives its run, where it was not there before."""
    before = {place.path for place in places()}
    try:
        yield
    finally:
        for place in places():
            if place.kind == "kept" and place.path not in before:
                place.stop()


def collect(bench: Bench) -> list[Figure]:
    """What the plugin costs a project that does not use it."""
    project = bench.folder / "foreign"
    project.mkdir(exist_ok=True)
    (project / "test_theirs.py").write_text("def test_theirs():\n    pass\n")
    words = {
        "without": ("-p", "no:pgassay", "-p", "no:pytest_postgresql"),
        "ours": ("-p", "no:pytest_postgresql"),
        "peer": ("-p", "no:pgassay"),
    }
    times: dict[str, list[float]] = {name: [] for name in words}
    for _ in range(COLLECTS + 1):  # the first one compiles
        for name, options in words.items():
            times[name].append(_collect(bench, project, options))
    ours, peer = (_more(times["without"][1:], times[name][1:]) for name in ("ours", "peer"))
    imported = _modules(bench, project, words["ours"])
    more = imported - _modules(bench, project, words["without"])
    told = f"{len(more)} modules more, of {', '.join(sorted({module.partition('.')[0] for module in more}))}"
    return [
        Figure(
            "`--collect-only` where pgassay is not used",
            f"{ms(ours)} more",
            f"pytest-postgresql {ms(peer)} more",
            "at most 15 ms more",
            ours <= 0.015,
        ),
        Figure("what is imported there", told, "", "not psycopg", "psycopg" not in imported),
    ]


def memory(bench: Bench) -> list[Figure]:
    """What the server and its databases take, with a pool of eight where it can be chosen."""
    pool = POOL if bench.knows_pool else None
    record = bench.run(Session(Side.OURS, "memory", SMALL, max(4, bench.tests // 20), WORK, pool=pool))
    found = record.tests[-1]
    told = f"processes {found['pss'] / MB:.0f} MB, files {found['files'] / MB:.0f} MB, {found['databases']} databases"
    return [Figure(f"memory, 50 tables, {f'a pool of {pool}' if pool else 'no pool'}", told, "", "")]


def _against(name: str, ours: float, who: str, sample: Sample, *, own: float, times: int) -> Figure:
    """Judge our wait by a peer's."""
    theirs = sample.wait - own
    told = f"{who} {ms(theirs)} ({theirs / max(ours, 1e-6):.1f} times), first statement {ms(sample.first)}"
    return Figure(name, ms(ours), told, f"at most 1/{times}", ours <= theirs / times)


def _told(sample: Sample, own: float) -> str:
    """Tell the wait without what pytest takes for an empty test, and what could hide behind it."""
    return f"{ms(sample.wait - own)}, p95 {ms(sample.slow_wait - own)}, first statement {ms(sample.first)}"


def _more(without: list[float], times: list[float]) -> float:
    """Return how much longer it took, by pairs of neighbours: a machine's speed changes from minute to minute."""
    return statistics.median(time - own for own, time in zip(without, times, strict=True))


def _collect(bench: Bench, project: Path, words: tuple[str, ...], **more: str) -> float:
    """Return the seconds of one `pytest --collect-only`."""
    env = bench.environment(**more)
    began = time.perf_counter()
    bench.pytest(["-q", "--collect-only", "-p", "no:cacheprovider", *words], project, env)
    return time.perf_counter() - began


def _modules(bench: Bench, project: Path, words: tuple[str, ...]) -> set[str]:
    """Return what is imported at the end of one."""
    shutil.copy(SOURCE / "recorder.py", project)
    record = project / "record.json"
    _collect(bench, project, (*words, "-p", "recorder"), BENCH_RECORD=str(record))
    return set(json.loads(record.read_text())["modules"])


FIGURES: tuple[Callable[[Bench], list[Figure]], ...] = (
    wait,
    rate,
    size,
    ddl,
    transaction,
    workers,
    start,
    collect,
    memory,
)
