"""What `pgassay migrate` prints while it works: a bar for a terminal, plain lines, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pgassay.errors import PgassayError
from pgassay.migrations.failure import ScriptError
from pgassay.migrations.model import Step, StepResult
from pgassay.migrations.runner import Watcher
from pgassay.migrations.status import Status

if TYPE_CHECKING:
    from psycopg.errors import Diagnostic

Echo = Callable[[str], object]


@contextmanager
def watching(*, as_json: bool) -> Iterator[Watcher]:
    """Give the watcher that suits who looks: nobody (JSON comes at the end), a person at a terminal, or a log."""
    if as_json:
        yield Watcher(on_wait=_aside, on_notice=_notice(_aside))
    elif sys.stdout.isatty():
        with _bar() as watcher:
            yield watcher
    else:
        yield Watcher(on_step=lambda result: click.echo(line(result)), on_wait=_aside, on_notice=_notice(_aside))


@contextmanager
def _bar() -> Iterator[Watcher]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    # Without markup: a migration's name may hold square brackets.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(highlight=False, markup=False)
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("planning", total=None)

        def start(step: Step) -> None:
            progress.update(task, description=f"{step.direction} {step.migration.label}")

        def finish(result: StepResult) -> None:
            console.print(line(result), soft_wrap=True)
            progress.advance(task)

        yield Watcher(
            on_plan=lambda steps: progress.update(task, total=len(steps)),
            on_start=start,
            on_step=finish,
            on_wait=lambda text: console.print(text, soft_wrap=True),
            on_notice=_notice(lambda text: console.print(text, soft_wrap=True)),
        )


def _aside(text: str) -> None:
    """Say what is no result: standard output may be somebody's input."""
    click.echo(text, err=True)


def _notice(echo: Echo) -> Callable[[Diagnostic], None]:
    def heard(notice: Diagnostic) -> None:
        echo(f"{(notice.severity_nonlocalized or 'notice').lower()}: {notice.message_primary}")

    return heard


def line(result: StepResult) -> str:
    """Return a step's line, such as `up 1 initial-schema, 12 ms`."""
    return f"{result.direction} {result.version} {result.name}, {duration(result.seconds)}"


def duration(seconds: float) -> str:
    """Return a time span with its unit."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def steps_as_json(results: list[StepResult], error: PgassayError | None) -> str:
    """Return what was done, and what stopped it, as JSON."""
    steps = [
        {"version": r.version, "name": r.name, "direction": r.direction.value, "seconds": round(r.seconds, 6)}
        for r in results
    ]
    return json.dumps({"steps": steps, "error": error and _error(error)}, indent=2, ensure_ascii=False)


def _error(error: PgassayError) -> dict[str, object]:
    said: dict[str, object] = {"message": error.message, "hint": error.hint, "sqlstate": error.sqlstate}
    if isinstance(error, ScriptError):
        place = {"file": str(error.path), "line": error.line, "statement": error.statement}
        said |= {**place, "details": list(error.details)}
    return said


def status_as_json(status: Status) -> str:
    """Return where a database stands as JSON; times are ISO 8601."""
    entries = [
        {
            "version": entry.version,
            "name": entry.name,
            "state": entry.state,
            "applied_at": entry.applied_at and entry.applied_at.isoformat(),
            "applied_by": entry.applied_by,
            "seconds": entry.seconds,
        }
        for entry in status.entries
    ]
    problems = [{"version": p.version, "kind": p.kind, "text": p.text, "hint": p.hint} for p in status.problems]
    said = {"migrations": entries, "problems": problems, "notes": list(status.notes)}
    return json.dumps(said, indent=2, ensure_ascii=False)


def print_status(status: Status) -> None:
    """Print one line a migration, then what is wrong."""
    width = max((len(str(entry.version)) for entry in status.entries), default=0)
    for entry in status.entries:
        when = f"  {entry.applied_at:%Y-%m-%d %H:%M:%S%z} by {entry.applied_by}" if entry.applied_at else ""
        took = f", {duration(entry.seconds)}" if entry.seconds is not None else ""
        click.echo(f"{entry.state:<8} {entry.version:>{width}} {entry.name}{when}{took}")
    print_problems(status)


def print_problems(status: Status) -> None:
    """Print what contradicts what, each with its hint, and what has changed and may."""
    for problem in status.problems:
        click.echo(f"{problem.kind}: {problem.text}\n  hint: {problem.hint}")
    for note in status.notes:
        click.echo(f"note: {note}")
