"""The `pgassay` command: the only place that exits."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from enum import IntEnum

import click

from pgassay import __version__
from pgassay.conninfo import hide_secrets
from pgassay.errors import BlindError, PgassayError, ServerError, TargetError, UsageError

# Command -> where it is. Loaded when it is asked for, so that one command does not pay for the imports of all.
COMMANDS = {
    "access": "pgassay.cli.access:access",
    "check": "pgassay.cli.check:check",
    "diff": "pgassay.cli.diff:diff",
    "health": "pgassay.cli.health:health",
    "migrate": "pgassay.cli.migrate:migrate",
    "server": "pgassay.cli.server:server",
    "settings": "pgassay.cli.settings:settings",
    "snapshot": "pgassay.cli.snapshot:snapshot",
    "top": "pgassay.cli.top:top",
}


class ExitCode(IntEnum):
    """What the command's exit code says."""

    GOOD = 0
    NO = 1  # the answer is no: a finding, a failed migration, a stale snapshot
    USAGE = 2
    BLIND = 3  # could not look, and nothing was found in what could be looked at
    INTERRUPTED = 130


def exit_code(error: PgassayError) -> ExitCode:
    """Return what an error means for whoever called the command."""
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    # Where no server or no target could be had, nothing was looked at. A migration, a contract or a snapshot that
    # cannot be right is an answer.
    return ExitCode.BLIND if isinstance(error, BlindError | ServerError | TargetError) else ExitCode.NO


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the alphabet."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None where the name is unknown, which click reports with the near ones."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pgassay")
def pgassay() -> None:
    """Prove a PostgreSQL schema.

    Exit codes: 0 good; 1 the answer is no; 2 wrong use; 3 could not look; 130 interrupted.
    """


def run(args: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code: that which the command returned, or what its error means.

    Args:
        args: The words after `pgassay`; default: this process's.
    """
    words = sys.argv[1:] if args is None else args
    try:
        result = pgassay.main(words, prog_name="pgassay", standalone_mode=False)
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        click.echo(_hidden(said.getvalue(), words), err=True, nl=False)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except PgassayError as error:
        click.echo(_hidden(f"error: {error}", words), err=True)
        return exit_code(error)
    except BrokenPipeError:
        # The reader (`| head`) has gone; what Python flushes at its end must not fail as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NO
    return result if isinstance(result, int) else ExitCode.GOOD


def _hidden(said: str, words: Sequence[str]) -> str:
    """Hide the passwords of this command line; click repeats some words as Python writes them."""
    return hide_secrets(said, *words, *map(repr, words))


def main() -> None:
    """Run the `pgassay` command and exit with its code."""
    sys.exit(run())
