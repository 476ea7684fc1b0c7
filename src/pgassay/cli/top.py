"""`pgassay top`: the costliest statements of a database, by pg_stat_statements."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from pgassay.cli.options import named_database, settings_from, settings_options
from pgassay.errors import BlindError

if TYPE_CHECKING:
    from pgassay.runtime import Database, StatementCost

_HIDDEN = "(statements of other roles)"
_WIDE = 120  # characters of a terminal from which on every column is shown
_LINE_COMMENT = re.compile(r"--([^\n]*)\n")


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    text: Callable[[StatementCost], str]
    always: bool = True


# Order -> its column.
_COLUMNS = {
    "total_time": _Column("total ms", lambda cost: f"{cost.total_time:,.1f}"),
    "share": _Column("share", lambda cost: f"{cost.share:.1%}"),
    "calls": _Column("calls", lambda cost: f"{cost.calls:,}"),
    "mean_time": _Column("mean ms", lambda cost: f"{cost.mean_time:,.2f}"),
    "max_time": _Column("max ms", lambda cost: f"{cost.max_time:,.1f}", always=False),
    "rows": _Column("rows", lambda cost: f"{cost.rows:,}", always=False),
    "reads": _Column("reads", lambda cost: f"{cost.reads:,}", always=False),
}


@click.command()
@settings_options("database")
@click.option("-n", "count", metavar="N", type=click.IntRange(min=1), default=10, show_default=True, help="How many.")
@click.option(
    "--by",
    metavar="ORDER",
    default="total_time",
    show_default=True,
    help="total_time, mean_time, max_time, calls, rows, or reads (blocks that were not in shared buffers).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; times in milliseconds.")
@click.pass_context
def top(context: click.Context, count: int, by: str, as_json: bool) -> None:
    """List the statements that cost most since the statistics were reset, by pg_stat_statements."""
    from pgassay.runtime import ConnectError, Database
    from pgassay.runtime.costs import require_order

    require_order(by)
    try:
        with Database(named_database(settings_from(context), max_size=1)) as database:
            costs = database.statistics.top(count, by=by)
            _tell_hidden(costs, database)
    except ConnectError as error:
        raise BlindError(f"the costs of statements cannot be seen: {error.message}", hint=error.hint) from None
    _show(costs, by, as_json=as_json)


def _tell_hidden(costs: list[StatementCost], database: Database) -> None:
    """Say, apart from the answer, what would show the statements that this role may not see."""
    if any(cost.query is None for cost in costs):
        role = database.value("SELECT pg_catalog.quote_ident(current_user)")
        click.echo(
            f"note: statements of other roles are hidden; GRANT pg_read_all_stats TO {role} shows them", err=True
        )


def _show(costs: list[StatementCost], by: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"statements": [asdict(cost) for cost in costs]}, indent=2, ensure_ascii=False))
    elif sys.stdout.isatty():
        _print_table(costs, by)
    else:
        _print_lines(costs)


def _print_table(costs: list[StatementCost], by: str) -> None:
    """Shorten statements to what the terminal is wide; a narrow one has no room for every column."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    shown = [c for order, c in _COLUMNS.items() if c.always or order == by or console.width >= _WIDE]
    table = Table(box=box.SIMPLE, expand=True)
    for column in shown:
        table.add_column(column.title, justify="right", no_wrap=True)
    table.add_column("statement", ratio=1, no_wrap=True, overflow="ellipsis")
    for cost in costs:
        # As Text: rich would take square brackets in a statement for its own mark-up.
        statement = Text(_statement(cost), style="" if cost.query else "dim")
        table.add_row(*(column.text(cost) for column in shown), statement)
    console.print(table)


def _print_lines(costs: list[StatementCost]) -> None:
    columns = [[column.title, *map(column.text, costs)] for column in _COLUMNS.values()]
    padded = [[text.rjust(max(map(len, column))) for text in column] for column in columns]
    for line in zip(*padded, ["statement", *map(_statement, costs)], strict=True):
        click.echo("  ".join(line))


def _statement(cost: StatementCost) -> str:
    """Return it on one line, of which a comment must not swallow the rest."""
    return " ".join(_LINE_COMMENT.sub(r"/*\1 */ ", cost.query).split()) if cost.query else _HIDDEN
