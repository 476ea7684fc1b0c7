"""`pgassay check`: the shipped checks without pytest."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pgassay.cli import ExitCode
from pgassay.cli.options import settings_options, settings_with_server
from pgassay.cli.reports import code_of, show
from pgassay.errors import BlindError, MigrationError, PgassayError, ServerError, UsageError
from pgassay.findings import Finding, Outcome, Report

if TYPE_CHECKING:
    from pgassay.suite.check import Check
    from pgassay.suite.context import Context

_IMPOSSIBLE, _UNSEEN = "cannot-be-right", "not-looked-at"
_KEPT_FROM_LOOKING = frozenset({_IMPOSSIBLE, _UNSEEN})


@click.command()
@settings_options("db_url", "server", "pg", "migrations", "schema", "seed")
@click.option("--only", metavar="NAME", multiple=True, help="Run only this check; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--list", "list_only", is_flag=True, help="List the checks, and run none.")
@click.pass_context
def check(click_context: click.Context, only: tuple[str, ...], as_json: bool, list_only: bool) -> int:
    """Run the shipped checks: with --db-url against that database, which is only read, else on a scratch server."""
    from pgassay.servers.rundir import RunDirectory
    from pgassay.suite.context import Context

    chosen = _chosen(only)
    if list_only:
        _list(chosen)
        return ExitCode.GOOD
    with RunDirectory.create() as run, Context(settings_with_server(click_context), run=lambda: run) as context:
        reports: list[Report] = []
        _tell_left_out(context, chosen)
        for report in _run(context, chosen):
            if not as_json:
                show(_once(report, reports))
            reports.append(report)
        _end(reports, as_json=as_json)
    return code_of(reports)


def _chosen(only: tuple[str, ...]) -> list[Check]:
    from pgassay.suite.every import every_check

    checks = every_check()
    unknown = [name for name in only if name not in checks]
    if unknown:
        raise UsageError(f'there is no check "{unknown[0]}"', hint=f"there are: {', '.join(checks)}")
    return [check for name, check in checks.items() if not only or name in only]


def _list(checks: list[Check]) -> None:
    for check in checks:
        click.echo(f"{check.name:<28} {(check.look.__doc__ or '').splitlines()[0]}")


def _run(context: Context, checks: list[Check]) -> Iterator[Report]:
    for check in checks:
        if check.missing(context) is None:
            yield _report(context, check)


def _tell_left_out(context: Context, checks: list[Check]) -> None:
    """Name the checks that would be left with nothing, by reason."""
    missing = {check.name: need for check in checks if (need := check.missing(context)) is not None}
    for reason in dict.fromkeys(missing.values()):
        names = ", ".join(name for name, need in missing.items() if need is reason)
        click.echo(f"left out, for {reason.value}: {names}", err=True)


def _report(context: Context, check: Check) -> Report:
    """Run one check; what it could not look at does not keep the others from looking."""
    try:
        return context.report(check.name)
    except (BlindError, ServerError) as error:
        return Report(title=check.name, findings=(_unseen(check, error),))
    except MigrationError as error:
        return Report(title=check.name, findings=(_impossible(check, error),))


def _impossible(check: Check, error: PgassayError) -> Finding:
    """Make a finding of migrations or a ledger that cannot be right: the other checks have something to say too."""
    return Finding(
        rule=_IMPOSSIBLE,
        object=f"check {check.name}",
        expected="migrations and a ledger that can be read",
        found=error.message,
        mend=error.hint or "",
    )


def _unseen(check: Check, error: PgassayError) -> Finding:
    return Finding(
        rule=_UNSEEN,
        object=f"check {check.name}",
        expected="to look",
        found=error.message,
        mend=error.hint or "",
        outcome=Outcome.BLIND,
    )


def _once(report: Report, before: list[Report]) -> Report:
    """Say what keeps several checks from looking at the first of them only."""
    said = {
        (finding.rule, finding.found): earlier.title for earlier in reversed(before) for finding in earlier.findings
    }
    findings = [
        replace(finding, expected="", found=f"as {said[finding.rule, finding.found]}", mend="")
        if finding.rule in _KEPT_FROM_LOOKING and (finding.rule, finding.found) in said
        else finding
        for finding in report.findings
    ]
    return replace(report, findings=tuple(findings))


def _end(reports: list[Report], *, as_json: bool) -> None:
    from pgassay.render.as_json import reports_json
    from pgassay.render.text import summary_text

    if as_json:
        click.echo(reports_json(reports))
    else:
        click.echo(summary_text(reports), err=not sys.stdout.isatty())
