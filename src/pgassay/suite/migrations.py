"""Migrations: up and down without a trace, to the contract's catalog; init twice; the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from pgassay.catalog.leniencies import sentences
from pgassay.catalog.reporting import findings_of
from pgassay.errors import BlindError
from pgassay.findings import Finding, Outcome, Report
from pgassay.migrations.ledger import NAME, read
from pgassay.migrations.model import Migration
from pgassay.migrations.plan import Problem
from pgassay.migrations.sources.format import Format
from pgassay.migrations.status import Entry, Status, read_status
from pgassay.migrations.tracking import not_readable, tool_status
from pgassay.suite.check import Needs, check
from pgassay.suite.comparison import examine_head
from pgassay.suite.proofs import differences
from pgassay.target import reading

if TYPE_CHECKING:
    from pgassay.suite.context import Context

_NAMED = 10  # objects in one sentence


@check(Needs.MIGRATIONS, Needs.SCRATCH)
def round_trip(context: Context) -> Report:
    """Take every migration up, down and up again; pytest has an item for each (`round_trip_of`)."""
    return _together([round_trip_of(context, migration.version) for migration in context.migrations])


def round_trip_of(context: Context, version: int) -> Report:
    """Report one migration's round trip; the walk through all of them happens once a run."""
    return _in_force(context, context.proved.walk.steps[version])


@check(Needs.MIGRATIONS, Needs.SCRATCH)
def survival(context: Context) -> Report:
    """Cut every migration off where it can be, and look at what it leaves; pytest has an item for each."""
    return _together([survival_of(context, migration.version) for migration in context.migrations])


def survival_of(context: Context, version: int) -> Report:
    """Report what one migration survives; the walk through all of them happens once a run."""
    return context.proved.survival[version]


@check(Needs.MIGRATIONS, Needs.SCRATCH)
def rows_kept(context: Context) -> Report:
    """Take every migration up, down and up again with rows in the tables; pytest has an item for each."""
    return _together([rows_kept_of(context, migration.version) for migration in context.migrations])


def rows_kept_of(context: Context, version: int) -> Report:
    """Report what one migration does to rows; the walk through all of them happens once a run."""
    return context.proved.rows_kept[version]


@check(Needs.MIGRATIONS, Needs.SCRATCH)
def two_runners(context: Context) -> Report:
    """Let two runners take every migration at once; pytest has an item for each (`two_runners_of`)."""
    return _together([two_runners_of(context, migration.version) for migration in context.migrations])


def two_runners_of(context: Context, version: int) -> Report:
    """Report what comes of one migration that two runners take; the walk through all of them happens once a run."""
    return context.proved.two_runners[version]


@check(Needs.MIGRATIONS, Needs.LATECOMERS, Needs.SCRATCH)
def merge_order(context: Context) -> Report:
    """Apply each of the newest migrations behind all newer ones: the head must be the same."""
    return _in_force(context, context.proved.merge_order)


@check(Needs.MIGRATIONS, Needs.BASELINES, Needs.SCRATCH)
def baselines(context: Context) -> Report:
    """Go from each baseline to the head; pytest has an item for each (`baseline_of`)."""
    return _together([baseline_of(context, way.name) for way in context.ways])


def baseline_of(context: Context, name: str) -> Report:
    """Report where one baseline leads, with the migrations behind it; all are tried once a run."""
    return _in_force(context, context.proved.arrivals[name])


def _in_force(context: Context, report: Report) -> Report:
    """Repeat which differences are let pass."""
    return replace(report, notes=(*sentences(context.settings.leniencies), *report.notes))


def _together(reports: Sequence[Report]) -> Report:
    return Report(
        title="",
        findings=tuple(finding for report in reports for finding in report.findings),
        looked_at=sum(report.looked_at for report in reports),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
    )


@check(Needs.MIGRATIONS, Needs.SCRATCH)
def way_down(context: Context) -> Report:
    """Go from the head all the way down, and up again."""
    report, tool = _in_force(context, context.proved.walk.way_down), context.format
    if tool is None:
        return report
    note = f"not compared: the table {tool.table.dotted}, in which {tool.tool} writes down what is applied"
    return replace(report, notes=(*report.notes, note))


@check(Needs.CONTRACT, Needs.MIGRATIONS, Needs.SCRATCH)
def migrations_lead_to_contract(context: Context) -> Report:
    """Compare the migrations' head with the contract, whatever the target looks like."""
    seen = examine_head(context)
    report = Report(
        title="",
        findings=findings_of(seen.differences, seen.expected, seen.actual),
        looked_at=sum(seen.looked_at.values()),
        notes=seen.notes,
    )
    return report if context.target is not None else _in_short(context.accepting(report))


def _in_short(report: Report) -> Report:
    """Without a target the head is what the other checks look at: they say what differs in each object."""
    objects = list(dict.fromkeys(finding.object for finding in report.findings))
    if not objects:
        return report
    finding = Finding(
        rule="migrations-differ",
        object="migrations",
        expected="they make what the contract says",
        found=f"{len(objects)} objects differ: {', '.join(objects[:_NAMED])}{', ...' if objects[_NAMED:] else ''}",
        mend="the checks of their kinds say what differs",
    )
    return replace(report, findings=(finding,))


@check(Needs.INIT, Needs.SCRATCH)
def init_runs_twice(context: Context) -> Report:
    """Run schema/init again, in a database that it has prepared and in another one: nothing may fail or change."""
    files, twice = len(context.contract.init), context.proved.init_twice
    if twice.failure:
        return Report(title="", findings=(_second_run_fails(twice.failure),), looked_at=files)
    findings = dict.fromkeys((*differences(twice.first, twice.second), *differences(twice.second, twice.elsewhere)))
    return Report(title="", findings=tuple(map(_second_run, findings)), looked_at=files)


def _second_run_fails(failure: str) -> Finding:
    return Finding(
        rule="init-fails-twice",
        object="schema/init",
        expected="init runs in every database of a server, so again where it has run already",
        found=failure,
        mend="guard what exists already (IF NOT EXISTS, OR REPLACE, a look at pg_roles)",
    )


def _second_run(finding: Finding) -> Finding:
    return replace(
        finding,
        rule="init-changes-twice",
        expected=f"as after the first run: {finding.expected}",
        found=f"after the second run: {finding.found}",
        mend="write it so that a second run changes nothing",
    )


@check(Needs.MIGRATIONS, Needs.LEDGER, target=True, asks=True)
def ledger(context: Context) -> Report:
    """Compare the subject's ledger with the files: pending, edited, deleted, out of order, unfinished."""
    status = context.look(partial(_status, context.format, context.migrations))
    if isinstance(status, BlindError):
        return Report(title="", findings=(_unreadable(status, context.format),))
    if status is None:
        return Report(title="", findings=(_no_ledger(context.format),), looked_at=len(context.migrations))
    findings = (*map(_of_problem, status.problems), *(_of_pending(entry, context.format) for entry in status.pending))
    return Report(title="", findings=findings, looked_at=len(status.entries), notes=status.notes)


def _status(
    tool: Format | None, migrations: Sequence[Migration], connection: psycopg.Connection[Any]
) -> Status | BlindError | None:
    """Return where a database stands, by the ledger or by the tool's own table; None: it has neither."""
    try:
        with reading(connection):
            if tool is None:
                ours = read(connection)
                return None if ours is None else read_status(migrations, ours)
            theirs = tool.read(connection)
            return None if theirs is None else tool_status(tool, migrations, theirs)
    except BlindError as error:  # a finding of its own, so that accepted.toml can accept it
        return error
    except psycopg.errors.InsufficientPrivilege as error:
        return not_readable(error)


def _table(tool: Format | None) -> str:
    return f"table {NAME}" if tool is None else f"table of {tool.tool}"


def _unreadable(error: BlindError, tool: Format | None) -> Finding:
    return Finding(
        rule="not-readable",
        object=_table(tool),
        expected="to be read and compared with the files",
        found=error.message,
        mend=error.hint or "",
        outcome=Outcome.BLIND,
    )


def _no_ledger(tool: Format | None) -> Finding:
    name = "pgassay" if tool is None else tool.tool
    return Finding(
        rule="ledger-missing",
        object=_table(tool),
        expected="the ledger of the migrations that were applied",
        found=f"no such table: no migration was ever applied by {name}",
        mend="pgassay migrate up" if tool is None else f"apply them with {name}",
    )


def _of_problem(problem: Problem) -> Finding:
    return Finding(
        rule=f"migration-{problem.kind.replace(' ', '-')}",
        object=f"migration {problem.name or problem.version}",
        expected="the ledger and the files agree",
        found=problem.text,
        mend=problem.hint,
    )


def _of_pending(entry: Entry, tool: Format | None) -> Finding:
    return Finding(
        rule="migration-pending",
        object=f"migration {entry.version if tool is None else entry.name}",
        expected=f'"{entry.name}" is applied',
        found="it is not",
        mend=f"pgassay migrate up --to {entry.version}" if tool is None else f"apply it with {tool.tool}",
    )
