"""`pgassay settings`: each value, and where it came from."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import click

from pgassay.cli.options import settings_from, settings_options
from pgassay.conninfo import Conninfo
from pgassay.settings import Settings


class Row(NamedTuple):
    """One line: the setting, its value as JSON knows it, and where it came from."""

    name: str
    value: object
    origin: str

    @property
    def text(self) -> str:
        """The value for people; nothing chosen is a dash."""
        if isinstance(self.value, Mapping):
            return ", ".join(f"{key} = {value}" for key, value in self.value.items()) or "-"
        if isinstance(self.value, list):
            return ", ".join(map(str, self.value)) or "-"
        if isinstance(self.value, bool):
            return str(self.value).lower()
        return "-" if self.value is None else str(self.value)


@click.command()
@settings_options("db_url", "server", "pg", "migrations", "schema", "seed", "role")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def settings(context: click.Context, as_json: bool) -> None:
    """Print each setting's value, and where it came from. Passwords are left out."""
    rows = rows_of(settings_from(context))
    if as_json:
        click.echo(json.dumps({row.name: {"value": row.value, "from": row.origin} for row in rows}, indent=2))
    elif sys.stdout.isatty():
        _print_table(rows)
    else:
        for row in rows:
            click.echo(f"{row.name} = {row.text}  ({row.origin})")


def rows_of(settings: Settings) -> list[Row]:
    """Return every setting with its origin, in the order in which the record holds them."""
    names = [f.name for f in fields(settings) if f.name in settings.origins]
    return [Row(name, _plain(_value(settings, name)), settings.origins[name]) for name in names]


def _value(settings: Settings, name: str) -> object:
    several = {"server": settings.servers, "db_url": {target.name: target.conninfo for target in settings.targets}}
    return several.get(name) or getattr(settings, name)


def _plain(value: object) -> object:
    if isinstance(value, Conninfo):
        return value.redacted
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _print_table(rows: list[Row]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("setting", "value", "from", box=box.SIMPLE)
    for row in rows:
        # As Text: rich would take square brackets in a path for its own mark-up.
        table.add_row(row.name, Text(row.text, overflow="fold"), Text(row.origin, style="dim"))
    Console().print(table)
