"""The options that several commands share, and the `Settings` that come of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from pgassay.settings import Settings, load_settings

_HELP = {
    "db_url": "The target: this real database is looked at, and never written to.",
    "database": "The database to work on. Default: DATABASE_URL, from the environment or .env.",
    "server": "Where scratch databases live: auto, local, embedded, docker, or a marked URL.",
    "pg": "Major version of the scratch server.",
    "migrations": "Folder of the migrations.",
    "schema": "Folder of the contract.",
    "seed": "SQL run in the template after the migrations.",
    "role": "Role that the scratch database is used as.",
}
_METAVARS = {
    "db_url": "URL",
    "database": "URL",
    "server": "auto|local|embedded|docker|URL",
    "pg": "MAJOR",
    "role": "ROLE",
}
_KEY = "pgassay.cli.options"


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
