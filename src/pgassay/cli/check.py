"""`pgassay check`: the shipped checks without pytest."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pgassay.cli import ExitCode
from pgassay.cli.options import settings_options, settings_with_server
from pgassay.cli.reports import code_of, show
from pgassay.errors import UsageError
from pgassay.findings import Report

if TYPE_CHECKING:
    from pgassay.settings import Settings
    from pgassay.suite.check import Check
    from pgassay.suite.context import Context


@click.command()
@settings_options("db_url", "server", "pg", "migrations", "schema", "seed")
@click.option("--db-urls-from", "urls_from", metavar="FILE", help="Look at all databases that are named there, or -.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Databases of several that are read at a time. Default: 8.")
@click.option("--only", metavar="NAME", multiple=True, help="Run only this check; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-v", "--verbose", is_flag=True, help="Leave out no database, finding or note, however many there are.")
@click.option("--list", "list_only", is_flag=True, help="List the checks, and run none.")
@click.pass_context
def check(
    click_context: click.Context,
    /,
    urls_from: str | None,
    only: tuple[str, ...],
    list_only: bool,
    **shown: Any,
) -> int:
    """Run the shipped checks: with --db-url against that database, which is only read, else on a scratch server.

    With --db-urls-from, or several --db-url NAME=URL, those that look at a database are run against each, and what is
    to be said of many is said once.
    """
    chosen = _chosen(only)
    if list_only:
        _list(chosen)
        return ExitCode.GOOD
    settings = settings_with_server(click_context)
    if urls_from is not None or len(settings.targets) > 1:
        from pgassay.cli.fleet import check_fleet

        return check_fleet(_with_targets(settings, urls_from), chosen, **shown)
    if shown["jobs"] is not None:
        raise UsageError("--jobs means nothing where one database is looked at", hint="see --db-urls-from")
    return _check(settings, chosen, as_json=shown["as_json"])


def _with_targets(settings: Settings, urls_from: str | None) -> Settings:
    """Take the targets of a file, which wins over the environment, and does not go with an option."""
    if urls_from is None:
        return settings
    if settings.origins["db_url"].startswith("option"):
        raise UsageError("--db-url and --db-urls-from are given", hint="write all databases in one place")
    from pgassay.settings.targets_file import read_targets

    targets = read_targets(urls_from)
    return replace(settings, targets=targets, db_url=targets[0].conninfo)


def _check(settings: Settings, chosen: list[Check], *, as_json: bool) -> ExitCode:
    from pgassay.servers.rundir import RunDirectory
    from pgassay.suite.context import Context

    with RunDirectory.create() as run, Context(settings, run=lambda: run) as context:
        reports: list[Report] = []
        tell_left_out(left_out(context, chosen))
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
    from pgassay.suite.running import run_check

    for check in checks:
        if check.missing(context) is None:
            yield run_check(context, check)


def left_out(context: Context, checks: list[Check]) -> dict[str, list[str]]:
    """Return the checks that would be left with nothing, by reason."""
    missing = {check.name: need for check in checks if (need := check.missing(context)) is not None}
    return {
        reason.value: [name for name, need in missing.items() if need is reason]
        for reason in dict.fromkeys(missing.values())
    }


def tell_left_out(reasons: dict[str, list[str]]) -> None:
    """Name the checks that are left out, by reason."""
    for reason, names in reasons.items():
        click.echo(f"left out, for {reason}: {', '.join(names)}", err=True)


def _once(report: Report, before: list[Report]) -> Report:
    """Say what keeps several checks from looking at the first of them only."""
    from pgassay.suite.running import KEPT_FROM_LOOKING

    said = {
        (finding.rule, finding.found): earlier.title for earlier in reversed(before) for finding in earlier.findings
    }
    findings = [
        replace(finding, expected="", found=f"as {said[finding.rule, finding.found]}", mend="")
        if finding.rule in KEPT_FROM_LOOKING and (finding.rule, finding.found) in said
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
