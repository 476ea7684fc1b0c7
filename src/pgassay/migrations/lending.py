"""Lend a session to another library: it gets a connection of its own over the same session, and cannot end it.

SQLAlchemy and Django set a connection up for themselves (types, transactions, notices) and close it when they are done.
A second object over libpq's own connection keeps all of that away from ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn


class Lent(psycopg.Connection[Any]):
    """A connection over a session that is somebody else's.

    Args:
        pgconn: The session.
        adapters: The types that it knows; None: psycopg's.
    """

    def __init__(self, pgconn: PGconn, *, adapters: AdaptersMap | None = None) -> None:
        self._returned = False
        notices, notifies = pgconn.notice_handler, pgconn.notify_handler
        super().__init__(pgconn)
        pgconn.notice_handler, pgconn.notify_handler = notices, notifies  # they stay the lender's
        self.prepare_threshold = None  # a migration may deallocate what psycopg prepares
        self._types = AdaptersMap(adapters or psycopg.adapters)

    @property
    def adapters(self) -> AdaptersMap:
        """The types that it knows."""
        return self._types

    @property
    def closed(self) -> bool:
        """Whether it was given back, or the session has ended."""
        return self._returned or super().closed

    def close(self) -> None:
        """Give the session back; what a transaction has not committed is lost, as where a connection is closed."""
        if not self.closed and self.pgconn.transaction_status != TransactionStatus.IDLE:
            self.rollback()
        self._returned = True


@contextmanager
def lent(connection: psycopg.Connection[Any]) -> Iterator[Lent]:
    """Lend the session of a connection for as long as the block lasts."""
    given = Lent(connection.pgconn)
    try:
        yield given
    finally:
        given.close()
