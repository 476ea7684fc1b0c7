"""What an application uses: `Database` and `AsyncDatabase`, their transactions, their errors, and how they do.

Nothing is imported here that production does not need: psycopg, psycopg_pool, and nothing heavier.
"""

from psycopg import IsolationLevel

from pgassay.runtime._async.database import AsyncDatabase
from pgassay.runtime._async.statistics import AsyncStatistics
from pgassay.runtime._async.transaction import AsyncTransaction
from pgassay.runtime._sync.database import Database
from pgassay.runtime._sync.statistics import Statistics
from pgassay.runtime._sync.transaction import Transaction
from pgassay.runtime.costs import StatementCost
from pgassay.runtime.errors import (
    BusyError,
    CheckViolationError,
    ClosedError,
    ConnectError,
    ConnectionLostError,
    ExclusionViolationError,
    ForeignKeyViolationError,
    NoRowError,
    NotNullViolationError,
    RefusedError,
    RowCountError,
    RowShapeError,
    StatementError,
    TooManyRowsError,
    TransactionError,
    UniqueViolationError,
)
from pgassay.runtime.pinned import PinnedDatabase
from pgassay.runtime.settings import DatabaseSettings
from pgassay.runtime.status import ConnectionStatus, Ping, PoolFigures, State

__all__ = [
    "AsyncDatabase",
    "AsyncStatistics",
    "AsyncTransaction",
    "BusyError",
    "CheckViolationError",
    "ClosedError",
    "ConnectError",
    "ConnectionLostError",
    "ConnectionStatus",
    "Database",
    "DatabaseSettings",
    "ExclusionViolationError",
    "ForeignKeyViolationError",
    "IsolationLevel",
    "NoRowError",
    "NotNullViolationError",
    "Ping",
    "PinnedDatabase",
    "PoolFigures",
    "RefusedError",
    "RowCountError",
    "RowShapeError",
    "State",
    "StatementCost",
    "StatementError",
    "Statistics",
    "TooManyRowsError",
    "Transaction",
    "TransactionError",
    "UniqueViolationError",
]
