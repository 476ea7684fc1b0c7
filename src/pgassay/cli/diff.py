"""`pgassay diff`: what differs between two databases, snapshots, migrations or contracts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pgassay.cli.options import settings_options, settings_with_server
from pgassay.cli.reports import code_of, show

if TYPE_CHECKING:
    from pgassay.suite.drift import Drift, DriftOptions

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# What is often left out has a word of its own: option -> leniency.
_IGNORED = {"owner": "owners", "privileges": "privileges", "comments": "comments", "column-order": "column-order"}


def _narrowing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command what narrows the comparison; all of it is repeated in the output."""
    ignoring: list[Decorator] = [
        click.option(f"--ignore-{word}", is_flag=True, help=f"The same as --leniency {leniency}.")
        for word, leniency in _IGNORED.items()
    ]
    options: tuple[Decorator, ...] = (
        click.option("--shared", is_flag=True, help="Compare every role, not only those with business in A or B."),
        *reversed(ignoring),
        _many("--leniency", "NAME", "Let this sort of difference pass"),
        _many("--name", "GLOB", "Only objects called like this"),
        _many("--kind", "KIND", "Only this kind of object"),
        _many("--schema", "GLOB", "Only what lives in schemas called like this"),
    )
    for option in options:
        function = option(function)
    return function


def _many(option: str, metavar: str, text: str) -> Decorator:
    return click.option(option, metavar=metavar, multiple=True, help=f"{text}; may be repeated.")


@click.command()
@click.argument("expected", metavar="A")
@click.argument("found", metavar="B")
@click.option("--format", "form", type=click.Choice(["text", "json", "sql"]), default="text", help="Default: text.")
@_narrowing
@settings_options("server", "pg")
@click.pass_context
def diff(context: click.Context, /, expected: str, found: str, form: str, **narrowing: Any) -> int:
    """Compare B, which is found, with A, which is expected.

    Each of them is the URL of a database, a file that pgassay snapshot wrote, migrations: (migrations:DIR, and
    migrations:@012 up to a version), or contract: (contract:DIR). Databases are only read. With --format sql, the
    statements that would bring B to A; they are never run.

    Exit codes: 0 no difference; 1 a difference; 2 wrong use; 3 could not look, and no difference was seen.
    """
    from pgassay.servers.rundir import RunDirectory
    from pgassay.suite.drift import drift

    options, settings = _options(**narrowing), settings_with_server(context)
    with RunDirectory.create() as run:
        seen = drift(expected, found, options=options, settings=settings, run=run, cwd=Path.cwd())
    _print(seen, form)
    return code_of([seen.report])


def _options(
    *, schema: tuple[str, ...], kind: tuple[str, ...], name: tuple[str, ...], leniency: tuple[str, ...], **flags: bool
) -> DriftOptions:
    from pgassay.catalog.selection import Selection
    from pgassay.suite.drift import DriftOptions

    ignored = [lenient for word, lenient in _IGNORED.items() if flags[f"ignore_{word.replace('-', '_')}"]]
    return DriftOptions(
        # A hyphen saves the quotes around `materialized view`; no kind has one.
        selection=Selection(schemas=schema, kinds=tuple(word.replace("-", " ") for word in kind), names=name),
        leniencies=(*leniency, *ignored),
        every_role=flags["shared"],
    )


def _print(seen: Drift, form: str) -> None:
    from pgassay.render.as_json import reports_json
    from pgassay.render.as_sql import drift_sql

    if form == "text":
        show(seen.report)
    else:
        click.echo(reports_json([seen.report]) if form == "json" else drift_sql(seen))
