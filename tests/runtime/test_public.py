"""The names that applications use, frozen: one that goes or comes is decided here, not slipped in."""

import inspect

import pgassay.runtime
from pgassay.runtime import AsyncDatabase, Database, Transaction

HELPERS = {"query", "one", "one_or_none", "many", "none", "value", "values", "stream", "copy_in", "copy_out", "tx"}


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_the_package() -> None:
    modules = {name for name, _ in inspect.getmembers(pgassay.runtime, inspect.ismodule)}
    assert public(pgassay.runtime) - modules == set(pgassay.runtime.__all__)
    assert set(pgassay.runtime.__all__) == {
        *("AsyncDatabase", "AsyncStatistics", "AsyncTransaction", "Database", "Statistics", "Transaction"),
        *("PinnedDatabase", "DatabaseSettings", "IsolationLevel", "StatementCost"),
        *("ConnectionStatus", "Ping", "PoolFigures", "State"),
        *("BusyError", "ClosedError", "ConnectError", "ConnectionLostError", "RefusedError", "StatementError"),
        *("NoRowError", "RowCountError", "RowShapeError", "TooManyRowsError", "TransactionError"),
        *("CheckViolationError", "ExclusionViolationError", "ForeignKeyViolationError", "NotNullViolationError"),
        "UniqueViolationError",
    }


def test_a_database_and_a_transaction() -> None:
    assert public(Transaction) == HELPERS | {"connection", "execute"}
    assert public(Database) == public(AsyncDatabase)
    assert public(Database) == HELPERS | {
        *("open", "close", "connection", "run_tx", "as_role", "ping", "is_healthy", "connection_status", "statistics"),
        *("url", "sqlalchemy_url", "env"),
    }
