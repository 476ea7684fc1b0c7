"""`pgassay health`: a probe for containers, and the same answer served over HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pgassay.cli import ExitCode
from pgassay.cli.options import named_database, settings_from, settings_options
from pgassay.errors import UsageError

if TYPE_CHECKING:
    from pgassay.runtime import Database, Ping
    from pgassay.runtime.health import Health, HealthReport, HealthResult
    from pgassay.settings import Settings

_TIMEOUT = 2.0  # seconds
_GRACE = 0.5  # seconds in which a pool that has waited in vain says why


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what both of them take."""
    for option in (
        click.option(
            "--timeout",
            metavar="SECONDS",
            type=click.FloatRange(min=0, min_open=True),
            default=_TIMEOUT,
            show_default=True,
            help="Time for an answer.",
        ),
        click.option("--pending", is_flag=True, help="Down when a migration of the folder is pending, too."),
        settings_options("database", "migrations"),
    ):
        function = option(function)
    return function


@click.group(invoke_without_command=True)
@_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as the endpoint answers.")
@click.pass_context
def health(context: click.Context, pending: bool, timeout: float, as_json: bool) -> int | None:
    """Tell in one line whether the database answers, for the probe of a container: exit code 0 or 1."""
    if context.invoked_subcommand is not None:
        _refuse_before(context)
        return None
    from pgassay.runtime import Database

    class Probed(Database):
        """Connects before it asks, which tells at once what is wrong: a pool would go on trying."""

        def ping(self, timeout: float | None = None) -> Ping:
            self._lender.connect().close()
            return super().ping(timeout)

    with _asked(settings_from(context), Probed, pending=pending, timeout=timeout) as asked:
        report = asyncio.run(asked.check())
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else line(report))
    return ExitCode.GOOD if report.status == "ok" else ExitCode.NO


@health.command(short_help="Serve the answer over HTTP.")
@_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 in a container.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0: any that is free.")
@click.option(
    "--drain",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=0,
    show_default=True,
    help="After SIGTERM, answer 503 (shutting_down) for so long before listening ends.",
)
@click.pass_context
def serve(context: click.Context, *, pending: bool, timeout: float, host: str, port: int, drain: float) -> None:
    """Serve GET /health and GET /health/NAME until SIGTERM: 200 or 503, as JSON."""
    from pgassay.runtime import Database
    from pgassay.runtime.health import serve as serve_health

    with _asked(settings_from(context), Database, pending=pending, timeout=timeout, grace=_GRACE, log=True) as asked:
        serve_health(
            asked, host=host, port=port, drain=drain, on_start=lambda url: click.echo(f"listening on {url}", err=True)
        )


def line(report: HealthReport) -> str:
    """Return the answer in one line: of what is down where something is, else of everything."""
    wrong = [name for name, result in report.results.items() if not result.up]
    told = [f"{name}: {report.results[name].reason}" for name in wrong]
    told = told or [_told(name, result) for name, result in report.results.items()]
    return f"{report.status.value}: {'; '.join(told)}"


def _told(name: str, result: HealthResult) -> str:
    details = result.details
    if "role" in details:
        lag = details.get("lag_seconds")
        behind = "" if lag is None else f", {lag} s behind"
        return f"{name} {details['role']}, {details['ping_ms']} ms{behind}"
    ahead = f", {len(details['ahead'])} newer than the files" if details["ahead"] else ""
    return f"{name} {details['applied']} applied{ahead}"


@contextmanager
def _asked(
    settings: Settings, kind: type[Database], *, pending: bool, timeout: float, grace: float = 0, log: bool = False
) -> Iterator[Health]:
    """Give the indicators; at the end their connections are closed, without waiting for a server that hangs."""
    from pgassay.runtime.health import DatabaseHealth, Health

    handler = _set_up_logs(show=log)
    # The synchronous one: on Windows psycopg's asynchronous connections do not work in the usual event loop.
    database = kind(named_database(settings, max_size=1))
    indicators: list[Any] = [DatabaseHealth(database, timeout=timeout)]
    if pending:
        indicators.append(_pending(settings, database, timeout))
    try:
        yield Health(indicators, timeout=timeout + grace)
    finally:
        logging.getLogger("pgassay.health").removeHandler(handler)  # it writes to what is standard error now
        Thread(target=database.close, daemon=True).start()


def _pending(settings: Settings, database: Database, timeout: float) -> Any:
    from pgassay.migrations.health import PendingMigrations

    if settings.migrations is None:
        raise UsageError("the settings say that there are no migrations", hint="leave --pending out")
    return PendingMigrations(database, settings.migrations, timeout=timeout)


def _set_up_logs(*, show: bool) -> logging.Handler:
    """Keep the pool's reports of every attempt to connect out of the answer; show what goes down and up again."""
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    logger = logging.getLogger("pgassay.health")
    handler = logging.StreamHandler() if show else logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    if show:
        logger.setLevel(logging.INFO)
    return handler


def _refuse_before(context: click.Context) -> None:
    """An option of the probe in front of `serve` would have no effect."""
    said = [
        p for p in context.command.params if context.get_parameter_source(p.name or "") is ParameterSource.COMMANDLINE
    ]
    lost = [parameter.opts[0] for parameter in said if parameter.expose_value]
    if lost:
        raise UsageError(f"{lost[0]} stands before {context.invoked_subcommand}", hint="write it behind")
