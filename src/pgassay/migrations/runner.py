"""Bring a database up and down, step by step, one runner at a time."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from pgassay.errors import MigrationError
from pgassay.migrations import bookkeeping, ledger
from pgassay.migrations.failure import LOCK_NOT_AVAILABLE
from pgassay.migrations.model import Migration, Step, StepResult
from pgassay.migrations.plan import Problem, plan_down, plan_up
from pgassay.migrations.send import Connection
from pgassay.migrations.session import Connector, OnNotice
from pgassay.migrations.status import Status, read_status
from pgassay.migrations.steps import Rows, make_each, make_whole
from pgassay.migrations.turn import turn

_LOG = logging.getLogger("pgassay.migrations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for others.

    Attributes:
        lock_timeout: For a lock that a statement of a transactional step needs, in seconds.
        attempts: How often such a step is tried.
        pause: Between two tries, in seconds: each is drawn from half of it to one and a half.
        runner: For another runner to end, in seconds.
    """

    lock_timeout: float = 5.0
    attempts: int = 4
    pause: float = 1.0
    runner: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who is told what happens.

    Attributes:
        on_plan: Is given all steps before the first is made.
        on_start: Is given each step before it is made.
        on_step: Is given each step's result.
        on_wait: Is told in one line what is waited for.
        on_notice: Is given the server's notices; default: the log `pgassay.migrations`.
    """

    on_plan: Callable[[tuple[Step, ...]], object] = lambda _: None
    on_start: Callable[[Step], object] = lambda _: None
    on_step: Callable[[StepResult], object] = lambda _: None
    on_wait: Callable[[str], object] = _LOG.warning
    on_notice: OnNotice | None = None


@dataclass(slots=True)
class _Sessions:
    """The sessions of one run: the owner's, and a superuser's, opened when a step asks for it."""

    connect: Connector
    stack: ExitStack
    owner: Connection
    superuser: Connection | None = None

    def for_step(self, step: Step) -> Connection:
        if not step.script.superuser:
            return self.owner
        if self.superuser is None:
            self.superuser = self.connect.as_superuser()
            if self.superuser is None:
                raise MigrationError(
                    f'"{step.migration.path}" needs a superuser, and "{self.owner.info.user}" is none',
                    hint="connect as a superuser for this step, or take superuser:true away from the marker",
                )
            self.stack.callback(self.superuser.close)
        return self.superuser


class Runner:
    """Apply and revert migrations, and tell where a database stands.

    Args:
        connect: Opens the sessions.
        migrations: The migrations, in order (`sources.native.load`).
        watch: Who is told what happens.
        patience: How long to wait for others.
    """

    def __init__(
        self,
        connect: Connector,
        migrations: Sequence[Migration],
        *,
        watch: Watcher = Watcher(),
        patience: Patience = Patience(),
    ) -> None:
        self._connect = connect
        self._migrations = migrations
        self._watch = watch
        self._patience = patience

    def up(self, *, count: int | None = None, to: int | None = None) -> tuple[StepResult, ...]:
        """Apply pending migrations in order, each whole with its ledger row or not at all.

        Args:
            count: At most so many; default: all.
            to: Only those up to this version, itself included.

        Returns:
            The steps that were made; those before a failure stay made.

        Raises:
            MigrationError: Files and ledger contradict each other, a step failed, or another runner does not end.
            UsageError: The request means nothing.
        """
        return self._run(lambda rows: plan_up(self._migrations, rows, count=count, to=to))

    def down(self, *, count: int | None = 1, to: int | None = None) -> tuple[StepResult, ...]:
        """Revert the last applied migrations, newest first.

        Args:
            count: So many; None: all.
            to: Down to this version, which stays applied; 0: all. Wins over `count`.

        Returns:
            The steps that were made; those before a failure stay made.

        Raises:
            MigrationError: A file is missing, a migration cannot be undone, or a step failed.
            UsageError: The request means nothing.
        """
        return self._run(lambda rows: plan_down(self._migrations, rows, count=count, to=to))

    def status(self) -> Status:
        """Tell where the database stands. Nothing is written: where there is no ledger, none is made.

        Raises:
            MigrationError: The ledger is not ours.
            BlindError: It may not be read.
        """
        with self._connect.as_owner() as connection:
            return read_status(self._migrations, ledger.read(connection) or ())

    def verify(self) -> tuple[Problem, ...]:
        """Compare the ledger with the files. Nothing is written.

        Raises:
            MigrationError: The ledger is not ours.
            BlindError: It may not be read.
        """
        return self.status().problems

    def _run(self, plan: Callable[[Rows], tuple[Step, ...]]) -> tuple[StepResult, ...]:
        with self._sessions() as sessions:
            steps = plan(ledger.read(sessions.owner) or ())
            self._watch.on_plan(steps)
            # Only where there is something to write down; and before the first step, whose event triggers would see it.
            rows = bookkeeping.ensure(sessions.owner) if steps else ()
            results = []
            for step in steps:
                self._watch.on_start(step)
                rows, result = self._step(sessions.for_step(step), step, rows)
                self._watch.on_step(result)
                results.append(result)
            return tuple(results)

    @contextmanager
    def _sessions(self) -> Iterator[_Sessions]:
        with ExitStack() as stack:
            owner = self._connect.as_owner()
            stack.callback(owner.close)
            stack.enter_context(turn(owner, wait=self._patience.runner, on_wait=self._watch.on_wait))
            yield _Sessions(self._connect, stack, owner)

    def _step(self, connection: Connection, step: Step, rows: Rows) -> tuple[Rows, StepResult]:
        try:
            after, seconds = self._make(connection, step, rows)
        except psycopg.Error as error:
            # What a script does fails with an error of its own; what is left concerns the ledger or the session.
            what = f'the {step.direction} of "{step.migration.path}" could not be written down in "{ledger.NAME}"'
            raise bookkeeping.explain(error, what) from None
        migration = step.migration
        result = StepResult(version=migration.version, name=migration.name, direction=step.direction, seconds=seconds)
        return after, result

    def _make(self, connection: Connection, step: Step, rows: Rows) -> tuple[Rows, float]:
        if not step.script.transaction:
            return make_each(connection, step, rows, on_notice=self._watch.on_notice, again=self._connect.as_owner)
        try:
            return self._make_whole(connection, step, rows)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(_fate(connection, step, rows))
            raise

    def _make_whole(self, connection: Connection, step: Step, rows: Rows) -> tuple[Rows, float]:
        """Try again where a lock was not to be had: nothing of the step stays, so that is safe."""
        patience = self._patience
        for attempt in range(1, patience.attempts):
            try:
                return self._try_whole(connection, step, rows)
            except (MigrationError, psycopg.errors.LockNotAvailable) as error:
                if error.sqlstate != LOCK_NOT_AVAILABLE:
                    raise
            self._watch.on_wait(f'"{step.migration.label}" waits for a lock, try {attempt} of {patience.attempts}')
            time.sleep(patience.pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
        return self._try_whole(connection, step, rows)

    def _try_whole(self, connection: Connection, step: Step, rows: Rows) -> tuple[Rows, float]:
        timeout, on_notice = self._patience.lock_timeout, self._watch.on_notice
        return make_whole(connection, step, rows, lock_timeout=timeout, on_notice=on_notice)


def _fate(connection: Connection, step: Step, rows: Rows) -> str:
    """Return what became of a step that was interrupted; its COMMIT may have been under way."""
    what = f'the {step.direction} of "{step.migration.label}"'
    try:
        committed = ledger.read(connection) != rows
    except (psycopg.Error, MigrationError):
        return f"what became of {what} is not known: look at `pgassay migrate status`"
    return f"{what} had just been committed" if committed else f"{what} was rolled back, nothing of it stays"
