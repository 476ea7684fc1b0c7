"""Run migrations on scratch databases: in one session, and written down where their own tool would do so."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing

from pgassay.errors import MigrationError
from pgassay.migrations.model import Direction, Migration, Piece, Script, Step
from pgassay.migrations.own_table import Clerk
from pgassay.migrations.psql_automatic import filled
from pgassay.migrations.rehearsal import rehearse
from pgassay.migrations.send import Connection
from pgassay.migrations.session import Connector, run_script


class Direct:
    """Runs steps, each from a clean start, as the owner or as superuser where the step says so.

    Args:
        connector: Opens the sessions: one for the owner, one for what the tool writes down, one for a superuser at
            first need, others where one is lost.
    """

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._opened = ExitStack()
        self._owner: Connection | None = None
        self._superuser: Connection | None = None
        self._clerk = self._opened.enter_context(closing(Clerk(connector.as_owner)))

    def up(self, migration: Migration) -> None:
        """Run an up, and write it down as its tool does.

        Raises:
            MigrationError: It fails, or its tool's table cannot be written to.
        """
        self.run(migration)
        self._clerk.note(migration, Direction.UP)

    def run(self, migration: Migration) -> None:
        """Run an up, and write nothing down.

        Raises:
            MigrationError: It fails, or its tool's table cannot be made.
        """
        self.prepare(migration)
        self._run(Step(migration=migration, direction=Direction.UP))

    def prepare(self, migration: Migration) -> None:
        """Have what its tool makes before the first migration.

        Raises:
            MigrationError: Its tool's table cannot be made.
        """
        self._clerk.prepare(migration)

    def down(self, migration: Migration) -> None:
        """Run a down, and write it down as its tool does.

        Raises:
            MigrationError: It fails, or there is none, or its tool's table cannot be written to.
        """
        self._run(Step(migration=migration, direction=Direction.DOWN))
        self._clerk.note(migration, Direction.DOWN)

    def verify(self, migration: Migration) -> None:
        """Run what shows that an up did its work; nothing where there is none.

        Raises:
            MigrationError: It did not.
        """
        if migration.verify is not None:
            run_script(self.owner(), migration.verify, path=migration.path)

    def rehearse(self, migration: Migration, statements: Sequence[Piece]) -> Generator[Piece, None, None]:
        """Run the statements of an up in one transaction that fails behind the last of them (`rehearsal.rehearse`).

        Raises:
            MigrationError: A statement failed.
        """
        self.prepare(migration)
        step = Step(migration=migration, direction=Direction.UP)
        session = self._session(step.script, step)
        return rehearse(session, filled(statements, session), path=step.script.path or migration.path)

    def _run(self, step: Step) -> None:
        run_script(self._session(step.script, step), step.script, path=step.migration.path)

    def _session(self, script: Script, step: Step) -> Connection:
        if not script.superuser:
            return self.owner()
        if self._superuser is None or self._superuser.closed:
            found = self._connector.as_superuser()
            if found is None:
                raise MigrationError(
                    f'"{step.migration.path}" needs a superuser, and the role of the scratch server is none',
                    hint="choose a server of our own (--assay-server auto)",
                )
            self._superuser = self._kept(found)
        return self._superuser

    def owner(self) -> Connection:
        """Return the owner's session, as the last script left it."""
        if self._owner is None or self._owner.closed:
            self._owner = self._kept(self._connector.as_owner())
        return self._owner

    def _kept(self, connection: Connection) -> Connection:
        return self._opened.enter_context(closing(connection))

    def close(self) -> None:
        """Close the sessions."""
        self._opened.close()
