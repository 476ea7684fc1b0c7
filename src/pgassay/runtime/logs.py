"""The log of statements (`pgassay.sql`), and their spans where the application has OpenTelemetry."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import psycopg

from pgassay.runtime.masking import shorten
from pgassay.runtime.settings import DatabaseSettings
from pgassay.runtime.statements import shown

LOGGER = logging.getLogger("pgassay.sql")
_NANO = 1_000_000_000


class Recorder:
    """Tells the log, and OpenTelemetry where the application has loaded it, what was executed.

    Args:
        settings: What is to be told.
        database: The database's name.
    """

    def __init__(self, settings: DatabaseSettings, database: str) -> None:
        self._level = logging.INFO if settings.echo else logging.DEBUG
        self._slow = settings.slow or float("inf")
        self._show_parameters = settings.show_parameters
        self._database = database
        self._tracer = _tracer()
        if settings.echo:
            _show_log()

    def record(
        self, query: Any, parameters: Any, seconds: float, *, rows: int = -1, error: psycopg.Error | None = None
    ) -> None:
        """Tell of one statement; nothing where nobody listens.

        Args:
            query: What was executed.
            parameters: Its parameters; told only where the settings say so.
            seconds: How long it took.
            rows: How many rows it returned or changed; -1: not known.
            error: Why it failed.
        """
        slow = seconds >= self._slow
        level = logging.WARNING if slow else self._level
        listened = LOGGER.isEnabledFor(level)
        if not listened and self._tracer is None:
            return
        facts = self._facts(shown(query), rows, error)
        if self._tracer is not None:
            _span(self._tracer, facts, seconds, error)
        if listened:
            self._log(level, facts, parameters, seconds, slow=slow)

    def _facts(self, statement: str, rows: int, error: psycopg.Error | None) -> dict[str, Any]:
        """Return what is told, under OpenTelemetry's names for databases (semantic conventions 1.30)."""
        facts: dict[str, Any] = {
            "db.system.name": "postgresql",
            "db.namespace": self._database,
            "db.operation.name": statement.split(maxsplit=1)[0].upper() if statement else "",
            "db.query.text": statement,
        }
        if rows >= 0:
            facts["db.response.returned_rows"] = rows
        if error is not None:
            facts["db.response.status_code"] = error.sqlstate or ""
            facts["error.type"] = error.sqlstate or type(error).__name__
        return facts

    def _log(self, level: int, facts: dict[str, Any], parameters: Any, seconds: float, *, slow: bool) -> None:
        rows = facts.get("db.response.returned_rows")
        parts = [f"{seconds * 1000:.1f} ms"]
        parts += [f"{rows} {'row' if rows == 1 else 'rows'}"] if rows is not None else []
        parts += [f"failed [{facts['error.type']}]"] if "error.type" in facts else []
        told = {**facts, "db.client.operation.duration": seconds}
        text = shorten(facts["db.query.text"])
        if self._show_parameters and parameters is not None:
            told["db.query.parameters"] = repr(parameters)
            text = f"{text} {parameters!r}"
        LOGGER.log(level, "%s%s: %s", "slow, " if slow else "", ", ".join(parts), text, extra=told)


def _show_log() -> None:
    """Let the log be seen in development: where nothing else shows it, on standard error."""
    if not LOGGER.isEnabledFor(logging.INFO):
        LOGGER.setLevel(logging.INFO)
    if not LOGGER.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
        LOGGER.addHandler(handler)


def _tracer() -> Any:
    """Return OpenTelemetry's tracer where the application uses it; loading it is not ours to do."""
    trace = sys.modules.get("opentelemetry.trace")
    return trace.get_tracer("pgassay") if trace is not None else None


def _span(tracer: Any, facts: dict[str, Any], seconds: float, error: psycopg.Error | None) -> None:
    from opentelemetry.trace import SpanKind, Status, StatusCode

    ended = time.time_ns()
    name = f"{facts['db.operation.name']} {facts['db.namespace']}".strip()
    span = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=facts, start_time=ended - int(seconds * _NANO))
    if error is not None:
        span.set_status(Status(StatusCode.ERROR, str(facts["error.type"])))
    span.end(ended)
