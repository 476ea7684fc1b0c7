"""Lend a session to another library: it gets a connection of its own over the same session, and cannot end it.

SQLAlchemy and Django set a connection up for themselves (types, transactions, notices) and close it when they are done.
A second object over libpq's own connection keeps all of that away from ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn

from pgassay.migrations.fault import watch_of_now

_OPTION = re.compile(r"(?:^|\s)(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\s\\])*)")  # libpq's `options`: a backslash quotes


class Lent(psycopg.Connection[Any]):
    """A connection over a session that is somebody else's.

    Args:
        pgconn: The session.
        adapters: The types that it knows; None: psycopg's.
    """

    def __init__(self, pgconn: PGconn, *, adapters: AdaptersMap | None = None) -> None:
        self._returned, self.watch = False, watch_of_now()
        if self.watch is not None:
            self.watch.is_lent = True
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

    def cursor(self, *args: Any, **options: Any) -> Any:
        """Return a cursor of the class that the library has chosen; its statements are shown to who watches."""
        cursor = super().cursor(*args, **options)
        if self.watch is not None:
            cursor.__class__ = _watched(cursor.__class__)
        return cursor

    def close(self) -> None:
        """Give the session back; what a transaction has not committed is lost, as where a connection is closed."""
        if not self.closed and self.pgconn.transaction_status != TransactionStatus.IDLE:
            self.rollback()
        self._returned = True

    def set(self, options: str) -> None:
        """Set what the parameter `options` of a connection would have set at its start, such as a search path."""
        for name, value in _OPTION.findall(options):
            plain = re.sub(r"\\(.)", r"\1", value)
            self.execute("SELECT set_config(%s, %s, false)", [name.replace("-", "_"), plain])
        if not self.autocommit:
            self.commit()


class _Watched:
    """What a cursor does when its connection is watched."""

    __slots__ = ()

    connection: Any

    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        with self.connection.watch.sending(self.connection, query):
            return super().execute(query, *args, **options)  # type: ignore[misc]

    def executemany(self, query: Any, *args: Any, **options: Any) -> None:
        with self.connection.watch.sending(self.connection, query):
            super().executemany(query, *args, **options)  # type: ignore[misc]

    @contextmanager
    def copy(self, statement: Any, *args: Any, **options: Any) -> Iterator[Any]:
        with (
            self.connection.watch.sending(self.connection, statement),
            super().copy(statement, *args, **options) as copy,  # type: ignore[misc]
        ):
            yield copy


@cache
def _watched(kind: type[Any]) -> type[Any]:
    return type(kind.__name__, (_Watched, kind), {"__slots__": ()})


@contextmanager
def lent(connection: psycopg.Connection[Any]) -> Iterator[Lent]:
    """Lend the session of a connection for as long as the block lasts."""
    given = Lent(connection.pgconn)
    try:
        yield given
    finally:
        given.close()
