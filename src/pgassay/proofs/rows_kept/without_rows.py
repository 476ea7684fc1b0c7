"""The database that tells whether it was the rows: the same migrations on tables that hold none but their own."""

from __future__ import annotations

from contextlib import closing

from pgassay.errors import PgassayError
from pgassay.migrations.model import Migration
from pgassay.proofs.round_trip import Build, Road


class WithoutRows:
    """A database that only goes up, as far as it is asked to, and that copies are taken of.

    Args:
        build: Makes a fresh database.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._road: Road | None = None

    def at(self, migration: Migration) -> Road:
        """Return it, brought up to a step that it is not beyond.

        Raises:
            PgassayError: An up fails.
        """
        if self._road is not None:
            try:
                self._road.up(migration)
            except PgassayError:  # perhaps for a role that a copy on this server has made: tried where there is none
                self.close()
            else:
                return self._road
        self._road = self._build()
        self._road.up(migration)
        return self._road

    def fails_too(self, migration: Migration, going: str) -> bool:
        """Return whether the way down, or the one down and up again, fails here too.

        Args:
            migration: The step up to which it has been brought.
            going: `down` or `second-up`.
        """
        with closing(self.at(migration).copy()) as copy:
            try:
                copy.down(migration)
                if going == "second-up":
                    copy.up(migration)
            except PgassayError:
                return True
        return False

    def close(self) -> None:
        """Drop it."""
        if self._road is not None:
            self._road.close()
        self._road = None
