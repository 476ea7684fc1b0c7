"""Whether a database has the migrations that a program came with."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg

from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, MigrationError
from pgassay.migrations import ledger
from pgassay.migrations.plan import Problem
from pgassay.migrations.sources.native import load
from pgassay.migrations.status import APPLIED, Status, read_status
from pgassay.runtime import AsyncDatabase, Database
from pgassay.runtime._sync.waiting import after
from pgassay.runtime.errors import ConnectError, statement_error
from pgassay.runtime.health.public import no_answer, public_reason
from pgassay.runtime.health.result import HealthResult
from pgassay.runtime.health.thread import OneThread, StillRunningError
from pgassay.runtime.liveness import hang_up

APPLICATION = "pgassay health"


class PendingMigrations:
    """Compares the ledger of a database with the files of migrations, by a connection of its own; writes nothing.

    Down where a migration is pending, or ledger and files contradict each other. Migrations that are newer than all
    files are no contradiction: while a new version is rolled out, the old one meets them. They are told as `ahead`.

    Args:
        database: The database; its role must be able to read the ledger.
        migrations: The folder of the files, which are read once.
        name: Its name in the answer.
        timeout: Seconds that connecting may take, and then that reading may take.

    Raises:
        MigrationError: The folder cannot be read, or holds no migration.
    """

    def __init__(
        self,
        database: Database | AsyncDatabase,
        migrations: Path | str = "migrations",
        *,
        name: str = "migrations",
        timeout: float = 2.0,
    ) -> None:
        self.name = name
        self._conninfo = database.settings.conninfo
        self._migrations = load(Path(migrations))
        self._timeout = timeout
        self._thread = OneThread(f"health of {name}")

    async def check(self) -> HealthResult:
        """Compare."""
        began = monotonic()
        try:
            return self._judged(await self._thread.call(self._read))
        except StillRunningError:
            return HealthResult.failed(no_answer(self._timeout))
        except psycopg.Error as error:
            reason = public_reason(error, waited=monotonic() - began, timeout=self._timeout)
            return HealthResult.failed(reason, cause=error)
        except BlindError as error:
            return HealthResult.failed("the ledger of migrations may not be read", cause=error)
        except MigrationError as error:
            return HealthResult.failed("the ledger of migrations is not one of pgassay's", cause=error)

    def _read(self) -> Status:
        """Read within one transaction that cannot write; a server that hangs is hung up on."""
        with closing(_connect(self._conninfo)) as connection:
            try:
                with after(self._timeout, lambda: hang_up(connection)):
                    return read_status(self._migrations, ledger.read(connection) or ())
            except psycopg.Error as error:
                raise statement_error(error, ledger.NAME, None, lost=connection.closed) from None

    def _judged(self, status: Status) -> HealthResult:
        newest = self._migrations[-1].version
        applied = [entry.version for entry in status.entries if entry.state == APPLIED]
        pending = [entry.version for entry in status.pending]
        problems = [problem for problem in status.problems if problem.version <= newest]
        details: dict[str, Any] = {
            "version": max(applied, default=None),
            "applied": len(applied),
            "pending": pending,
            "problems": [{"version": problem.version, "kind": problem.kind} for problem in problems],
            "ahead": [entry.version for entry in status.entries if entry.version > newest],
        }
        wrong = _wrong(pending, problems)
        return HealthResult.failed(wrong, **details) if wrong else HealthResult.well(**details)


def _connect(conninfo: Conninfo) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        connection = psycopg.connect(conninfo.dsn, fallback_application_name=APPLICATION, prepare_threshold=None)
    except psycopg.Error as error:
        raise ConnectError(conninfo.redact(str(error).strip()), sqlstate=error.sqlstate) from None
    connection.read_only = True
    return connection


def _wrong(pending: list[int], problems: list[Problem]) -> str | None:
    if problems:
        return f"the ledger and the files of migrations contradict each other at version {problems[0].version}"
    if pending:
        return f"{len(pending)} {'migration is' if len(pending) == 1 else 'migrations are'} pending"
    return None
