"""Why a database is not well, in words that anybody may read: no host, no name, no text of an error."""

from __future__ import annotations

import psycopg

from pgassay.runtime.errors import BusyError, ClosedError, ConnectError, ConnectionLostError
from pgassay.runtime.reasons import reason_of


def no_answer(timeout: float) -> str:
    """Say that there was no answer in time."""
    return f"no answer within {timeout:g} s"


def public_reason(error: psycopg.Error, *, waited: float, timeout: float) -> str:
    """Return what an error means.

    Args:
        error: What was raised.
        waited: Seconds until then.
        timeout: Seconds that it might take.
    """
    if isinstance(error, BusyError):
        return "all connections of the pool are in use"
    if isinstance(error, ClosedError):
        return "the pool is closed"
    if isinstance(error, ConnectionLostError):
        # Who waits too long hangs up; that it was us does not stand in the error.
        return no_answer(timeout) if waited >= timeout else "the connection was lost"
    if isinstance(error, ConnectError) or error.sqlstate is None:
        return reason_of(str(error).partition("\nhint: ")[0]).public
    return f"the server refused to answer [{error.sqlstate}]"
