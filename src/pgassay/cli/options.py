"""The options that several commands share, and the `Settings` that come of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pgassay.errors import UsageError
from pgassay.settings import Settings, load_settings

if TYPE_CHECKING:
    from pgassay.runtime import DatabaseSettings

_HELP = {
    "db_url": "The target: this real database is looked at, and never written to. Several: each with a name, NAME=URL.",
    "database": "The database to work on. Default: DATABASE_URL, from the environment or .env.",
    "server": "Where scratch databases live: auto, local, embedded, docker, or a marked URL.",
    "pg": "Major version of the scratch server.",
    "migrations": "Folder of the migrations.",
    "schema": "Folder of the contract.",
    "seed": "SQL run in the template after the migrations.",
    "role": "Role that the scratch database is used as.",
}
_METAVARS = {
    "db_url": "[NAME=]URL",
    "database": "URL",
    "server": "auto|local|embedded|docker|URL",
    "pg": "MAJOR",
    "role": "ROLE",
}
_KEY = "pgassay.cli.options"
_NAME_A_PLACE = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")


def settings_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of these settings; `settings_from` then knows them.

    The command's own function does not receive them.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            function = click.option(
                f"--{name.replace('_', '-')}",
                name,
                metavar=_METAVARS.get(name, "PATH"),
                multiple=name == "db_url",
                expose_value=False,
                callback=_remember,
                help=_HELP[name],
            )(function)
        return function

    return decorate


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value not in {None, ()} and parameter.name:
        context.meta.setdefault(_KEY, {})[parameter.name] = value


def settings_from(context: click.Context) -> Settings:
    """Return the settings that hold for this command.

    Raises:
        UsageError: A value means nothing.
    """
    return load_settings(context.meta.get(_KEY, {}))


def settings_with_server(context: click.Context) -> Settings:
    """Return the settings that hold for a command that works on one scratch server.

    Raises:
        UsageError: A value means nothing, or several servers are named.
    """
    settings = settings_from(context)
    if settings.servers:
        raise UsageError(
            f"{settings.origins['server']} names {len(settings.servers)} scratch servers, and a command works on one",
            hint="name one with --server; only the workers of pytest-xdist are spread over several",
        )
    return settings


def named_database(settings: Settings, *, max_size: int) -> DatabaseSettings:
    """Return how the database that is named is reached: by --database, DATABASE_URL, or libpq's variables.

    Libpq's own default, a socket and the user's name, is nobody's choice.

    Args:
        settings: What was chosen.
        max_size: Connections at most.

    Raises:
        UsageError: None is named.
    """
    from pgassay.runtime import DatabaseSettings

    found = DatabaseSettings.load(url=settings.database, min_size=0, max_size=max_size)
    if not found.url.parameters and not any(os.environ.get(name) for name in _NAME_A_PLACE):
        raise UsageError(
            "no database is named", hint="give --database URL, or set DATABASE_URL or PGHOST (.env is read too)"
        )
    return found
