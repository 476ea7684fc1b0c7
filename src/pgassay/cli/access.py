"""`pgassay access`: who can do what, as a table or as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pgassay.cli import ExitCode
from pgassay.cli.options import settings_options, settings_with_server

if TYPE_CHECKING:
    from pgassay.behaviors.access.matrix import Matrix


@click.command()
@settings_options("db_url", "server", "pg", "migrations", "schema")
@click.option("--role", "roles", metavar="ROLE", multiple=True, help="Only this role, or PUBLIC; may be repeated.")
@click.option(
    "--object",
    "objects",
    metavar="NAME",
    multiple=True,
    help='Only this object and its schema, as in SQL: "users", "public.*", "function f"; may be repeated.',
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every role, object and action, each answer apart.")
@click.pass_context
def access(click_context: click.Context, /, *, roles: tuple[str, ...], objects: tuple[str, ...], as_json: bool) -> int:
    """Show what each role can do with each object.

    It is asked three times: as grants declare it, as the server computes it, and by acting as the role on a scratch
    database, where all of it is undone. With --db-url nothing is tried: that database is only read.

    Exit codes: 0 the answers agree; 1 they do not; 2 wrong use; 3 could not look.
    """
    from pgassay.servers.rundir import RunDirectory
    from pgassay.suite.access import matrix_of
    from pgassay.suite.context import Context

    settings = settings_with_server(click_context)
    with RunDirectory.create() as run, Context(settings, run=lambda: run) as context:
        matrix = matrix_of(context, roles=roles, objects=objects)
    _show(matrix, as_json=as_json)
    return _code(matrix)


def _show(matrix: Matrix, *, as_json: bool) -> None:
    from pgassay.render.access import LEGEND, matrix_json, matrix_text

    if as_json:
        click.echo(matrix_json(matrix))
        return
    if sys.stdout.isatty():
        _print_table(matrix)
    else:
        click.echo(matrix_text(matrix))
    click.echo(LEGEND, err=True)


def _print_table(matrix: Matrix) -> None:
    """Let a terminal fold what is wider than its columns."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pgassay.render.access import matrix_table

    head, *lines = matrix_table(matrix)
    table = Table(box=box.SIMPLE, show_lines=False)
    for title in head:
        table.add_column(Text(title), overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line))  # as Text: rich would take square brackets for its own mark-up
    Console().print(table)


def _code(matrix: Matrix) -> ExitCode:
    """Tell what contradicts itself, apart from the answer."""
    from pgassay.behaviors.access.disagreements import disagreements
    from pgassay.render.text import finding_text

    findings = disagreements(matrix)
    for finding in findings:
        click.echo(finding_text(finding), err=True)
    if findings:
        return ExitCode.NO
    return ExitCode.GOOD if matrix.cells else ExitCode.BLIND
