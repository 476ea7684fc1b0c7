"""What an application uses: a pooled `Database`, its transactions and its errors.

Nothing is imported here that production does not need.

PYTEST_DONT_REWRITE: no asserts here.
"""

from pgassay.runtime.database import APPLICATION, UNDER_TEST, Connection, Database, PoolOptions
from pgassay.runtime.errors import BusyError, ClosedError, ConnectError, RefusedError
from pgassay.runtime.pinned import PinnedDatabase

__all__ = [
    "APPLICATION",
    "UNDER_TEST",
    "BusyError",
    "ClosedError",
    "ConnectError",
    "Connection",
    "Database",
    "PinnedDatabase",
    "PoolOptions",
    "RefusedError",
]
