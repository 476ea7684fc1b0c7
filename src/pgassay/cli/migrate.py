"""`pgassay migrate`: bring a database up and down, and tell where it stands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click

from pgassay.cli import ExitCode
from pgassay.cli.migrate_output import (
    print_problems,
    print_status,
    status_as_json,
    steps_as_json,
    watching,
)
from pgassay.cli.options import settings_from, settings_options
from pgassay.conninfo import Conninfo
from pgassay.errors import PgassayError, UsageError
from pgassay.migrations.connectors import UrlConnector
from pgassay.migrations.create import create_migration
from pgassay.migrations.model import StepResult
from pgassay.migrations.runner import Runner, Watcher
from pgassay.migrations.sources.find import find
from pgassay.migrations.sources.find import load as load_any
from pgassay.migrations.sources.native import load
from pgassay.migrations.status import Status
from pgassay.migrations.tracking import read_tool_status
from pgassay.settings import Settings


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what every one that looks at a database takes."""
    for option in (
        settings_options("database", "migrations"),
        click.option("--owner", metavar="ROLE", help="Role that migrations run as (SET ROLE). Default: the URL's."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    ):
        function = option(function)
    return function


_yes = click.option("--yes", is_flag=True, help="Do not ask before changing a database on another machine.")


@click.group()
def migrate() -> None:
    """Bring a database up and down by the migrations, and tell where it stands."""


@migrate.command()
@click.argument("count", metavar="[N]", type=click.IntRange(min=1), required=False)
@click.option("--to", metavar="VERSION", type=click.IntRange(min=1), help="Up to this version, itself included.")
@_yes
@_options
@click.pass_context
def up(
    context: click.Context, *, count: int | None, to: int | None, yes: bool, owner: str | None, as_json: bool
) -> int:
    """Apply pending migrations: all, the next N, or those up to a version."""
    return _change(context, "up", count=count, to=to, yes=yes, owner=owner, as_json=as_json)


@migrate.command()
@click.argument("count", metavar="[N]", type=click.IntRange(min=1), required=False)
@click.option("--to", metavar="VERSION", type=click.IntRange(min=0), help="This version stays; 0: none does.")
@_yes
@_options
@click.pass_context
def down(
    context: click.Context, *, count: int | None, to: int | None, yes: bool, owner: str | None, as_json: bool
) -> int:
    """Revert the last migration, the last N, or those above a version."""
    return _change(context, "down", count=count, to=to, yes=yes, owner=owner, as_json=as_json)


@migrate.command()
@click.option("--check", is_flag=True, help="Exit with 1 when a migration is pending, or the ledger contradicts.")
@_options
@click.pass_context
def status(context: click.Context, check: bool, owner: str | None, as_json: bool) -> int:
    """List the migrations, applied and pending. Writes nothing."""
    found = _status(settings_from(context), owner)
    if as_json:
        click.echo(status_as_json(found))
    else:
        print_status(found)
    return ExitCode.NO if check and (found.pending or found.problems) else ExitCode.GOOD


@migrate.command()
@_options
@click.pass_context
def verify(context: click.Context, owner: str | None, as_json: bool) -> int:
    """Compare the ledger with the files: edited, missing, slipped in, left half way. Writes nothing."""
    found = _status(settings_from(context), owner)
    if as_json:
        click.echo(status_as_json(found))
    else:
        print_problems(found)
        if not found.problems:
            applied = len(found.entries) - len(found.pending)
            click.echo(f"the ledger agrees with the files: {applied} applied, {len(found.pending)} pending")
    return ExitCode.NO if found.problems else ExitCode.GOOD


@migrate.command()
@click.argument("name")
@settings_options("migrations")
@click.pass_context
def create(context: click.Context, name: str) -> None:
    """Make the file of a new migration, and print its path."""
    settings = settings_from(context)
    _refuse_tool(settings)
    click.echo(create_migration(_folder(settings), name))


def _change(
    context: click.Context,
    direction: str,
    *,
    count: int | None,
    to: int | None,
    yes: bool,
    owner: str | None,
    as_json: bool,
) -> int:
    if count is not None and to is not None:
        raise UsageError("a number of migrations and --to exclude one another")
    settings = settings_from(context)
    if not (yes or is_local(_database(settings), os.environ) or _confirmed(settings, direction)):
        click.echo("nothing was done", err=True)
        return ExitCode.NO
    results: list[StepResult] = []
    try:
        with watching(as_json=as_json) as watcher:
            runner = _runner(settings, owner, _keeping(watcher, results))
            # `down` alone is one step; with --to the number is not looked at.
            runner.up(count=count, to=to) if direction == "up" else runner.down(count=count or 1, to=to)
    except PgassayError as error:
        if as_json:
            click.echo(steps_as_json(results, error))
        raise
    except KeyboardInterrupt as interrupt:
        for note in getattr(interrupt, "__notes__", ("nothing was in progress",)):
            click.echo(note, err=True)
        raise
    if as_json:
        click.echo(steps_as_json(results, None))
    elif not results:
        click.echo("nothing to do")
    return ExitCode.GOOD


def _keeping(watcher: Watcher, results: list[StepResult]) -> Watcher:
    """Keep the results of a run that fails later."""

    def keep(result: StepResult) -> None:
        results.append(result)
        watcher.on_step(result)

    return replace(watcher, on_step=keep)


def _runner(settings: Settings, owner: str | None, watcher: Watcher | None = None) -> Runner:
    _refuse_tool(settings)
    migrations = load(_folder(settings))
    connector = UrlConnector(conninfo=_database(settings), owner=owner or settings.owner)
    return Runner(connector, migrations, watch=watcher or Watcher())


def _status(settings: Settings, owner: str | None) -> Status:
    """Return where the database stands, by our ledger or by the table of the tool that applies the migrations."""
    tool = find(_folder(settings), name=settings.format, tracking=settings.tracking)
    if tool is None:
        return _runner(settings, owner).status()
    migrations = load_any(
        _folder(settings), name=settings.format, placeholders=settings.placeholders, tracking=settings.tracking
    )
    connector = UrlConnector(conninfo=_database(settings), owner=owner or settings.owner)
    return read_tool_status(connector, tool, migrations)


def _refuse_tool(settings: Settings) -> None:
    """Another tool's migrations are that tool's to apply: it would not know of those that we have applied.

    Raises:
        UsageError: They are another tool's.
    """
    tool = find(_folder(settings), name=settings.format, tracking=settings.tracking)
    if tool is not None:
        raise UsageError(
            f'"{_folder(settings)}" holds migrations of {tool.tool}, which applies and makes them itself',
            hint="`pgassay migrate status` shows where the database stands",
        )


def _folder(settings: Settings) -> Path:
    if settings.migrations is None:
        raise UsageError("the settings say that there are no migrations", hint="name the folder with --migrations")
    return settings.migrations


def _database(settings: Settings) -> Conninfo:
    if settings.database is None:
        raise UsageError("no database is named", hint="give --database URL, or set DATABASE_URL (.env is read too)")
    return settings.database


def is_local(conninfo: Conninfo, environ: Mapping[str, str]) -> bool:
    """Return whether every host of a connection is this machine; what the URL leaves out, libpq takes from `environ`.

    A service may name any host, so it is not local.
    """
    if conninfo.get("service") or environ.get("PGSERVICE"):
        return False
    said = conninfo.get("hostaddr") or conninfo.get("host")
    hosts = (said or environ.get("PGHOSTADDR") or environ.get("PGHOST", "")).split(",")
    return all(host in {"", "localhost"} or host.startswith(("/", "@")) or _is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _confirmed(settings: Settings, direction: str) -> bool:
    """Ask whether a database on another machine is meant.

    Raises:
        UsageError: Nobody is there to be asked.
    """
    where = _database(settings).redacted
    if not sys.stdin.isatty():
        raise UsageError(
            f"{where} is not on this machine, and there is no terminal to ask whether it is meant", hint="say --yes"
        )
    return click.confirm(f"Migrate {direction} {where}, which is not on this machine?", err=True)
