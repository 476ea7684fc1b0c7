"""The runtime's errors: each is one of ours and one of psycopg's, so that code which knows only psycopg catches it."""

from __future__ import annotations

import psycopg
import psycopg_pool

from pgassay.errors import PgassayError


class ConnectError(PgassayError, psycopg.OperationalError):
    """Report that a database cannot be reached."""


class BusyError(PgassayError, psycopg_pool.PoolTimeout):
    """Report that no connection of the pool became free in time."""


class ClosedError(PgassayError, psycopg_pool.PoolClosed):
    """Report the use of a database that was closed."""


class RefusedError(PgassayError, psycopg.NotSupportedError):
    """Report a statement or a call that this database does not let through; the server has not seen it."""
